"""Table `attachments`: files that are no longer needed. The stored bytes first, then the row."""

from collections.abc import Sequence

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId


class Due(msgspec.Struct, frozen=True):
    """A file whose time is over."""

    project: ProjectId
    id: bytes


async def due(conn: Connection, *, before: int, limit: int) -> list[Due]:
    """Of all projects, the longest first. No message can take them, and no upload runs."""
    rows = await conn.fetch(
        """
        SELECT a.project_id, a.id FROM attachments a
        WHERE a.conversation_id IS NULL AND a.expires_at <= $1
          AND (a.uploading_until IS NULL OR a.uploading_until <= $1)
        ORDER BY a.expires_at LIMIT $2
        """,
        before,
        limit,
    )
    return [Due(*row) for row in rows]


async def remove(conn: Connection, files: Sequence[Due], *, before: int) -> None:
    """Their rows, and their bytes in the counters of the projects that exist."""
    await conn.execute(
        """
        WITH gone AS (
            DELETE FROM attachments a
            USING unnest($1::uuid[], $2::uuid[]) AS n (project_id, id)
            WHERE a.project_id = n.project_id AND a.id = n.id AND a.conversation_id IS NULL
              AND a.expires_at <= $3
            RETURNING a.project_id, a.counted
        ), summed AS (
            SELECT g.project_id, sum(g.counted) AS bytes, count(*) AS files FROM gone g GROUP BY g.project_id
        )
        UPDATE attachment_storage s SET bytes = s.bytes - summed.bytes, files = s.files - summed.files
        FROM summed WHERE s.project_id = summed.project_id
        """,
        [one.project for one in files],
        [one.id for one in files],
        before,
    )
