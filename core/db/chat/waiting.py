"""Tables `conversations` and `messages`: which visitors wait for an answer, and since when."""

from typing import Final

from core.db.chat.conversations import EVERYTHING, Filter, as_listed
from core.db.connection import Connection
from core.ids import ProjectId, UserId
from core.model import HIDDEN_FROM_VISITORS, Listed

MAX_CANDIDATES: Final = 2_000  # conversations with the oldest last message

# The candidates are open conversations, those with the oldest last message first: an index of the list, read
# backwards. How long a visitor waits is in no column, so that writing a message costs no more: see `Listed`.
WAITING = """
WITH candidates AS (
    (SELECT b.id, b.last_seq, b.owner
     FROM unnest(CASE $3 WHEN 'none' THEN ARRAY[true] WHEN 'someone' THEN ARRAY[false]
                         ELSE ARRAY[true, false] END) AS a (unassigned)
     CROSS JOIN LATERAL (
         SELECT k.id, k.last_seq, k.owner
         FROM conversations k
         WHERE k.project_id = $1 AND k.status = 'open' AND (k.assignee_id IS NULL) = a.unassigned
           AND k.restriction IS NULL AND k.last_message_at > to_timestamp(0) AND k.deleted_at IS NULL
           AND (NOT $6::boolean OR k.has_form) AND (NOT $7::boolean OR k.has_note)
         ORDER BY k.last_message_at, k.id LIMIT $10
     ) b
     WHERE $4::uuid IS NULL)
    UNION ALL
    (SELECT k.id, k.last_seq, k.owner
     FROM conversations k
     WHERE $4::uuid IS NOT NULL AND k.project_id = $1 AND k.assignee_id = $4 AND k.status = 'open'
       AND k.restriction IS NULL AND k.last_message_at > to_timestamp(0) AND k.deleted_at IS NULL
       AND (NOT $6::boolean OR k.has_form) AND (NOT $7::boolean OR k.has_note)
     ORDER BY k.last_message_at, k.id LIMIT $10)
), waiting AS MATERIALIZED (
    SELECT c.id, waits.since
    FROM candidates c
    CROSS JOIN LATERAL (
        SELECT w.at AS since FROM messages w
        WHERE w.project_id = $1 AND w.conversation_id = c.id AND w.sender_party = 'visitor'
          AND w.seq > greatest(c.last_seq - 200, (
              SELECT a.seq FROM messages a
              WHERE a.project_id = $1 AND a.conversation_id = c.id AND a.seq > c.last_seq - 200
                AND a.kind <> ALL ($12::text[])
                AND (a.sender_party = 'agent'
                     OR a.sender_party = 'assistant' AND c.owner IS DISTINCT FROM 'person')
              ORDER BY a.seq DESC LIMIT 1
          ))
        ORDER BY w.seq LIMIT 1
    ) waits
)
SELECT c.project_id, c.id, c.visitor_id, c.status, c.assignee_id, c.last_seq, c.snippet,
       c.last_message_at, c.created_at, c.ended_at, c.last_change, c.has_form, c.has_note,
       c.owner, c.owner_reason, coalesce(v.given_name, v.name), u.full_name, coalesce(mine.seq, 0),
       coalesce(theirs.seq, 0),
       coalesce(v.verified, v.facts) ->> 'email', m.kind, m.sender_party, m.sender_id, m.sender_name,
       m.redacted_at IS NOT NULL, c.restriction, false, waiting.since
FROM waiting
LEFT JOIN conversations c ON c.project_id = $1 AND c.id = waiting.id
LEFT JOIN visitors v ON v.project_id = c.project_id AND v.id = c.visitor_id
LEFT JOIN messages m ON m.project_id = c.project_id AND m.conversation_id = c.id AND m.seq = c.last_seq
LEFT JOIN users u ON u.id = c.assignee_id
LEFT JOIN reads mine ON mine.project_id = c.project_id AND mine.conversation_id = c.id
     AND mine.reader_id = $2
LEFT JOIN reads theirs ON theirs.project_id = c.project_id AND theirs.conversation_id = c.id
     AND theirs.reader_id = c.visitor_id
WHERE (NOT $5::boolean OR c.last_seq > coalesce(mine.seq, 0))
  AND ($8::timestamptz IS NULL OR (waiting.since, waiting.id) > ($8, $9::uuid))
ORDER BY waiting.since, waiting.id
LIMIT $11
"""


async def page(
    conn: Connection,
    project: ProjectId,
    *,
    reader: UserId,
    where: Filter = EVERYTHING,
    after: tuple[int, bytes] | None = None,
    limit: int = 50,
) -> list[Listed]:
    """Open conversations whose visitor waits for an answer, the longest first, after the cursor's place.

    Of those with the oldest last message at most MAX_CANDIDATES are looked at. Status and visitor of the
    filter have no meaning here.
    """
    rows = await conn.fetch(
        WAITING,
        project,
        reader,
        where.assigned,
        where.assignee,
        where.unread,
        where.has_form,
        where.has_note,
        None if after is None else after[0],
        None if after is None else after[1],
        MAX_CANDIDATES,
        limit,
        HIDDEN_FROM_VISITORS,
    )
    return [as_listed(row) for row in rows]
