"""Whose a session is: all that the gateway reads of the copilot."""

from core.db.connection import Connection
from core.ids import ProjectId, UserId


async def is_of(conn: Connection, project: ProjectId, session: bytes, user: UserId) -> bool:
    """Whether the session exists and is the member's."""
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM copilot_sessions WHERE project_id = $1 AND id = $2 AND user_id = $3)",
        project,
        session,
        user,
    )
    return found
