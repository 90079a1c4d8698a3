"""Tables `workflow_drafts` and `workflow_versions`: what managers draw, and what they published."""

from typing import Final

import msgspec

from core.assistant import graph
from core.assistant.graph import Workflow
from core.db.connection import Connection
from core.ids import ProjectId, UserId

MAX_BYTES: Final = 1_048_576  # of a row's JSON, as the tables check it
MAX_PER_PROJECT: Final = 1_000  # versions of one project


class Draft(msgspec.Struct, frozen=True):
    """`version` counts the changes."""

    workflow: Workflow
    version: int
    changed_at: int
    changed_by: UserId | None
    changed_by_name: str | None


class Published(msgspec.Struct, frozen=True):
    """A version; `note` says what is new in it."""

    number: int
    note: str
    published_at: int
    published_by: UserId | None
    published_by_name: str | None


async def draft(conn: Connection, project: ProjectId) -> Draft | None:
    """None: nobody has drawn one."""
    row = await conn.fetchrow(
        """
        SELECT d.workflow, d.version, d.changed_at, d.changed_by, u.full_name
        FROM workflow_drafts d LEFT JOIN users u ON u.id = d.changed_by
        WHERE d.project_id = $1
        """,
        project,
    )
    return None if row is None else Draft(_workflow(row[0]), *row[1:])


async def save_draft(
    conn: Connection, project: ProjectId, workflow: Workflow, *, by: UserId | None, now: int
) -> int:
    """Stores it under the next version, which is returned. The caller holds the project's lock."""
    version: int = await conn.fetchval(
        """
        INSERT INTO workflow_drafts AS d (project_id, workflow, changed_at, changed_by)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (project_id) DO UPDATE
        SET workflow = excluded.workflow, changed_at = excluded.changed_at, changed_by = excluded.changed_by,
            version = d.version + 1
        RETURNING version
        """,
        project,
        msgspec.to_builtins(workflow),
        now,
        by,
    )
    return version


async def too_large(conn: Connection, workflow: Workflow) -> bool:
    """Whether no row can hold it: Postgres spells the JSON form out, and a number can become long."""
    found: bool = await conn.fetchval(
        "SELECT octet_length($1::jsonb::text) > $2", msgspec.to_builtins(workflow), MAX_BYTES
    )
    return found


async def publish(
    conn: Connection, project: ProjectId, workflow: Workflow, *, note: str, by: UserId | None, now: int
) -> int:
    """Adds a version, whose number is returned. The caller holds the project's lock."""
    number: int = await conn.fetchval(
        """
        INSERT INTO workflow_versions (project_id, number, workflow, note, published_at, published_by)
        SELECT $1, coalesce(max(v.number), 0) + 1, $2, $3, $4, $5
        FROM workflow_versions v WHERE v.project_id = $1
        RETURNING number
        """,
        project,
        msgspec.to_builtins(workflow),
        note,
        now,
        by,
    )
    return number


async def versions(
    conn: Connection, project: ProjectId, *, before: int | None, limit: int
) -> list[Published]:
    """The latest first, before that of the previous page."""
    rows = await conn.fetch(
        """
        SELECT v.number, v.note, v.published_at, v.published_by, u.full_name
        FROM workflow_versions v LEFT JOIN users u ON u.id = v.published_by
        WHERE v.project_id = $1 AND ($2::integer IS NULL OR v.number < $2)
        ORDER BY v.number DESC LIMIT $3
        """,
        project,
        before,
        limit,
    )
    return [Published(*row) for row in rows]


async def version(conn: Connection, project: ProjectId, number: int) -> Workflow | None:
    """The workflow as it was published under this number."""
    found = await conn.fetchval(
        "SELECT workflow FROM workflow_versions WHERE project_id = $1 AND number = $2", project, number
    )
    return None if found is None else _workflow(found)


def _workflow(found: object) -> Workflow:
    """Rows hold only what was parsed before."""
    return graph.parse(msgspec.json.encode(found))
