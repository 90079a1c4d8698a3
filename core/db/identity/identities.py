"""Table `identities`: users' identities at OpenID Connect providers: issuer and subject, never an address."""

import msgspec

from core.db.connection import Connection
from core.ids import UserId


class Identity(msgspec.Struct, frozen=True):
    """`email` is the provider's at the time of linking; it proves nothing now."""

    id: bytes
    issuer: str
    email: str
    created_at: int


async def owner(conn: Connection, *, issuer: str, subject: str) -> UserId | None:
    """The user that the identity is linked to."""
    user: UserId | None = await conn.fetchval(
        "SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject
    )
    return user


async def of_user(conn: Connection, user: UserId) -> list[Identity]:
    """All identities of a user, oldest first."""
    rows = await conn.fetch(
        "SELECT id, issuer, email, created_at FROM identities WHERE user_id = $1 ORDER BY created_at, id",
        user,
    )
    return [Identity(*row) for row in rows]


async def add(
    conn: Connection, *, identity: bytes, user: UserId, issuer: str, subject: str, email: str, now: int
) -> tuple[UserId, bool]:
    """Links an identity unless it is linked already; returns its user, and whether the link is new."""
    made = await conn.fetchval(
        """
        INSERT INTO identities (id, user_id, issuer, subject, email, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (issuer, subject) DO NOTHING RETURNING true
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
    return found, made is True


async def remove(conn: Connection, *, user: UserId, identity: bytes) -> None:
    await conn.execute("DELETE FROM identities WHERE id = $1 AND user_id = $2", identity, user)


async def unlink_others(conn: Connection, user: UserId, *, email: str) -> list[bytes]:
    """Unlinks the identities with another address; returns their ids."""
    rows = await conn.fetch(
        "DELETE FROM identities WHERE user_id = $1 AND lower(email) <> $2 RETURNING id", user, email
    )
    return [row[0] for row in rows]


async def invited(conn: Connection, email: str, *, now: int) -> bool:
    """Whether this address has an open invitation."""
    found = await conn.fetchval(
        "SELECT true FROM invitations WHERE email = $1 AND expires_at > $2 LIMIT 1", email, now
    )
    return found is True


async def add_user(conn: Connection, *, user: UserId, email: str, full_name: str, now: int) -> bool:
    """Adds a verified account without a password; False when the address is taken."""
    made = await conn.fetchval(
        """
        INSERT INTO users (id, email, full_name, created_at, email_verified_at) VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (email) DO NOTHING RETURNING true
        """,
        user,
        email,
        full_name,
        now,
    )
    return made is True


async def drop_unproven(conn: Connection, user: UserId, *, full_name: str, now: int) -> None:
    """Verifies an account whose creator never proved to own the mailbox: removes all that they set up."""
    await conn.execute("DELETE FROM identities WHERE user_id = $1", user)
    await conn.execute("DELETE FROM user_tokens WHERE user_id = $1", user)
    await conn.execute("DELETE FROM recovery_codes WHERE user_id = $1", user)
    await conn.execute("DELETE FROM two_factor WHERE user_id = $1", user)
    await conn.execute(
        "UPDATE users SET password_hash = NULL, email_verified_at = $2, full_name = $3 WHERE id = $1",
        user,
        now,
        full_name,
    )
