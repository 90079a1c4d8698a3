"""Table `visitors`: visitors with at least one message."""

from collections.abc import Sequence

import msgspec

from core.db.columns import columns
from core.db.connection import Connection
from core.ids import ProjectId, VisitorId
from core.model import Meta, Visitor, visitor_name


class KnownVisitor(msgspec.Struct, frozen=True):
    """A visitor's new name and facts."""

    project: ProjectId
    id: VisitorId
    name: str | None
    facts: Meta


async def by_id(conn: Connection, project: ProjectId, visitor: VisitorId) -> Visitor | None:
    """One visitor, with the displayed name."""
    row = await conn.fetchrow(
        "SELECT project_id, id, coalesce(given_name, name), language, created_at, facts, given_name "
        "FROM visitors WHERE project_id = $1 AND id = $2",
        project,
        visitor,
    )
    if row is None:
        return None
    name = visitor_name(row[2], row[1])
    return Visitor(row[0], row[1], name, row[3], row[4], row[5] or {}, row[6] or "")


async def update(conn: Connection, rows: Sequence[KnownVisitor]) -> None:
    """Stores names and facts of visitors that exist."""
    await conn.execute(
        """
        UPDATE visitors v SET name = n.name, facts = n.facts
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[]) AS n (project_id, id, name, facts)
        WHERE v.project_id = n.project_id AND v.id = n.id
        """,
        *columns(rows, KnownVisitor),
    )
