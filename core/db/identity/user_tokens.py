"""Table `user_tokens`: what mails carry. Good once, for a time, and kept only as sha-256."""

import hashlib
import secrets
from typing import Final

from core.db.connection import Connection
from core.ids import UserId
from core.model import TokenPurpose, UserToken

MINUTES: Final = 60_000  # ms
HOURS: Final = 60 * MINUTES
LIFE: Final[dict[TokenPurpose, int]] = {
    "verify_email": 24 * HOURS,
    "reset_password": 30 * MINUTES,
    "change_email": 24 * HOURS,
}


def fresh() -> str:
    """A new token, of 32 random bytes."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is kept of a token."""
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
    """A token for `user`, sent to `email`; the text that the mail carries."""
    token = fresh()
    await conn.execute(
        "INSERT INTO user_tokens (token_hash, user_id, purpose, email, created_at, expires_at, "
        "password_hash) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        digest(token),
        user,
        purpose,
        email,
        now,
        now + LIFE[purpose],
        password_hash,
    )
    return token


async def find(conn: Connection, token: str, *, purpose: TokenPurpose, now: int) -> UserToken | None:
    """What the token is for; it stays good. None for one that is used, expired or for something else."""
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
    """Whether fewer than `at_once` of them are good, or the newest is older than `pause` (ms)."""
    row = await conn.fetchrow(
        "SELECT count(*), max(created_at) FROM user_tokens "
        "WHERE user_id = $1 AND purpose = $2 AND expires_at > $3",
        user,
        purpose,
        now,
    )
    return bool(row[0] < at_once or row[1] <= now - pause)


async def use(conn: Connection, token: str, *, purpose: TokenPurpose, now: int) -> UserToken | None:
    """What the token was for, the first time; None for one that is used, expired or for something else."""
    row = await conn.fetchrow(
        "DELETE FROM user_tokens WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3 "
        "RETURNING user_id, email, password_hash",
        digest(token),
        purpose,
        now,
    )
    return None if row is None else UserToken(*row)


async def forget(conn: Connection, user: UserId, purpose: TokenPurpose) -> None:
    """The user's tokens of that purpose are worth nothing from now on."""
    await conn.execute("DELETE FROM user_tokens WHERE user_id = $1 AND purpose = $2", user, purpose)


async def forget_others(conn: Connection, user: UserId, kept: str) -> None:
    """Likewise all of the user's tokens but one, by which a second opening of its link is known."""
    await conn.execute("DELETE FROM user_tokens WHERE user_id = $1 AND token_hash <> $2", user, digest(kept))


async def disarm(conn: Connection, user: UserId) -> None:
    """The address is verified: links to verify it only say so from now on, and carry no password."""
    await conn.execute(
        "UPDATE user_tokens SET password_hash = NULL WHERE user_id = $1 AND purpose = 'verify_email'", user
    )


async def remove_expired(conn: Connection, *, now: int) -> int:
    """Deletes what expired, at most 1,000 at a time; how many."""
    gone: int = await conn.fetchval(
        "WITH gone AS (DELETE FROM user_tokens WHERE token_hash IN "
        "(SELECT token_hash FROM user_tokens WHERE expires_at <= $1 LIMIT 1000) RETURNING 1) "
        "SELECT count(*) FROM gone",
        now,
    )
    return gone
