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
    "DELETE FROM memberships WHERE user_id = $1",
    "DELETE FROM mails WHERE recipient = (SELECT email FROM users WHERE id = $1)",
)


async def erase(conn: Connection, user: UserId) -> None:
    """Leaves a row that messages may name as their author, with an address that nobody can have."""
    for statement in _FORGET:
        await conn.execute(statement, user)
    await conn.execute(
        """
        UPDATE users
        SET state = 'deleted', email = 'deleted-' || id || '@parley.invalid', full_name = $2,
            password_hash = NULL, email_verified_at = NULL, is_admin = false, signed_in_at = NULL,
            timezone = 'UTC', still_named = true
        WHERE id = $1
        """,
        user,
        TOMBSTONE,
    )


async def still_named(conn: Connection, *, limit: int) -> list[UserId]:
    """Deleted users whose name some messages may still say."""
    rows = await conn.fetch("SELECT id FROM users WHERE still_named ORDER BY id LIMIT $1", limit)
    return [row[0] for row in rows]


async def unname(conn: Connection, user: UserId, *, limit: int) -> int:
    """Takes the name out of at most `limit` messages, of whatever project; how many.

    All projects are named, because the index by sender begins with one, and a former member's count too.
    """
    gone: int = await conn.fetchval(
        """
        WITH portion AS (
            SELECT project_id, conversation_id, seq FROM messages
            WHERE project_id IN (SELECT id FROM projects) AND sender_id = $1 AND sender_party = 'agent'
              AND sender_name <> $2
            LIMIT $3
        ), done AS (
            UPDATE messages m SET sender_name = $2 FROM portion s
            WHERE m.project_id = s.project_id AND m.conversation_id = s.conversation_id AND m.seq = s.seq
            RETURNING 1
        )
        SELECT count(*) FROM done
        """,
        user,
        TOMBSTONE,
        limit,
    )
    return gone


async def finish(conn: Connection, user: UserId) -> None:
    """No message says the name any more."""
    await conn.execute("UPDATE users SET still_named = false WHERE id = $1 AND state = 'deleted'", user)
