"""Searches: what a member may read of what a query finds, the newest first.

A search goes from bucket to bucket and ends when its page is full: a common word is found in the first one,
and a rare word costs a look into the index for each. What a document says is only where to look: the text,
and whether agents may see it, is read from the rows themselves.
"""

import re
from typing import Any, Final

import msgspec

from core.db.connection import Connection
from core.db.search.sources import Kind, visitor_text
from core.ids import ConversationId, ProjectId, VisitorId
from core.model import Meta, Status
from core.search.query import KEY, Query

FIRST: Final = 2**31 - 1  # no bucket has a higher number
_NUMBER: Final = re.compile("[0-9a-f]{6}")


class Spot(msgspec.Struct, frozen=True):
    """Where a page ended. `at`: in ms."""

    bucket: int
    at: int
    item: bytes


class Before(msgspec.Struct, frozen=True):
    """The message before the one that was found, for its context."""

    party: str
    name: str
    text: str


class Found(msgspec.Struct, frozen=True):
    """A result. `conversation` and `seq`: where to go; of a visitor, the latest conversation.

    `text` of a visitor: what is known beside the name that is shown.
    `party`, `author`, `author_name`: of a message or a note; the author of a note may be gone.
    """

    spot: Spot
    conversation: ConversationId
    seq: int | None
    visitor: VisitorId
    visitor_name: str | None
    kind: str
    text: str
    status: Status
    party: str | None = None
    author: bytes | None = None
    author_name: str | None = None
    before: Before | None = None


# A bucket's documents are sorted before their rows are read, and these are read until there are enough.
# Messages: up to the last one that agents see. Both kinds of notes are in the same buckets.
MESSAGES: Final = """
WITH hits AS (
    SELECT b.number, h.at, h.item_id, h.conversation_id, h.seq, h.visitor_id, h.status, h.kind, h.body,
           h.sender_party, h.sender_id, h.sender_name
    FROM search_buckets b
    CROSS JOIN LATERAL (
        SELECT d.at, d.item_id, c.id AS conversation_id, m.seq, c.visitor_id, c.status, m.kind, m.body,
               m.sender_party, m.sender_id, m.sender_name
        FROM (
            SELECT s.parent_id, s.seq, s.item_id, s.at
            FROM search_documents s
            WHERE s.project_id = $1 AND s.words @@ replace($2, $7, b.key)::tsquery
              AND (b.number < $3 OR (s.at, s.item_id) < ($4, $5))
            ORDER BY s.at DESC, s.item_id DESC
        ) d
        JOIN messages m ON m.project_id = $1 AND m.conversation_id = d.parent_id AND m.seq = d.seq
        JOIN conversations c ON c.project_id = $1 AND c.id = d.parent_id
        WHERE m.redacted_at IS NULL AND c.deleted_at IS NULL AND m.seq <= coalesce(c.shown_seq, m.seq)
        ORDER BY d.at DESC, d.item_id DESC LIMIT $6
    ) h
    WHERE b.project_id = $1 AND b.kind = 'messages' AND b.number <= $3
    ORDER BY b.number DESC, h.at DESC, h.item_id DESC LIMIT $6
)
SELECT h.number, h.at, h.item_id, h.conversation_id, h.seq, h.visitor_id, coalesce(v.given_name, v.name),
       h.kind, h.body, h.status, h.sender_party, h.sender_id, h.sender_name,
       p.sender_party, p.sender_name, left(p.body, 300)
FROM hits h
JOIN visitors v ON v.project_id = $1 AND v.id = h.visitor_id
LEFT JOIN messages p ON p.project_id = $1 AND p.conversation_id = h.conversation_id AND p.seq = h.seq - 1
     AND p.redacted_at IS NULL
ORDER BY h.number DESC, h.at DESC, h.item_id DESC
"""

# A visitor whom agents have never seen has no conversation that is shown.
_LATEST: Final = """
    SELECT c.id, c.status FROM conversations c
    WHERE c.project_id = $1 AND c.visitor_id = v.id AND c.deleted_at IS NULL
      AND (c.shown_seq IS NULL OR c.shown_seq > 0)
    ORDER BY c.id DESC LIMIT 1) l
"""
VISITORS: Final = f"""
SELECT b.number, h.at, h.item_id, h.conversation_id, h.given_name, h.name, h.external_id, h.facts, h.status
FROM search_buckets b
CROSS JOIN LATERAL (
    SELECT d.at, d.item_id, l.id AS conversation_id, l.status, v.given_name, v.name, v.external_id,
           coalesce(v.verified, v.facts) AS facts
    FROM (
        SELECT s.item_id, s.at
        FROM search_documents s
        WHERE s.project_id = $1 AND s.words @@ replace($2, $7, b.key)::tsquery
          AND (b.number < $3 OR (s.at, s.item_id) < ($4, $5))
        ORDER BY s.at DESC, s.item_id DESC
    ) d
    JOIN visitors v ON v.project_id = $1 AND v.id = d.item_id
    CROSS JOIN LATERAL ({_LATEST}
    ORDER BY d.at DESC, d.item_id DESC LIMIT $6
) h
WHERE b.project_id = $1 AND b.kind = 'visitors' AND b.number <= $3
ORDER BY b.number DESC, h.at DESC, h.item_id DESC LIMIT $6
"""  # noqa: S608  constants of this file; tests/architecture proves the whole statement

# Those without a document, in the order of those with one, and before them. As few as have the same number.
VISITORS_BY_NUMBER: Final = f"""
SELECT $3::integer, v.created_at, v.id, l.id, v.given_name, v.name, v.external_id,
       coalesce(v.verified, v.facts), l.status
FROM visitors v
CROSS JOIN LATERAL ({_LATEST}
WHERE v.project_id = $1 AND right(v.id::text, 6) = $2
  AND NOT EXISTS (SELECT FROM search_documents d
                  WHERE d.project_id = $1 AND d.parent_id = v.id AND d.item_id = v.id)
ORDER BY v.created_at DESC, v.id DESC LIMIT $4
"""  # noqa: S608  likewise

NOTES: Final = """
SELECT b.number, h.at, h.item_id, h.conversation_id, h.seq, h.visitor_id, h.visitor_name, h.kind, h.text,
       h.status, h.author_id, h.author_name
FROM search_buckets b
CROSS JOIN LATERAL (
    SELECT d.at, d.item_id, l.id AS conversation_id, m.seq, v.id AS visitor_id,
           coalesce(v.given_name, v.name) AS visitor_name,
           coalesce(m.kind, 'visitor_note') AS kind, l.status,
           coalesce(m.body, n.text) AS text, coalesce(m.sender_id, n.author_id) AS author_id,
           CASE WHEN m.seq IS NULL THEN u.full_name ELSE m.sender_name END AS author_name
    FROM (
        SELECT s.parent_id, s.seq, s.item_id, s.at
        FROM search_documents s
        WHERE s.project_id = $1 AND s.words @@ replace($2, $7, b.key)::tsquery
          AND (b.number < $3 OR (s.at, s.item_id) < ($4, $5))
        ORDER BY s.at DESC, s.item_id DESC
    ) d
    LEFT JOIN messages m ON m.project_id = $1 AND m.conversation_id = d.parent_id AND m.seq = d.seq
         AND m.redacted_at IS NULL
    LEFT JOIN visitor_notes n ON n.project_id = $1 AND n.visitor_id = d.parent_id AND n.id = d.item_id
    LEFT JOIN users u ON u.id = n.author_id AND u.state <> 'deleted'
    CROSS JOIN LATERAL (
        (SELECT c.id, c.visitor_id, c.status FROM conversations c
         WHERE m.seq IS NOT NULL AND c.project_id = $1 AND c.id = d.parent_id AND c.deleted_at IS NULL
           AND m.seq <= coalesce(c.shown_seq, m.seq))
        UNION ALL
        (SELECT c.id, c.visitor_id, c.status FROM conversations c
         WHERE n.id IS NOT NULL AND c.project_id = $1 AND c.visitor_id = d.parent_id AND c.deleted_at IS NULL
           AND (c.shown_seq IS NULL OR c.shown_seq > 0)
         ORDER BY c.id DESC LIMIT 1)
    ) l
    JOIN visitors v ON v.project_id = $1 AND v.id = l.visitor_id
    ORDER BY d.at DESC, d.item_id DESC LIMIT $6
) h
WHERE b.project_id = $1 AND b.kind = 'notes' AND b.number <= $3
ORDER BY b.number DESC, h.at DESC, h.item_id DESC LIMIT $6
"""


async def page(
    conn: Connection, project: ProjectId, kind: Kind, query: Query, *, after: Spot | None, limit: int
) -> list[Found]:
    """Of one kind. Messages are those without notes; visitors are sorted by when they came last; notes are
    those about visitors, which lead to the latest conversation, and those within conversations.
    """
    if not query.terms:
        return []
    asked = (project, query.condition, *_position(after), limit, KEY)
    match kind:
        case "messages":
            return [_message(row) for row in await conn.fetch(MESSAGES, *asked)]
        case "visitors":
            rows = await conn.fetch(VISITORS, *asked)
            if after is None and (number := _number(query)):
                rows = [*await conn.fetch(VISITORS_BY_NUMBER, project, number, FIRST, limit), *rows]
            return [_visitor(row) for row in rows[:limit]]
        case "notes":
            return [_note(row) for row in await conn.fetch(NOTES, *asked)]


def _number(query: Query) -> str:
    """The number of a visitor, if it is what was searched for; or ''."""
    said = query.terms[0].words
    return said[0] if len(query.terms) == len(said) == 1 and _NUMBER.fullmatch(said[0]) else ""


def _position(after: Spot | None) -> tuple[int, int, bytes]:
    return (FIRST, 0, bytes(16)) if after is None else (after.bucket, after.at, after.item)


def _message(row: Any) -> Found:
    number, at, item, conversation, seq, visitor, name, kind, body, status, *rest = row
    party, author, author_name, before_party, before_name, before = rest
    said = None if not before else Before(before_party, before_name, before)
    return Found(
        Spot(number, at, item), conversation, seq, visitor, name, kind, body, status, party, author,
        author_name, said,
    )  # fmt: skip


def _visitor(row: Any) -> Found:
    number, at, visitor, conversation, given, name, external_id, facts, status = row
    known: Meta = facts or {}
    others = {key: value for key, value in known.items() if value != (given or name)}
    text = visitor_text(
        names=() if given is None else (name,), external_id=external_id, facts=others, id=visitor
    )
    return Found(
        Spot(number, at, visitor), conversation, None, visitor, given or name, "visitor",
        text.replace("\n", " · "), status,
    )  # fmt: skip


def _note(row: Any) -> Found:
    number, at, item, conversation, seq, visitor, name, kind, text, status, author, author_name = row
    return Found(
        Spot(number, at, item), conversation, seq, visitor, name, kind, text, status, "agent", author,
        author_name,
    )  # fmt: skip
