"""Table `users`, and the `memberships` of a user."""

from core.db.connection import Connection
from core.ids import SYSTEM, UserId
from core.model import Membership, Profile, User, UserState


async def by_email(conn: Connection, email: str) -> User | None:
    """The user with `email`, in any case."""
    row = await conn.fetchrow(
        "SELECT id, email, full_name, password_hash, created_at, state, email_verified_at, is_admin, "
        "language, timezone, signed_in_at FROM users WHERE email = lower($1)",
        email,
    )
    return None if row is None else User(*row)


async def by_id(conn: Connection, user: UserId) -> User | None:
    """One user."""
    row = await conn.fetchrow(
        "SELECT id, email, full_name, password_hash, created_at, state, email_verified_at, is_admin, "
        "language, timezone, signed_in_at FROM users WHERE id = $1",
        user,
    )
    return None if row is None else User(*row)


async def locked(conn: Connection, user: UserId) -> User | None:
    """One user, locked until the end of the transaction."""
    row = await conn.fetchrow(
        "SELECT id, email, full_name, password_hash, created_at, state, email_verified_at, is_admin, "
        "language, timezone, signed_in_at FROM users WHERE id = $1 FOR NO KEY UPDATE",
        user,
    )
    return None if row is None else User(*row)


async def profile(conn: Connection, user: UserId, *, now: int) -> Profile | None:
    """A user's own view of the account."""
    row = await conn.fetchrow(
        """
        SELECT u.id, u.email, u.full_name, u.language, u.timezone, a.version, u.is_admin,
               u.password_hash IS NOT NULL,
               EXISTS (SELECT FROM two_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL),
               (SELECT t.email FROM user_tokens t
                WHERE t.user_id = u.id AND t.purpose = 'change_email' AND t.expires_at > $2
                  AND t.email <> u.email
                ORDER BY t.created_at DESC LIMIT 1),
               u.created_at, (SELECT count(*) FROM recovery_codes r WHERE r.user_id = u.id),
               u.mail_on_assignment, u.mail_on_mention
        FROM users u LEFT JOIN avatars a ON a.user_id = u.id
        WHERE u.id = $1
        """,
        user,
        now,
    )
    return None if row is None else Profile(*row)


async def add(
    conn: Connection,
    *,
    user: UserId,
    email: str,
    full_name: str,
    password_hash: str | None,
    language: str = "en",
    verified_at: int | None = None,
) -> bool:
    """Adds a user; False when the address is taken."""
    made = await conn.fetchval(
        "INSERT INTO users (id, email, full_name, password_hash, language, email_verified_at) "
        "VALUES ($1, lower($2), $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING RETURNING true",
        user,
        email,
        full_name,
        password_hash,
        language,
        verified_at,
    )
    return made is True


async def set_password(conn: Connection, user: UserId, password_hash: str | None) -> None:
    """Replaces the password hash; None removes the password."""
    await conn.execute("UPDATE users SET password_hash = $2 WHERE id = $1", user, password_hash)


async def distrust(conn: Connection, user: UserId) -> None:
    """Removes the password of an unverified account, when it is registered again: its owner is unknown."""
    await conn.execute(
        "UPDATE users SET password_hash = NULL WHERE id = $1 AND email_verified_at IS NULL", user
    )


async def verify(conn: Connection, user: UserId, *, now: int, password_hash: str | None = None) -> bool:
    """Marks the address as verified; `password_hash`, if given, replaces the password. False if verified."""
    done = await conn.fetchval(
        "UPDATE users SET email_verified_at = $2, password_hash = coalesce($3, password_hash) "
        "WHERE id = $1 AND email_verified_at IS NULL AND state = 'active' RETURNING true",
        user,
        now,
        password_hash,
    )
    return done is True


async def set_email(conn: Connection, user: UserId, email: str, *, now: int) -> bool:
    """Replaces the address by a verified one; False when it is taken."""
    done = await conn.fetchval(
        "UPDATE users SET email = $2, email_verified_at = $3, email_changed_at = $3 WHERE id = $1 "
        "AND NOT EXISTS (SELECT FROM users WHERE email = $2) RETURNING true",
        user,
        email,
        now,
    )
    return done is True


async def address_changed(conn: Connection, user: UserId, *, since: int) -> bool:
    """Whether the user's address has changed since then."""
    found = await conn.fetchval("SELECT true FROM users WHERE id = $1 AND email_changed_at > $2", user, since)
    return found is True


async def set_state(conn: Connection, user: UserId, state: UserState) -> None:
    await conn.execute("UPDATE users SET state = $2 WHERE id = $1", user, state)


async def change(
    conn: Connection,
    user: UserId,
    *,
    full_name: str | None,
    language: str | None,
    timezone: str | None,
    mail_on_assignment: bool | None,
    mail_on_mention: bool | None,
) -> None:
    """Replaces the fields that are not None."""
    await conn.execute(
        "UPDATE users SET full_name = coalesce($2, full_name), language = coalesce($3, language), "
        "timezone = coalesce($4, timezone), mail_on_assignment = coalesce($5, mail_on_assignment), "
        "mail_on_mention = coalesce($6, mail_on_mention) WHERE id = $1",
        user,
        full_name,
        language,
        timezone,
        mail_on_assignment,
        mail_on_mention,
    )


async def remove_unconfirmed(conn: Connection, *, before: int, now: int, limit: int) -> int:
    """Deletes at most `limit` accounts created before then and never verified; returns how many.

    Keeps accounts that a mailed link can still verify, and the system's own.
    """
    gone: int = await conn.fetchval(
        """
        WITH gone AS (
            DELETE FROM users WHERE id IN (
                SELECT u.id FROM users u
                WHERE u.email_verified_at IS NULL AND u.created_at < $1 AND u.state = 'active'
                  AND u.signed_in_at IS NULL AND u.id <> $2
                  AND NOT EXISTS (SELECT FROM user_tokens t WHERE t.user_id = u.id AND t.expires_at > $3)
                  AND NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = u.id)
                ORDER BY u.created_at LIMIT $4
            ) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        before,
        SYSTEM,
        now,
        limit,
    )
    return gone


async def signed_in(conn: Connection, user: UserId, *, now: int) -> None:
    """Records the time of the last sign-in."""
    await conn.execute("UPDATE users SET signed_in_at = $2 WHERE id = $1", user, now)


async def memberships(conn: Connection, user: UserId) -> list[Membership]:
    """The projects of a user, by name."""
    rows = await conn.fetch(
        "SELECT p.id, p.name, m.user_id, m.role FROM memberships m JOIN projects p ON p.id = m.project_id "
        "WHERE m.user_id = $1 ORDER BY p.name, p.id",
        user,
    )
    return [Membership(*row) for row in rows]
