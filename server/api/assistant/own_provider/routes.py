"""A project's own provider: managers choose a model's server, which is asked in place of the operator's."""

from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from msgspec import UNSET

from core.db.assistant import own_providers as table
from core.identity.encryption import Unsealable, provider_purpose
from core.outbound import errors
from core.outbound.transport import check_url
from core.outbound.vetting import vetted
from core.signals import Resource
from core.text import names, networks
from server.api.assistant.own_provider.schemas import OwnProvider, OwnProviderInput, ProviderTrial
from server.api.assistant.own_provider.trial import SECONDS, try_out
from server.api.http import preconditions
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, RARELY, SOMETIMES
from server.resolve import resolve

routes = Routes("assistant_provider", "A model's server of the project's own, for its assistant.")
ONE: Final = "projects/{project}/assistant/provider"
LOOKUP: Final = 3.0  # seconds to look up a host
NONE: Final = table.OwnProvider(base_url="", model="", temperature=None, sealed=None)
CHANGED: Final = AuditRule(
    "assistant.provider_changed",
    "assistant",
    fields=("base_url", "model", "temperature", "key"),
    security=True,
)


@routes.add("GET", ONE, access=Access.MANAGER, limit=OFTEN, scope="project:read")
async def get_assistant_provider(call: MemberCall) -> OwnProvider:
    """Get the project's own provider, without its key; `version` 0: it has none."""
    async with call.services.database.connection() as conn:
        return _shown(await table.by_project(conn, call.project) or NONE)


@routes.add(
    "PUT",
    ONE,
    access=Access.MANAGER,
    limit=RARELY,
    problems=("stale",),
    audit=CHANGED,
    scope="project:write",
)
async def set_assistant_provider(call: MemberCall, body: OwnProviderInput) -> OwnProvider:
    """Set the project's own provider, which is asked in place of the operator's.

    https:// only, and a public address, except in networks that the operator allows. The key is stored
    encrypted and never shown. 422 `required` at `key`: the address leads to another server, so enter the key
    again, or remove it. 409 `stale`: it was changed after the `version` that you send; load it again.
    """
    base_url = await _checked(call, body.base_url)
    model = names.clean(body.model)
    if not names.is_visible(model):
        raise unfit("model", "required", "Enter the name of a model.")
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await table.by_project(conn, call.project) or NONE
        if before.version != body.version:
            raise ApiError("stale")
        wanted = table.OwnProvider(
            base_url=base_url,
            model=model,
            temperature=body.temperature,
            sealed=_sealed(call, body, before, base_url),
            version=before.version,
        )
        if wanted == before:
            return _shown(before)
        after = await table.save(conn, call.project, wanted, by=call.member, now=call.now)
        await call.audit(conn, changes=_changes(before, after))
    await lists.publish(call, Resource.ASSISTANT)
    return _shown(after)


@routes.add(
    "DELETE",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=CHANGED,
    guarded=True,
    scope="project:write",
)
async def remove_assistant_provider(call: MemberCall) -> None:
    """Remove the project's own provider with its key: the operator's are asked again."""
    expected = preconditions.expected_version()
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await table.by_project(conn, call.project)
        if expected not in {None, (before or NONE).version}:
            raise ApiError("stale")
        if before is None:
            raise ApiError("not_found")
        await table.remove(conn, call.project)
        await call.audit(conn, changes=_changes(before, NONE))
    await lists.publish(call, Resource.ASSISTANT)


@routes.add(
    "POST",
    ONE + "/test",
    access=Access.MANAGER,
    limit=RARELY,
    unkeyed="it changes nothing",
    scope="project:write",
    deadline=SECONDS + 5,
)
async def test_assistant_provider(call: MemberCall) -> ProviderTrial:
    """Ask the project's own provider for one word, and say within 15 s how that went.

    The provider must be set first. `code` is one of those of a turn.
    """
    async with call.services.database.connection() as conn:
        found = await table.by_project(conn, call.project)
    if found is None:
        raise ApiError("not_found")
    try:
        key = (
            ""
            if found.sealed is None
            else call.services.sealer.open(found.sealed, purpose=provider_purpose(call.project)).decode()
        )
    except Unsealable:
        said = "The stored key cannot be read any more. Enter it again."
        return ProviderTrial(ok=False, code="provider_refused", detail=said, ms=0)
    return await try_out(call.services.fetcher, found, key)


async def _checked(call: MemberCall, given: str) -> str:
    """The base URL; raises ApiError `invalid`. Where it leads is checked again with each request."""
    url = given.rstrip("/")
    try:
        target = httpx.URL(url)
        check_url(target)
        if target.query or target.fragment:
            raise unfit("base_url", "not_a_url", "Remove what comes after ? or #.")
        await vetted(
            resolve,
            target.host,
            target.port or (443 if target.scheme == "https" else 80),
            seconds=LOOKUP,
            allowed=networks.listed(call.services.settings.outbound_networks),
            public=target.scheme == "https",
        )
    except errors.BadUrl as error:
        raise unfit("base_url", "not_a_url", str(error)) from None
    except errors.AddressRefused as error:
        raise unfit("base_url", "not_allowed", str(error)) from None
    except (httpx.InvalidURL, ValueError):
        raise unfit("base_url", "not_a_url", "This is not a web address.") from None
    except errors.OutboundError:
        return url  # names may be unknown for a moment; the test of the provider tells
    return url


def _sealed(
    call: MemberCall, body: OwnProviderInput, before: table.OwnProvider, base_url: str
) -> bytes | None:
    if body.key is UNSET:
        # Else a manager could have a key that another one has entered sent to a server of their own.
        if before.sealed is not None and _server(base_url) != _server(before.base_url):
            raise unfit("key", "required", "The address leads to another server. Enter the key again.")
        return before.sealed
    if not body.key:
        return None
    return call.services.sealer.seal(body.key.encode(), purpose=provider_purpose(call.project))


def _server(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _changes(before: table.OwnProvider, after: table.OwnProvider) -> dict[str, Any]:
    """For the audit log: of the key, only whether there is one, and that it was replaced."""
    changes: dict[str, Any] = {
        name: {"from": getattr(before, name), "to": getattr(after, name)}
        for name in ("base_url", "model", "temperature")
        if getattr(before, name) != getattr(after, name)
    }
    if before.sealed != after.sealed:
        was = "none" if before.sealed is None else "set"
        changes["key"] = {"from": was, "to": "none" if after.sealed is None else "replaced"}
    return changes


def _shown(found: table.OwnProvider) -> OwnProvider:
    return OwnProvider(
        base_url=found.base_url,
        model=found.model,
        temperature=found.temperature,
        has_key=found.sealed is not None,
        version=found.version,
    )
