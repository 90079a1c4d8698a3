"""Table `saved_views`: the named inbox filters of each member, in the member's order."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId

MAX_PER_MEMBER: Final = 20  # of one member in one project


class Saved(msgspec.Struct, frozen=True):
    """`version` counts the changes; 0: nothing was saved yet. `views`: as the API defines them."""

    version: int = 0
    views: Sequence[Any] = ()


async def of_member(conn: Connection, project: ProjectId, user: UserId) -> Saved:
    """The member's views."""
    row = await conn.fetchrow(
        "SELECT version, views FROM saved_views WHERE project_id = $1 AND user_id = $2", project, user
    )
    return Saved() if row is None else Saved(*row)


async def save(
    conn: Connection, project: ProjectId, user: UserId, views: Sequence[Any], *, version: int
) -> int | None:
    """Replaces the member's views; returns their new version. None: `version` is not the stored one."""
    saved: int | None = await conn.fetchval(
        """
        INSERT INTO saved_views AS v (project_id, user_id, views)
        SELECT $1, $2, $3::jsonb WHERE $4 = 0 OR EXISTS (
            SELECT FROM saved_views w WHERE w.project_id = $1 AND w.user_id = $2
        )
        ON CONFLICT (project_id, user_id)
        DO UPDATE SET views = excluded.views, version = v.version + 1 WHERE v.version = $4
        RETURNING version
        """,
        project,
        user,
        list(views),
        version,
    )
    return saved
