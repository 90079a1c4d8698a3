"""Table `messages`: reads by `seq`. Only core.apply writes it.

A visitor's messages carry the visitor's current name (for agents the one that an agent gave), an agent's the
name at that time.
"""

from typing import Any

from core.db.connection import Connection
from core.ids import ConversationId, MessageId, ProjectId, Ref
from core.model import HIDDEN_FROM_VISITORS, Message


async def before(
    conn: Connection,
    project: ProjectId,
    conversation: ConversationId,
    *,
    seq: int | None,
    limit: int,
    for_visitor: bool,
) -> list[Message]:
    """The last `limit` messages before `seq` (None: of all), oldest first.

    `for_visitor`: only what rules.visible_to_visitor allows. Else without what is withheld from agents.
    """
    rows = await conn.fetch(
        """
        SELECT m.project_id, m.conversation_id, m.seq, m.id, m.sender_party, m.sender_id,
               coalesce((SELECT CASE WHEN $6::boolean THEN v.name ELSE coalesce(v.given_name, v.name) END
                         FROM visitors v
                         WHERE v.project_id = $1 AND v.id = m.sender_id AND m.sender_party = 'visitor'),
                        m.sender_name),
               m.ref, m.kind, m.body, m.meta, m.at, m.content, m.version, m.edited_at, m.redacted_at
        FROM messages m
        WHERE m.project_id = $1 AND m.conversation_id = $2 AND ($3::bigint IS NULL OR m.seq < $3)
          AND m.kind <> ALL($4::text[])
          AND ($6 OR m.seq <= coalesce((SELECT c.shown_seq FROM conversations c
                                        WHERE c.project_id = $1 AND c.id = $2), m.seq))
          AND NOT EXISTS (SELECT FROM conversations d
                          WHERE d.project_id = $1 AND d.id = $2 AND d.deleted_at IS NOT NULL)
        ORDER BY m.seq DESC LIMIT $5
        """,
        project,
        conversation,
        seq,
        HIDDEN_FROM_VISITORS if for_visitor else (),
        limit,
        for_visitor,
    )
    return [_message(row) for row in reversed(rows)]


async def after(
    conn: Connection,
    project: ProjectId,
    conversation: ConversationId,
    *,
    seq: int,
    limit: int,
    for_visitor: bool,
) -> list[Message]:
    """The next `limit` messages after `seq`, oldest first.

    `for_visitor`: only what rules.visible_to_visitor allows. Else without what is withheld from agents.
    """
    rows = await conn.fetch(
        """
        SELECT m.project_id, m.conversation_id, m.seq, m.id, m.sender_party, m.sender_id,
               coalesce((SELECT CASE WHEN $6::boolean THEN v.name ELSE coalesce(v.given_name, v.name) END
                         FROM visitors v
                         WHERE v.project_id = $1 AND v.id = m.sender_id AND m.sender_party = 'visitor'),
                        m.sender_name),
               m.ref, m.kind, m.body, m.meta, m.at, m.content, m.version, m.edited_at, m.redacted_at
        FROM messages m
        WHERE m.project_id = $1 AND m.conversation_id = $2 AND m.seq > $3
          AND m.kind <> ALL($4::text[])
          AND ($6 OR m.seq <= coalesce((SELECT c.shown_seq FROM conversations c
                                        WHERE c.project_id = $1 AND c.id = $2), m.seq))
          AND NOT EXISTS (SELECT FROM conversations d
                          WHERE d.project_id = $1 AND d.id = $2 AND d.deleted_at IS NOT NULL)
        ORDER BY m.seq LIMIT $5
        """,
        project,
        conversation,
        seq,
        HIDDEN_FROM_VISITORS if for_visitor else (),
        limit,
        for_visitor,
    )
    return [_message(row) for row in rows]


async def altered(
    conn: Connection,
    project: ProjectId,
    conversation: ConversationId,
    *,
    change: int,
    limit: int,
    for_visitor: bool,
) -> list[Message]:
    """The next `limit` messages that changed after `change`, by the change that altered each last.

    Changed: edited, redacted, a form with another state, a corrected answer. For agents without what is
    withheld from them, also the answer to a form that they sent.
    """
    rows = await conn.fetch(
        """
        SELECT m.project_id, m.conversation_id, m.seq, m.id, m.sender_party, m.sender_id,
               coalesce((SELECT CASE WHEN $6::boolean THEN v.name ELSE coalesce(v.given_name, v.name) END
                         FROM visitors v
                         WHERE v.project_id = $1 AND v.id = m.sender_id AND m.sender_party = 'visitor'),
                        m.sender_name),
               m.ref, m.kind, m.body, m.meta, m.at, m.content, a.version, m.edited_at, m.redacted_at
        FROM altered_messages a
        JOIN messages m ON m.project_id = a.project_id AND m.conversation_id = a.conversation_id
             AND m.seq = a.seq
        WHERE a.project_id = $1 AND a.conversation_id = $2 AND a.version > $3 AND m.kind <> ALL($4::text[])
          AND ($6 OR NOT EXISTS (
                SELECT FROM conversations c
                WHERE c.project_id = $1 AND c.id = $2 AND c.shown_seq IS NOT NULL
                  AND (m.seq > c.shown_seq OR EXISTS (
                        SELECT FROM form_answers f
                        WHERE f.project_id = $1 AND f.request_id = m.id AND f.seq > c.shown_seq))))
          AND NOT EXISTS (SELECT FROM conversations d
                          WHERE d.project_id = $1 AND d.id = $2 AND d.deleted_at IS NOT NULL)
        ORDER BY a.version LIMIT $5
        """,
        project,
        conversation,
        change,
        HIDDEN_FROM_VISITORS if for_visitor else (),
        limit,
        for_visitor,
    )
    return [_message(row) for row in rows]


async def by_id(
    conn: Connection, project: ProjectId, conversation: ConversationId, message: MessageId
) -> Message | None:
    """One message, looked for from the newest on: see core.db.chat.edits."""
    row = await conn.fetchrow(
        """
        SELECT m.project_id, m.conversation_id, m.seq, m.id, m.sender_party, m.sender_id,
               coalesce((SELECT v.name FROM visitors v
                         WHERE v.project_id = $1 AND v.id = m.sender_id AND m.sender_party = 'visitor'),
                        m.sender_name),
               m.ref, m.kind, m.body, m.meta, m.at, m.content, m.version, m.edited_at, m.redacted_at
        FROM messages m
        WHERE m.project_id = $1 AND m.conversation_id = $2 AND m.id = $3
        ORDER BY m.seq DESC LIMIT 1
        """,
        project,
        conversation,
        message,
    )
    return None if row is None else _message(row)


async def by_ref(conn: Connection, project: ProjectId, sender: bytes, ref: Ref) -> Message | None:
    """The message that `sender` stored under `ref`."""
    row = await conn.fetchrow(
        """
        SELECT project_id, conversation_id, seq, id, sender_party, sender_id, sender_name, ref, kind, body,
               meta, at, content, version, edited_at, redacted_at
        FROM messages WHERE project_id = $1 AND sender_id = $2 AND ref = $3
        """,
        project,
        sender,
        ref,
    )
    return None if row is None else _message(row)


def _message(row: Any) -> Message:
    values = list(row)
    values[10] = values[10] or {}
    values[13] = values[13] or 0
    return Message(*values)
