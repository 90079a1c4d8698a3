"""Where visitors find a project's articles: agents read these settings, managers change them."""

from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import asdict, replace

from core.db.knowledge import settings as table
from core.signals import ProjectChanged, Resource
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.knowledge.schemas import KnowledgeSettings, KnowledgeSettingsChange
from server.api.projects import lists
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("knowledge_settings", "Where visitors find the articles of a project.")
ONE: Final = "projects/{project}/knowledge-settings"
LOGGED: Final = ("in_widget", "help_page")


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def get_knowledge_settings(call: MemberCall) -> KnowledgeSettings:
    """Get where visitors find the articles."""
    async with call.services.database.connection() as conn:
        return _shown(await table.by_project(conn, call.project))


@routes.add(
    "PATCH",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("knowledge_settings.changed", "knowledge_settings", fields=LOGGED, security=True),
    scope="project:write",
)
async def change_knowledge_settings(call: MemberCall, body: KnowledgeSettingsChange) -> KnowledgeSettings:
    """Change where visitors find the articles.

    409 `stale`: the settings were changed after the `version` that you send; load them again. A request that
    changes nothing keeps the version and is not logged.
    """
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await table.by_project(conn, call.project)
        if before.version != body.version:
            raise ApiError("stale")
        given: dict[str, Any] = {
            name: getattr(body, name) for name in LOGGED if getattr(body, name) is not UNSET
        }
        wanted = replace(before, **given)
        if wanted == before:
            return _shown(before)
        after = await table.save(conn, call.project, wanted, by=call.member, now=call.now)
        was, is_now = asdict(before), asdict(after)
        changes = {
            name: {"from": was[name], "to": is_now[name]} for name in LOGGED if was[name] != is_now[name]
        }
        await call.audit(conn, changes=changes)
    await lists.publish(call, Resource.KNOWLEDGE_SETTINGS, None, after.version)
    await live_updates.publish(call.services, [ProjectChanged(call.project)])
    return _shown(after)


def _shown(found: table.KnowledgeSettings) -> KnowledgeSettings:
    return KnowledgeSettings(in_widget=found.in_widget, help_page=found.help_page, version=found.version)
