"""Table `canned_responses`: texts that agents reuse, by their shortcut, which is unique ignoring case."""

from typing import Any, Final

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId

MAX_PER_PROJECT: Final = 5_000  # of one project


class CannedResponse(msgspec.Struct, frozen=True):
    """`uses`: how often agents have put it into a reply. `changed_by_name` None: the account
    was deleted. Times in ms."""

    id: bytes
    shortcut: str
    content: str
    category: str  # may be empty
    version: int
    uses: int
    changed_at: int
    changed_by: UserId | None
    changed_by_name: str | None


async def page(conn: Connection, project: ProjectId, *, after: str, limit: int) -> list[CannedResponse]:
    """Up to `limit` responses after the shortcut `after`, in the order of shortcuts in lower case."""
    rows = await conn.fetch(
        """
        SELECT r.id, r.shortcut, r.content, r.category, r.version, r.uses, r.changed_at, r.changed_by,
               u.full_name
        FROM canned_responses r LEFT JOIN users u ON u.id = r.changed_by AND u.state <> 'deleted'
        WHERE r.project_id = $1 AND lower(r.shortcut) > lower($2)
        ORDER BY lower(r.shortcut) LIMIT $3
        """,
        project,
        after,
        limit,
    )
    return [CannedResponse(*row) for row in rows]


async def by_id(conn: Connection, project: ProjectId, response: bytes) -> CannedResponse | None:
    row = await conn.fetchrow(
        """
        SELECT r.id, r.shortcut, r.content, r.category, r.version, r.uses, r.changed_at, r.changed_by,
               u.full_name
        FROM canned_responses r LEFT JOIN users u ON u.id = r.changed_by AND u.state <> 'deleted'
        WHERE r.project_id = $1 AND r.id = $2
        """,
        project,
        response,
    )
    return None if row is None else CannedResponse(*row)


async def count(conn: Connection, project: ProjectId) -> int:
    found: int = await conn.fetchval("SELECT count(*) FROM canned_responses WHERE project_id = $1", project)
    return found


async def taken(conn: Connection, project: ProjectId, shortcut: str, *, by_other_than: bytes) -> bool:
    """Whether another response has the shortcut, ignoring case. The caller holds the project's lock."""
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM canned_responses "
        "WHERE project_id = $1 AND lower(shortcut) = lower($2) AND id <> $3)",
        project,
        shortcut,
        by_other_than,
    )
    return found


async def add(
    conn: Connection,
    project: ProjectId,
    response: bytes,
    *,
    shortcut: str,
    content: str,
    category: str,
    by: UserId | None,
    now: int,
) -> None:
    await conn.execute(
        "INSERT INTO canned_responses "
        "(project_id, id, shortcut, content, category, created_at, changed_at, changed_by) "
        "VALUES ($1, $2, $3, $4, $5, $7, $7, $6)",
        project,
        response,
        shortcut,
        content,
        category,
        by,
        now,
    )


async def change(
    conn: Connection,
    project: ProjectId,
    response: bytes,
    *,
    shortcut: str,
    content: str,
    category: str,
    by: UserId | None,
    now: int,
) -> None:
    await conn.execute(
        """
        UPDATE canned_responses
        SET shortcut = $3, content = $4, category = $5, changed_by = $6, changed_at = $7,
            version = version + 1
        WHERE project_id = $1 AND id = $2
        """,
        project,
        response,
        shortcut,
        content,
        category,
        by,
        now,
    )


async def use(conn: Connection, project: ProjectId, response: bytes) -> bool:
    """Counts one use; whether the response exists."""
    status = await conn.execute(
        "UPDATE canned_responses SET uses = uses + 1 WHERE project_id = $1 AND id = $2", project, response
    )
    return bool(status == "UPDATE 1")


async def remove(conn: Connection, project: ProjectId, response: bytes) -> str | None:
    """Deletes it; returns its shortcut."""
    shortcut: Any = await conn.fetchval(
        "DELETE FROM canned_responses WHERE project_id = $1 AND id = $2 RETURNING shortcut", project, response
    )
    return None if shortcut is None else str(shortcut)
