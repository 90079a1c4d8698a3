"""Rate limits for mails that any caller may request: a stranger must not use up the owner's limit."""

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

# Requests for one recipient from one network: a stranger in another network does not use up these.
ASKED: Final = Rule("mailbox", 5, HOUR, 60.0, HOUR)
ASKED_RESET: Final = Rule("mailbox_reset", 5, HOUR / 2, 60.0, HOUR / 6)

# Mails to one recipient, requested from all networks together; for routes that send a mail for each request.
REGISTERED: Final = Rule("mailbox_registered", 10, HOUR, 60.0, HOUR)
CHANGED: Final = Rule("mailbox_changed", 10, HOUR, 60.0, HOUR)

AT_ONCE: Final = 3  # links of one kind to one account without a pause
PAUSE: Final[dict[TokenPurpose, int]] = {
    # Far shorter than a link's lifetime: when no further mail is sent, a valid link is in the mailbox.
    "reset_password": 10 * MINUTE,
    "verify_email": 60 * MINUTE,
}
"""ms between two further links to one account, after AT_ONCE."""


async def count(call: Call, email: str, rule: Rule, *, everywhere: Rule | None = None) -> None:
    """Count a request before its mail; raises RateLimited, also for unknown addresses.

    `rule` limits the requests of this network for this recipient; `everywhere` those of all networks
    together.
    """
    here, mailbox = network(call.address), hidden(email)
    attempts = [Attempt(MAIL_ADDRESS, here), Attempt(rule, f"{mailbox}:{here}")]
    if everywhere is not None:
        attempts.append(Attempt(everywhere, mailbox))
    await call.services.rate_limiter.attempt(*attempts)


async def has_room(conn: Connection, email: str, user: UserId, purpose: TokenPurpose, *, now: int) -> bool:
    """Whether another link may be mailed to the account; if not, one was sent within the last PAUSE.

    Counted by the links that were really sent, so refused requests of a stranger use up nothing of the
    owner's. Locks the address: other requests for it wait until the transaction ends.
    """
    await locks.hold(conn, locks.MAILBOX, email)
    pause = PAUSE[purpose]
    return await user_tokens.has_room(conn, user, purpose, at_once=AT_ONCE, pause=pause, now=now)
