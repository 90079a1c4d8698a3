"""Project deletion: access ends at once, rows are deleted in batches, so that every statement is short."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId

# In this order: deleting a conversation cascades to its messages and read marks. Rows that another worker is
# deleting, or still writes, are left to it and to the next round: no statement waits for another.
_CLEAR: Final = (
    # Their rows go with the stored bytes; until then they keep the project's own row.
    """
    UPDATE attachments SET conversation_id = NULL, expires_at = created_at WHERE project_id = $1
      AND id IN (
        SELECT id FROM attachments WHERE project_id = $1
          AND (conversation_id IS NOT NULL OR expires_at > created_at)
        LIMIT $2 FOR UPDATE SKIP LOCKED
      )
    """,
    """
    DELETE FROM conversations WHERE project_id = $1
      AND id IN (SELECT id FROM conversations WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    """,
    """
    DELETE FROM visitors WHERE project_id = $1
      AND id IN (
        SELECT v.id FROM visitors v WHERE v.project_id = $1
          AND NOT EXISTS (SELECT FROM conversations c WHERE c.project_id = $1 AND c.visitor_id = v.id)
        LIMIT $2 FOR UPDATE OF v SKIP LOCKED
      )
    """,
    """
    DELETE FROM search_queue WHERE project_id = $1
      AND id IN (SELECT id FROM search_queue WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    """,
    """
    DELETE FROM search_backlog WHERE project_id = $1
      AND (at, item_id) IN (
        SELECT at, item_id FROM search_backlog WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED
      )
    """,
    """
    DELETE FROM search_documents WHERE project_id = $1
      AND (parent_id, item_id) IN (
        SELECT parent_id, item_id FROM search_documents WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED
      )
    """,
    """
    DELETE FROM outbox WHERE project_id = $1
      AND id IN (SELECT id FROM outbox WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    """,
    """
    DELETE FROM consumer_events WHERE project_id = $1
      AND (event_id, consumer, subscriber_id) IN (
        SELECT event_id, consumer, subscriber_id FROM consumer_events WHERE project_id = $1
        LIMIT $2 FOR UPDATE SKIP LOCKED
      )
    """,
    """
    DELETE FROM quarantined_events WHERE project_id = $1
      AND event_id IN (
        SELECT event_id FROM quarantined_events WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED
      )
    """,
    """
    DELETE FROM webhook_deliveries WHERE project_id = $1
      AND (webhook_id, id) IN (
        SELECT webhook_id, id FROM webhook_deliveries WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED
      )
    """,
    """
    DELETE FROM copilot_sessions WHERE project_id = $1
      AND id IN (SELECT id FROM copilot_sessions WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    """,
    """
    DELETE FROM social_drafts WHERE project_id = $1
      AND id IN (SELECT id FROM social_drafts WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    """,
    """
    DELETE FROM articles WHERE project_id = $1
      AND id IN (SELECT id FROM articles WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    """,
    """
    DELETE FROM article_words WHERE project_id = $1
      AND word IN (SELECT word FROM article_words WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    """,
    """
    DELETE FROM article_imports WHERE project_id = $1
      AND id IN (SELECT id FROM article_imports WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    """,
    """
    DELETE FROM knowledge_gaps WHERE project_id = $1
      AND id IN (SELECT id FROM knowledge_gaps WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    """,
    """
    DELETE FROM idempotent_requests WHERE project_id = $1
      AND id IN (
        SELECT id FROM idempotent_requests WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED
      )
    """,
    """
    DELETE FROM mails WHERE project_id = $1
      AND id IN (SELECT id FROM mails WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    """,
    """
    DELETE FROM audit_log WHERE project_id = $1
      AND id IN (SELECT id FROM audit_log WHERE project_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
    """,
)


class Deleted(msgspec.Struct, frozen=True):
    """A deleted project. `at` in ms."""

    project: ProjectId
    at: int


async def begin(conn: Connection, project: ProjectId, *, now: int) -> None:
    """Ends all access when the transaction commits: removes the members, and hides the project.

    The caller must hold the project's lock.
    """
    await conn.execute("UPDATE projects SET deleted_at = $2 WHERE id = $1", project, now)
    await conn.execute("DELETE FROM invitations WHERE project_id = $1", project)
    await conn.execute("DELETE FROM api_keys WHERE project_id = $1", project)
    await conn.execute("DELETE FROM identity_secrets WHERE project_id = $1", project)
    await conn.execute("UPDATE webhooks SET active = false WHERE project_id = $1", project)
    await conn.execute("DELETE FROM memberships WHERE project_id = $1", project)


async def under_way(conn: Connection, *, limit: int) -> list[Deleted]:
    """Deleted projects that may still have rows, the oldest first."""
    rows = await conn.fetch(
        "SELECT id, deleted_at FROM projects WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT $1", limit
    )
    return [Deleted(*row) for row in rows]


async def deleted(conn: Connection, projects: Sequence[ProjectId]) -> list[Deleted]:
    """Those of `projects` that are deleted and may still have rows."""
    rows = await conn.fetch(
        "SELECT id, deleted_at FROM projects WHERE id = ANY($1::uuid[]) AND deleted_at IS NOT NULL", projects
    )
    return [Deleted(*row) for row in rows]


async def clear(conn: Connection, project: ProjectId, *, limit: int) -> int:
    """Deletes at most `limit` rows of each kind, with dependent rows; returns how many."""
    gone = 0
    for statement in _CLEAR:
        gone += _count(await conn.execute(statement, project, limit))
    # A dead letter is opaque bytes; the project's 16-byte id does not occur in those of other projects.
    status = await conn.execute(
        "DELETE FROM dead_letters WHERE position($1::bytea IN payload) > 0", bytes(project)
    )
    return gone + _count(status)


async def finish(conn: Connection, project: ProjectId) -> bool:
    """Deletes the project's own row, with rows that were added meanwhile; not while it has stored files."""
    status = await conn.execute(
        "DELETE FROM projects WHERE id = $1 AND deleted_at IS NOT NULL "
        "AND NOT EXISTS (SELECT FROM attachments a WHERE a.project_id = $1)",
        project,
    )
    return _count(status) > 0


def _count(status: str) -> int:
    return int(status.rsplit(" ", 1)[1])
