"""Table `projects`, and `memberships` as seen from a project."""

from collections.abc import Sequence
from typing import Any

from core.db.connection import Connection
from core.ids import ProjectId, UserId
from core.model import HistoryMode, Member, Project, Role


async def by_id(conn: Connection, project: ProjectId) -> Project | None:
    """One project."""
    row = await conn.fetchrow(
        "SELECT id, name, domains, history_mode, version, created_at FROM projects WHERE id = $1", project
    )
    return None if row is None else _project(row)


async def first(conn: Connection) -> Project | None:
    """The oldest project: the one a demo page shows."""
    row = await conn.fetchrow(
        "SELECT id, name, domains, history_mode, version, created_at FROM projects "
        "ORDER BY created_at, id LIMIT 1"
    )
    return None if row is None else _project(row)


async def add(
    conn: Connection,
    *,
    project: ProjectId,
    name: str,
    domains: Sequence[str],
    history_mode: HistoryMode = "forever",
) -> None:
    """A new project, without members yet."""
    await conn.execute(
        "INSERT INTO projects (id, name, domains, history_mode) VALUES ($1, $2, $3, $4)",
        project,
        name,
        list(domains),
        history_mode,
    )


async def add_member(conn: Connection, *, project: ProjectId, user: UserId, role: Role) -> None:
    """Makes `user` a member, or gives a member another role."""
    await conn.execute(
        "INSERT INTO memberships (project_id, user_id, role) VALUES ($1, $2, $3) "
        "ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role",
        project,
        user,
        role,
    )


async def members(conn: Connection, project: ProjectId) -> list[Member]:
    """Everybody of a project, by name."""
    rows = await conn.fetch(
        "SELECT u.id, u.full_name, u.email, m.role FROM memberships m JOIN users u ON u.id = m.user_id "
        "WHERE m.project_id = $1 ORDER BY u.full_name, u.id",
        project,
    )
    return [Member(*row) for row in rows]


async def role_of(conn: Connection, project: ProjectId, user: UserId) -> Role | None:
    """The role of `user` in `project`; None for a stranger and for a project that does not exist alike."""
    role: Role | None = await conn.fetchval(
        "SELECT role FROM memberships WHERE project_id = $1 AND user_id = $2", project, user
    )
    return role


def _project(row: Any) -> Project:
    return Project(row[0], row[1], tuple(row[2]), row[3], row[4], row[5])
