"""Table `attachments`: a message takes the files that its author uploaded. Only core.apply writes this."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from core.db.connection import Connection
from core.ids import ConversationId, MessageId, ProjectId

FileKey = tuple[ProjectId, bytes]


class Claimable(msgspec.Struct):
    """An examined file that no message had when it was loaded. `message`: the one that took it."""

    project: ProjectId
    id: bytes
    party: str
    uploader: bytes
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    thumbnail: bool
    expires_at: int
    conversation: ConversationId | None = None
    message: MessageId | None = None
    seq: int = 0


async def load(conn: Connection, files: Iterable[FileKey]) -> list[Claimable]:
    """Those of `files` that a message can take, locked in the order of their keys."""
    keys = sorted(files)
    rows = await conn.fetch(
        """
        SELECT a.project_id, a.id, a.party, a.uploader_id, a.name, a.media_type, a.size, a.width, a.height,
               a.thumbnail, a.expires_at
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
        JOIN attachments a ON a.project_id = asked.project_id AND a.id = asked.id
        WHERE a.state = 'ready' AND a.message_id IS NULL
        ORDER BY a.project_id, a.id
        FOR UPDATE OF a
        """,
        [project for project, _ in keys],
        [file for _, file in keys],
    )
    return [_claimable(row) for row in rows]


async def save(conn: Connection, files: Sequence[Claimable]) -> None:
    """The messages that took these files."""
    await conn.execute(
        """
        UPDATE attachments a SET conversation_id = n.conversation_id, message_id = n.message_id, seq = n.seq
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[])
             AS n (project_id, id, conversation_id, message_id, seq)
        WHERE a.project_id = n.project_id AND a.id = n.id
        """,
        [one.project for one in files],
        [one.id for one in files],
        [one.conversation for one in files],
        [one.message for one in files],
        [one.seq for one in files],
    )


async def release(conn: Connection, messages: Sequence[tuple[ProjectId, MessageId, int]]) -> None:
    """The files of messages that were redacted at those times (in ms): they can no longer be loaded, and the
    janitor deletes them.
    """
    await conn.execute(
        """
        UPDATE attachments a SET conversation_id = NULL, expires_at = n.at
        FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS n (project_id, message_id, at)
        WHERE a.project_id = n.project_id AND a.message_id = n.message_id
        """,
        [project for project, _, _ in messages],
        [message for _, message, _ in messages],
        [at for _, _, at in messages],
    )


def _claimable(row: Any) -> Claimable:
    return Claimable(*row)
