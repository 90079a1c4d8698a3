"""Sensitive changes need the password again: `proven` is a user for whom the caller has verified it.

Verifying takes tens of ms: the caller does it, outside the transaction.
"""

from typing import Final

from core.db.connection import Connection
from core.db.identity import sessions, users
from core.errors import DomainError
from core.ids import UserId
from core.model import User

FRESH: Final = 10 * 60 * 1000  # ms that a new session replaces the password for re-authentication


async def to_prove(conn: Connection, user: UserId, *, session: bytes, now: int) -> User:
    """The user who must show the password again before a sensitive change.

    Without a password the session must be younger than FRESH: a thief can keep a session alive, but cannot
    begin one. Raises DomainError `unauthenticated` or `sign_in_again`.
    """
    found = await users.by_id(conn, user)
    living = await sessions.by_id(conn, session, now=now)
    if found is None or living is None:
        raise DomainError("unauthenticated")
    if found.password_hash is None and now - living.created_at > FRESH:
        raise DomainError("sign_in_again")
    return found


async def lock_proven(conn: Connection, proven: User) -> None:
    """Lock the user whose password was verified; raises DomainError `wrong_password` if it changed since.

    Otherwise a caller with the old password could win a race against the owner's reset.
    """
    now = await users.locked(conn, proven.id)
    if now is None or now.password_hash != proven.password_hash:
        raise DomainError("wrong_password")
