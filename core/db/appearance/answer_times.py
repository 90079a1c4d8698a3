"""Table `answer_times`: how long visitors waited for a person's first answer in the last week, by project."""

from typing import Final

from core.db.connection import Connection
from core.ids import ProjectId
from core.model import HIDDEN_FROM_VISITORS

MIN_ANSWERED: Final = 20  # answered conversations that a median is said from
WEEK: Final = 7 * 24 * 60 * 60 * 1000  # ms
HOUR: Final = 60 * 60 * 1000  # ms
MAX_CONVERSATIONS: Final = 500  # of a project, the ones with the last messages
MAX_MESSAGES: Final = 50  # of a conversation, among which the first answer is looked for


async def by_project(conn: Connection, project: ProjectId, *, now: int) -> int | None:
    """The median in seconds; None: too few answers, or it was not measured in the last day."""
    median: int | None = await conn.fetchval(
        "SELECT median FROM answer_times WHERE project_id = $1 AND measured_at > $2",
        project,
        now - 24 * HOUR,
    )
    return median


async def due(conn: Connection, *, now: int, limit: int) -> list[ProjectId]:
    """Projects whose conversations were last measured an hour ago or earlier; those without any are left out.

    projects has as many rows as there are customers: it is read as a whole, once an hour.
    """
    rows = await conn.fetch(
        """
        SELECT p.id FROM projects p LEFT JOIN answer_times a ON a.project_id = p.id
        WHERE (a.measured_at IS NULL OR a.measured_at <= $1)
          AND EXISTS (SELECT FROM conversations c WHERE c.project_id = p.id AND c.last_message_at > $2)
        ORDER BY a.measured_at NULLS FIRST LIMIT $3
        """,
        now - HOUR,
        now - WEEK,
        limit,
    )
    return [ProjectId(row[0]) for row in rows]


async def measure(conn: Connection, project: ProjectId, *, now: int) -> None:
    """Measures the project anew: a conversation from its first message to the first one of an agent.

    At most MAX_CONVERSATIONS times MAX_MESSAGES rows are read, by conversations_by_last_message and the key
    of messages.
    """
    await conn.execute(
        """
        INSERT INTO answer_times (project_id, median, answered, measured_at)
        SELECT $1, CASE WHEN count(waited) >= $6 THEN
                 round(percentile_disc(0.5) WITHIN GROUP (ORDER BY waited))::integer END,
               count(waited), $2
        FROM (
            SELECT least(extract(epoch FROM answer.at - c.created_at), 604800) AS waited
            FROM (
                SELECT project_id, id, created_at FROM conversations
                WHERE project_id = $1 AND last_message_at > $3 AND created_at > $3
                  AND status <> 'spam' AND deleted_at IS NULL
                ORDER BY last_message_at DESC, id DESC LIMIT $4
            ) c
            CROSS JOIN LATERAL (
                SELECT min(first.at) AS at FROM (
                    SELECT sender_party, kind, at FROM messages m
                    WHERE m.project_id = $1 AND m.conversation_id = c.id ORDER BY m.seq LIMIT $5
                ) first
                WHERE first.sender_party = 'agent' AND first.kind <> ALL($7::text[])
            ) answer
            WHERE answer.at IS NOT NULL
        ) waits
        ON CONFLICT (project_id) DO UPDATE
        SET median = excluded.median, answered = excluded.answered, measured_at = excluded.measured_at
        """,
        project,
        now,
        now - WEEK,
        MAX_CONVERSATIONS,
        MAX_MESSAGES,
        MIN_ANSWERED,
        HIDDEN_FROM_VISITORS,
    )
