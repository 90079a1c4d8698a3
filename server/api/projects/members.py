"""Members of a project and their roles. At least one manager remains, also under concurrent changes."""

from typing import Final

from core.db.connection import Connection
from core.db.projects import members as table
from core.db.projects import projects
from core.db.projects.members import Member as Row
from core.ids import UserId
from core.signals import Resource, ResourceChanged, RoleChanged, SessionEnded
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.projects import schemas
from server.api.projects import views as project_views
from server.api.projects.schemas import Member
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("members", "The members of a project and their roles.")
ALL: Final = "projects/{project}/members"
ONE: Final = ALL + "/{user}"


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN, scope="members:read")
async def list_members(call: MemberCall) -> list[Member]:
    """List the members of the project, by name."""
    async with call.services.database.connection() as conn:
        return [project_views.member(found) for found in await table.listed(conn, call.project)]


@routes.add(
    "PATCH",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("last_manager",),
    audit=AuditRule("member.role_changed", "member", fields=("role",), security=True),
)
async def change_role(call: MemberCall, user: bytes, body: schemas.RoleChange) -> Member:
    """Change a member's role to agent or manager.

    The last manager cannot become an agent. Sockets of the member are closed, and reconnect with the new
    role.
    """
    member = UserId(user)
    async with call.services.database.transaction() as conn:
        before = await _locked(call, conn, member)
        if before.role != body.role:
            await _leave_a_manager(call, conn, member)
            await table.set_role(conn, call.project, member, body.role)
            await call.audit(conn, changes={"role": {"from": before.role, "to": body.role}})
        after = await table.by_user(conn, call.project, member)
    assert after is not None
    if before.role != body.role:
        changed = ResourceChanged(call.project, Resource.MEMBERS, member)
        await live_updates.publish(call.services, [RoleChanged(call.project, member, body.role), changed])
    return project_views.member(after)


@routes.add(
    "DELETE",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    problems=("last_manager", "conflict"),
    audit=AuditRule("member.removed", "member", fields=("full_name", "role"), security=True),
)
async def remove_member(call: MemberCall, user: bytes) -> None:
    """Remove another member from the project.

    Their conversations become unassigned, and their sockets close. To leave yourself, use `leave`.
    """
    member = UserId(user)
    if member == call.user.user:
        raise ApiError("conflict", "You cannot remove yourself. Leave the project instead.")
    async with call.services.database.transaction() as conn:
        before = await _locked(call, conn, member)
        await _leave_a_manager(call, conn, member)
        await table.remove(conn, call.project, member)
        # With the name: the project's managers cannot look up the user any more.
        await call.audit(conn, changes={"full_name": before.full_name, "role": before.role})
    changed = ResourceChanged(call.project, Resource.MEMBERS, member)
    await live_updates.publish(call.services, [SessionEnded(call.project, member), changed])


async def _locked(call: MemberCall, conn: Connection, user: UserId) -> Row:
    """A member, with the project locked against concurrent changes of its managers.

    Checks the caller's role again: it may have been lost while waiting for the lock, for example when two
    managers demote each other.
    """
    if await projects.locked(conn, call.project) is None:
        raise ApiError("not_found")
    caller = await table.by_user(conn, call.project, call.user.user)
    if caller is None:
        raise ApiError("not_found")
    if caller.role != "manager":
        raise ApiError("forbidden")
    found = await table.by_user(conn, call.project, user)
    if found is None:
        raise ApiError("not_found")
    return found


async def _leave_a_manager(call: MemberCall, conn: Connection, goes: UserId) -> None:
    if await table.managers(conn, call.project) == {goes}:
        raise ApiError("last_manager")
