"""Table `appearances`: how a project's widget looks."""

import msgspec

from core.appearance.look import Look
from core.db.connection import Connection
from core.ids import ProjectId, UserId


class Kept(msgspec.Struct, frozen=True):
    """`version` counts the changes; 0: nothing was changed yet."""

    look: Look = Look()
    version: int = 0


async def by_project(conn: Connection, project: ProjectId) -> Kept:
    """The defaults, if nothing was changed yet. What only a later release knows is left out."""
    row = await conn.fetchrow("SELECT look, version FROM appearances WHERE project_id = $1", project)
    return Kept() if row is None else Kept(msgspec.convert(row[0], Look), row[1])


async def save(conn: Connection, project: ProjectId, look: Look, *, by: UserId | None, now: int) -> Kept:
    """Stores it under the next version. The caller holds the project's lock."""
    version = await conn.fetchval(
        """
        INSERT INTO appearances AS a (project_id, look, changed_at, changed_by) VALUES ($1, $2, $3, $4)
        ON CONFLICT (project_id) DO UPDATE
        SET look = excluded.look, changed_at = excluded.changed_at, changed_by = excluded.changed_by,
            version = a.version + 1
        RETURNING version
        """,
        project,
        msgspec.to_builtins(look),
        now,
        by,
    )
    return Kept(look, version)
