"""Hop 5: writes all rows that a batch of commands changed, and the outbox, in one statement."""

import msgspec

from core.content import Value
from core.db.chat.load import ConversationKey
from core.db.columns import columns
from core.db.connection import Connection
from core.event_details import Details
from core.ids import ConversationId, MessageId, ProjectId, Ref, UserId, VisitorId
from core.model import MessageKind, Meta, Status


class NewVisitor(msgspec.Struct, frozen=True):
    project: ProjectId
    id: VisitorId
    language: str


class NewConversation(msgspec.Struct, frozen=True):
    project: ProjectId
    id: ConversationId
    visitor: VisitorId
    status: Status
    assignee: UserId | None
    last_seq: int
    snippet: str
    last_message_at: int
    last_change: int


class ChangedConversation(msgspec.Struct, frozen=True):
    """All columns that may change; `snippet` None keeps the stored one."""

    project: ProjectId
    id: ConversationId
    status: Status
    assignee: UserId | None
    last_seq: int
    snippet: str | None
    last_message_at: int
    last_change: int


class NewMessage(msgspec.Struct, frozen=True):
    project: ProjectId
    conversation: ConversationId
    seq: int
    id: MessageId
    party: str
    sender: bytes
    sender_name: str
    ref: Ref
    kind: MessageKind
    body: str
    meta: Meta | None
    at: int
    content: Value | None


class NewRead(msgspec.Struct, frozen=True):
    project: ProjectId
    conversation: ConversationId
    reader: bytes
    reader_kind: str
    seq: int
    at: int


class NewOutboxRow(msgspec.Struct, frozen=True):
    """`event`: its id, by which consumers know it. `visitor` and `seq` None: it has none."""

    project: ProjectId
    conversation: ConversationId | None
    payload: bytes
    event: bytes
    kind: str
    visitor: VisitorId | None
    seq: int | None
    last_change: int | None  # of the conversation whose resume log gets it
    details: Details | None = None


class Writes(msgspec.Struct):
    """The rows of one batch. Outbox rows are published in this order."""

    ended: list[ConversationKey] = msgspec.field(default_factory=list)
    visitors: list[NewVisitor] = msgspec.field(default_factory=list)
    new: list[NewConversation] = msgspec.field(default_factory=list)
    changed: list[ChangedConversation] = msgspec.field(default_factory=list)
    messages: list[NewMessage] = msgspec.field(default_factory=list)
    reads: list[NewRead] = msgspec.field(default_factory=list)
    outbox: list[NewOutboxRow] = msgspec.field(default_factory=list)


_CHANGED_AND_MESSAGES = """
WITH changed_conversations AS (
    UPDATE conversations c
    SET status = n.status, assignee_id = n.assignee_id, last_seq = n.last_seq,
        snippet = coalesce(n.snippet, c.snippet), last_message_at = n.last_message_at,
        last_change = n.last_change
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::text[],
                $7::timestamptz[], $8::bigint[])
         AS n (project_id, id, status, assignee_id, last_seq, snippet, last_message_at, last_change)
    WHERE c.project_id = n.project_id AND c.id = n.id
), new_messages AS (
    INSERT INTO messages (project_id, conversation_id, seq, id, sender_party, sender_id, sender_name, ref,
                          kind, body, meta, at, content)
    SELECT * FROM unnest($9::uuid[], $10::uuid[], $11::bigint[], $12::uuid[], $13::text[], $14::uuid[],
                         $15::text[], $16::uuid[], $17::text[], $18::text[], $19::jsonb[], $20::timestamptz[],
                         $21::jsonb[])
)
"""
_READS = """
, new_reads AS (
    INSERT INTO reads AS r (project_id, conversation_id, reader_id, reader_kind, seq, at)
    SELECT * FROM unnest($31::uuid[], $32::uuid[], $33::uuid[], $34::text[], $35::bigint[],
                         $36::timestamptz[])
    ON CONFLICT (project_id, conversation_id, reader_id)
    DO UPDATE SET seq = excluded.seq, at = excluded.at WHERE r.seq < excluded.seq
)
"""
_STARTED = """
, new_visitors AS (
    INSERT INTO visitors (project_id, id, language)
    SELECT * FROM unnest($37::uuid[], $38::uuid[], $39::text[])
    ON CONFLICT (project_id, id) DO NOTHING
), new_conversations AS (
    INSERT INTO conversations (project_id, id, visitor_id, status, assignee_id, last_seq, snippet,
                               last_message_at, last_change)
    SELECT * FROM unnest($40::uuid[], $41::uuid[], $42::uuid[], $43::text[], $44::uuid[], $45::bigint[],
                         $46::text[], $47::timestamptz[], $48::bigint[])
)
"""
_OUTBOX = """
INSERT INTO outbox (project_id, conversation_id, payload, event_id, kind, visitor_id, seq, last_change,
                    details)
SELECT o.project_id, o.conversation_id, o.payload, o.event_id, o.kind, o.visitor_id, o.seq, o.last_change,
       o.details
FROM unnest($22::uuid[], $23::uuid[], $24::bytea[], $25::uuid[], $26::text[], $27::uuid[], $28::bigint[],
            $29::bigint[], $30::jsonb[])
     WITH ORDINALITY
     AS o (project_id, conversation_id, payload, event_id, kind, visitor_id, seq, last_change, details, n)
ORDER BY o.n
"""
# Postgres opens every table and index that a statement could write at each execution: a batch takes the
# smallest that writes all of its rows.
WRITE = f"{_CHANGED_AND_MESSAGES} {_OUTBOX}"
WRITE_READS = f"{_CHANGED_AND_MESSAGES} {_READS} {_OUTBOX}"
WRITE_ALL = f"{_CHANGED_AND_MESSAGES} {_READS} {_STARTED} {_OUTBOX}"

END = """
UPDATE conversations c SET ended_at = $3
FROM unnest($1::uuid[], $2::uuid[]) AS n (project_id, id)
WHERE c.project_id = n.project_id AND c.id = n.id
"""


async def write(conn: Connection, writes: Writes, *, now: int) -> None:
    """Writes all rows, or raises, which fails the caller's transaction. Conversations end at `now`."""
    # A statement of its own, and before WRITE: the unique index on active conversations needs the old one
    # ended first.
    if writes.ended:
        await conn.execute(
            END, [project for project, _ in writes.ended], [talk for _, talk in writes.ended], now
        )
    if not writes.outbox and not writes.messages:
        return
    rows = [
        *columns(writes.changed, ChangedConversation),
        *columns(writes.messages, NewMessage),
        *columns(writes.outbox, NewOutboxRow),
    ]
    if writes.visitors or writes.new:
        rows += columns(writes.reads, NewRead)
        rows += columns(writes.visitors, NewVisitor)
        await conn.execute(WRITE_ALL, *rows, *columns(writes.new, NewConversation))
    elif writes.reads:
        await conn.execute(WRITE_READS, *rows, *columns(writes.reads, NewRead))
    else:
        await conn.execute(WRITE, *rows)
