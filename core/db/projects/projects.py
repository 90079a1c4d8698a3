"""Table `projects`: the tenants. Only the janitor sees one with `deleted_at`."""

from collections.abc import Sequence
from typing import Any

from core.db.connection import Connection
from core.ids import ProjectId
from core.model import AttachedBy, HistoryMode, Project


async def by_id(conn: Connection, project: ProjectId) -> Project | None:
    """One project."""
    row = await conn.fetchrow(
        "SELECT id, name, domains, history_mode, version, created_at, require_verified, ask_consent, "
        "reopen_on_reply, attachments "
        "FROM projects WHERE id = $1 AND deleted_at IS NULL",
        project,
    )
    return None if row is None else _project(row)


async def first(conn: Connection) -> Project | None:
    """The oldest project: the demo page shows it."""
    row = await conn.fetchrow(
        "SELECT id, name, domains, history_mode, version, created_at, require_verified, ask_consent, "
        "reopen_on_reply, attachments "
        "FROM projects WHERE deleted_at IS NULL ORDER BY created_at, id LIMIT 1"
    )
    return None if row is None else _project(row)


async def locked(conn: Connection, project: ProjectId) -> Project | None:
    """One project, locked until the end of the transaction, with its settings and its members.

    It is the only lock for both, and every change of them takes it first, so that there are no deadlocks.
    """
    row = await conn.fetchrow(
        "SELECT id, name, domains, history_mode, version, created_at, require_verified, ask_consent, "
        "reopen_on_reply, attachments "
        "FROM projects WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
        project,
    )
    return None if row is None else _project(row)


async def living(conn: Connection, some: Sequence[ProjectId]) -> set[ProjectId]:
    """Those of `some` that exist."""
    rows = await conn.fetch(
        "SELECT id FROM projects WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL", list(some)
    )
    return {row[0] for row in rows}


async def add(
    conn: Connection,
    *,
    project: ProjectId,
    name: str,
    domains: Sequence[str],
    history_mode: HistoryMode = "forever",
) -> None:
    """Adds a project without members."""
    await conn.execute(
        "INSERT INTO projects (id, name, domains, history_mode) VALUES ($1, $2, $3, $4)",
        project,
        name,
        list(domains),
        history_mode,
    )


async def change(
    conn: Connection,
    project: ProjectId,
    *,
    name: str | None,
    domains: Sequence[str] | None,
    history_mode: HistoryMode | None,
    require_verified: bool | None = None,
    ask_consent: bool | None = None,
    reopen_on_reply: bool | None = None,
    attachments: AttachedBy | None = None,
) -> Project:
    """Replaces the fields that are not None. The caller must hold the lock (`locked`)."""
    row = await conn.fetchrow(
        """
        UPDATE projects
        SET name = coalesce($2, name), domains = coalesce($3::text[], domains),
            history_mode = coalesce($4, history_mode),
            require_verified = coalesce($5, require_verified), ask_consent = coalesce($6, ask_consent),
            reopen_on_reply = coalesce($7, reopen_on_reply),
            attachments = coalesce($8, attachments), version = version + 1
        WHERE id = $1
        RETURNING id, name, domains, history_mode, version, created_at, require_verified, ask_consent,
                  reopen_on_reply, attachments
        """,
        project,
        name,
        None if domains is None else list(domains),
        history_mode,
        require_verified,
        ask_consent,
        reopen_on_reply,
        attachments,
    )
    return _project(row)


def _project(row: Any) -> Project:
    return Project(row[0], row[1], tuple(row[2]), *row[3:])
