"""API keys of a project: programs use them to act as agents, within their scopes."""

from typing import Any, Final

from core.db.projects import api_keys as table
from core.projects import api_keys
from server.api.http import fields
from server.api.http.calls import Access, MemberCall
from server.api.http.fields import Person
from server.api.http.routes import Routes
from server.api.projects.schemas import ApiKey, MadeApiKey, NewApiKey
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY, SOMETIMES

routes = Routes("api_keys", "API keys, with which programs use the API of one project.")
ALL: Final = "projects/{project}/api-keys"


@routes.add("GET", ALL, access=Access.MANAGER, limit=SOMETIMES)
async def list_api_keys(call: MemberCall) -> list[ApiKey]:
    """List the project's API keys, the newest first, without the keys themselves."""
    async with call.services.database.connection() as conn:
        return [ApiKey(**_facts(found)) for found in await table.of_project(conn, call.project)]


@routes.add(
    "POST",
    ALL,
    access=Access.MANAGER,
    limit=RARELY,
    status=201,
    problems=("too_many",),
    audit=AuditRule("api_key.created", "api_key", fields=("name", "scopes"), security=True),
)
async def create_api_key(call: MemberCall, body: NewApiKey) -> MadeApiKey:
    """Create an API key; only this response contains the key itself.

    Programs send it as `Authorization: Bearer plk_…`. Messages written with it are shown as an agent's with
    the key's name.
    """
    async with call.services.database.transaction() as conn:
        made = await api_keys.create(
            conn, call.by, call.project, name=body.name, scopes=body.scopes, maker=call.user.user
        )
    await live_updates.publish(call.services, made.signals)
    return MadeApiKey(**_facts(made.key), key=made.secret)


@routes.add(
    "DELETE",
    ALL + "/{key}",
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("api_key.revoked", "api_key", fields=("name",), security=True),
)
async def revoke_api_key(call: MemberCall, key: bytes) -> None:
    """Revoke an API key: it becomes invalid at once."""
    async with call.services.database.transaction() as conn:
        signals = await api_keys.revoke(conn, call.by, call.project, key)
    await live_updates.publish(call.services, signals)


def _facts(found: table.ApiKey) -> dict[str, Any]:
    maker = None
    if found.maker is not None:
        maker = Person(id=fields.uid(found.maker), full_name=found.maker_name or "")
    return {
        "id": fields.uid(found.id),
        "name": found.name,
        "hint": found.hint,
        "scopes": list(found.scopes),
        "created_by": maker,
        "created_at": found.created_at,
        "last_used_at": found.last_used_at,
    }
