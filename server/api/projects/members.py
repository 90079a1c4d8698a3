"""Members of a project and their roles."""

from typing import Final

from core.db.projects import members as table
from core.ids import UserId
from core.projects import members
from server.api.http.calls import Access, MemberCall
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
    async with call.services.database.transaction() as conn:
        done = await members.change_role(
            conn, call.by, call.project, UserId(user), body.role, manager=call.user.user
        )
    await live_updates.publish(call.services, done.signals)
    return project_views.member(done.member)


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
    async with call.services.database.transaction() as conn:
        signals = await members.remove(conn, call.by, call.project, UserId(user), manager=call.user.user)
    await live_updates.publish(call.services, signals)
