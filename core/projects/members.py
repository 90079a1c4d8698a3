"""Members of a project and their roles. At least one manager remains, also under concurrent changes.

What may take a manager away locks the project first. Publish the returned signals after the commit.
"""

from collections.abc import Sequence

import msgspec

from core.action_context import ActionContext
from core.db.connection import Connection
from core.db.identity import users
from core.db.projects import members as table
from core.db.projects import projects
from core.db.projects.members import Member
from core.errors import DomainError
from core.ids import ProjectId, UserId
from core.model import Role
from core.signals import Resource, ResourceChanged, RoleChanged, SessionEnded, Signal


class RoleSet(msgspec.Struct, frozen=True):
    """The member with the role asked for. No signals: they had it already."""

    member: Member
    signals: Sequence[Signal]


async def add(
    conn: Connection, by: ActionContext, project: ProjectId, user: UserId, role: Role
) -> Sequence[Signal]:
    """Make a user a member; an existing member keeps their role.

    Not audited by itself: what leads to it (an accepted invitation, a new project) is.
    """
    await table.add(conn, project=project, user=user, role=role, now=by.now)
    return [ResourceChanged(project, Resource.MEMBERS, user)]


async def change_role(
    conn: Connection, by: ActionContext, project: ProjectId, user: UserId, role: Role, *, manager: UserId
) -> RoleSet:
    """`manager` gives a member a role; their sockets close, and reconnect with it.

    Raises DomainError `not_found`, `forbidden` or `last_manager`.
    """
    before = await _locked(conn, project, user, manager=manager)
    if before.role == role:
        return RoleSet(before, [])
    await _leave_a_manager(conn, project, user)
    await table.set_role(conn, project, user, role)
    changes = {"role": {"from": before.role, "to": role}}
    await by.audit(conn, "member.role_changed", "member", user, project=project, changes=changes)
    after = msgspec.structs.replace(before, role=role)
    return RoleSet(
        after, [RoleChanged(project, user, role), ResourceChanged(project, Resource.MEMBERS, user)]
    )


async def remove(
    conn: Connection, by: ActionContext, project: ProjectId, user: UserId, *, manager: UserId
) -> Sequence[Signal]:
    """`manager` removes another member: their conversations become unassigned, their sockets close.

    Raises DomainError `not_found`, `forbidden`, `last_manager`, or `conflict` for oneself.
    """
    if user == manager:
        raise DomainError("conflict", "You cannot remove yourself. Leave the project instead.")
    before = await _locked(conn, project, user, manager=manager)
    await _leave_a_manager(conn, project, user)
    await table.remove(conn, project, user)
    # With the name: the project's managers cannot look up the user any more.
    changes = {"full_name": before.full_name, "role": before.role}
    await by.audit(conn, "member.removed", "member", user, project=project, changes=changes)
    return _gone(project, user)


async def leave(conn: Connection, by: ActionContext, project: ProjectId, user: UserId) -> Sequence[Signal]:
    """A member leaves; conversations assigned to them become unassigned.

    Raises DomainError `not_found` or `last_manager`.
    """
    if await projects.locked(conn, project) is None:
        raise DomainError("not_found")
    if await table.by_user(conn, project, user) is None:  # removed while we waited for the lock
        raise DomainError("not_found")
    await _leave_a_manager(conn, project, user)
    await table.remove(conn, project, user)
    await by.audit(conn, "member.left", "member", user, project=project)
    return _gone(project, user)


async def changed(conn: Connection, user: UserId) -> Sequence[Signal]:
    """For a user whose name or address changed: one signal per project whose list of members shows it."""
    mine = await users.memberships(conn, user)
    return [ResourceChanged(each.project, Resource.MEMBERS, user) for each in mine]


def _gone(project: ProjectId, user: UserId) -> Sequence[Signal]:
    return [SessionEnded(project, user), ResourceChanged(project, Resource.MEMBERS, user)]


async def _locked(conn: Connection, project: ProjectId, user: UserId, *, manager: UserId) -> Member:
    """A member, with the project locked against concurrent changes of its managers.

    Checks the manager's role again: it may have been lost while waiting for the lock, for example when two
    managers demote each other.
    """
    if await projects.locked(conn, project) is None:
        raise DomainError("not_found")
    acting = await table.by_user(conn, project, manager)
    if acting is None:
        raise DomainError("not_found")
    if acting.role != "manager":
        raise DomainError("forbidden")
    found = await table.by_user(conn, project, user)
    if found is None:
        raise DomainError("not_found")
    return found


async def _leave_a_manager(conn: Connection, project: ProjectId, leaving: UserId) -> None:
    if await table.managers(conn, project) == {leaving}:
        raise DomainError("last_manager")
