"""The log of a webhook: deliveries with their attempts, and sending them again."""

from typing import Final

from core.db.connection import Connection
from core.db.webhooks import deliveries as table
from core.db.webhooks import webhooks
from core.ids import ProjectId
from server.api.http import cursors
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, RARELY, SOMETIMES
from server.api.webhooks import views
from server.api.webhooks.routes import ONE as WEBHOOK
from server.api.webhooks.schemas import Delivery, DeliveryPage, DeliveryQuery, Replay, Replayed

routes = Routes("webhook_deliveries", "What webhooks were sent, how receivers answered, and replays.")
ALL: Final = WEBHOOK + "/deliveries"
ONE: Final = ALL + "/{delivery}"


@routes.add("GET", ALL, access=Access.MANAGER, limit=OFTEN, scope="webhooks:write")
async def list_deliveries(call: MemberCall, webhook: bytes, query: DeliveryQuery) -> DeliveryPage:
    """List the deliveries of a webhook, those of the latest events first. They are kept for 30 days."""
    async with call.services.database.connection() as conn:
        await _require(conn, call.project, webhook)
        found = await table.page(
            conn,
            call.project,
            webhook,
            state=query.state,
            event=query.event,
            before=None if query.cursor is None else cursors.unpack(query.cursor),
            limit=query.limit + 1,
        )
    shown = found[: query.limit]
    more = len(found) > query.limit
    return DeliveryPage(
        items=[views.delivery(one) for one in shown],
        next_cursor=cursors.pack(shown[-1].created_at, shown[-1].id) if more else None,
    )


@routes.add("GET", ONE, access=Access.MANAGER, limit=OFTEN, scope="webhooks:write")
async def get_delivery(call: MemberCall, webhook: bytes, delivery: bytes) -> Delivery:
    """Get a delivery with its payload, its attempts, and the last response."""
    async with call.services.database.connection() as conn:
        return views.delivery(await _found(conn, call.project, webhook, delivery))


@routes.add(
    "POST",
    ONE + "/replay",
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=202,
    problems=("webhook_off",),
    audit=AuditRule("webhook.replayed", "webhook_delivery"),
    scope="webhooks:write",
)
async def replay_delivery(call: MemberCall, webhook: bytes, delivery: bytes) -> Delivery:
    """Send a delivery again, with the same id and the header `Webhook-Replay: true`.

    One that is queued already stays as it is.
    """
    async with call.services.database.transaction() as conn:
        await _found(conn, call.project, webhook, delivery)
        await _require(conn, call.project, webhook, active=True)
        await table.replay(conn, call.project, webhook, delivery)
        return views.delivery(await _found(conn, call.project, webhook, delivery))


@routes.add(
    "POST",
    WEBHOOK + "/replay",
    access=Access.MANAGER,
    limit=RARELY,
    status=202,
    problems=("webhook_off",),
    audit=AuditRule("webhook.replayed", "webhook", fields=("since", "until", "states")),
    scope="webhooks:write",
)
async def replay_deliveries(call: MemberCall, webhook: bytes, body: Replay) -> Replayed:
    """Send the deliveries of a time again, by default those that were given up.

    At most 10,000 by one request, the oldest first: repeat it until `queued` is 0.
    """
    async with call.services.database.transaction() as conn:
        await _require(conn, call.project, webhook, active=True)
        queued = await table.replay_all(
            conn,
            call.project,
            webhook,
            states=body.states,
            since=body.since,
            until=call.now if body.until is None else body.until,
        )
    return Replayed(queued=queued)


async def _require(conn: Connection, project: ProjectId, webhook: bytes, *, active: bool = False) -> None:
    found = await webhooks.by_id(conn, project, webhook)
    if found is None:
        raise ApiError("not_found")
    if active and not found.active:
        raise ApiError("webhook_off")


async def _found(conn: Connection, project: ProjectId, webhook: bytes, delivery: bytes) -> table.Delivery:
    found = await table.by_id(conn, project, webhook, delivery)
    if found is None:
        raise ApiError("not_found")
    return found
