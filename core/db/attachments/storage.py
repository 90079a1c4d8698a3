"""Table `attachment_storage`: how much a project stores, and may store."""

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId


class Used(msgspec.Struct, frozen=True):
    """`quota` None: the installation's."""

    bytes: int
    files: int
    quota: int | None


async def used(conn: Connection, project: ProjectId) -> Used:
    """What the files of a project take now, tickets included."""
    row = await conn.fetchrow(
        "SELECT s.bytes, s.files, s.quota FROM attachment_storage s WHERE s.project_id = $1", project
    )
    return Used(0, 0, None) if row is None else Used(*row)
