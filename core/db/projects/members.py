"""Table `memberships`: the members of a project and their roles."""

from collections.abc import Iterable, Sequence

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId
from core.model import Role


class Member(msgspec.Struct, frozen=True):
    """One member of a project. `joined_at` in ms."""

    user: UserId
    full_name: str
    email: str
    role: Role
    joined_at: int


class Managed(msgspec.Struct, frozen=True):
    """A project that a user manages."""

    project: ProjectId
    name: str


Claim = tuple[bytes, UserId, ProjectId]
"""A session, its user and the project whose room it subscribes to."""

MemberKey = tuple[ProjectId, UserId]


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


async def names(conn: Connection, asked: Iterable[MemberKey]) -> dict[MemberKey, str]:
    """The full names of those of `asked` who are members."""
    keys = list(asked)
    rows = await conn.fetch(
        """
        SELECT m.project_id, m.user_id, u.full_name
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, user_id)
        JOIN memberships m ON m.project_id = asked.project_id AND m.user_id = asked.user_id
        JOIN users u ON u.id = m.user_id
        """,
        [project for project, _ in keys],
        [user for _, user in keys],
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def with_email(conn: Connection, project: ProjectId, email: str) -> bool:
    """Whether a member has that address."""
    found = await conn.fetchval(
        "SELECT true FROM memberships m JOIN users u ON u.id = m.user_id "
        "WHERE m.project_id = $1 AND u.email = $2",
        project,
        email,
    )
    return found is True


async def managers(conn: Connection, project: ProjectId) -> set[UserId]:
    """The managers whose accounts are active. Reliable only while the project is locked."""
    rows = await conn.fetch(
        "SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id AND u.state = 'active' "
        "WHERE m.project_id = $1 AND m.role = 'manager'",
        project,
    )
    return {row[0] for row in rows}


async def add(conn: Connection, *, project: ProjectId, user: UserId, role: Role, now: int) -> bool:
    """Adds a member; False when `user` is a member already, whose role stays."""
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
    """Changes the role of a member."""
    await conn.execute(
        "UPDATE memberships SET role = $3 WHERE project_id = $1 AND user_id = $2", project, user, role
    )


async def remove(conn: Connection, project: ProjectId, user: UserId) -> None:
    """Removes a member; their conversations become unassigned (by the foreign key's ON DELETE)."""
    await conn.execute("DELETE FROM memberships WHERE project_id = $1 AND user_id = $2", project, user)


async def only_managed_by(conn: Connection, user: UserId) -> list[Managed]:
    """The projects of which `user` is the only active manager, by name.

    Locks all projects of the user until the end of the transaction: until then no other transaction can add
    a manager there, or remove one by leaving, by a change of role or by deleting an account.
    """
    rows = await conn.fetch(
        """
        SELECT p.id FROM memberships m JOIN projects p ON p.id = m.project_id
        WHERE m.user_id = $1 AND p.deleted_at IS NULL
        ORDER BY p.id FOR NO KEY UPDATE OF p
        """,
        user,
    )
    # A separate statement sees what others committed while the first one waited for the locks.
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
    """The valid `claims` with their role: an unexpired session of an active user who is a member."""
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
