"""Table `memberships`: who works in a project, and as what."""

from collections.abc import Sequence

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId
from core.model import Role


class Member(msgspec.Struct, frozen=True):
    """One user of a project. `joined_at` in ms."""

    user: UserId
    full_name: str
    email: str
    role: Role
    joined_at: int


class Managed(msgspec.Struct, frozen=True):
    """A project that somebody manages."""

    project: ProjectId
    name: str


Claim = tuple[bytes, UserId, ProjectId]
"""A sign-in, its user and the project whose room it listens to."""


async def listed(conn: Connection, project: ProjectId) -> list[Member]:
    """All members, by name."""
    rows = await conn.fetch(
        "SELECT u.id, u.full_name, u.email, m.role, m.created_at "
        "FROM memberships m JOIN users u ON u.id = m.user_id "
        "WHERE m.project_id = $1 ORDER BY u.full_name, u.id",
        project,
    )
    return [Member(*row) for row in rows]


async def by_user(conn: Connection, project: ProjectId, user: UserId) -> Member | None:
    """One member."""
    row = await conn.fetchrow(
        "SELECT u.id, u.full_name, u.email, m.role, m.created_at "
        "FROM memberships m JOIN users u ON u.id = m.user_id "
        "WHERE m.project_id = $1 AND m.user_id = $2",
        project,
        user,
    )
    return None if row is None else Member(*row)


async def with_email(conn: Connection, project: ProjectId, email: str) -> bool:
    """Whether somebody of that address is a member."""
    found = await conn.fetchval(
        "SELECT true FROM memberships m JOIN users u ON u.id = m.user_id "
        "WHERE m.project_id = $1 AND u.email = $2",
        project,
        email,
    )
    return found is True


async def managers(conn: Connection, project: ProjectId) -> set[UserId]:
    """Who can manage it: suspended and deactivated accounts cannot. Sure only while the project is locked."""
    rows = await conn.fetch(
        "SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id AND u.state = 'active' "
        "WHERE m.project_id = $1 AND m.role = 'manager'",
        project,
    )
    return {row[0] for row in rows}


async def add(conn: Connection, *, project: ProjectId, user: UserId, role: Role, now: int) -> bool:
    """False when `user` is a member already; the role stays."""
    made = await conn.fetchval(
        "INSERT INTO memberships (project_id, user_id, role, created_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (project_id, user_id) DO NOTHING RETURNING true",
        project,
        user,
        role,
        now,
    )
    return made is True


async def set_role(conn: Connection, project: ProjectId, user: UserId, role: Role) -> None:
    """Of a member."""
    await conn.execute(
        "UPDATE memberships SET role = $3 WHERE project_id = $1 AND user_id = $2", project, user, role
    )


async def remove(conn: Connection, project: ProjectId, user: UserId) -> None:
    """Out of the project; what was assigned to them is nobody's (the schema sees to it)."""
    await conn.execute("DELETE FROM memberships WHERE project_id = $1 AND user_id = $2", project, user)


async def only_managed_by(conn: Connection, user: UserId) -> list[Managed]:
    """The projects that `user` manages with no other active manager, by name.

    All projects of the user are locked until the end of the transaction: while it lasts nobody becomes a
    manager there, and nobody ceases to be one by leaving, by another role or by closing an account.
    """
    rows = await conn.fetch(
        """
        SELECT p.id FROM memberships m JOIN projects p ON p.id = m.project_id
        WHERE m.user_id = $1 AND p.deleted_at IS NULL
        ORDER BY p.id FOR NO KEY UPDATE OF p
        """,
        user,
    )
    # A statement of its own: it sees what others committed while this one waited for the locks.
    rows = await conn.fetch(
        """
        SELECT p.id, p.name FROM memberships m JOIN projects p ON p.id = m.project_id
        WHERE m.project_id = ANY($1::uuid[]) AND m.user_id = $2 AND m.role = 'manager'
          AND NOT EXISTS (
              SELECT FROM memberships o JOIN users u ON u.id = o.user_id AND u.state = 'active'
              WHERE o.project_id = m.project_id AND o.user_id <> $2 AND o.role = 'manager')
        ORDER BY p.name, p.id
        """,
        [row[0] for row in rows],
        user,
    )
    return [Managed(*row) for row in rows]


async def entitled(conn: Connection, claims: Sequence[Claim], *, now: int) -> dict[Claim, Role]:
    """Those of `claims` that hold: a living sign-in of an active user who is a member, with the role."""
    rows = await conn.fetch(
        """
        SELECT s.id, s.user_id, m.project_id, m.role
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS asked (session, user_id, project_id)
        JOIN memberships m ON m.project_id = asked.project_id AND m.user_id = asked.user_id
        JOIN sessions s ON s.id = asked.session AND s.user_id = asked.user_id AND s.expires_at > $4
        JOIN users u ON u.id = asked.user_id AND u.state = 'active'
        """,
        [session for session, _, _ in claims],
        [user for _, user, _ in claims],
        [project for _, _, project in claims],
        now,
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}
