"""Table `conversation_changes`: who changed a conversation. Only core.apply writes it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from core.db.columns import columns
from core.db.connection import Connection
from core.ids import ConversationId, ProjectId, UserId, VisitorId
from core.model import Change, visitor_name

MAX = 200  # per page; the newest are returned


class NewChange(msgspec.Struct, frozen=True):
    """A row of a conversation's history. `actor_name`: for actors without a row of their own."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    id: bytes
    at: int
    party: str
    actor: bytes
    actor_name: str
    status: str | None
    assigned: bool
    assignee: UserId | None
    owner: str | None = None
    owner_reason: str | None = None


async def between(
    conn: Connection, project: ProjectId, conversation: ConversationId, *, first: int, last: int | None
) -> list[Change]:
    """Changes after the messages `first` to `last` (None: to the end), oldest first, as agents see them.

    People have their current names, so a deleted account has its tombstone's name.
    """
    rows = await conn.fetch(
        """
        SELECT h.seq, h.id, h.at, h.actor_party, h.actor_id,
               coalesce(v.given_name, v.name, u.full_name, h.actor_name),
               h.status, h.assigned, h.assignee_id, a.full_name, h.owner, h.owner_reason
        FROM conversation_changes h
        LEFT JOIN visitors v ON v.project_id = h.project_id AND v.id = h.actor_id
        LEFT JOIN users u ON u.id = h.actor_id
        LEFT JOIN users a ON a.id = h.assignee_id
        WHERE h.project_id = $1 AND h.conversation_id = $2 AND h.seq >= $3
          AND ($4::bigint IS NULL OR h.seq <= $4)
          AND h.seq <= coalesce((SELECT c.shown_seq FROM conversations c
                                 WHERE c.project_id = $1 AND c.id = $2), h.seq)
        ORDER BY h.seq DESC, h.id DESC LIMIT $5
        """,
        project,
        conversation,
        first,
        last,
        MAX,
    )
    return [_change(row) for row in reversed(rows)]


async def add(conn: Connection, rows: Sequence[NewChange]) -> None:
    """Adds rows. The name of a user is not stored: it is read from the users' table."""
    await conn.execute(
        """
        INSERT INTO conversation_changes (project_id, conversation_id, seq, id, at, actor_party, actor_id,
                                          actor_name, status, assigned, assignee_id, owner, owner_reason)
        SELECT n.project_id, n.conversation_id, n.seq, n.id, n.at, n.actor_party, n.actor_id,
               CASE WHEN u.id IS NULL THEN n.actor_name ELSE '' END, n.status, n.assigned, n.assignee_id,
               n.owner, n.owner_reason
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::timestamptz[], $6::text[],
                    $7::uuid[], $8::text[], $9::text[], $10::boolean[], $11::uuid[], $12::text[], $13::text[])
             AS n (project_id, conversation_id, seq, id, at, actor_party, actor_id, actor_name, status,
                   assigned, assignee_id, owner, owner_reason)
        LEFT JOIN users u ON u.id = n.actor_id
        """,
        *columns(rows, NewChange),
    )


def _change(row: Any) -> Change:
    change = Change(*row)
    if change.party != "visitor":
        return change
    return msgspec.structs.replace(
        change, actor_name=visitor_name(change.actor_name, VisitorId(change.actor))
    )
