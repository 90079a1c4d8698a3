"""Table `conversations`: reads. Only core.apply writes it."""

from typing import Any, Final, Literal

import msgspec

from core.db.connection import Connection
from core.ids import ConversationId, ProjectId, UserId, VisitorId
from core.model import (
    HIDDEN_FROM_VISITORS,
    Conversation,
    LastMessage,
    Listed,
    PastConversation,
    Spot,
    Status,
    UnreadCounts,
    VisitorsConversation,
    visitor_name,
)

Assigned = Literal["any", "none", "someone"]


# What every list of conversations reads of each: the columns of `as_listed`, but for the last one, which says
# since when the visitor waits. $2 is the reader.
COLUMNS: Final = """
       c.project_id, c.id, c.visitor_id, c.status, c.assignee_id, c.last_seq, c.snippet,
       c.last_message_at, c.created_at, c.ended_at, c.last_change, c.has_form, c.has_note,
       c.owner, c.owner_reason, coalesce(v.given_name, v.name), u.full_name, coalesce(mine.seq, 0),
       coalesce(theirs.seq, 0),
       coalesce(v.verified, v.facts) ->> 'email', m.kind, m.sender_party, m.sender_id, m.sender_name,
       m.redacted_at IS NOT NULL, c.restriction, false"""

# Left joins, though every row has its match, so that the planner cannot begin with all visitors of a project.
JOINS: Final = """
LEFT JOIN visitors v ON v.project_id = c.project_id AND v.id = c.visitor_id
LEFT JOIN messages m ON m.project_id = c.project_id AND m.conversation_id = c.id AND m.seq = c.last_seq
LEFT JOIN users u ON u.id = c.assignee_id
LEFT JOIN reads mine ON mine.project_id = c.project_id AND mine.conversation_id = c.id
     AND mine.reader_id = $2
LEFT JOIN reads theirs ON theirs.project_id = c.project_id AND theirs.conversation_id = c.id
     AND theirs.reader_id = c.visitor_id"""

# The oldest message of a visitor who waits: none since has answered it. $1 is the project, `c` the
# conversation, $3 the kinds that visitors do not see. Its order is that of the primary key, so that no other
# index of messages is cheaper.
FIRST_UNANSWERED: Final = """
FROM messages w
WHERE w.project_id = $1 AND w.conversation_id = c.id AND w.sender_party = 'visitor'
  AND w.seq > greatest(c.last_seq - 200, (
      SELECT a.seq FROM messages a
      WHERE a.project_id = $1 AND a.conversation_id = c.id AND a.seq > c.last_seq - 200
        AND a.kind <> ALL ($3::text[])
        AND (a.sender_party = 'agent'
             OR a.sender_party = 'assistant' AND c.owner IS DISTINCT FROM 'person')
      ORDER BY a.seq DESC LIMIT 1
  ))
ORDER BY w.seq LIMIT 1"""


async def by_id(conn: Connection, project: ProjectId, conversation: ConversationId) -> Conversation | None:
    """One conversation."""
    row = await conn.fetchrow(
        """
        SELECT project_id, id, visitor_id, status, assignee_id, last_seq, snippet, last_message_at,
               created_at, ended_at, last_change, has_form, has_note, owner, owner_reason
        FROM conversations WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL
        """,
        project,
        conversation,
    )
    return None if row is None else Conversation(*row)


async def listed(
    conn: Connection, project: ProjectId, conversation: ConversationId, *, reader: UserId
) -> Listed | None:
    """One conversation as `reader` sees it."""
    row = await conn.fetchrow(
        f"""
        SELECT c.project_id, c.id, c.visitor_id, c.status, c.assignee_id, coalesce(c.shown_seq, c.last_seq),
               c.snippet,
               CASE WHEN c.shown_seq IS NULL THEN c.last_message_at ELSE coalesce(m.at, c.created_at) END,
               c.created_at, c.ended_at, c.last_change, c.has_form, c.has_note,
               c.owner, c.owner_reason, coalesce(v.given_name, v.name), u.full_name, coalesce(mine.seq, 0),
               least(coalesce(theirs.seq, 0), coalesce(c.shown_seq, c.last_seq)),
               coalesce(v.verified, v.facts) ->> 'email',
               m.kind, m.sender_party, m.sender_id, m.sender_name, m.redacted_at IS NOT NULL,
               c.restriction, c.shown_seq IS NOT NULL,
               CASE WHEN c.status = 'open' AND c.shown_seq IS NULL THEN (
                   SELECT w.at {FIRST_UNANSWERED}
               ) END
        FROM conversations c
        JOIN visitors v ON v.project_id = c.project_id AND v.id = c.visitor_id
        LEFT JOIN messages m ON m.project_id = c.project_id AND m.conversation_id = c.id
             AND m.seq = coalesce(c.shown_seq, c.last_seq)
        LEFT JOIN users u ON u.id = c.assignee_id
        LEFT JOIN reads mine ON mine.project_id = c.project_id AND mine.conversation_id = c.id
             AND mine.reader_id = $2
        LEFT JOIN reads theirs ON theirs.project_id = c.project_id AND theirs.conversation_id = c.id
             AND theirs.reader_id = c.visitor_id
        WHERE c.project_id = $1 AND c.id = $4 AND c.deleted_at IS NULL
        """,  # noqa: S608  constants of this file; tests/architecture proves the whole statement
        project,
        reader,
        HIDDEN_FROM_VISITORS,
        conversation,
    )
    return None if row is None else as_listed(row)


# Plans are generic, so each filter has a branch of its own: conditions on parameters alone switch the others
# off before they read anything. Each status, with and without an agent, with and without a form or notes, is
# read from an index in the order of the list, and at most $10 rows of each. Conversations of muted visitors
# are listed by `muted` alone. Withheld ones have the epoch as the time of their last message, where no index
# scan of the list comes. Since when a visitor waits is no join but a value, computed for the rows of the page
# alone: as a join the planner may compute it for the whole project.
PAGE: Final = f"""
WITH picked AS (
    (SELECT k.id, k.last_message_at
     FROM conversations k
     WHERE $14::text[] IS NULL AND $4::text = 'any' AND $5::uuid IS NULL
       AND NOT $11::boolean AND NOT $12::boolean
       AND k.project_id = $1
       AND k.restriction IS NULL AND k.last_message_at > to_timestamp(0) AND k.deleted_at IS NULL
       AND ($7::timestamptz IS NULL OR (k.last_message_at, k.id) < ($7, $8::uuid))
     ORDER BY k.last_message_at DESC, k.id DESC LIMIT $10)
    UNION ALL
    (SELECT b.id, b.last_message_at
     FROM unnest(coalesce($14::text[], ARRAY['open', 'pending', 'solved', 'spam'])) AS s (status)
     CROSS JOIN unnest(CASE $4 WHEN 'none' THEN ARRAY[true] WHEN 'someone' THEN ARRAY[false]
                               ELSE ARRAY[true, false] END) AS a (unassigned)
     CROSS JOIN LATERAL (
         SELECT k.id, k.last_message_at
         FROM conversations k
         WHERE k.project_id = $1 AND k.status = s.status AND (k.assignee_id IS NULL) = a.unassigned
           AND k.restriction IS NULL AND k.last_message_at > to_timestamp(0) AND k.deleted_at IS NULL
           AND ($7::timestamptz IS NULL OR (k.last_message_at, k.id) < ($7, $8::uuid))
         ORDER BY k.last_message_at DESC, k.id DESC LIMIT $10
     ) b
     WHERE $5::uuid IS NULL AND ($14::text[] IS NOT NULL OR $4 <> 'any')
       AND NOT $11::boolean AND NOT $12::boolean)
    UNION ALL
    (SELECT b.id, b.last_message_at
     FROM unnest(coalesce($14::text[], ARRAY['open', 'pending', 'solved', 'spam'])) AS s (status)
     CROSS JOIN LATERAL (
         SELECT k.id, k.last_message_at
         FROM conversations k
         WHERE k.project_id = $1 AND k.assignee_id = $5 AND k.status = s.status
           AND k.restriction IS NULL AND k.last_message_at > to_timestamp(0) AND k.deleted_at IS NULL
           AND ($7::timestamptz IS NULL OR (k.last_message_at, k.id) < ($7, $8::uuid))
         ORDER BY k.last_message_at DESC, k.id DESC LIMIT $10
     ) b
     WHERE $5::uuid IS NOT NULL AND NOT $11::boolean AND NOT $12::boolean)
    UNION ALL
    (SELECT b.id, b.last_message_at
     FROM unnest(coalesce($14::text[], ARRAY['open', 'pending', 'solved', 'spam'])) AS s (status)
     CROSS JOIN unnest(CASE $4 WHEN 'none' THEN ARRAY[true] WHEN 'someone' THEN ARRAY[false]
                               ELSE ARRAY[true, false] END) AS a (unassigned)
     CROSS JOIN unnest(CASE WHEN $11 THEN ARRAY[true] ELSE ARRAY[true, false] END) AS f (has_form)
     CROSS JOIN unnest(CASE WHEN $12 THEN ARRAY[true] ELSE ARRAY[true, false] END) AS n (has_note)
     CROSS JOIN LATERAL (
         SELECT k.id, k.last_message_at
         FROM conversations k
         WHERE k.project_id = $1 AND k.has_form = f.has_form AND k.has_note = n.has_note
           AND (k.has_form OR k.has_note) AND k.status = s.status
           AND (k.assignee_id IS NULL) = a.unassigned
           AND k.restriction IS NULL AND k.last_message_at > to_timestamp(0) AND k.deleted_at IS NULL
           AND ($7::timestamptz IS NULL OR (k.last_message_at, k.id) < ($7, $8::uuid))
         ORDER BY k.last_message_at DESC, k.id DESC LIMIT $10
     ) b
     WHERE $5::uuid IS NULL AND ($11::boolean OR $12::boolean))
    UNION ALL
    (SELECT b.id, b.last_message_at
     FROM unnest(coalesce($14::text[], ARRAY['open', 'pending', 'solved', 'spam'])) AS s (status)
     CROSS JOIN unnest(CASE WHEN $11 THEN ARRAY[true] ELSE ARRAY[true, false] END) AS f (has_form)
     CROSS JOIN unnest(CASE WHEN $12 THEN ARRAY[true] ELSE ARRAY[true, false] END) AS n (has_note)
     CROSS JOIN LATERAL (
         SELECT k.id, k.last_message_at
         FROM conversations k
         WHERE k.project_id = $1 AND k.assignee_id = $5 AND k.has_form = f.has_form
           AND k.has_note = n.has_note AND (k.has_form OR k.has_note) AND k.status = s.status
           AND k.restriction IS NULL AND k.last_message_at > to_timestamp(0) AND k.deleted_at IS NULL
           AND ($7::timestamptz IS NULL OR (k.last_message_at, k.id) < ($7, $8::uuid))
         ORDER BY k.last_message_at DESC, k.id DESC LIMIT $10
     ) b
     WHERE $5::uuid IS NOT NULL AND ($11::boolean OR $12::boolean))
    ORDER BY last_message_at DESC, id DESC LIMIT $10
)
SELECT {COLUMNS},
       CASE WHEN c.status = 'open' THEN (SELECT w.at {FIRST_UNANSWERED}) END
FROM picked
LEFT JOIN conversations c ON c.project_id = $1 AND c.id = picked.id
{JOINS}
WHERE (NOT $6::boolean OR c.last_seq > coalesce(mine.seq, 0))
  AND ($13::text IS NULL OR strpos(lower(concat_ws(' ', v.given_name, v.name,
       coalesce(v.verified, v.facts) ->> 'email', '#' || right(v.id::text, 6))), $13) > 0)
ORDER BY c.last_message_at DESC, c.id DESC
LIMIT $9
"""  # noqa: S608  constants of this file; tests/architecture proves the whole statement


class Filter(msgspec.Struct, frozen=True):
    """Which conversations to list; all conditions must hold.

    `statuses` None: any. `assignee`: one agent's; else `assigned`: those without ("none") or with an agent
    ("someone"). `unread`: with messages that the reader has not read, among the LOOKED_AT most recent ones.
    `has_note`: agents keep notes about the visitor. `visitor`: a part of the visitor's name or email address,
    among the LOOKED_AT most recent ones.
    """

    statuses: tuple[Status, ...] | None = None
    assigned: Assigned = "any"
    assignee: UserId | None = None
    unread: bool = False
    has_form: bool = False
    has_note: bool = False
    visitor: str | None = None


EVERYTHING: Final = Filter()


async def page(
    conn: Connection,
    project: ProjectId,
    *,
    reader: UserId,
    where: Filter = EVERYTHING,
    after: Spot | None = None,
    limit: int = 50,
) -> list[Listed]:
    """Up to `limit` conversations, the most recent message first, after the cursor of the previous page."""
    rows = await conn.fetch(
        PAGE,
        project,
        reader,
        HIDDEN_FROM_VISITORS,
        where.assigned,
        where.assignee,
        where.unread,
        None if after is None else after.last_message_at,
        None if after is None else after.conversation,
        limit,
        LOOKED_AT if where.unread or where.visitor else limit,
        where.has_form,
        where.has_note,
        where.visitor.lower() if where.visitor else None,
        None if where.statuses is None else list(where.statuses),
    )
    return [as_listed(row) for row in rows]


LOOKED_AT = 5_000  # conversations among which unread ones, and visitors, are looked for


async def unread(conn: Connection, project: ProjectId, *, reader: UserId) -> UnreadCounts:
    """How many open and pending conversations have messages that `reader` has not read, by inbox view."""
    row = await conn.fetchrow(
        """
        SELECT count(*) FILTER (WHERE c.unread AND c.status = 'open'),
               count(*) FILTER (WHERE c.unread AND c.assignee_id = $2),
               count(*) FILTER (WHERE c.unread AND c.status = 'open' AND c.assignee_id IS NULL),
               count(*) FILTER (WHERE c.unread AND c.status = 'pending'),
               count(*) FILTER (WHERE c.unread AND (c.assignee_id = $2 OR c.assignee_id IS NULL)),
               count(*) < $3
        FROM (
            SELECT k.status, k.assignee_id, k.last_seq > coalesce(mine.seq, 0) AS unread
            FROM conversations k
            LEFT JOIN reads mine ON mine.project_id = k.project_id AND mine.conversation_id = k.id
                 AND mine.reader_id = $2
            WHERE k.project_id = $1 AND k.status = ANY(ARRAY['open', 'pending'])
              AND k.restriction IS NULL AND k.last_message_at > to_timestamp(0) AND k.deleted_at IS NULL
            ORDER BY k.last_message_at DESC, k.id DESC LIMIT $3
        ) c
        """,
        project,
        reader,
        LOOKED_AT,
    )
    return UnreadCounts(*row)


async def muted(
    conn: Connection, project: ProjectId, *, reader: UserId, after: Spot | None, limit: int
) -> list[Listed]:
    """Conversations of muted visitors, at most `restrictions.MAX_PER_PROJECT`, as `page` does."""
    rows = await conn.fetch(
        f"""
        SELECT {COLUMNS}
        FROM visitor_restrictions r
        JOIN conversations c ON c.project_id = r.project_id AND c.visitor_id = r.visitor_id
        {JOINS}
        WHERE r.project_id = $1 AND r.kind = 'muted' AND c.last_message_at > to_timestamp(0)
          AND c.deleted_at IS NULL
          AND ($3::timestamptz IS NULL OR (c.last_message_at, c.id) < ($3, $4::uuid))
        ORDER BY c.last_message_at DESC, c.id DESC LIMIT $5
        """,  # noqa: S608  constants of this file; tests/architecture proves the whole statement
        project,
        reader,
        None if after is None else after.last_message_at,
        None if after is None else after.conversation,
        limit,
    )
    return [as_listed(row) for row in rows]


async def all_of_visitor(
    conn: Connection, project: ProjectId, visitor: VisitorId, *, before: ConversationId | None, limit: int
) -> list[PastConversation]:
    """A visitor's conversations as agents see them, the latest first, before that of the previous page."""
    rows = await conn.fetch(
        """
        SELECT c.id, c.status, c.snippet,
               CASE WHEN c.shown_seq IS NULL THEN c.last_message_at ELSE coalesce(m.at, c.created_at) END,
               c.created_at, c.ended_at, u.full_name
        FROM conversations c
        LEFT JOIN messages m ON m.project_id = c.project_id AND m.conversation_id = c.id
             AND m.seq = c.shown_seq
        LEFT JOIN users u ON u.id = c.assignee_id
        WHERE c.project_id = $1 AND c.visitor_id = $2 AND ($3::uuid IS NULL OR c.id < $3)
          AND (c.shown_seq IS NULL OR c.shown_seq > 0) AND c.deleted_at IS NULL
        ORDER BY c.id DESC LIMIT $4
        """,
        project,
        visitor,
        before,
        limit,
    )
    return [PastConversation(*row) for row in rows]


async def of_visitor(conn: Connection, project: ProjectId, visitor: VisitorId) -> VisitorsConversation | None:
    """What the widget shows: the visitor's active conversation.

    None also for a solved one in a project with limit_to_active: it is over, and the next message starts a
    new one.
    """
    row = await conn.fetchrow(
        """
        SELECT c.id, c.status, u.full_name, c.last_seq,
               coalesce((SELECT max(r.seq) FROM reads r WHERE r.project_id = c.project_id
                         AND r.conversation_id = c.id AND r.reader_kind = 'agent'), 0),
               coalesce((SELECT r.seq FROM reads r WHERE r.project_id = c.project_id
                         AND r.conversation_id = c.id AND r.reader_id = c.visitor_id), 0),
               c.last_change, c.owner
        FROM conversations c
        JOIN projects p ON p.id = c.project_id
        LEFT JOIN users u ON u.id = c.assignee_id
        WHERE c.project_id = $1 AND c.visitor_id = $2 AND c.ended_at IS NULL
          AND NOT (p.history_mode = 'limit_to_active' AND c.status = 'solved')
        """,
        project,
        visitor,
    )
    return None if row is None else VisitorsConversation(*row)


def as_listed(row: Any) -> Listed:
    """A row of `COLUMNS`, and since when the visitor waits."""
    conversation = Conversation(*row[:15])
    given, assignee, mine, theirs, email, kind, party, sender, sender_name, redacted, *shown = row[15:]
    name = visitor_name(given, conversation.visitor)
    last = None
    if kind is not None:
        last = LastMessage(kind, party, sender, name if party == "visitor" else sender_name, redacted)
    return Listed(conversation, name, assignee, mine, theirs, email or "", last, *shown)
