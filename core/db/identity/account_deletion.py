"""Account deletion: access is removed at once; messages stay, and are anonymised by the janitor."""

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
    """Leaves a tombstone row, which messages reference as their author, with an unusable address."""
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
    """Deleted users whose name may still be in messages."""
    rows = await conn.fetch("SELECT id FROM users WHERE still_named ORDER BY id LIMIT $1", limit)
    return [row[0] for row in rows]


async def unname(conn: Connection, user: UserId, *, limit: int) -> int:
    """Removes the name from at most `limit` messages, of all projects; returns how many.

    The statement names all projects because the index by sender begins with the project, and the user may
    have left a project.
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
    """Notes that no message has the name any more."""
    await conn.execute("UPDATE users SET still_named = false WHERE id = $1 AND state = 'deleted'", user)
