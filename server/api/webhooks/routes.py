"""Webhooks of a project: where events are sent, kept by managers."""

import re
from typing import Any, Final

from msgspec import UNSET

from core import ids
from core.db.connection import Connection
from core.db.webhooks import deliveries as deliveries_table
from core.db.webhooks import webhooks as table
from core.db.webhooks.deliveries import NewDelivery
from core.ids import ProjectId
from core.signals import Resource
from core.text import names
from core.webhooks import catalogue, payloads, sealed, signatures
from core.webhooks.payloads import AboutPing
from core.webhooks.sealed import Sealed
from server.api.http import preconditions
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, RARELY, SOMETIMES
from server.api.webhooks import views
from server.api.webhooks.schemas import (
    Delivery,
    MadeWebhook,
    NewWebhook,
    SecretRotation,
    Webhook,
    WebhookChange,
)

routes = Routes("webhooks", "Webhooks: addresses that are sent the events of a project, and their log.")
ALL: Final = "projects/{project}/webhooks"
ONE: Final = ALL + "/{webhook}"
LOGGED: Final = ("url", "description", "events", "headers", "ordered", "active")
HOUR: Final = 3_600_000  # ms
OURS: Final = re.compile(
    r"(?:accept-encoding|connection|content-\w+|cookie|expect|host|keep-alive|te|trailer|transfer-encoding"
    r"|upgrade|user-agent|(?:webhook|x-hub|proxy|sec)-.*)\Z",
    re.IGNORECASE,
)
"""Header fields that belong to the request itself."""


@routes.add("GET", ALL, access=Access.MANAGER, limit=OFTEN, scope="webhooks:write")
async def list_webhooks(call: MemberCall) -> list[Webhook]:
    """List the project's webhooks, the oldest first, without their secrets."""
    async with call.services.database.connection() as conn:
        found = await table.of_project(conn, call.project)
    return [views.webhook(one, call.services.sealer) for one in found]


@routes.add("GET", ONE, access=Access.MANAGER, limit=OFTEN, scope="webhooks:write")
async def get_webhook(call: MemberCall, webhook: bytes) -> Webhook:
    """Get a webhook, without its secret."""
    async with call.services.database.connection() as conn:
        return views.webhook(await _found(conn, call.project, webhook), call.services.sealer)


@routes.add(
    "POST",
    ALL,
    access=Access.MANAGER,
    limit=RARELY,
    status=201,
    problems=("too_many",),
    audit=AuditRule("webhook.created", "webhook", fields=LOGGED, security=True),
    scope="webhooks:write",
)
async def create_webhook(call: MemberCall, body: NewWebhook) -> MadeWebhook:
    """Create a webhook; only this response contains its secret.

    Deliveries are signed as Standard Webhooks asks, and with `X-Hub-Signature-256`. Events that happen from
    now on are sent.
    """
    made, secret = ids.make(call.now), signatures.fresh()
    given = _given(
        call,
        url=views.checked_url(body.url),
        description=body.description,
        events=body.events,
        ordered=body.ordered,
        active=body.active,
        known=Sealed(secret=secret, headers=_headers(body.headers)),
    )
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        if await table.count(conn, call.project) >= table.MAX_WEBHOOKS:
            limit = f"The limit is {table.MAX_WEBHOOKS} webhooks. Delete one first."
            raise ApiError("too_many", limit)
        await table.add(conn, call.project, made, given, by=call.member, now=call.now)
        await call.audit(conn, entity_id=made, changes=_logged(given, headers=body.headers))
        after = await _found(conn, call.project, made)
    await lists.publish(call, Resource.WEBHOOKS, made, after.version)
    return MadeWebhook(webhook=views.webhook(after, call.services.sealer), secret=secret)


@routes.add(
    "PATCH",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("webhook.changed", "webhook", fields=LOGGED, security=True),
    scope="webhooks:write",
)
async def change_webhook(call: MemberCall, webhook: bytes, body: WebhookChange) -> Webhook:
    """Change a webhook, or switch it off and on.

    A change forgets earlier failures: what is queued is sent at once. 409 `stale`: it was changed after the
    `version` that you send; load it again.
    """
    url = UNSET if body.url is UNSET else views.checked_url(body.url)
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await _found(conn, call.project, webhook)
        if before.version != body.version:
            raise ApiError("stale")
        known = sealed.unseal(call.services.sealer, before.sealed)
        headers = known.headers if body.headers is UNSET else _headers(body.headers)
        given = _given(
            call,
            url=before.url if url is UNSET else url,
            description=before.description if body.description is UNSET else body.description,
            events=list(before.events) if body.events is UNSET else body.events,
            ordered=before.ordered if body.ordered is UNSET else body.ordered,
            active=before.active if body.active is UNSET else body.active,
            known=Sealed(secret=known.secret, previous=known.previous, headers=headers),
        )
        await table.change(conn, call.project, webhook, given, by=call.member, now=call.now)
        old = _logged(before, headers=known.headers)
        changes = {
            name: {"from": old[name], "to": value}
            for name, value in _logged(given, headers=headers).items()
            if old[name] != value
        }
        await call.audit(conn, changes=changes)
        after = await _found(conn, call.project, webhook)
    await lists.publish(call, Resource.WEBHOOKS, webhook, after.version)
    return views.webhook(after, call.services.sealer)


@routes.add(
    "DELETE",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("webhook.deleted", "webhook", fields=("url",), security=True),
    guarded=True,
    scope="webhooks:write",
)
async def delete_webhook(call: MemberCall, webhook: bytes) -> None:
    """Delete a webhook with its log; what is queued is not sent."""
    expected = preconditions.expected_version()
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        if expected not in {None, (await _found(conn, call.project, webhook)).version}:
            raise ApiError("stale")
        url = await table.remove(conn, call.project, webhook)
        if url is None:
            raise ApiError("not_found")
        await table.remove_events(conn, call.project, webhook)
        await call.audit(conn, changes={"url": url})
    await lists.publish(call, Resource.WEBHOOKS, webhook, None)


@routes.add(
    "POST",
    ONE + "/secret",
    access=Access.MANAGER,
    limit=RARELY,
    audit=AuditRule("webhook.secret_rotated", "webhook", fields=("overlap_hours",), security=True),
    scope="webhooks:write",
)
async def rotate_webhook_secret(call: MemberCall, webhook: bytes, body: SecretRotation) -> MadeWebhook:
    """Replace the secret; only this response contains the new one.

    During the overlap deliveries carry a signature by each of the two, so that the receiver can be changed
    without a loss. A secret that an earlier rotation kept is no longer used.
    """
    secret = signatures.fresh()
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await _found(conn, call.project, webhook)
        known = sealed.unseal(call.services.sealer, before.sealed)
        new = Sealed(secret=secret, previous=known.secret, headers=known.headers)
        await table.rotate(
            conn,
            call.project,
            webhook,
            sealed=sealed.seal(call.services.sealer, new),
            until=call.now + body.overlap_hours * HOUR,
            by=call.member,
            now=call.now,
        )
        await call.audit(conn, changes={"overlap_hours": body.overlap_hours})
        after = await _found(conn, call.project, webhook)
    await lists.publish(call, Resource.WEBHOOKS, webhook, after.version)
    return MadeWebhook(webhook=views.webhook(after, call.services.sealer), secret=secret)


@routes.add(
    "POST",
    ONE + "/ping",
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=202,
    problems=("webhook_off",),
    audit=AuditRule("webhook.pinged", "webhook"),
    scope="webhooks:write",
)
async def ping_webhook(call: MemberCall, webhook: bytes) -> Delivery:
    """Send a test event to a webhook: follow its delivery in the log."""
    made = ids.make(call.now)
    payload = payloads.encoded(
        catalogue.PING,
        AboutPing(project=ids.text(call.project), webhook=ids.text(webhook)),
        at=call.now,
    )
    async with call.services.database.transaction() as conn:
        if not (await _found(conn, call.project, webhook)).active:
            raise ApiError("webhook_off")
        await deliveries_table.add(
            conn,
            [
                NewDelivery(
                    project=call.project,
                    webhook=webhook,
                    id=made,
                    event_id=made,
                    event_number=0,
                    position=0,
                    event=catalogue.PING,
                    conversation=None,
                    payload=payload,
                    created_at=call.now,
                )
            ],
            now=call.now,
        )
        added = await deliveries_table.by_id(conn, call.project, webhook, made)
    assert added is not None  # in this transaction
    return views.delivery(added)


async def _found(conn: Connection, project: ProjectId, webhook: bytes) -> table.Webhook:
    found = await table.by_id(conn, project, webhook)
    if found is None:
        raise ApiError("not_found")
    return found


def _given(
    call: MemberCall,
    *,
    url: str,
    description: str,
    events: list[str],
    ordered: bool,
    active: bool,
    known: Sealed,
) -> table.NewWebhook:
    asked = tuple(name for name in catalogue.NAMES if name in events)
    return table.NewWebhook(
        url=url,
        description=names.clean(description),
        events=asked,
        kinds=catalogue.kinds_of(asked),
        sealed=sealed.seal(call.services.sealer, known),
        ordered=ordered,
        active=active,
    )


def _headers(given: dict[str, str]) -> dict[str, str]:
    for name in given:
        if OURS.match(name):
            raise unfit("headers", "reserved", f"Parley sets the header {name} itself. Remove it.")
    if len({name.lower() for name in given}) < len(given):
        raise unfit("headers", "repeated", "A header is named twice. Header names ignore case.")
    return given


def _logged(of: table.NewWebhook | table.Webhook, *, headers: dict[str, str]) -> dict[str, Any]:
    """For the audit log: never the values of headers."""
    return {
        "url": of.url,
        "description": of.description,
        "events": list(of.events),
        "headers": sorted(headers),
        "ordered": of.ordered,
        "active": of.active,
    }
