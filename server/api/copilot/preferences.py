"""How the copilot writes: for you, and for the project where you have set nothing. Figures of its use."""

from typing import Final

from core.copilot.preferences import Preferences
from core.days import day_began
from core.db.copilot import figures
from core.db.copilot import preferences as table
from core.ids import UserId
from core.signals import Resource
from server.api.copilot import views
from server.api.copilot.schemas import (
    CopilotFigure,
    CopilotFigures,
    CopilotFiguresQuery,
    CopilotPreferences,
    CopilotPreferencesChange,
)
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("copilot_preferences", "How the copilot writes, and how its answers are used.")
MINE: Final = "projects/{project}/copilot/preferences"
COMMON: Final = MINE + "/project"
LOGGED: Final = ("tone", "length", "language", "style")


@routes.add("GET", MINE, access=Access.AGENT, limit=OFTEN)
async def get_copilot_preferences(call: MemberCall) -> CopilotPreferences:
    """Get how the copilot writes for you."""
    return await _get(call, call.user.user)


@routes.add("PUT", MINE, access=Access.AGENT, limit=SOMETIMES, problems=("stale",))
async def set_copilot_preferences(call: MemberCall, body: CopilotPreferencesChange) -> CopilotPreferences:
    """Set how the copilot writes for you. What is empty is as the project has it.

    409 `stale`: they were changed after the `version` that you send.
    """
    return await _set(call, body, call.user.user)


@routes.add("GET", COMMON, access=Access.AGENT, limit=OFTEN)
async def get_project_copilot_preferences(call: MemberCall) -> CopilotPreferences:
    """Get how the copilot writes for members who have set nothing."""
    return await _get(call, None)


@routes.add(
    "PUT",
    COMMON,
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("copilot_preferences.changed", "project", fields=LOGGED, security=True),
)
async def set_project_copilot_preferences(
    call: MemberCall, body: CopilotPreferencesChange
) -> CopilotPreferences:
    """Set how the copilot writes for members who have set nothing.

    409 `stale`: they were changed after the `version` that you send.
    """
    return await _set(call, body, None)


@routes.add("GET", "projects/{project}/copilot/figures", access=Access.MANAGER, limit=OFTEN)
async def get_copilot_figures(call: MemberCall, query: CopilotFiguresQuery) -> CopilotFigures:
    """Get how many of the copilot's answers agents have used, and how much they changed them."""
    since = day_began(call.now, days_before=query.days - 1)
    found = await call.services.database.read(lambda conn: figures.since(conn, call.project, at=since))
    return CopilotFigures(
        items=[
            CopilotFigure(
                intent=one.intent,
                suggested=one.suggested,
                accepted=one.accepted,
                unedited=one.unedited,
                edited=one.edited,
                letters=one.letters,
            )
            for one in found
        ]
    )


async def _get(call: MemberCall, user: UserId | None) -> CopilotPreferences:
    found = await call.services.database.read(lambda conn: table.of(conn, call.project, user))
    return views.kept(found)


async def _set(call: MemberCall, body: CopilotPreferencesChange, user: UserId | None) -> CopilotPreferences:
    made = Preferences(body.tone, body.length, body.language, body.style.strip())
    async with call.services.database.transaction() as conn:
        version = await table.save(conn, call.project, user, made, version=body.version, now=call.now)
        if version is None:
            raise ApiError("stale")
        if user is None:
            changes = {name: getattr(made, name) for name in LOGGED}
            await call.audit(conn, entity_id=call.project, changes=changes)
    await lists.publish(call, Resource.COPILOT, user, version)
    return views.kept(table.Kept(made, version))
