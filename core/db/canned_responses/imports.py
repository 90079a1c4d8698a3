"""Table `canned_responses`: many at once, from a file."""

from collections.abc import Sequence

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId


class NewResponse(msgspec.Struct, frozen=True):
    """A response as line `line` of a file has it."""

    line: int
    shortcut: str
    content: str
    category: str


class Match(msgspec.Struct, frozen=True):
    """The stored response with the shortcut of a line, ignoring case, and which fields are the same."""

    line: int
    id: bytes
    version: int
    same_shortcut: bool
    same_content: bool
    same_category: bool


async def matches(conn: Connection, project: ProjectId, rows: Sequence[NewResponse]) -> list[Match]:
    """The texts are compared here, so that none but the file's are sent.

    LATERAL with LIMIT: one look into the index by shortcut for each line, whatever the statistics say.
    """
    found = await conn.fetch(
        """
        SELECT n.line, r.id, r.version, r.shortcut = n.shortcut, r.content = n.content,
               r.category = n.category
        FROM unnest($2::integer[], $3::text[], $4::text[], $5::text[])
             AS n (line, shortcut, content, category)
        CROSS JOIN LATERAL (
            SELECT k.id, k.version, k.shortcut, k.content, k.category FROM canned_responses k
            WHERE k.project_id = $1 AND lower(k.shortcut) = lower(n.shortcut) LIMIT 1
        ) r
        """,
        project,
        *_columns(rows),
    )
    return [Match(*row) for row in found]


async def add(
    conn: Connection,
    project: ProjectId,
    rows: Sequence[NewResponse],
    made: Sequence[bytes],
    *,
    by: UserId | None,
    now: int,
) -> None:
    """`made`: the ids of the new responses."""
    await conn.execute(
        """
        INSERT INTO canned_responses (project_id, id, shortcut, content, category, created_at, changed_at,
                                      changed_by)
        SELECT $1, n.id, n.shortcut, n.content, n.category, $8, $8, $7
        FROM unnest($2::integer[], $3::text[], $4::text[], $5::text[], $6::uuid[])
             AS n (line, shortcut, content, category, id)
        """,
        project,
        *_columns(rows),
        made,
        by,
        now,
    )


async def change(
    conn: Connection,
    project: ProjectId,
    rows: Sequence[NewResponse],
    changed: Sequence[bytes],
    *,
    by: UserId | None,
    now: int,
) -> int:
    """Replaces the responses `changed`; returns how many of them still exist."""
    status = await conn.execute(
        """
        UPDATE canned_responses r
        SET shortcut = n.shortcut, content = n.content, category = n.category, changed_by = $7,
            changed_at = $8, version = r.version + 1
        FROM unnest($2::integer[], $3::text[], $4::text[], $5::text[], $6::uuid[])
             AS n (line, shortcut, content, category, id)
        WHERE r.project_id = $1 AND r.id = n.id
        """,
        project,
        *_columns(rows),
        changed,
        by,
        now,
    )
    return int(status.rsplit(" ", 1)[1])


def _columns(rows: Sequence[NewResponse]) -> tuple[list[int], list[str], list[str], list[str]]:
    return (
        [row.line for row in rows],
        [row.shortcut for row in rows],
        [row.content for row in rows],
        [row.category for row in rows],
    )
