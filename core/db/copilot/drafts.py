"""Tables `social_drafts` and `social_draft_versions`: posts for social networks, and each version of them."""

from typing import Any, Literal

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId

DraftState = Literal["draft", "approved", "published"]


class Draft(msgspec.Struct, frozen=True):
    """`social`: of the newest version. Names are None where there is no such person. Times in ms."""

    id: bytes
    session: bytes | None
    title: str
    state: DraftState
    version: int
    made_by: UserId | None
    made_by_name: str | None
    approved_by: UserId | None
    approved_by_name: str | None
    approved_at: int | None
    published_by: UserId | None
    published_by_name: str | None
    published_at: int | None
    created_at: int
    changed_at: int
    social: Any


class DraftVersion(msgspec.Struct, frozen=True):
    """`by_copilot`: a turn made it, asked by that member."""

    number: int
    social: Any
    by_copilot: bool
    made_by: UserId | None
    made_by_name: str | None
    made_at: int


async def add(
    conn: Connection,
    project: ProjectId,
    draft: bytes,
    *,
    session: bytes | None,
    title: str,
    social: Any,
    turn: bytes | None,
    by: UserId,
    now: int,
) -> None:
    """A new draft in its first version."""
    await conn.execute(
        """
        WITH made AS (
            INSERT INTO social_drafts (project_id, id, session_id, title, made_by, created_at, changed_at)
            VALUES ($1, $2, $3, $4, $7, $8, $8) RETURNING project_id, id
        )
        INSERT INTO social_draft_versions (project_id, draft_id, number, social, turn_id, made_by, made_at)
        SELECT made.project_id, made.id, 1, $5, $6, $7, $8 FROM made
        """,
        project,
        draft,
        session,
        title,
        social,
        turn,
        by,
        now,
    )


async def change(
    conn: Connection,
    project: ProjectId,
    draft: bytes,
    social: Any,
    *,
    version: int,
    turn: bytes | None,
    by: UserId,
    now: int,
) -> int | None:
    """Its next version, which is a draft again; returns the number. None: `version` is not the newest."""
    number: int | None = await conn.fetchval(
        """
        UPDATE social_drafts SET version = version + 1, changed_at = $4, state = 'draft', approved_by = NULL,
               approved_at = NULL, published_by = NULL, published_at = NULL
        WHERE project_id = $1 AND id = $2 AND version = $3 RETURNING version
        """,
        project,
        draft,
        version,
        now,
    )
    if number is None:
        return None
    await conn.execute(
        "INSERT INTO social_draft_versions (project_id, draft_id, number, social, turn_id, made_by, made_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        project,
        draft,
        number,
        social,
        turn,
        by,
        now,
    )
    return number


async def by_id(conn: Connection, project: ProjectId, draft: bytes) -> Draft | None:
    row = await conn.fetchrow(
        """
        SELECT d.id, d.session_id, d.title, d.state, d.version, d.made_by, m.full_name, d.approved_by,
               a.full_name, d.approved_at, d.published_by, u.full_name, d.published_at, d.created_at,
               d.changed_at, v.social
        FROM social_drafts d
        JOIN social_draft_versions v
             ON v.project_id = d.project_id AND v.draft_id = d.id AND v.number = d.version
        LEFT JOIN users m ON m.id = d.made_by AND m.state <> 'deleted'
        LEFT JOIN users a ON a.id = d.approved_by AND a.state <> 'deleted'
        LEFT JOIN users u ON u.id = d.published_by AND u.state <> 'deleted'
        WHERE d.project_id = $1 AND d.id = $2
        """,
        project,
        draft,
    )
    return None if row is None else Draft(*row)


async def latest_of(conn: Connection, project: ProjectId, session: bytes) -> bytes | None:
    """The draft that the session made or changed last."""
    found: bytes | None = await conn.fetchval(
        "SELECT d.id FROM social_drafts d WHERE d.project_id = $1 AND d.session_id = $2 "
        "ORDER BY d.changed_at DESC, d.id DESC LIMIT 1",
        project,
        session,
    )
    return found


async def page(
    conn: Connection,
    project: ProjectId,
    *,
    state: str | None,
    before: tuple[int, bytes] | None,
    limit: int,
) -> list[Draft]:
    """Those of the project, the latest first, after the place `before` (time, id)."""
    at, last = before or (None, None)
    rows = await conn.fetch(
        """
        SELECT d.id, d.session_id, d.title, d.state, d.version, d.made_by, m.full_name, d.approved_by,
               a.full_name, d.approved_at, d.published_by, u.full_name, d.published_at, d.created_at,
               d.changed_at, v.social
        FROM social_drafts d
        JOIN social_draft_versions v
             ON v.project_id = d.project_id AND v.draft_id = d.id AND v.number = d.version
        LEFT JOIN users m ON m.id = d.made_by AND m.state <> 'deleted'
        LEFT JOIN users a ON a.id = d.approved_by AND a.state <> 'deleted'
        LEFT JOIN users u ON u.id = d.published_by AND u.state <> 'deleted'
        WHERE d.project_id = $1 AND ($2::text IS NULL OR d.state = $2)
          AND ($3::timestamptz IS NULL OR (d.changed_at, d.id) < ($3, $4))
        ORDER BY d.changed_at DESC, d.id DESC LIMIT $5
        """,
        project,
        state,
        at,
        last,
        limit,
    )
    return [Draft(*row) for row in rows]


async def versions(
    conn: Connection, project: ProjectId, draft: bytes, *, before: int | None, limit: int
) -> list[DraftVersion]:
    """The newest first, those before the number `before`."""
    rows = await conn.fetch(
        """
        SELECT v.number, v.social, v.turn_id IS NOT NULL, v.made_by, u.full_name, v.made_at
        FROM social_draft_versions v LEFT JOIN users u ON u.id = v.made_by AND u.state <> 'deleted'
        WHERE v.project_id = $1 AND v.draft_id = $2 AND ($3::integer IS NULL OR v.number < $3)
        ORDER BY v.number DESC LIMIT $4
        """,
        project,
        draft,
        before,
        limit,
    )
    return [DraftVersion(*row) for row in rows]


async def approve(
    conn: Connection, project: ProjectId, draft: bytes, *, version: int, by: UserId, now: int
) -> bool:
    """False: it is not a draft in this version."""
    status = await conn.execute(
        "UPDATE social_drafts SET state = 'approved', approved_by = $4, approved_at = $5, changed_at = $5 "
        "WHERE project_id = $1 AND id = $2 AND version = $3 AND state = 'draft'",
        project,
        draft,
        version,
        by,
        now,
    )
    return bool(status == "UPDATE 1")


async def mark_published(
    conn: Connection, project: ProjectId, draft: bytes, *, version: int, by: UserId, now: int
) -> bool:
    """False: it is not approved in this version."""
    status = await conn.execute(
        "UPDATE social_drafts SET state = 'published', published_by = $4, published_at = $5, changed_at = $5 "
        "WHERE project_id = $1 AND id = $2 AND version = $3 AND state = 'approved'",
        project,
        draft,
        version,
        by,
        now,
    )
    return bool(status == "UPDATE 1")


async def rename(conn: Connection, project: ProjectId, draft: bytes, *, title: str) -> None:
    await conn.execute(
        "UPDATE social_drafts SET title = $3 WHERE project_id = $1 AND id = $2", project, draft, title
    )


async def remove(conn: Connection, project: ProjectId, draft: bytes) -> bool:
    """Whether it existed."""
    status = await conn.execute("DELETE FROM social_drafts WHERE project_id = $1 AND id = $2", project, draft)
    return bool(status == "DELETE 1")
