"""Hop 5: messages that are edited or redacted: statements for the few batches that do so."""

from collections.abc import Collection, Sequence

import msgspec

from core.content import Value
from core.db.columns import columns
from core.db.connection import Connection
from core.ids import ConversationId, MessageId, ProjectId
from core.model import MessageKind, Party

MessageKey = tuple[ProjectId, ConversationId, MessageId]


class AlteredMessage(msgspec.Struct):
    """The columns of a message that a batch may change."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    version: int
    body: str
    content: Value | None
    edited_at: int | None
    redacted_at: int | None


class AlterableMessage(AlteredMessage):
    """A message while a batch changes it."""

    id: MessageId
    party: Party
    sender: bytes
    kind: MessageKind


class Marked(msgspec.Struct, frozen=True):
    """A message that a change of the conversation altered: its new version."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    version: int


async def load(conn: Connection, asked: Collection[MessageKey]) -> list[AlterableMessage]:
    """Those of the messages that exist. Call it with the conversations locked.

    Each is looked for from the newest message on: there is no index by id, because it would cost every new
    message, and nearly all that are altered are recent.
    """
    rows = await conn.fetch(
        """
        SELECT m.project_id, m.conversation_id, m.seq, coalesce(m.version, 0), m.body, m.content, m.edited_at,
               m.redacted_at, m.id, m.sender_party, m.sender_id, m.kind
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS asked (project_id, conversation_id, id)
        CROSS JOIN LATERAL (
            SELECT n.project_id, n.conversation_id, n.seq, n.version, n.body, n.content, n.edited_at,
                   n.redacted_at, n.id, n.sender_party, n.sender_id, n.kind
            FROM messages n
            WHERE n.project_id = asked.project_id AND n.conversation_id = asked.conversation_id
              AND n.id = asked.id
            ORDER BY n.seq DESC LIMIT 1
        ) m
        """,
        *([list(column) for column in zip(*asked, strict=True)] or [[], [], []]),
    )
    return [AlterableMessage(*row) for row in rows]


async def save(conn: Connection, rows: Sequence[AlteredMessage]) -> None:
    """Stores what became of each message; one row for each."""
    await conn.execute(
        """
        WITH altered AS (
            INSERT INTO altered_messages AS a (project_id, conversation_id, seq, version)
            SELECT n.project_id, n.conversation_id, n.seq, n.version
            FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[])
                 AS n (project_id, conversation_id, seq, version)
            ON CONFLICT (project_id, conversation_id, seq)
            DO UPDATE SET version = greatest(a.version, excluded.version)
        )
        UPDATE messages m
        SET version = greatest(m.version, n.version), body = n.body, content = n.content,
            edited_at = n.edited_at, redacted_at = n.redacted_at,
            meta = CASE WHEN n.redacted_at IS NULL THEN m.meta END
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::jsonb[],
                    $7::timestamptz[], $8::timestamptz[])
             AS n (project_id, conversation_id, seq, version, body, content, edited_at, redacted_at)
        WHERE m.project_id = n.project_id AND m.conversation_id = n.conversation_id AND m.seq = n.seq
        """,
        *columns(rows, AlteredMessage),
    )


async def mark(conn: Connection, rows: Sequence[Marked]) -> None:
    """Stores the versions of messages whose form another statement has changed; one row for each.

    The highest version stays, whichever kind of a batch's rows is written first.
    """
    await conn.execute(
        """
        WITH altered AS (
            INSERT INTO altered_messages AS a (project_id, conversation_id, seq, version)
            SELECT n.project_id, n.conversation_id, n.seq, n.version
            FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[])
                 AS n (project_id, conversation_id, seq, version)
            ON CONFLICT (project_id, conversation_id, seq)
            DO UPDATE SET version = greatest(a.version, excluded.version)
        )
        UPDATE messages m SET version = greatest(m.version, n.version)
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[])
             AS n (project_id, conversation_id, seq, version)
        WHERE m.project_id = n.project_id AND m.conversation_id = n.conversation_id AND m.seq = n.seq
        """,
        *columns(rows, Marked),
    )
