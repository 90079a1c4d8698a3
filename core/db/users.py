"""Table `users`, and `memberships` as seen from a user."""

from core.db.connection import Connection
from core.ids import UserId
from core.model import Membership, User


async def by_email(conn: Connection, email: str) -> User | None:
    """Who signs in with `email`, whatever its case."""
    row = await conn.fetchrow(
        "SELECT id, email, full_name, password_hash, created_at FROM users WHERE email = lower($1)", email
    )
    return None if row is None else User(*row)


async def by_id(conn: Connection, user: UserId) -> User | None:
    """One user."""
    row = await conn.fetchrow(
        "SELECT id, email, full_name, password_hash, created_at FROM users WHERE id = $1", user
    )
    return None if row is None else User(*row)


async def add(
    conn: Connection, *, user: UserId, email: str, full_name: str, password_hash: str | None
) -> None:
    """Raises the driver's unique violation when the e-mail is taken."""
    await conn.execute(
        "INSERT INTO users (id, email, full_name, password_hash) VALUES ($1, lower($2), $3, $4)",
        user,
        email,
        full_name,
        password_hash,
    )


async def set_password(conn: Connection, user: UserId, password_hash: str) -> None:
    """Replaces the password's hash."""
    await conn.execute("UPDATE users SET password_hash = $2 WHERE id = $1", user, password_hash)


async def memberships(conn: Connection, user: UserId) -> list[Membership]:
    """The projects of a user, by name."""
    rows = await conn.fetch(
        "SELECT p.id, p.name, m.user_id, m.role FROM memberships m JOIN projects p ON p.id = m.project_id "
        "WHERE m.user_id = $1 ORDER BY p.name, p.id",
        user,
    )
    return [Membership(*row) for row in rows]
