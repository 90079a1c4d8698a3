"""What events of conversations were, read from their rows: for the payloads of webhooks.

Each function reads for many events at once, of any projects: one statement each, whatever their number.
"""

from collections.abc import Sequence

import msgspec

from core.content import Value
from core.db.connection import Connection
from core.db.consumers import ConsumerEvent
from core.ids import ConversationId, ProjectId, VisitorId
from core.model import Meta

Place = tuple[ProjectId, ConversationId, int]
"""A message: project, conversation, seq."""


class Subscription(msgspec.Struct, frozen=True):
    """What a webhook asks for, and its failures in a row."""

    events: tuple[str, ...]
    failures: int


class KnownVisitor(msgspec.Struct, frozen=True):
    """A visitor as the rows know them now."""

    id: VisitorId
    name: str | None
    facts: Meta | None
    external_id: str | None
    verified: Meta | None


class State(msgspec.Struct, frozen=True):
    """A conversation as it is now."""

    status: str
    assignee: bytes | None
    last_seq: int


class Posted(msgspec.Struct, frozen=True):
    """A message. Times in ms. `hidden`: its visitor was muted or blocked when it was written."""

    id: bytes
    seq: int
    kind: str
    body: str
    content: Value | None
    party: str
    sender: bytes
    sender_name: str
    at: int
    edited_at: int | None
    redacted_at: int | None
    hidden: bool


class Changed(msgspec.Struct, frozen=True):
    """A change of a conversation. `status` None: it was not changed. `at` in ms."""

    party: str
    actor: bytes
    actor_name: str
    status: str | None
    assigned: bool
    assignee: bytes | None
    at: int


async def subscriptions(
    conn: Connection, rows: Sequence[ConsumerEvent]
) -> dict[tuple[ProjectId, bytes], Subscription]:
    """By project and webhook, of those that are active."""
    asked = sorted({(row.project, row.subscriber) for row in rows})
    found = await conn.fetch(
        """
        SELECT w.project_id, w.id, w.events, w.failures
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
        JOIN webhooks w ON w.project_id = asked.project_id AND w.id = asked.id
        WHERE w.active
        """,
        [project for project, _ in asked],
        [webhook for _, webhook in asked],
    )
    return {
        (project, webhook): Subscription(tuple(events), failures)
        for project, webhook, events, failures in found
    }


async def visitors(
    conn: Connection, rows: Sequence[ConsumerEvent]
) -> dict[tuple[ProjectId, VisitorId], KnownVisitor]:
    """Whose events they are."""
    asked = sorted({(row.project, row.visitor) for row in rows if row.visitor is not None})
    found = await conn.fetch(
        """
        SELECT v.project_id, v.id, v.name, v.facts, v.external_id, v.verified
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
        JOIN visitors v ON v.project_id = asked.project_id AND v.id = asked.id
        """,
        [project for project, _ in asked],
        [visitor for _, visitor in asked],
    )
    return {(project, of[0]): KnownVisitor(*of) for project, *of in found}


async def states(
    conn: Connection, rows: Sequence[ConsumerEvent]
) -> dict[tuple[ProjectId, ConversationId], State]:
    """Of the events' conversations, as agents see them, without the deleted ones."""
    asked = sorted({(row.project, row.conversation) for row in rows if row.conversation is not None})
    found = await conn.fetch(
        """
        SELECT c.project_id, c.id, c.status, c.assignee_id, least(c.last_seq, c.shown_seq)
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
        JOIN conversations c ON c.project_id = asked.project_id AND c.id = asked.id
        WHERE c.deleted_at IS NULL
        """,
        [project for project, _ in asked],
        [conversation for _, conversation in asked],
    )
    return {(project, conversation): State(*of) for project, conversation, *of in found}


async def messages(conn: Connection, places: Sequence[Place]) -> dict[Place, Posted]:
    """Messages as they are now."""
    found = await conn.fetch(
        """
        SELECT m.project_id, m.conversation_id, m.id, m.seq, m.kind, m.body, m.content, m.sender_party,
               m.sender_id,
               coalesce((SELECT v.name FROM visitors v
                         WHERE v.project_id = m.project_id AND v.id = m.sender_id
                           AND m.sender_party = 'visitor'),
                        m.sender_name),
               m.at, m.edited_at, m.redacted_at,
               m.sender_party = 'visitor' AND EXISTS (
                   SELECT FROM visitor_restrictions r
                   WHERE r.project_id = m.project_id AND r.visitor_id = m.sender_id AND r.created_at <= m.at)
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS asked (project_id, conversation_id, seq)
        JOIN messages m ON m.project_id = asked.project_id AND m.conversation_id = asked.conversation_id
             AND m.seq = asked.seq
        """,
        [project for project, _, _ in places],
        [conversation for _, conversation, _ in places],
        [seq for _, _, seq in places],
    )
    return {(project, conversation, of[1]): Posted(*of) for project, conversation, *of in found}


async def request_seq(conn: Connection, row: ConsumerEvent, request: bytes) -> int | None:
    """Where the message of a form that was sent stands."""
    found: int | None = await conn.fetchval(
        "SELECT seq FROM form_requests WHERE project_id = $1 AND conversation_id = $2 AND id = $3",
        row.project,
        row.conversation,
        request,
    )
    return found


async def changes(conn: Connection, rows: Sequence[ConsumerEvent]) -> dict[tuple[ProjectId, bytes], Changed]:
    """By project and event: its change; of a message: the one that reopened the conversation, if it did."""
    found = await conn.fetch(
        """
        SELECT asked.project_id, asked.event_id, h.actor_party, h.actor_id,
               coalesce(u.full_name, h.actor_name), h.status, h.assigned, h.assignee_id, h.at
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::boolean[])
             AS asked (project_id, conversation_id, seq, event_id, posted)
        CROSS JOIN LATERAL (
            SELECT c.actor_party, c.actor_id, c.actor_name, c.status, c.assigned, c.assignee_id, c.at
            FROM conversation_changes c
            WHERE c.project_id = asked.project_id AND c.conversation_id = asked.conversation_id
              AND c.seq = asked.seq
              AND (c.id = asked.event_id OR asked.posted AND c.actor_party = 'visitor')
            ORDER BY c.id LIMIT 1
        ) h
        LEFT JOIN users u ON u.id = h.actor_id
        """,
        [row.project for row in rows],
        [row.conversation for row in rows],
        [row.seq for row in rows],
        [row.event for row in rows],
        [row.kind == "message_posted" for row in rows],
    )
    return {(project, event): Changed(*of) for project, event, *of in found}
