"""Table `user_tokens`: single-use tokens in mails. They expire, and only their sha-256 is stored."""

import hashlib
import secrets
from typing import Final

from core.db.connection import Connection
from core.ids import UserId
from core.model import TokenPurpose, UserToken

MINUTES: Final = 60_000  # ms
HOURS: Final = 60 * MINUTES
TTL: Final[dict[TokenPurpose, int]] = {
    "verify_email": 24 * HOURS,
    "reset_password": 30 * MINUTES,
    "change_email": 24 * HOURS,
}


def fresh() -> str:
    """A new token, of 32 random bytes."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """The stored form of a token."""
    return hashlib.sha256(token.encode()).digest()


async def add(
    conn: Connection,
    *,
    user: UserId,
    purpose: TokenPurpose,
    email: str,
    now: int,
    password_hash: str | None = None,
) -> str:
    """Adds a token for `user`, to be sent to `email`; returns the token's text for the mail."""
    token = fresh()
    await conn.execute(
        "INSERT INTO user_tokens (token_hash, user_id, purpose, email, created_at, expires_at, "
        "password_hash) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        digest(token),
        user,
        purpose,
        email,
        now,
        now + TTL[purpose],
        password_hash,
    )
    return token


async def find(conn: Connection, token: str, *, purpose: TokenPurpose, now: int) -> UserToken | None:
    """Looks a token up without using it; None for one that is used, expired or for another purpose."""
    row = await conn.fetchrow(
        "SELECT user_id, email, password_hash FROM user_tokens "
        "WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3",
        digest(token),
        purpose,
        now,
    )
    return None if row is None else UserToken(*row)


async def has_room(
    conn: Connection, user: UserId, purpose: TokenPurpose, *, at_once: int, pause: int, now: int
) -> bool:
    """Whether fewer than `at_once` tokens are valid, or the newest is older than `pause` (ms)."""
    row = await conn.fetchrow(
        "SELECT count(*), max(created_at) FROM user_tokens "
        "WHERE user_id = $1 AND purpose = $2 AND expires_at > $3",
        user,
        purpose,
        now,
    )
    return bool(row[0] < at_once or row[1] <= now - pause)


async def use(conn: Connection, token: str, *, purpose: TokenPurpose, now: int) -> UserToken | None:
    """Uses up a token; None for one that is used, expired or for another purpose."""
    row = await conn.fetchrow(
        "DELETE FROM user_tokens WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3 "
        "RETURNING user_id, email, password_hash",
        digest(token),
        purpose,
        now,
    )
    return None if row is None else UserToken(*row)


async def forget(conn: Connection, user: UserId, purpose: TokenPurpose) -> None:
    """Invalidates the user's tokens of that purpose."""
    await conn.execute("DELETE FROM user_tokens WHERE user_id = $1 AND purpose = $2", user, purpose)


async def forget_others(conn: Connection, user: UserId, kept: str) -> None:
    """Invalidates all the user's tokens except one, by which a second opening of its link is recognised."""
    await conn.execute("DELETE FROM user_tokens WHERE user_id = $1 AND token_hash <> $2", user, digest(kept))


async def disarm(conn: Connection, user: UserId) -> None:
    """Once the address is verified: links to verify it set no password any more, they only report success."""
    await conn.execute(
        "UPDATE user_tokens SET password_hash = NULL WHERE user_id = $1 AND purpose = 'verify_email'", user
    )


async def remove_expired(conn: Connection, *, now: int) -> int:
    """Deletes at most 1,000 expired tokens; returns how many."""
    gone: int = await conn.fetchval(
        "WITH gone AS (DELETE FROM user_tokens WHERE token_hash IN "
        "(SELECT token_hash FROM user_tokens WHERE expires_at <= $1 LIMIT 1000) RETURNING 1) "
        "SELECT count(*) FROM gone",
        now,
    )
    return gone
