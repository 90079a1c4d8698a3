"""The settings of a project's assistant: agents read them, managers change them."""

from typing import Any, Final

import msgspec
from msgspec import UNSET

from core.days import day_began
from core.db.assistant import assistants as table
from core.db.assistant import daily_tokens, own_providers
from core.db.connection import Connection
from core.signals import ProjectChanged, Resource
from core.text import names
from server.api.assistant.availability import FirstProvider, first_provider
from server.api.assistant.schemas import Assistant, AssistantChange
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.projects import lists
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("assistant", "The assistant, which answers visitors by a language model.")
ONE: Final = "projects/{project}/assistant"
# The audit log hides what is called a token.
LOGGED: Final = {
    "enabled": "enabled",
    "mode": "mode",
    "availability": "availability",
    "name": "name",
    "prompt": "prompt",
    "fallback": "fallback",
    "release_on_reopen": "release_on_reopen",
    "daily_tokens": "daily_limit",
}


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def get_assistant(call: MemberCall) -> Assistant:
    """Get the assistant's settings, and what it has used today."""
    async with call.services.database.connection() as conn:
        found = await table.by_project(conn, call.project) or table.Assistant()
        return await _shown(call, conn, found)


@routes.add(
    "PATCH",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("assistant.changed", "assistant", fields=tuple(LOGGED.values()), security=True),
    scope="project:write",
)
async def change_assistant(call: MemberCall, body: AssistantChange) -> Assistant:
    """Change the assistant's settings.

    409 `stale`: they were changed after the `version` that you send; load them again. 422 at `mode`: a
    workflow must be published first. A request that changes nothing keeps the version and is not logged.
    """
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await table.by_project(conn, call.project) or table.Assistant()
        if before.version != body.version:
            raise ApiError("stale")
        wanted = _checked(before, body)
        if wanted == before:
            return await _shown(call, conn, before)
        after = await table.save(conn, call.project, wanted, by=call.member, now=call.now)
        await call.audit(conn, changes=_changes(before, after))
        shown = await _shown(call, conn, after)
    await publish(call)
    return shown


async def publish(call: MemberCall) -> None:
    """Publish to dashboards and to every worker that the settings changed."""
    await lists.publish(call, Resource.ASSISTANT)
    await live_updates.publish(call.services, [ProjectChanged(call.project)])


def _checked(before: table.Assistant, body: AssistantChange) -> table.Assistant:
    """The settings with the change; raises ApiError `invalid`."""
    given: dict[str, Any] = {name: getattr(body, name) for name in LOGGED if getattr(body, name) is not UNSET}
    if "name" in given:
        given["name"] = names.clean(given["name"])
        if not names.is_visible(given["name"]):
            raise unfit("name", "required", "Enter a name for the assistant.")
    after = msgspec.structs.replace(before, **given)
    if after.mode == "workflow" and after.published is None:
        raise unfit("mode", "not_published", "Publish a workflow first.")
    return after


def _changes(before: table.Assistant, after: table.Assistant) -> dict[str, Any]:
    return {
        logged: {"from": getattr(before, name), "to": getattr(after, name)}
        for name, logged in LOGGED.items()
        if getattr(before, name) != getattr(after, name)
    }


async def _shown(call: MemberCall, conn: Connection, found: table.Assistant) -> Assistant:
    provider = first_provider(call.services.settings)
    if own := await own_providers.by_project(conn, call.project):
        provider = FirstProvider(own.host, scripted=False)
    used = await daily_tokens.spent(conn, call.project, "assistant", day=day_began(call.now))
    return Assistant(
        **msgspec.structs.asdict(found),
        tokens_today=used,
        available=bool(provider.name),
        provider=provider.name,
        scripted=provider.scripted,
    )
