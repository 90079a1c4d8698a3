"""Table `reads`: the read mark of each reader. Only core.apply writes it."""

from core.db.connection import Connection
from core.ids import ConversationId, ProjectId
from core.model import Read


async def of_conversation(conn: Connection, project: ProjectId, conversation: ConversationId) -> list[Read]:
    """The read marks of all readers."""
    rows = await conn.fetch(
        "SELECT conversation_id, reader_kind, reader_id, seq, at FROM reads "
        "WHERE project_id = $1 AND conversation_id = $2",
        project,
        conversation,
    )
    return [Read(*row) for row in rows]
