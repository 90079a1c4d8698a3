"""Tables `search_queue` and `search_backlog`: what waits to become a document. Triggers fill the queue."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId

Source = Literal["message", "visitor", "visitor_note"]


class Waiting(msgspec.Struct, frozen=True):
    """A row whose document is to be made, replaced or deleted. `added`: it has none yet."""

    project: ProjectId
    source: Source
    parent: bytes
    item: bytes
    seq: int | None
    added: bool


async def take(conn: Connection, *, limit: int) -> list[Waiting]:
    """Takes the oldest of all projects; a row that was written several times is there once.

    A transaction that commits late has a lower number than rows that were taken before: it is taken next.
    Without locks, as one process takes at a time; of two, the second would take what the first has left.
    """
    rows = await conn.fetch(
        """
        WITH gone AS (
            DELETE FROM search_queue WHERE id IN (
                SELECT id FROM search_queue ORDER BY id LIMIT $1
            )
            RETURNING id, project_id, source, parent_id, item_id, seq, added
        )
        SELECT g.project_id, g.source, g.parent_id, g.item_id, g.seq, bool_or(g.added)
        FROM gone g
        GROUP BY g.project_id, g.source, g.parent_id, g.item_id, g.seq
        ORDER BY min(g.id)
        """,
        limit,
    )
    return [Waiting(*row) for row in rows]


async def take_older(conn: Connection, project: ProjectId, *, limit: int) -> list[Waiting]:
    """Takes the newest rows of a project's backlog."""
    rows = await conn.fetch(
        """
        WITH gone AS (
            DELETE FROM search_backlog WHERE project_id = $1 AND (at, item_id) IN (
                SELECT at, item_id FROM search_backlog WHERE project_id = $1
                ORDER BY at DESC, item_id DESC LIMIT $2
            )
            RETURNING project_id, source, parent_id, item_id, seq, at
        )
        SELECT g.project_id, g.source, g.parent_id, g.item_id, g.seq, true
        FROM gone g ORDER BY g.at DESC, g.item_id DESC
        """,
        project,
        limit,
    )
    return [Waiting(*row) for row in rows]


def keys(rows: Sequence[Waiting]) -> list[list[bytes]]:
    """The arrays of projects, parents and items."""
    return [[row.project for row in rows], [row.parent for row in rows], [row.item for row in rows]]
