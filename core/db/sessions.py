"""Table `sessions`: sign-ins that can be refreshed. Only the sha-256 of a token is kept."""

from core.db.connection import Connection
from core.ids import UserId
from core.model import Session


async def add(
    conn: Connection, *, session: bytes, user: UserId, token_hash: bytes, now: int, expires_at: int
) -> None:
    """A new sign-in."""
    await conn.execute(
        "INSERT INTO sessions (id, user_id, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        session,
        user,
        token_hash,
        now,
        expires_at,
    )


async def by_token(conn: Connection, token_hash: bytes, *, now: int) -> Session | None:
    """The living sign-in of a refresh token."""
    row = await conn.fetchrow(
        "SELECT id, user_id, created_at, expires_at FROM sessions WHERE token_hash = $1 AND expires_at > $2",
        token_hash,
        now,
    )
    return None if row is None else Session(*row)


async def rotate(conn: Connection, *, old_hash: bytes, new_hash: bytes, expires_at: int) -> bool:
    """Replaces the token of a sign-in; False when `old_hash` is gone (somebody else rotated first)."""
    done = await conn.fetchval(
        "UPDATE sessions SET token_hash = $2, expires_at = $3 WHERE token_hash = $1 RETURNING true",
        old_hash,
        new_hash,
        expires_at,
    )
    return done is True


async def end(conn: Connection, session: bytes) -> UserId | None:
    """Ends a sign-in; whose it was."""
    user: UserId | None = await conn.fetchval("DELETE FROM sessions WHERE id = $1 RETURNING user_id", session)
    return user


async def living(conn: Connection, session: bytes, *, now: int) -> bool:
    """Whether the sign-in was neither ended nor has expired."""
    found = await conn.fetchval("SELECT true FROM sessions WHERE id = $1 AND expires_at > $2", session, now)
    return found is True


async def remove_expired(conn: Connection, *, now: int) -> int:
    """Deletes what expired, at most 1,000 at a time; how many."""
    gone: int = await conn.fetchval(
        "WITH gone AS (DELETE FROM sessions WHERE id IN "
        "(SELECT id FROM sessions WHERE expires_at <= $1 LIMIT 1000) RETURNING 1) SELECT count(*) FROM gone",
        now,
    )
    return gone
