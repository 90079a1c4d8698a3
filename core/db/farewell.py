"""An account goes: what it could do goes at once; what it wrote stays, under a name that is nobody's."""

from typing import Final

from core.db.connection import Connection
from core.ids import UserId

TOMBSTONE: Final = "Deleted user"

_FORGET: Final = (
    "DELETE FROM sessions WHERE user_id = $1",
    "DELETE FROM user_tokens WHERE user_id = $1",
    "DELETE FROM recovery_codes WHERE user_id = $1",
    "DELETE FROM two_factor WHERE user_id = $1",
    "DELETE FROM identities WHERE user_id = $1",
    "DELETE FROM avatars WHERE user_id = $1",
    "DELETE FROM mails WHERE recipient = (SELECT email FROM users WHERE id = $1)",
)


async def erase(conn: Connection, user: UserId) -> None:
    """Leaves a row that messages may name as their author, with an address that nobody can have."""
    await conn.execute(
        """
        UPDATE messages SET sender_name = $2
        WHERE project_id IN (SELECT project_id FROM memberships WHERE user_id = $1)
          AND sender_id = $1 AND sender_party = 'agent'
        """,
        user,
        TOMBSTONE,
    )
    for statement in _FORGET:
        await conn.execute(statement, user)
    await conn.execute("DELETE FROM memberships WHERE user_id = $1", user)
    await conn.execute(
        """
        UPDATE users
        SET state = 'deleted', email = 'deleted-' || id || '@parley.invalid', full_name = $2,
            password_hash = NULL, email_verified_at = NULL, is_admin = false, signed_in_at = NULL,
            timezone = 'UTC'
        WHERE id = $1
        """,
        user,
        TOMBSTONE,
    )
