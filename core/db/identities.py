"""Table `identities`: who somebody is at an OpenID Connect provider: issuer and subject, never an address."""

import msgspec

from core.db.connection import Connection
from core.ids import UserId


class Identity(msgspec.Struct, frozen=True):
    """`email` is what the provider said when it was linked; it proves nothing now."""

    id: bytes
    issuer: str
    email: str
    created_at: int


async def owner(conn: Connection, *, issuer: str, subject: str) -> UserId | None:
    """Whose identity it is."""
    user: UserId | None = await conn.fetchval(
        "SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject
    )
    return user


async def of_user(conn: Connection, user: UserId) -> list[Identity]:
    """All of a user, oldest first."""
    rows = await conn.fetch(
        "SELECT id, issuer, email, created_at FROM identities WHERE user_id = $1 ORDER BY created_at, id",
        user,
    )
    return [Identity(*row) for row in rows]


async def add(
    conn: Connection, *, identity: bytes, user: UserId, issuer: str, subject: str, email: str, now: int
) -> UserId:
    """Links, unless it is linked already; whose it is then."""
    await conn.execute(
        """
        INSERT INTO identities (id, user_id, issuer, subject, email, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (issuer, subject) DO NOTHING
        """,
        identity,
        user,
        issuer,
        subject,
        email,
        now,
    )
    found = await owner(conn, issuer=issuer, subject=subject)
    assert found is not None
    return found


async def remove(conn: Connection, *, user: UserId, identity: bytes) -> Identity | None:
    """Unlinks; what it was."""
    row = await conn.fetchrow(
        "DELETE FROM identities WHERE id = $1 AND user_id = $2 RETURNING id, issuer, email, created_at",
        identity,
        user,
    )
    return None if row is None else Identity(*row)
