"""Table `conversation_changes`: who changed a conversation. Only core.apply writes it."""

from typing import Any

import msgspec

from core.db.connection import Connection
from core.ids import ConversationId, ProjectId, VisitorId
from core.model import Change, visitor_name

MAX = 200  # per page; the newest are returned


async def between(
    conn: Connection, project: ProjectId, conversation: ConversationId, *, first: int, last: int | None
) -> list[Change]:
    """Changes after the messages `first` to `last` (None: to the end), oldest first.

    People have their current names, so a deleted account has its tombstone's name.
    """
    rows = await conn.fetch(
        """
        SELECT h.seq, h.id, h.at, h.actor_party, h.actor_id, coalesce(v.name, u.full_name, h.actor_name),
               h.status, h.assigned, h.assignee_id, a.full_name
        FROM conversation_changes h
        LEFT JOIN visitors v ON v.project_id = h.project_id AND v.id = h.actor_id
        LEFT JOIN users u ON u.id = h.actor_id
        LEFT JOIN users a ON a.id = h.assignee_id
        WHERE h.project_id = $1 AND h.conversation_id = $2 AND h.seq >= $3
          AND ($4::bigint IS NULL OR h.seq <= $4)
        ORDER BY h.seq DESC, h.id DESC LIMIT $5
        """,
        project,
        conversation,
        first,
        last,
        MAX,
    )
    return [_change(row) for row in reversed(rows)]


def _change(row: Any) -> Change:
    change = Change(*row)
    if change.party != "visitor":
        return change
    return msgspec.structs.replace(
        change, actor_name=visitor_name(change.actor_name, VisitorId(change.actor))
    )
