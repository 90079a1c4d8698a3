"""Tables `conversations` and `messages`: which visitors wait for an answer, and since when."""

from typing import Final

from core.db.chat.conversations import COLUMNS, EVERYTHING, FIRST_UNANSWERED, JOINS, Filter, as_listed
from core.db.connection import Connection
from core.ids import ProjectId, UserId
from core.model import HIDDEN_FROM_VISITORS, Listed

MAX_CANDIDATES: Final = 2_000  # conversations with the oldest last message

# The candidates are open conversations, those with the oldest last message first: an index of the list, read
# backwards. How long a visitor waits is in no column, so that writing a message costs no more: see `Listed`.
WAITING: Final = f"""
WITH candidates AS (
    (SELECT b.id, b.last_seq, b.owner
     FROM unnest(CASE $12 WHEN 'none' THEN ARRAY[true] WHEN 'someone' THEN ARRAY[false]
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
    CROSS JOIN LATERAL (SELECT w.at {FIRST_UNANSWERED}) waits (since)
)
SELECT {COLUMNS}, waiting.since
FROM waiting
LEFT JOIN conversations c ON c.project_id = $1 AND c.id = waiting.id
{JOINS}
WHERE (NOT $5::boolean OR c.last_seq > coalesce(mine.seq, 0))
  AND ($8::timestamptz IS NULL OR (waiting.since, waiting.id) > ($8, $9::uuid))
ORDER BY waiting.since, waiting.id
LIMIT $11
"""  # noqa: S608  constants; tests/architecture proves the whole statement


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
        HIDDEN_FROM_VISITORS,
        where.assignee,
        where.unread,
        where.has_form,
        where.has_note,
        None if after is None else after[0],
        None if after is None else after[1],
        MAX_CANDIDATES,
        limit,
        where.assigned,
    )
    return [as_listed(row) for row in rows]
