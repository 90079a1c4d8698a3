"""Table `sessions`: sign-ins, with their refresh tokens, of which only the sha-256 is stored."""

from core.db.connection import Connection
from core.ids import UserId
from core.model import Device, Session


async def add(
    conn: Connection,
    *,
    session: bytes,
    user: UserId,
    token_hash: bytes,
    device: str,
    address: str,
    now: int,
    expires_at: int,
) -> bool:
    """Adds a session; False when there is one with that id."""
    made = await conn.fetchval(
        """
        INSERT INTO sessions (id, user_id, token_hash, device, address, created_at, rotated_at, last_used_at,
                              expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7)
        ON CONFLICT (id) DO NOTHING RETURNING true
        """,
        session,
        user,
        token_hash,
        device,
        address,
        now,
        expires_at,
    )
    return made is True


async def by_token(conn: Connection, token_hash: bytes, *, now: int) -> Session | None:
    """The unexpired session of a refresh token."""
    row = await conn.fetchrow(
        "SELECT id, user_id, created_at, expires_at, rotated_at FROM sessions "
        "WHERE token_hash = $1 AND expires_at > $2",
        token_hash,
        now,
    )
    return None if row is None else Session(*row)


async def by_id(conn: Connection, session: bytes, *, now: int) -> Session | None:
    """The unexpired session with that id."""
    row = await conn.fetchrow(
        "SELECT id, user_id, created_at, expires_at, rotated_at FROM sessions "
        "WHERE id = $1 AND expires_at > $2",
        session,
        now,
    )
    return None if row is None else Session(*row)


async def rotate(
    conn: Connection,
    *,
    old_hash: bytes,
    new_hash: bytes,
    address: str,
    now: int,
    expires_at: int,
    longest_days: int,
) -> bool:
    """Replaces the refresh token of a session; False when another request has already rotated `old_hash`.

    A session ends `longest_days` after it began, however often it is refreshed.
    """
    done = await conn.fetchval(
        "UPDATE sessions SET token_hash = $2, rotated_at = $4, last_used_at = $4, address = $5, "
        "expires_at = least($3, created_at + make_interval(days => $6)) "
        "WHERE token_hash = $1 AND expires_at > $4 RETURNING true",
        old_hash,
        new_hash,
        expires_at,
        now,
        address,
        longest_days,
    )
    return done is True


async def of_user(conn: Connection, user: UserId, *, now: int) -> list[Device]:
    """The unexpired sessions of a user, the last used first."""
    rows = await conn.fetch(
        "SELECT id, device, address, created_at, last_used_at FROM sessions "
        "WHERE user_id = $1 AND expires_at > $2 ORDER BY last_used_at DESC, id DESC",
        user,
        now,
    )
    return [Device(*row) for row in rows]


async def end(conn: Connection, session: bytes) -> UserId | None:
    """Ends a session; returns its user."""
    user: UserId | None = await conn.fetchval("DELETE FROM sessions WHERE id = $1 RETURNING user_id", session)
    return user


async def end_one_of(conn: Connection, user: UserId, session: bytes) -> bool:
    """Ends a session of this user; False when the user has none with that id."""
    done = await conn.fetchval(
        "DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING true", session, user
    )
    return done is True


async def end_all_of(conn: Connection, user: UserId, *, kept: bytes | None) -> list[bytes]:
    """Ends every session of a user except `kept`; returns their ids."""
    rows = await conn.fetch(
        "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2 RETURNING id", user, kept
    )
    return [row[0] for row in rows]


async def end_oldest_of(conn: Connection, user: UserId, *, most: int) -> list[bytes]:
    """Keeps the `most` newest sessions of a user; returns the ids of those that ended."""
    rows = await conn.fetch(
        """
        DELETE FROM sessions WHERE user_id = $1 AND id IN
            (SELECT id FROM sessions WHERE user_id = $1 ORDER BY created_at DESC, id DESC OFFSET $2)
        RETURNING id
        """,
        user,
        most,
    )
    return [row[0] for row in rows]


async def living(conn: Connection, session: bytes, *, now: int) -> bool:
    """Whether the session has neither ended nor expired."""
    found = await conn.fetchval("SELECT true FROM sessions WHERE id = $1 AND expires_at > $2", session, now)
    return found is True


async def remove_expired(conn: Connection, *, now: int) -> int:
    """Deletes at most 1,000 expired sessions; returns how many."""
    gone: int = await conn.fetchval(
        "WITH gone AS (DELETE FROM sessions WHERE id IN "
        "(SELECT id FROM sessions WHERE expires_at <= $1 LIMIT 1000) RETURNING 1) SELECT count(*) FROM gone",
        now,
    )
    return gone
