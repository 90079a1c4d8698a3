"""Who works in a project, and as what. One manager at least remains, whoever changes what at once."""

from typing import Final

from core.db.connection import Connection
from core.db.projects import members as table
from core.db.projects import projects
from core.db.projects.members import Member as Row
from core.ids import UserId
from core.signals import RoleChanged, SessionEnded
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.projects import schemas
from server.api.projects import views as project_views
from server.api.projects.schemas import Member
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("members")
ALL: Final = "projects/{project}/members"
ONE: Final = ALL + "/{user}"


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN, scope="members:read")
async def list_members(call: MemberCall) -> list[Member]:
    """Everybody who works in the project, by name."""
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
    """Make a member an agent or a manager. The last manager stays one.

    Sockets of the member are asked to come back, with the new role.
    """
    who = UserId(user)
    async with call.services.database.transaction() as conn:
        before = await _locked(call, conn, who)
        if before.role != body.role:
            await _leave_a_manager(call, conn, who)
            await table.set_role(conn, call.project, who, body.role)
            await call.audit(conn, changes={"role": {"from": before.role, "to": body.role}})
        after = await table.by_user(conn, call.project, who)
    assert after is not None
    if before.role != body.role:
        await live_updates.publish(call.services, [RoleChanged(call.project, who, body.role)])
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
    """Remove somebody else. Their conversations are nobody's from then on, and their sockets close.

    To go yourself, leave.
    """
    who = UserId(user)
    if who == call.user.user:
        raise ApiError("conflict", "You cannot remove yourself; leave the project instead.")
    async with call.services.database.transaction() as conn:
        before = await _locked(call, conn, who)
        await _leave_a_manager(call, conn, who)
        await table.remove(conn, call.project, who)
        # By name: from now on nobody can look up who this was.
        await call.audit(conn, changes={"full_name": before.full_name, "role": before.role})
    await live_updates.publish(call.services, [SessionEnded(call.project, who)])


async def _locked(call: MemberCall, conn: Connection, who: UserId) -> Row:
    """A member, with the project locked: from here on nobody else changes who manages it.

    The caller may have lost the role while waiting for the lock: two managers who demote each other.
    """
    if await projects.locked(conn, call.project) is None:
        raise ApiError("not_found")
    caller = await table.by_user(conn, call.project, call.user.user)
    if caller is None:
        raise ApiError("not_found")
    if caller.role != "manager":
        raise ApiError("forbidden")
    found = await table.by_user(conn, call.project, who)
    if found is None:
        raise ApiError("not_found")
    return found


async def _leave_a_manager(call: MemberCall, conn: Connection, goes: UserId) -> None:
    if await table.managers(conn, call.project) == {goes}:
        raise ApiError("last_manager")
