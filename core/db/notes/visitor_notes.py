"""Table `visitor_notes`: what agents write down about a visitor."""

from collections.abc import Sequence
from typing import Any

import msgspec

from core.content import Mentioned
from core.db.connection import Connection
from core.ids import ProjectId, UserId, VisitorId


class VisitorNote(msgspec.Struct, frozen=True):
    """`author_name` None: the account was deleted. Times in ms; `edited_at` None: never edited."""

    id: bytes
    author: UserId | None
    author_name: str | None
    text: str
    mentions: tuple[Mentioned, ...]
    version: int
    created_at: int
    edited_at: int | None


async def lock_visitor(conn: Connection, project: ProjectId, visitor: VisitorId) -> bool:
    """Serialises the changes of one visitor's notes; whether the visitor exists."""
    found = await conn.fetchval(
        "SELECT true FROM visitors WHERE project_id = $1 AND id = $2 FOR NO KEY UPDATE", project, visitor
    )
    return found is True


async def visitor_exists(conn: Connection, project: ProjectId, visitor: VisitorId) -> bool:
    found = await conn.fetchval(
        "SELECT true FROM visitors WHERE project_id = $1 AND id = $2", project, visitor
    )
    return found is True


async def page(
    conn: Connection, project: ProjectId, visitor: VisitorId, *, before: bytes | None, limit: int
) -> list[VisitorNote]:
    """Up to `limit` notes, the newest first, older than the note `before`."""
    rows = await conn.fetch(
        """
        SELECT n.id, n.author_id, u.full_name, n.text, n.mentions, n.version, n.created_at, n.edited_at
        FROM visitor_notes n LEFT JOIN users u ON u.id = n.author_id AND u.state <> 'deleted'
        WHERE n.project_id = $1 AND n.visitor_id = $2 AND ($3::uuid IS NULL OR n.id < $3)
        ORDER BY n.id DESC LIMIT $4
        """,
        project,
        visitor,
        before,
        limit,
    )
    return [_note(row) for row in rows]


async def by_id(conn: Connection, project: ProjectId, visitor: VisitorId, note: bytes) -> VisitorNote | None:
    row = await conn.fetchrow(
        """
        SELECT n.id, n.author_id, u.full_name, n.text, n.mentions, n.version, n.created_at, n.edited_at
        FROM visitor_notes n LEFT JOIN users u ON u.id = n.author_id AND u.state <> 'deleted'
        WHERE n.project_id = $1 AND n.visitor_id = $2 AND n.id = $3
        """,
        project,
        visitor,
        note,
    )
    return None if row is None else _note(row)


async def count(conn: Connection, project: ProjectId, visitor: VisitorId) -> int:
    found: int = await conn.fetchval(
        "SELECT count(*) FROM visitor_notes WHERE project_id = $1 AND visitor_id = $2", project, visitor
    )
    return found


async def add(
    conn: Connection,
    project: ProjectId,
    visitor: VisitorId,
    note: bytes,
    *,
    author: UserId,
    text: str,
    mentions: Sequence[Mentioned],
    now: int,
) -> None:
    await conn.execute(
        "INSERT INTO visitor_notes (project_id, visitor_id, id, author_id, text, mentions, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        project,
        visitor,
        note,
        author,
        text,
        mentions,
        now,
    )


async def change(
    conn: Connection,
    project: ProjectId,
    visitor: VisitorId,
    note: bytes,
    *,
    text: str,
    mentions: Sequence[Mentioned],
    now: int,
) -> None:
    await conn.execute(
        """
        UPDATE visitor_notes SET text = $4, mentions = $5, edited_at = $6, version = version + 1
        WHERE project_id = $1 AND visitor_id = $2 AND id = $3
        """,
        project,
        visitor,
        note,
        text,
        mentions,
        now,
    )


async def remove(conn: Connection, project: ProjectId, visitor: VisitorId, note: bytes) -> None:
    """Deletes it, with the mentions in it."""
    await conn.execute(
        "DELETE FROM visitor_notes WHERE project_id = $1 AND visitor_id = $2 AND id = $3",
        project,
        visitor,
        note,
    )


def _note(row: Any) -> VisitorNote:
    mentions = msgspec.convert(row[4], tuple[Mentioned, ...])
    return VisitorNote(row[0], row[1], row[2], row[3], mentions, row[5], row[6], row[7])
