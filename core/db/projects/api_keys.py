"""Table `api_keys`: keys of a project for API clients. Only the sha-256 of a key is stored."""

from collections.abc import Sequence

import msgspec

from core.db.connection import Connection
from core.identity.api_keys import Scope
from core.ids import ProjectId, UserId


class ApiKey(msgspec.Struct, frozen=True):
    """A key without its secret. Times in ms."""

    id: bytes
    name: str
    hint: str
    scopes: Sequence[Scope]
    maker: UserId | None  # None: the account was deleted
    maker_name: str | None
    created_at: int
    last_used_at: int | None


async def of_project(conn: Connection, project: ProjectId) -> list[ApiKey]:
    """All keys of a project, the newest first."""
    rows = await conn.fetch(
        """
        SELECT k.id, k.name, k.hint, k.scopes, k.created_by, u.full_name, k.created_at, k.last_used_at
        FROM api_keys k LEFT JOIN users u ON u.id = k.created_by
        WHERE k.project_id = $1 ORDER BY k.created_at DESC, k.id DESC
        """,
        project,
    )
    return [ApiKey(*row) for row in rows]


async def count(conn: Connection, project: ProjectId) -> int:
    """How many keys a project has."""
    found: int = await conn.fetchval("SELECT count(*) FROM api_keys WHERE project_id = $1", project)
    return found


async def add(
    conn: Connection,
    *,
    project: ProjectId,
    key: bytes,
    name: str,
    key_hash: bytes,
    hint: str,
    scopes: Sequence[Scope],
    maker: UserId,
    now: int,
) -> None:
    """Adds a key."""
    await conn.execute(
        "INSERT INTO api_keys (project_id, id, name, key_hash, hint, scopes, created_by, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        project,
        key,
        name,
        key_hash,
        hint,
        list(scopes),
        maker,
        now,
    )


async def remove(conn: Connection, project: ProjectId, key: bytes) -> str | None:
    """Revokes a key; returns its name."""
    name: str | None = await conn.fetchval(
        "DELETE FROM api_keys WHERE project_id = $1 AND id = $2 RETURNING name", project, key
    )
    return name
