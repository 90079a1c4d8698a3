"""API keys of a project: programs use them to act as agents, within their scopes."""

from typing import Any, Final

from core import ids
from core.db.projects import api_keys as table
from core.db.projects import projects
from core.identity import api_keys
from core.signals import Resource, ResourceChanged
from core.text import names
from server.api.http import fields
from server.api.http.calls import Access, MemberCall
from server.api.http.fields import Person
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.projects.schemas import ApiKey, MadeApiKey, NewApiKey
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY, SOMETIMES

routes = Routes("api_keys", "API keys, with which programs use the API of one project.")
ALL: Final = "projects/{project}/api-keys"
MOST: Final = 50  # of one project


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
    """Create an API key; only this answer contains the key itself.

    Programs send it as `Authorization: Bearer plk_…`. Messages written with it are shown as an agent's with
    the key's name.
    """
    name = names.clean(body.name)
    if not names.is_visible(name):
        raise unfit("name", "required", "Enter a name for the key.")
    key, made, scopes = api_keys.fresh(), ids.make(call.now), sorted(set(body.scopes))
    async with call.services.database.transaction() as conn:
        if await projects.locked(conn, call.project) is None:
            raise ApiError("not_found")
        if await table.count(conn, call.project) >= MOST:
            raise ApiError(
                "too_many", f"The limit for a project is {MOST} API keys. Revoke an unused one first."
            )
        await table.add(
            conn,
            project=call.project,
            key=made,
            name=name,
            key_hash=api_keys.digest(key),
            hint=key[: api_keys.HINT],
            scopes=scopes,
            maker=call.user.user,
            now=call.now,
        )
        await call.audit(conn, entity_id=made, changes={"name": name, "scopes": scopes})
        found = next(one for one in await table.of_project(conn, call.project) if one.id == made)
    await live_updates.publish(call.services, [ResourceChanged(call.project, Resource.API_KEYS, made)])
    return MadeApiKey(**_facts(found), key=key)


@routes.add(
    "DELETE",
    ALL + "/{key}",
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("api_key.revoked", "api_key", fields=("name",), security=True),
)
async def revoke_api_key(call: MemberCall, key: bytes) -> None:
    """Revoke an API key: it is invalid from now on."""
    async with call.services.database.transaction() as conn:
        name = await table.remove(conn, call.project, key)
        if name is None:
            raise ApiError("not_found")
        await call.audit(conn, changes={"name": name})
    await live_updates.publish(call.services, [ResourceChanged(call.project, Resource.API_KEYS, key)])


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
