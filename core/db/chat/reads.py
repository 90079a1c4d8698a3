"""Table `reads`: how far each reader has come. Writing is the business of core.apply alone."""

from core.db.connection import Connection
from core.ids import ConversationId, ProjectId
from core.model import Read


async def of_conversation(conn: Connection, project: ProjectId, conversation: ConversationId) -> list[Read]:
    """Every reader's mark."""
    rows = await conn.fetch(
        "SELECT conversation_id, reader_kind, reader_id, seq, at FROM reads "
        "WHERE project_id = $1 AND conversation_id = $2",
        project,
        conversation,
    )
    return [Read(*row) for row in rows]
