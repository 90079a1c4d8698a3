"""Deletion of a conversation: hidden at once; rows are deleted in batches, so that statements are short."""

from collections.abc import Mapping
from typing import Final

import msgspec

from core.db.chat.load import ConversationKey
from core.db.connection import Connection
from core.ids import ConversationId, ProjectId, VisitorId

# Rows without a foreign key to their conversation are among them: consumers' and quarantined events, the
# deliveries of webhooks, whose payloads have its texts, and the documents of the search.
_CLEAR: Final = (
    """
    DELETE FROM messages WHERE project_id = $1 AND conversation_id = $2
      AND seq IN (SELECT seq FROM messages WHERE project_id = $1 AND conversation_id = $2 LIMIT $3)
    """,
    """
    DELETE FROM search_documents WHERE project_id = $1 AND parent_id = $2
      AND item_id IN (SELECT item_id FROM search_documents WHERE project_id = $1 AND parent_id = $2 LIMIT $3)
    """,
    """
    DELETE FROM conversation_changes WHERE project_id = $1 AND conversation_id = $2
      AND id IN (SELECT id FROM conversation_changes WHERE project_id = $1 AND conversation_id = $2 LIMIT $3)
    """,
    """
    DELETE FROM reads WHERE project_id = $1 AND conversation_id = $2
      AND reader_id IN (SELECT reader_id FROM reads WHERE project_id = $1 AND conversation_id = $2 LIMIT $3)
    """,
    """
    DELETE FROM consumer_events WHERE project_id = $1
      AND (event_id, consumer, subscriber_id) IN (
        SELECT event_id, consumer, subscriber_id FROM consumer_events
        WHERE project_id = $1 AND conversation_id = $2 AND kind <> 'conversation_deleted'
        LIMIT $3 FOR UPDATE SKIP LOCKED
      )
    """,
    """
    DELETE FROM quarantined_events WHERE project_id = $1
      AND event_id IN (
        SELECT event_id FROM quarantined_events
        WHERE project_id = $1 AND conversation_id = $2 AND kind <> 'conversation_deleted'
        LIMIT $3 FOR UPDATE SKIP LOCKED
      )
    """,
    """
    DELETE FROM webhook_deliveries WHERE project_id = $1
      AND (webhook_id, id) IN (
        SELECT webhook_id, id FROM webhook_deliveries
        WHERE project_id = $1 AND conversation_id = $2 AND event <> 'conversation.deleted' LIMIT $3
      )
    """,
)


class Deleted(msgspec.Struct, frozen=True):
    """A deleted conversation that still has rows. `at` in ms."""

    project: ProjectId
    conversation: ConversationId
    visitor: VisitorId
    at: int


async def hide(conn: Connection, conversations: Mapping[ConversationKey, int]) -> None:
    """Deletes these at the given times for everyone who reads or writes. The caller holds their locks."""
    keys = sorted(conversations)
    await conn.execute(
        """
        UPDATE conversations c
        SET deleted_at = n.at, ended_at = coalesce(c.ended_at, n.at), last_seq = 0, snippet = '',
            assignee_id = NULL
        FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS n (project_id, id, at)
        WHERE c.project_id = n.project_id AND c.id = n.id
        """,
        [project for project, _ in keys],
        [conversation for _, conversation in keys],
        [conversations[key] for key in keys],
    )


async def hide_unseen(conn: Connection, *, before: int, at: int, limit: int) -> int:
    """Deletes conversations that agents have never seen and that have no message since `before`.

    They were begun from a blocked address, by visitors of whom agents know nothing. At most `limit` of all
    projects, the oldest first; returns how many. A conversation that a transaction works on is left out. If a
    row has changed since this statement's snapshot, Postgres looks at it again: by then agents see it, or its
    last message is not in the snapshot.
    """
    status = await conn.execute(
        """
        WITH unseen AS (
            SELECT c.project_id, c.id
            FROM conversations c
            WHERE c.shown_seq = 0 AND c.deleted_at IS NULL AND c.created_at < $1
              AND EXISTS (SELECT FROM messages m
                          WHERE m.project_id = c.project_id AND m.conversation_id = c.id
                            AND m.seq = c.last_seq AND m.at < $1)
              AND NOT EXISTS (SELECT FROM conversations other
                              WHERE other.project_id = c.project_id AND other.visitor_id = c.visitor_id
                                AND other.shown_seq IS DISTINCT FROM 0)
              AND NOT EXISTS (SELECT FROM visitor_restrictions r
                              WHERE r.project_id = c.project_id AND r.visitor_id = c.visitor_id)
              AND NOT EXISTS (SELECT FROM visitor_notes n
                              WHERE n.project_id = c.project_id AND n.visitor_id = c.visitor_id)
            ORDER BY c.created_at LIMIT $3
            FOR UPDATE OF c SKIP LOCKED
        )
        UPDATE conversations c
        SET deleted_at = $2, ended_at = coalesce(c.ended_at, $2), last_seq = 0, snippet = ''
        FROM unseen
        WHERE c.project_id = unseen.project_id AND c.id = unseen.id
        """,
        before,
        at,
        limit,
    )
    return int(status.rsplit(" ", 1)[1])


async def under_way(conn: Connection, *, limit: int) -> list[Deleted]:
    """Deleted conversations of all projects, the oldest first."""
    rows = await conn.fetch(
        "SELECT project_id, id, visitor_id, deleted_at FROM conversations "
        "WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT $1",
        limit,
    )
    return [Deleted(*row) for row in rows]


async def clear(conn: Connection, one: Deleted, *, limit: int) -> int:
    """Deletes at most `limit` rows of each kind; returns how many."""
    gone = 0
    for statement in _CLEAR:
        status = await conn.execute(statement, one.project, one.conversation, limit)
        gone += int(status.rsplit(" ", 1)[1])
    return gone


async def finish(conn: Connection, one: Deleted) -> None:
    """Deletes the conversation's own row, and dead letters with texts for it."""
    # A dead letter is opaque bytes; no other command has both ids.
    await conn.execute(
        "DELETE FROM dead_letters "
        "WHERE position($1::bytea IN payload) > 0 AND position($2::bytea IN payload) > 0",
        bytes(one.project),
        bytes(one.conversation),
    )
    await conn.execute(
        "DELETE FROM conversations WHERE project_id = $1 AND id = $2 AND deleted_at IS NOT NULL",
        one.project,
        one.conversation,
    )
