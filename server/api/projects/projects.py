"""Projects: create, get, change, leave and delete; and tickets for websockets."""

from typing import Final

from msgspec import UNSET

from core import ids, model
from core.db.identity import users
from core.db.projects import members, project_deletion
from core.db.projects import projects as table
from core.identity import tokens
from core.ids import ProjectId
from core.signals import ProjectChanged, ProjectDeleted, Resource, ResourceChanged, SessionEnded
from core.text import names, origins
from server.api.http.calls import Access, MemberCall, UserCall
from server.api.http.problems import ApiError, unfit
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
SETTINGS: Final = ("name", "domains", "history_mode")


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
    project, name, domains = ProjectId(ids.make(call.now)), _name(body.name), _domains(body.domains)
    async with call.services.database.transaction() as conn:
        await table.add(conn, project=project, name=name, domains=domains)
        await members.add(conn, project=project, user=call.user.user, role="manager", now=call.now)
        changes = {"name": name, "domains": domains}
        await call.audit(conn, entity_id=project, project=project, changes=changes)
        made = await table.by_id(conn, project)
    assert made is not None
    return project_views.project(made, role="manager")


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN)
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
    name = None if body.name is UNSET else _name(body.name)
    domains = None if body.domains is UNSET else _domains(body.domains)
    history_mode = None if body.history_mode is UNSET else body.history_mode
    async with call.services.database.transaction() as conn:
        before = await table.locked(conn, call.project)
        if before is None:
            raise ApiError("not_found")
        if before.version != body.version:
            raise ApiError("stale")
        if (
            name in {None, before.name}
            and (domains is None or domains == [*before.domains])
            and history_mode in {None, before.history_mode}
        ):
            return project_views.project(before, role=call.role)
        after = await table.change(conn, call.project, name=name, domains=domains, history_mode=history_mode)
        await call.audit(conn, changes=_differences(before, after))
    await live_updates.announce(call.services, ProjectChanged(call.project))
    changed = ResourceChanged(call.project, Resource.PROJECT, version=after.version)
    await live_updates.publish(call.services, [changed])
    return project_views.project(after, role=call.role)


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
        found = await table.locked(conn, call.project)
        if found is None:
            raise ApiError("not_found")
        if names.clean(found.name) != names.clean(body.name):
            raise ApiError("wrong_name")
        await project_deletion.begin(conn, call.project, now=call.now)
        await call.audit(conn, changes={"name": found.name})
    await live_updates.announce(call.services, ProjectDeleted(call.project))


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
    user = call.user.user
    async with call.services.database.transaction() as conn:
        if await table.locked(conn, call.project) is None:
            raise ApiError("not_found")
        if await members.by_user(conn, call.project, user) is None:  # removed while we waited for the lock
            raise ApiError("not_found")
        if await members.managers(conn, call.project) == {user}:
            raise ApiError("last_manager")
        await members.remove(conn, call.project, user)
        await call.audit(conn, entity_id=user)
    changed = ResourceChanged(call.project, Resource.MEMBERS, user)
    await live_updates.publish(call.services, [SessionEnded(call.project, user), changed])


@routes.add("POST", ONE + "/socket-tickets", access=Access.AGENT, limit=SOMETIMES, status=201)
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


def _name(given: str) -> str:
    kept = names.clean(given)
    if not names.is_visible(kept):
        raise unfit("name", "required", "Enter a name for the project.")
    return kept


def _domains(given: list[str]) -> list[str]:
    """Normalised domains without duplicates, in the given order; raises ApiError `invalid`."""
    kept: dict[str, None] = {}
    for place, domain in enumerate(given):
        try:
            normal = origins.normalise(domain)
        except ValueError as wrong:
            raise unfit(f"domains[{place}]", "not_a_domain", f"{wrong}.") from None
        if not origins.resolvable(normal):
            raise unfit(f"domains[{place}]", "not_a_domain", f"{domain!r} is too long for a host name.")
        if origins.too_wide(normal):
            raise unfit(
                f"domains[{place}]", "too_wide", f"{domain!r} would allow all sites of a public suffix."
            )
        kept[normal] = None
    return list(kept)


def _differences(before: model.Project, after: model.Project) -> dict[str, object]:
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in SETTINGS]
    return {name: {"from": old, "to": new} for name, old, new in pairs if old != new}
