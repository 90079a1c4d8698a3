"""What an event of a conversation was, read from its rows: for the payloads of webhooks."""

import msgspec

from core.content import Value
from core.db.connection import Connection
from core.db.consumers import ConsumerEvent
from core.ids import VisitorId
from core.model import Meta


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


async def subscription(conn: Connection, row: ConsumerEvent) -> tuple[tuple[str, ...], int] | None:
    """What the webhook asks for, and its failures in a row; None if it is gone or switched off."""
    found = await conn.fetchrow(
        "SELECT events, failures FROM webhooks WHERE project_id = $1 AND id = $2 AND active",
        row.project,
        row.subscriber,
    )
    return None if found is None else (tuple(found[0]), found[1])


async def visitor(conn: Connection, row: ConsumerEvent) -> KnownVisitor | None:
    """Whose event it is."""
    found = await conn.fetchrow(
        "SELECT id, name, facts, external_id, verified FROM visitors WHERE project_id = $1 AND id = $2",
        row.project,
        row.visitor,
    )
    return None if found is None else KnownVisitor(*found)


async def state(conn: Connection, row: ConsumerEvent) -> State | None:
    """Of the event's conversation, as agents see it; None: it is deleted."""
    found = await conn.fetchrow(
        "SELECT status, assignee_id, least(last_seq, shown_seq) FROM conversations "
        "WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL",
        row.project,
        row.conversation,
    )
    return None if found is None else State(*found)


async def message(conn: Connection, row: ConsumerEvent, *, seq: int | None) -> Posted | None:
    """A message of the event's conversation, as it is now."""
    found = await conn.fetchrow(
        """
        SELECT m.id, m.seq, m.kind, m.body, m.content, m.sender_party, m.sender_id,
               coalesce((SELECT v.name FROM visitors v
                         WHERE v.project_id = $1 AND v.id = m.sender_id AND m.sender_party = 'visitor'),
                        m.sender_name),
               m.at, m.edited_at, m.redacted_at,
               m.sender_party = 'visitor' AND EXISTS (
                   SELECT FROM visitor_restrictions r
                   WHERE r.project_id = $1 AND r.visitor_id = m.sender_id AND r.created_at <= m.at)
        FROM messages m WHERE m.project_id = $1 AND m.conversation_id = $2 AND m.seq = $3
        """,
        row.project,
        row.conversation,
        seq,
    )
    return None if found is None else Posted(*found)


async def request_seq(conn: Connection, row: ConsumerEvent, request: bytes) -> int | None:
    """Where the message of a form that was sent stands."""
    found: int | None = await conn.fetchval(
        "SELECT seq FROM form_requests WHERE project_id = $1 AND conversation_id = $2 AND id = $3",
        row.project,
        row.conversation,
        request,
    )
    return found


async def changed(conn: Connection, row: ConsumerEvent) -> Changed | None:
    """The change of an event; of a message: the one that reopened the conversation, if it did."""
    found = await conn.fetchrow(
        """
        SELECT h.actor_party, h.actor_id, coalesce(u.full_name, h.actor_name), h.status, h.assigned,
               h.assignee_id, h.at
        FROM conversation_changes h LEFT JOIN users u ON u.id = h.actor_id
        WHERE h.project_id = $1 AND h.conversation_id = $2 AND h.seq = $3
          AND (h.id = $4 OR $5::boolean AND h.actor_party = 'visitor')
        ORDER BY h.id LIMIT 1
        """,
        row.project,
        row.conversation,
        row.seq,
        row.event,
        row.kind == "message_posted",
    )
    return None if found is None else Changed(*found)
