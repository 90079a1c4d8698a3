"""Table `logos`: pictures for the header of the widget, by the hash of their content."""

from typing import Final

from core.db.connection import Connection
from core.ids import ProjectId

MAX_LOGOS: Final = 10  # of a project: those that were uploaded last, and the one that is shown


async def add(conn: Connection, project: ProjectId, logo: bytes, png: bytes, *, now: int) -> None:
    """Stores it, or finds it stored already."""
    await conn.execute(
        """
        INSERT INTO logos (project_id, id, png, made_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (project_id, id) DO UPDATE SET made_at = excluded.made_at
        """,
        project,
        logo,
        png,
        now,
    )


async def prune(conn: Connection, project: ProjectId, *, shown: bytes | None) -> None:
    """Removes all but the newest; the caller holds the project's lock."""
    await conn.execute(
        """
        DELETE FROM logos WHERE project_id = $1 AND id IS DISTINCT FROM $2::uuid AND id NOT IN (
            SELECT id FROM logos WHERE project_id = $1 ORDER BY made_at DESC, id LIMIT $3
        )
        """,
        project,
        shown,
        MAX_LOGOS,
    )


async def has(conn: Connection, project: ProjectId, logo: bytes) -> bool:
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM logos WHERE project_id = $1 AND id = $2)", project, logo
    )
    return found


async def by_id(conn: Connection, project: ProjectId, logo: bytes) -> bytes | None:
    """The picture, as PNG."""
    png: bytes | None = await conn.fetchval(
        "SELECT png FROM logos WHERE project_id = $1 AND id = $2", project, logo
    )
    return png
