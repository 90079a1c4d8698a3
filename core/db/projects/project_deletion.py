"""A project goes: for everybody at once, then its rows in portions, so that no statement takes for ever."""

from typing import Final

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId

# In this order: messages and read marks go with their conversations.
_CLEAR: Final = (
    """
    DELETE FROM conversations WHERE project_id = $1
      AND id IN (SELECT id FROM conversations WHERE project_id = $1 LIMIT $2)
    """,
    """
    DELETE FROM visitors WHERE project_id = $1
      AND id IN (SELECT id FROM visitors WHERE project_id = $1 LIMIT $2)
    """,
    """
    DELETE FROM outbox WHERE project_id = $1
      AND id IN (SELECT id FROM outbox WHERE project_id = $1 LIMIT $2)
    """,
    """
    DELETE FROM mails WHERE project_id = $1
      AND id IN (SELECT id FROM mails WHERE project_id = $1 LIMIT $2)
    """,
    """
    DELETE FROM audit_log WHERE project_id = $1
      AND id IN (SELECT id FROM audit_log WHERE project_id = $1 LIMIT $2)
    """,
)


class Deleted(msgspec.Struct, frozen=True):
    """A project that is gone for everybody. `at` in ms."""

    project: ProjectId
    at: int


async def begin(conn: Connection, project: ProjectId, *, now: int) -> None:
    """Gone for everybody when the transaction commits: nobody belongs to it, and no page finds it.

    The caller has it locked.
    """
    await conn.execute("UPDATE projects SET deleted_at = $2 WHERE id = $1", project, now)
    await conn.execute("DELETE FROM invitations WHERE project_id = $1", project)
    await conn.execute("DELETE FROM api_keys WHERE project_id = $1", project)
    await conn.execute("DELETE FROM memberships WHERE project_id = $1", project)


async def under_way(conn: Connection, *, limit: int) -> list[Deleted]:
    """Projects of which something may be left, the oldest first."""
    rows = await conn.fetch(
        "SELECT id, deleted_at FROM projects WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT $1", limit
    )
    return [Deleted(*row) for row in rows]


async def clear(conn: Connection, project: ProjectId, *, limit: int) -> int:
    """Deletes at most `limit` rows of each kind; how many went. What depends on them goes with them."""
    gone = 0
    for statement in _CLEAR:
        gone += _count(await conn.execute(statement, project, limit))
    # What was a command is bytes here; sixteen random ones occur in no other project's.
    status = await conn.execute(
        "DELETE FROM dead_letters WHERE position($1::bytea IN payload) > 0", bytes(project)
    )
    return gone + _count(status)


async def finish(conn: Connection, project: ProjectId) -> None:
    """The row itself, with whatever came in between."""
    await conn.execute("DELETE FROM projects WHERE id = $1 AND deleted_at IS NOT NULL", project)


def _count(status: str) -> int:
    return int(status.rsplit(" ", 1)[1])
