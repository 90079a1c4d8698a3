"""Mails that any caller may ask for: bounded for the recipient, without spending the owner's allowance."""

from typing import Final

from core.db import locks
from core.db.connection import Connection
from core.db.identity import user_tokens
from core.ids import UserId
from core.model import TokenPurpose
from server.addresses import network
from server.api.http.calls import Call
from server.api.services.rate_limiter import MAIL_ADDRESS, Attempt, Rule, hidden

HOUR: Final = 60 * 60.0  # seconds
MINUTE: Final = 60_000  # ms

# Requests for one recipient from one network: a stranger elsewhere spends none of these.
ASKED: Final = Rule("mailbox", 5, HOUR, 60.0, HOUR)
ASKED_RESET: Final = Rule("mailbox_reset", 5, HOUR / 2, 60.0, HOUR / 6)

# Mails to one recipient from everywhere, where each request is followed by a mail.
REGISTERED: Final = Rule("mailbox_registered", 10, HOUR, 60.0, HOUR)
CHANGED: Final = Rule("mailbox_changed", 10, HOUR, 60.0, HOUR)

AT_ONCE: Final = 3  # links of one kind to one account
PAUSE: Final[dict[TokenPurpose, int]] = {
    # Far less than a link lives: where no further mail goes out, one that works is in the mailbox.
    "reset_password": 10 * MINUTE,
    "verify_email": 60 * MINUTE,
}
"""ms between two links to one account beyond AT_ONCE."""


async def count(call: Call, email: str, rule: Rule, *, everywhere: Rule | None = None) -> None:
    """Before a mail that any caller may ask for; raises ApiError `rate_limited`, also for unknown addresses.

    `rule` counts what this network asks for this recipient; `everywhere` what all networks do together.
    """
    here, mailbox = network(call.address), hidden(email)
    guesses = [Attempt(MAIL_ADDRESS, here), Attempt(rule, f"{mailbox}:{here}")]
    if everywhere is not None:
        guesses.append(Attempt(everywhere, mailbox))
    await call.services.rate_limiter.attempt(*guesses)


async def has_room(conn: Connection, email: str, user: UserId, purpose: TokenPurpose, *, now: int) -> bool:
    """Whether a further link may be mailed to the account; if not, one of the last PAUSE is on its way.

    Counted by the links that were really sent, so what a stranger asks for in vain costs the owner nothing.
    Other requests for the address wait until the transaction ends.
    """
    await locks.hold(conn, locks.MAILBOX, email)
    pause = PAUSE[purpose]
    return await user_tokens.has_room(conn, user, purpose, at_once=AT_ONCE, pause=pause, now=now)
