"""Table `search_backfills`: lists what is older than the search in `search_backlog`, some rows at a time.

The rows are listed by their keys and then taken by their time, so that the newest can be found first.
"""

from typing import Final

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId


class Backfill(msgspec.Struct, frozen=True):
    """How far a project's rows are listed. `source`: which come next; '': all are listed."""

    project: ProjectId
    source: str
    parent: bytes
    item: bytes
    seq: int


NEXT: Final = {"message": "visitor", "visitor": "visitor_note", "visitor_note": ""}
START: Final = bytes(16)

# Each with the project, where it came to, and the number of rows; returns where it came to.
_MESSAGES: Final = """
WITH page AS (
    SELECT m.at, m.id AS item_id, m.conversation_id AS parent_id, m.seq
    FROM messages m
    WHERE m.project_id = $1 AND (m.conversation_id, m.seq) > ($2, $3)
    ORDER BY m.conversation_id, m.seq LIMIT $4
), listed AS (
    INSERT INTO search_backlog (project_id, source, at, item_id, parent_id, seq)
    SELECT $1, 'message', s.at, s.item_id, s.parent_id, s.seq FROM page s ON CONFLICT DO NOTHING
)
SELECT s.parent_id, s.item_id, s.seq FROM page s ORDER BY s.parent_id DESC, s.seq DESC LIMIT 1
"""
_VISITORS: Final = """
WITH page AS (
    SELECT v.created_at AS at, v.id AS item_id
    FROM visitors v
    WHERE v.project_id = $1 AND v.id > $2
    ORDER BY v.id LIMIT $3
), listed AS (
    INSERT INTO search_backlog (project_id, source, at, item_id, parent_id)
    SELECT $1, 'visitor', s.at, s.item_id, s.item_id FROM page s ON CONFLICT DO NOTHING
)
SELECT s.item_id, s.item_id, 0::bigint FROM page s ORDER BY s.item_id DESC LIMIT 1
"""
_VISITOR_NOTES: Final = """
WITH page AS (
    SELECT n.created_at AS at, n.id AS item_id, n.visitor_id AS parent_id
    FROM visitor_notes n
    WHERE n.project_id = $1 AND (n.visitor_id, n.id) > ($2, $3)
    ORDER BY n.visitor_id, n.id LIMIT $4
), listed AS (
    INSERT INTO search_backlog (project_id, source, at, item_id, parent_id)
    SELECT $1, 'visitor_note', s.at, s.item_id, s.parent_id FROM page s ON CONFLICT DO NOTHING
)
SELECT s.parent_id, s.item_id, 0::bigint FROM page s ORDER BY s.parent_id DESC, s.item_id DESC LIMIT 1
"""


async def under_way(conn: Connection) -> Backfill | None:
    """A project that still has rows to list or to take."""
    row = await conn.fetchrow(
        "SELECT b.project_id, b.source, b.parent_id, b.item_id, b.seq "
        "FROM search_backfills b ORDER BY b.project_id LIMIT 1"
    )
    return None if row is None else Backfill(*row)


async def of_projects(conn: Connection, projects: list[ProjectId]) -> set[ProjectId]:
    """Those of `projects` that are not complete."""
    rows = await conn.fetch(
        "SELECT b.project_id FROM search_backfills b WHERE b.project_id = ANY($1::uuid[])", projects
    )
    return {row[0] for row in rows}


async def list_more(conn: Connection, one: Backfill, *, limit: int) -> None:
    """Lists the next rows and remembers how far it came."""
    if one.source == "message":
        row = await conn.fetchrow(_MESSAGES, one.project, one.parent, one.seq, limit)
    elif one.source == "visitor":
        row = await conn.fetchrow(_VISITORS, one.project, one.item, limit)
    else:
        row = await conn.fetchrow(_VISITOR_NOTES, one.project, one.parent, one.item, limit)
    if row is not None:
        await _remember(conn, one.project, one.source, row[0], row[1], row[2])
    else:
        await _remember(conn, one.project, NEXT[one.source], START, START, 0)


async def finish(conn: Connection, project: ProjectId) -> None:
    """The project has all its documents."""
    await conn.execute("DELETE FROM search_backfills WHERE project_id = $1", project)


async def _remember(
    conn: Connection, project: ProjectId, source: str, parent: bytes, item: bytes, seq: int
) -> None:
    await conn.execute(
        "UPDATE search_backfills SET source = $2, parent_id = $3, item_id = $4, seq = $5 "
        "WHERE project_id = $1",
        project,
        source,
        parent,
        item,
        seq,
    )
