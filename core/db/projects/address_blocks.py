"""Table `address_blocks`: networks whose visitors are treated as blocked ones."""

from collections.abc import Sequence

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId

MAX_PER_PROJECT = 500  # of one project; gateways compare an address with each of them


class AddressBlock(msgspec.Struct, frozen=True):
    """`network`: in CIDR notation. Times in ms; `expires_at` None: never."""

    id: bytes
    network: str
    reason: str
    created_at: int
    created_by: UserId | None
    created_by_name: str | None
    expires_at: int | None


async def listed(conn: Connection, project: ProjectId) -> list[AddressBlock]:
    """All of a project, also expired ones, the latest first."""
    rows = await conn.fetch(
        """
        SELECT b.id, b.network::text, b.reason, b.created_at, b.created_by, u.full_name, b.expires_at
        FROM address_blocks b LEFT JOIN users u ON u.id = b.created_by
        WHERE b.project_id = $1 ORDER BY b.created_at DESC, b.id DESC
        """,
        project,
    )
    return [AddressBlock(*row) for row in rows]


async def count(conn: Connection, project: ProjectId) -> int:
    """How many a project has."""
    found: int = await conn.fetchval("SELECT count(*) FROM address_blocks WHERE project_id = $1", project)
    return found


async def add(
    conn: Connection,
    project: ProjectId,
    block: bytes,
    *,
    network: str,
    reason: str,
    by: UserId,
    now: int,
    expires_at: int | None,
) -> bool:
    """Adds a network; False if it is there already."""
    made = await conn.fetchval(
        """
        INSERT INTO address_blocks (project_id, id, network, reason, created_at, created_by, expires_at)
        SELECT $1, $2, $3::cidr, $4, $5, (SELECT u.id FROM users u WHERE u.id = $6), $7
        ON CONFLICT (project_id, network) DO NOTHING RETURNING true
        """,
        project,
        block,
        network,
        reason,
        now,
        by,
        expires_at,
    )
    return made is not None


async def remove(conn: Connection, project: ProjectId, block: bytes) -> str | None:
    """Deletes a block; returns its network, None if there is none."""
    gone: str | None = await conn.fetchval(
        "DELETE FROM address_blocks WHERE project_id = $1 AND id = $2 RETURNING network::text", project, block
    )
    return gone


async def in_force(
    conn: Connection, projects: Sequence[ProjectId], *, now: int
) -> list[tuple[ProjectId, str]]:
    """The networks of some projects that have not expired."""
    rows = await conn.fetch(
        "SELECT b.project_id, b.network::text FROM address_blocks b "
        "WHERE b.project_id = ANY($1::uuid[]) AND (b.expires_at IS NULL OR b.expires_at > $2)",
        projects,
        now,
    )
    return [(row[0], row[1]) for row in rows]
