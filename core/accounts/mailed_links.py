"""How many links of one kind are mailed to one account."""

from typing import Final

from core.db import locks
from core.db.connection import Connection
from core.db.identity import user_tokens
from core.ids import UserId
from core.model import TokenPurpose

MINUTE: Final = 60_000  # ms
BURST: Final = 3  # links of one kind to one account without a pause
PAUSE: Final[dict[TokenPurpose, int]] = {
    # Far shorter than a link's lifetime: when no further mail is sent, a valid link is in the mailbox.
    "reset_password": 10 * MINUTE,
    "verify_email": 60 * MINUTE,
}
"""ms between two further links to one account, after BURST."""


async def has_room(conn: Connection, email: str, user: UserId, purpose: TokenPurpose, *, now: int) -> bool:
    """Whether another link may be mailed to the account; if not, one was sent within the last PAUSE.

    Counted by the links that were really sent, so refused requests of a stranger use up nothing of the
    owner's. Locks the address: other requests for it wait until the transaction ends.
    """
    await locks.hold(conn, locks.MAILBOX, email)
    pause = PAUSE[purpose]
    return await user_tokens.has_room(conn, user, purpose, at_once=BURST, pause=pause, now=now)
