"""Table `identity_secrets`: with them a customer's site signs who its visitor is. Encrypted, see `sealed`."""

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId


class IdentitySecret(msgspec.Struct, frozen=True):
    """A secret without its text. Times in ms."""

    id: bytes
    maker: UserId | None  # None: the account was deleted
    maker_name: str | None
    created_at: int
    last_used_at: int | None


async def of_project(conn: Connection, project: ProjectId) -> list[IdentitySecret]:
    """All secrets of a project, the newest first."""
    rows = await conn.fetch(
        """
        SELECT s.id, s.created_by, u.full_name, s.created_at, s.last_used_at
        FROM identity_secrets s LEFT JOIN users u ON u.id = s.created_by
        WHERE s.project_id = $1 ORDER BY s.created_at DESC, s.id DESC
        """,
        project,
    )
    return [IdentitySecret(*row) for row in rows]


async def sealed(conn: Connection, project: ProjectId) -> dict[bytes, bytes]:
    """The encrypted texts by id, the newest first: most tokens are signed with that one."""
    rows = await conn.fetch(
        "SELECT id, sealed FROM identity_secrets WHERE project_id = $1 ORDER BY created_at DESC, id DESC",
        project,
    )
    return {row[0]: row[1] for row in rows}


async def add(
    conn: Connection, project: ProjectId, secret: bytes, *, sealed: bytes, maker: UserId, now: int
) -> None:
    """Adds a secret."""
    await conn.execute(
        "INSERT INTO identity_secrets (project_id, id, sealed, created_by, created_at) "
        "VALUES ($1, $2, $3, $4, $5)",
        project,
        secret,
        sealed,
        maker,
        now,
    )


async def note_use(
    conn: Connection, project: ProjectId, secret: bytes, *, now: int, unless_since: int
) -> None:
    """Stores when the secret was last used, unless that was done after `unless_since`. Times in ms."""
    await conn.execute(
        "UPDATE identity_secrets SET last_used_at = $3 WHERE project_id = $1 AND id = $2 "
        "AND (last_used_at IS NULL OR last_used_at <= $4)",
        project,
        secret,
        now,
        unless_since,
    )


async def remove(conn: Connection, project: ProjectId, secret: bytes) -> bool:
    """Whether there was one to remove."""
    done = await conn.fetchval(
        "DELETE FROM identity_secrets WHERE project_id = $1 AND id = $2 RETURNING true", project, secret
    )
    return done is True
