"""Projects as their members see them, the members, and the ticket that opens a socket."""

from core import tokens
from core.db import projects as table
from core.db import users
from server.api import views
from server.api.calls import Access, MemberCall, UserCall
from server.api.problems import ApiError
from server.api.ratelimit import OFTEN, SOMETIMES
from server.api.routes import Routes
from server.api.schemas import Member, MyProject, Project, SocketTicket

routes = Routes("projects")


@routes.add("GET", "projects", access=Access.SIGNED_IN, limit=OFTEN)
async def list_projects(call: UserCall) -> list[MyProject]:
    """The projects you are a member of, by name, with your role."""
    async with call.services.database.connection() as conn:
        return [views.my_project(found) for found in await users.memberships(conn, call.user.user)]


@routes.add("GET", "projects/{project}", access=Access.AGENT, limit=OFTEN)
async def get_project(call: MemberCall) -> Project:
    """One project."""
    async with call.services.database.connection() as conn:
        found = await table.by_id(conn, call.project)
    if found is None:
        raise ApiError("not_found")
    return views.project(found, role=call.role)


@routes.add("GET", "projects/{project}/members", access=Access.AGENT, limit=OFTEN)
async def list_members(call: MemberCall) -> list[Member]:
    """Everybody who works in the project, by name."""
    async with call.services.database.connection() as conn:
        return [views.member(found) for found in await table.members(conn, call.project)]


@routes.add("POST", "projects/{project}/socket-tickets", access=Access.AGENT, limit=SOMETIMES, status=201)
async def make_socket_ticket(call: MemberCall) -> SocketTicket:
    """A ticket for one socket: goes into `hello.jwt`, is good once and for a minute."""
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
