"""Table `attachments`: the file behind a signed address."""

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId


class Served(msgspec.Struct, frozen=True):
    """What the answer says about the file."""

    name: str
    media_type: str
    size: int


async def served(conn: Connection, project: ProjectId, id: bytes, *, now: int) -> Served | None:
    """None: it was removed since the address was made, or its message was."""
    row = await conn.fetchrow(
        """
        SELECT a.name, a.media_type, a.size
        FROM attachments a
        LEFT JOIN conversations c ON c.project_id = a.project_id AND c.id = a.conversation_id
        WHERE a.project_id = $1 AND a.id = $2 AND a.state = 'ready'
          AND ((a.conversation_id IS NULL AND a.expires_at > $3)
               OR (a.conversation_id IS NOT NULL AND c.deleted_at IS NULL))
        """,
        project,
        id,
        now,
    )
    return None if row is None else Served(*row)
