"""Table `visitors`: visitors with at least one message."""

from core.db.connection import Connection
from core.ids import ProjectId, VisitorId
from core.model import Visitor, visitor_name


async def by_id(conn: Connection, project: ProjectId, visitor: VisitorId) -> Visitor | None:
    """One visitor, with the displayed name."""
    row = await conn.fetchrow(
        "SELECT project_id, id, name, language, created_at, facts FROM visitors "
        "WHERE project_id = $1 AND id = $2",
        project,
        visitor,
    )
    if row is None:
        return None
    return Visitor(row[0], row[1], visitor_name(row[2], row[1]), row[3], row[4], row[5] or {})
