"""Table `conversations`: who answers the visitor. Only core.apply writes it, under the lock of the row."""

from collections.abc import Sequence

import msgspec

from core.db.columns import columns
from core.db.connection import Connection
from core.ids import ConversationId, ProjectId
from core.model import Owner


class NewOwner(msgspec.Struct, frozen=True):
    project: ProjectId
    conversation: ConversationId
    owner: Owner | None
    reason: str | None
    version: int


async def save(conn: Connection, rows: Sequence[NewOwner]) -> None:
    """After the rows' other columns, in the same transaction."""
    await conn.execute(
        """
        UPDATE conversations c SET owner = n.owner, owner_reason = n.reason, owner_version = n.version
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[])
             AS n (project_id, id, owner, reason, version)
        WHERE c.project_id = n.project_id AND c.id = n.id
        """,
        *columns(rows, NewOwner),
    )
