"""Tables `two_factor` and `recovery_codes`: a second factor is enabled by its confirmation."""

from collections.abc import Sequence

import msgspec

from core.db.connection import Connection
from core.ids import UserId


class SecondFactor(msgspec.Struct, frozen=True):
    """`sealed` opens with core.identity.encryption; `confirmed_at` None: offered, not yet enabled."""

    sealed: bytes
    last_step: int
    confirmed_at: int | None


async def enabled(conn: Connection, user: UserId) -> bool:
    """Whether signing in requires a code."""
    found = await conn.fetchval(
        "SELECT true FROM two_factor WHERE user_id = $1 AND confirmed_at IS NOT NULL", user
    )
    return found is True


async def by_user(conn: Connection, user: UserId) -> SecondFactor | None:
    """A user's second factor, enabled or only offered."""
    row = await conn.fetchrow(
        "SELECT sealed, last_step, confirmed_at FROM two_factor WHERE user_id = $1", user
    )
    return None if row is None else SecondFactor(*row)


async def offer(conn: Connection, user: UserId, *, sealed: bytes, now: int) -> bool:
    """Stores a secret to be confirmed, and replaces an earlier offer; False when one is enabled."""
    done = await conn.fetchval(
        """
        INSERT INTO two_factor (user_id, sealed, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET sealed = $2, created_at = $3, last_step = 0
        WHERE two_factor.confirmed_at IS NULL
        RETURNING true
        """,
        user,
        sealed,
        now,
    )
    return done is True


async def confirm(conn: Connection, user: UserId, *, sealed: bytes, step: int, now: int) -> bool:
    """Enables the offered secret and uses up `step`; False when it was replaced or is enabled already."""
    done = await conn.fetchval(
        """
        UPDATE two_factor SET confirmed_at = $4, last_step = $3
        WHERE user_id = $1 AND sealed = $2 AND confirmed_at IS NULL
        RETURNING true
        """,
        user,
        sealed,
        step,
        now,
    )
    return done is True


async def take_step(conn: Connection, user: UserId, step: int) -> bool:
    """Uses up all codes up to `step`: True for exactly one of several concurrent callers."""
    done = await conn.fetchval(
        """
        UPDATE two_factor SET last_step = $2
        WHERE user_id = $1 AND last_step < $2 AND confirmed_at IS NOT NULL
        RETURNING true
        """,
        user,
        step,
    )
    return done is True


async def end_later(conn: Connection, user: UserId, *, at: int) -> int | None:
    """Schedules the end of the second factor at `at` (ms), unless scheduled; when. None: not enabled."""
    ends_at: int | None = await conn.fetchval(
        """
        UPDATE two_factor SET ends_at = coalesce(ends_at, $2)
        WHERE user_id = $1 AND confirmed_at IS NOT NULL
        RETURNING ends_at
        """,
        user,
        at,
    )
    return ends_at


async def stay(conn: Connection, user: UserId) -> bool:
    """Cancels a scheduled end, because the second factor was shown; False when none was scheduled."""
    done = await conn.fetchval(
        "UPDATE two_factor SET ends_at = NULL WHERE user_id = $1 AND ends_at IS NOT NULL RETURNING true", user
    )
    return done is True


async def take_due(conn: Connection, *, now: int) -> UserId | None:
    """Removes one second factor whose end is due, with its recovery codes; returns its user."""
    user: UserId | None = await conn.fetchval(
        """
        DELETE FROM two_factor WHERE user_id =
            (SELECT user_id FROM two_factor WHERE ends_at <= $1
             ORDER BY ends_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING user_id
        """,
        now,
    )
    if user is not None:
        await conn.execute("DELETE FROM recovery_codes WHERE user_id = $1", user)
    return user


async def remove(conn: Connection, user: UserId) -> bool:
    """Removes the second factor with its recovery codes; False when none was enabled."""
    await conn.execute("DELETE FROM recovery_codes WHERE user_id = $1", user)
    done = await conn.fetchval(
        "DELETE FROM two_factor WHERE user_id = $1 AND confirmed_at IS NOT NULL RETURNING true", user
    )
    return done is True


async def keep_codes(conn: Connection, user: UserId, hashes: Sequence[bytes]) -> None:
    """Replaces the recovery codes."""
    await conn.execute("DELETE FROM recovery_codes WHERE user_id = $1", user)
    await conn.execute(
        "INSERT INTO recovery_codes (user_id, code_hash) SELECT $1, unnest($2::bytea[])", user, list(hashes)
    )


async def take_code(conn: Connection, user: UserId, code_hash: bytes) -> bool:
    """Uses up a recovery code: True for exactly one of several concurrent callers."""
    done = await conn.fetchval(
        "DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2 RETURNING true", user, code_hash
    )
    return done is True
