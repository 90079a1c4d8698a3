"""Table `attachments`: files that a caller may load."""

from collections.abc import Sequence
from typing import Any

from core.db.attachments.uploads import Upload, Uploader
from core.db.connection import Connection
from core.ids import ProjectId, VisitorId


async def of_agent(
    conn: Connection, project: ProjectId, files: Sequence[bytes], uploader: Uploader, *, now: int
) -> list[Upload]:
    """Of `files` those of messages that agents see, and the agent's own that no message has."""
    rows = await conn.fetch(
        """
        SELECT a.id, a.state, a.reason, a.name, a.media_type, a.size, a.width, a.height, a.thumbnail,
               a.expires_at
        FROM attachments a
        LEFT JOIN conversations c ON c.project_id = a.project_id AND c.id = a.conversation_id
        WHERE a.project_id = $1 AND a.id = ANY($2::uuid[])
          AND ((a.message_id IS NULL AND a.uploader_id = $3 AND a.party = $4 AND a.expires_at > $5)
               OR (c.deleted_at IS NULL AND a.seq <= coalesce(c.shown_seq, c.last_seq)))
        """,
        project,
        files,
        uploader.id,
        uploader.party,
        now,
    )
    return [_upload(row) for row in rows]


async def of_visitor(
    conn: Connection, project: ProjectId, files: Sequence[bytes], visitor: VisitorId, *, now: int
) -> list[Upload]:
    """Of `files` those of the visitor's own conversations, and the visitor's own that no message has."""
    rows = await conn.fetch(
        """
        SELECT a.id, a.state, a.reason, a.name, a.media_type, a.size, a.width, a.height, a.thumbnail,
               a.expires_at
        FROM attachments a
        LEFT JOIN conversations c ON c.project_id = a.project_id AND c.id = a.conversation_id
        WHERE a.project_id = $1 AND a.id = ANY($2::uuid[])
          AND ((a.message_id IS NULL AND a.uploader_id = $3 AND a.party = 'visitor' AND a.expires_at > $4)
               OR (c.visitor_id = $3 AND c.deleted_at IS NULL))
        """,
        project,
        files,
        visitor,
        now,
    )
    return [_upload(row) for row in rows]


def _upload(row: Any) -> Upload:
    return Upload(*row)
