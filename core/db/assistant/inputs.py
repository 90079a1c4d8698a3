"""Table `assistant_inputs`: the visitor's messages that the assistant answers, each in one turn."""

from core.db.connection import Connection
from core.ids import ConversationId, ProjectId


async def add(
    conn: Connection,
    project: ProjectId,
    conversation: ConversationId,
    *,
    event: bytes,
    seq: int,
    turn: bytes | None,
    now: int,
) -> bool:
    """Adds the message of an event; False if it is there. `turn`: None: it waits for one."""
    made = await conn.fetchval(
        """
        INSERT INTO assistant_inputs (project_id, event_id, conversation_id, seq, turn_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING true
        """,
        project,
        event,
        conversation,
        seq,
        turn,
        now,
    )
    return made is True


async def take(conn: Connection, project: ProjectId, conversation: ConversationId, turn: bytes) -> int:
    """The waiting ones become the turn's; returns how many. The caller holds the conversation's lock."""
    status: str = await conn.execute(
        "UPDATE assistant_inputs SET turn_id = $3 "
        "WHERE project_id = $1 AND conversation_id = $2 AND turn_id IS NULL",
        project,
        conversation,
        turn,
    )
    return int(status.rsplit(" ", 1)[1])


async def drop(conn: Connection, project: ProjectId, conversation: ConversationId) -> None:
    """A person answers the waiting ones."""
    await conn.execute(
        "DELETE FROM assistant_inputs WHERE project_id = $1 AND conversation_id = $2 AND turn_id IS NULL",
        project,
        conversation,
    )


async def of_turn(
    conn: Connection, project: ProjectId, conversation: ConversationId, turn: bytes
) -> list[int]:
    """The `seq` of its messages, in order."""
    rows = await conn.fetch(
        "SELECT seq FROM assistant_inputs WHERE project_id = $1 AND conversation_id = $2 AND turn_id = $3 "
        "ORDER BY seq",
        project,
        conversation,
        turn,
    )
    return [row[0] for row in rows]


async def remove_old(conn: Connection, *, before: int) -> None:
    """Deletes at most 1,000 that were added before then."""
    await conn.execute(
        "DELETE FROM assistant_inputs WHERE (project_id, event_id) IN "
        "(SELECT project_id, event_id FROM assistant_inputs WHERE created_at < $1 LIMIT 1000)",
        before,
    )
