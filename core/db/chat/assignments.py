"""What the mail about an assignment says, if it should still be sent."""

import msgspec

from core.db.connection import Connection
from core.db.consumers import ConsumerEvent
from core.model import visitor_name


class Assignment(msgspec.Struct, frozen=True):
    """`email`, `full_name`, `language`, `timezone`: of the assignee. `assigner`: who assigned."""

    email: str
    full_name: str
    language: str
    timezone: str
    assigner: str
    project: str
    visitor: str


async def still_due(conn: Connection, row: ConsumerEvent) -> Assignment | None:
    """None if there is nothing to do any more, or the assignee has turned these mails off.

    That is: the conversation is solved, spam or gone, has another assignee or none; the assignee has left the
    project, cannot sign in, or has turned these mails off.
    """
    found = await conn.fetchrow(
        """
        SELECT u.email, u.full_name, u.language, u.timezone, a.full_name, p.name,
               coalesce(v.given_name, v.name), v.id
        FROM conversations c
        JOIN projects p ON p.id = c.project_id
        JOIN visitors v ON v.project_id = c.project_id AND v.id = c.visitor_id
        JOIN memberships m ON m.project_id = c.project_id AND m.user_id = c.assignee_id
        JOIN users u ON u.id = c.assignee_id
        JOIN conversation_changes n ON n.project_id = c.project_id AND n.conversation_id = c.id
        JOIN users a ON a.id = n.actor_id
        WHERE c.project_id = $1 AND c.id = $2 AND c.assignee_id = $3 AND n.seq = $4 AND n.id = $5
          AND c.ended_at IS NULL AND c.status <> 'solved' AND c.status <> 'spam' AND p.deleted_at IS NULL
          AND u.state = 'active' AND u.mail_on_assignment
        """,
        row.project,
        row.conversation,
        row.subscriber,
        row.seq,
        row.event,
    )
    if found is None:
        return None
    email, full_name, language, timezone, assigner, project, name, visitor = found
    return Assignment(email, full_name, language, timezone, assigner, project, visitor_name(name, visitor))
