"""Projects: create, get, change, leave and delete; and tickets for websockets."""

from typing import Final

from msgspec import UNSET

from core.db.identity import users
from core.db.projects import projects as table
from core.identity import tokens
from core.projects import members, projects
from core.projects.projects import SETTINGS
from server.api.http.calls import Access, MemberCall, UserCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.projects import views as project_views
from server.api.projects.schemas import (
    MyProject,
    NewProject,
    Project,
    ProjectChange,
    ProjectName,
    SocketTicket,
)
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES, Limit

routes = Routes("projects", "Creating, changing and deleting projects, and tickets for an agent's websocket.")
ONE: Final = "projects/{project}"
SELDOM: Final = Limit(20, 60 * 60.0)


@routes.add("GET", "projects", access=Access.SIGNED_IN, limit=OFTEN)
async def list_projects(call: UserCall) -> list[MyProject]:
    """List the projects you are a member of, by name, with your role."""
    async with call.services.database.connection() as conn:
        return [project_views.my_project(found) for found in await users.memberships(conn, call.user.user)]


@routes.add(
    "POST",
    "projects",
    access=Access.SIGNED_IN,
    limit=SELDOM,
    status=201,
    audit=AuditRule("project.created", "project", fields=("name", "domains"), security=True),
)
async def create_project(call: UserCall, body: NewProject) -> Project:
    """Create a project; you become its manager.

    Domains are stored in lower case and Punycode, without duplicates. `*.host` matches every name below
    `host`, but not `host` itself; a host without a port matches all its ports.
    """
    async with call.services.database.transaction() as conn:
        made = await projects.create(
            conn, call.by, name=body.name, domains=body.domains, manager=call.user.user
        )
    return project_views.project(made, role="manager")


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def get_project(call: MemberCall) -> Project:
    """Get a project."""
    async with call.services.database.connection() as conn:
        found = await table.by_id(conn, call.project)
    if found is None:
        raise ApiError("not_found")
    return project_views.project(found, role=call.role)


@routes.add(
    "PATCH",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("project.changed", "project", fields=SETTINGS, security=True),
)
async def change_project(call: MemberCall, body: ProjectChange) -> Project:
    """Change settings of the project.

    409 `stale`: the settings were changed after the `version` that you send; load them again. A request that
    changes nothing keeps the version and is not logged. Widgets on a removed domain are refused within a
    second.
    """
    async with call.services.database.transaction() as conn:
        done = await projects.change(
            conn,
            call.by,
            call.project,
            version=body.version,
            name=None if body.name is UNSET else body.name,
            domains=None if body.domains is UNSET else body.domains,
            history_mode=None if body.history_mode is UNSET else body.history_mode,
            require_verified=None if body.require_verified is UNSET else body.require_verified,
            ask_consent=None if body.ask_consent is UNSET else body.ask_consent,
            reopen_on_reply=None if body.reopen_on_reply is UNSET else body.reopen_on_reply,
            attachments=None if body.attachments is UNSET else body.attachments,
        )
    await live_updates.publish(call.services, done.signals)
    return project_views.project(done.project, role=call.role)


@routes.add(
    "DELETE",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    problems=("wrong_name",),
    audit=AuditRule("project.deleted", "project", fields=("name",), security=True, installation=True),
)
async def delete_project(call: MemberCall, body: ProjectName) -> None:
    """Delete the project with all its data.

    This cannot be undone; send the project's name to confirm it. The project is inaccessible at once; its
    data is removed within minutes.
    """
    async with call.services.database.transaction() as conn:
        signals = await projects.delete(conn, call.by, call.project, confirmed_name=body.name)
    await live_updates.publish(call.services, signals)


@routes.add(
    "POST",
    ONE + "/leave",
    access=Access.AGENT,
    limit=SOMETIMES,
    status=204,
    problems=("last_manager",),
    audit=AuditRule("member.left", "member", security=True),
)
async def leave_project(call: MemberCall) -> None:
    """Leave the project.

    Conversations that are assigned to you become unassigned. The last manager cannot leave.
    """
    async with call.services.database.transaction() as conn:
        signals = await members.leave(conn, call.by, call.project, call.user.user)
    await live_updates.publish(call.services, signals)


@routes.add(
    "POST",
    ONE + "/socket-tickets",
    access=Access.AGENT,
    limit=SOMETIMES,
    status=201,
    unkeyed="a ticket is valid once, for a minute",
)
async def make_socket_ticket(call: MemberCall) -> SocketTicket:
    """Create a ticket for one websocket.

    Send it in `hello.jwt`, once, within a minute.
    """
    ticket = tokens.sign_ticket(
        call.services.settings.secret_key,
        user=call.user.user,
        project=call.project,
        name=call.user.full_name,
        role=call.role,
        session=call.session,
        now=call.now,
    )
    return SocketTicket(ticket=ticket, expires_in=tokens.TICKET_LIFE)
