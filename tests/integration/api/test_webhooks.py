"""Webhooks: secrets are shown once, versions, limits, the log, replays; what may not be set."""

from typing import Any
from uuid import UUID

import pytest

from core import ids
from core.db.webhooks import webhooks as table
from core.identity.encryption import Sealer
from core.webhooks import sealed
from tests.integration.api.api_fixture import Answer
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
ROUTE = "/webhooks"
URL = "https://crm.example/parley"


async def made(shop: Shop, **more: Any) -> Any:
    answer = await shop.manager.post(shop.path(ROUTE), {"url": URL, "events": ["message.created"], **more})
    assert answer.status == 201, answer.body
    return answer.json


async def change(shop: Shop, webhook: Any, **fields: Any) -> Answer:
    path = shop.path(f"{ROUTE}/{webhook['id']}")
    return await shop.manager.call("PATCH", path, {"version": webhook["version"], **fields})


async def delivery(shop: Shop, webhook: Any, *, at: int, state: str = "dead") -> str:
    """A row of the log; returns its id."""
    made = ids.make()
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO webhook_deliveries (project_id, webhook_id, id, event_id, event_number, event, "
            "payload, state, tries, due_at, created_at, attempts) "
            "VALUES ($1, $2, $3, $3, 1, 'message.created', '{\"type\": \"x\"}', $4, 8, $5, $5, $6)",
            shop.project,
            UUID(webhook["id"]).bytes,
            made,
            state,
            at,
            [{"at": at, "ms": 7, "status": 500, "response": "no"}],
        )
    return ids.text(made)


async def test_the_secret_is_shown_once_and_stored_sealed(shop: Shop) -> None:
    made_one = await made(shop, description=" Our  CRM ", headers={"Authorization": "Bearer canary-of-crm"})
    webhook, secret = made_one["webhook"], made_one["secret"]
    assert secret.startswith("whsec_") and webhook["headers"] == ["Authorization"]
    assert (webhook["description"], webhook["active"], webhook["version"]) == ("Our CRM", True, 1)
    for path in (ROUTE, f"{ROUTE}/{webhook['id']}"):
        answer = await shop.manager.get(shop.path(path))
        assert (
            answer.status == 200
            and secret.encode() not in answer.body
            and b"canary-of-crm" not in answer.body
        )
    async with shop.api.context.database.connection() as conn:
        row = await table.by_id(conn, shop.project, UUID(webhook["id"]).bytes)
    assert row is not None and secret.encode() not in row.sealed
    opened = sealed.unseal(Sealer.of(shop.api.context.settings), row.sealed)
    assert opened == sealed.Sealed(secret=secret, headers={"Authorization": "Bearer canary-of-crm"})
    ((result, _, changes),) = await shop.audit_entries("webhook.created")
    assert result == "ok" and changes["headers"] == ["Authorization"] and "canary" not in str(changes)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://crm.example/"),
        ("url", "https://"),
        ("url", "https://user:pass@crm.example/"),
        ("url", "https://crm.example:0/"),
        ("url", "https://crm.example/ x"),
        ("url", "https://crm.example/" + "x" * 2_000),
        ("events", []),
        ("events", ["message.imagined"]),
        ("headers", {"Host": "other.example"}),
        ("headers", {"webhook-signature": "v1,x"}),
        ("headers", {"X-Hub-Signature-256": "x"}),
        ("headers", {"Content-Length": "1"}),
        ("headers", {"X-One": "a", "x-one": "b"}),
        ("headers", {"X-Split": "a\r\nHost: other.example"}),
        ("headers", {f"X-{n}": "" for n in range(11)}),
        ("headers", {"X-Snow": "☃"}),
        ("description", "x" * 201),
        ("secret", "whsec_mine"),
    ],
)
async def test_what_cannot_work_is_refused(shop: Shop, field: str, value: Any) -> None:
    body = {"url": URL, "events": ["message.created"], field: value}
    answer = await shop.manager.post(shop.path(ROUTE), body)
    assert answer.status == 422, answer.body
    assert (await shop.manager.get(shop.path(ROUTE))).json == []


async def test_a_change_of_an_older_version_is_refused(shop: Shop) -> None:
    webhook = (await made(shop))["webhook"]
    changed = await change(shop, webhook, events=["conversation.solved", "message.created"], active=False)
    assert changed.status == 200 and changed.json["version"] == 2 and changed.json["active"] is False
    assert changed.json["events"] == ["message.created", "conversation.solved"], "in the catalogue's order"
    assert (await change(shop, webhook, description="late")).json["code"] == "stale"
    kept = await shop.manager.get(shop.path(f"{ROUTE}/{webhook['id']}"))
    assert kept.json["description"] == ""


async def test_a_change_keeps_secret_and_headers_and_forgets_failures(shop: Shop) -> None:
    made_one = await made(shop, headers={"X-Team": "a"})
    webhook = made_one["webhook"]
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE webhooks SET active = false, disabled = 'failing', failures = 9, failing_since = now(), "
            "paused_until = now() WHERE project_id = $1",
            shop.project,
        )
    changed = (await change(shop, webhook, active=True)).json
    assert (changed["disabled"], changed["failing_since"], changed["paused_until"]) == (None, None, None)
    assert changed["headers"] == ["X-Team"]
    async with shop.api.context.database.connection() as conn:
        row = await table.by_id(conn, shop.project, UUID(webhook["id"]).bytes)
    assert row is not None
    assert sealed.unseal(Sealer.of(shop.api.context.settings), row.sealed).secret == made_one["secret"]


async def test_a_rotated_secret_signs_beside_the_new_one_for_a_while(shop: Shop) -> None:
    made_one = await made(shop)
    path = shop.path(f"{ROUTE}/{made_one['webhook']['id']}/secret")
    rotated = await shop.manager.post(path, {"overlap_hours": 2})
    assert rotated.status == 200 and rotated.json["secret"] != made_one["secret"]
    until = rotated.json["webhook"]["previous_secret_until"] - rotated.json["webhook"]["changed_at"]
    assert until == 2 * 3_600_000
    async with shop.api.context.database.connection() as conn:
        row = await table.by_id(conn, shop.project, UUID(made_one["webhook"]["id"]).bytes)
    assert row is not None
    known = sealed.unseal(Sealer.of(shop.api.context.settings), row.sealed)
    assert (known.secret, known.previous) == (rotated.json["secret"], made_one["secret"])
    assert (await shop.manager.post(path, {"overlap_hours": 169})).status == 422


async def test_a_ping_is_queued_and_refused_when_switched_off(shop: Shop) -> None:
    webhook = (await made(shop))["webhook"]
    path = f"{ROUTE}/{webhook['id']}"
    pinged = await shop.manager.post(shop.path(f"{path}/ping"), None)
    assert pinged.status == 202 and pinged.json["event"] == "ping" and pinged.json["state"] == "queued"
    assert pinged.json["payload"]["data"]["webhook"] == webhook["id"]
    page = (await shop.manager.get(shop.path(f"{path}/deliveries"))).json
    assert [one["id"] for one in page["items"]] == [pinged.json["id"]]
    await change(shop, webhook, active=False)
    assert (await shop.manager.post(shop.path(f"{path}/ping"), None)).json["code"] == "webhook_off"


async def test_the_log_is_filtered_and_paged(shop: Shop) -> None:
    webhook = (await made(shop))["webhook"]
    path = f"{ROUTE}/{webhook['id']}/deliveries"
    kept = [await delivery(shop, webhook, at=1_000 * (n // 3), state="dead") for n in range(10)]
    sent = await delivery(shop, webhook, at=500, state="delivered")
    seen: list[str] = []
    query = "?limit=3&state=dead"
    while True:
        page = (await shop.manager.get(shop.path(path + query))).json
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"?limit=3&state=dead&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(kept) and len(seen) == 10
    only = (await shop.manager.get(shop.path(f"{path}?state=delivered"))).json["items"]
    assert [one["id"] for one in only] == [sent]
    assert (await shop.manager.get(shop.path(f"{path}?event=ping"))).json["items"] == []
    assert only[0]["attempts"] == [{"at": 500, "ms": 7, "status": 500, "error": "", "response": "no"}]


async def test_a_delivery_is_replayed_with_all_its_attempts(shop: Shop) -> None:
    webhook = (await made(shop))["webhook"]
    one = await delivery(shop, webhook, at=1_000)
    path = shop.path(f"{ROUTE}/{webhook['id']}/deliveries/{one}")
    again = await shop.manager.post(f"{path}/replay", None)
    assert again.status == 202
    assert (again.json["state"], again.json["tries"], again.json["replays"]) == ("queued", 0, 1)
    assert (await shop.manager.post(f"{path}/replay", None)).json["replays"] == 1, "it is queued already"
    other = (await made(shop))["webhook"]
    foreign = shop.path(f"{ROUTE}/{other['id']}/deliveries/{one}")
    assert (await shop.manager.get(foreign)).status == 404


async def test_the_deliveries_of_a_time_are_replayed_those_given_up_by_default(shop: Shop) -> None:
    webhook = (await made(shop))["webhook"]
    path = shop.path(f"{ROUTE}/{webhook['id']}/replay")
    for at in (1_000, 2_000, 3_000):
        await delivery(shop, webhook, at=at)
    await delivery(shop, webhook, at=2_000, state="delivered")
    assert (await shop.manager.post(path, {"since": 2_000, "until": 3_000})).json == {"queued": 1}
    assert (await shop.manager.post(path, {"since": 0})).json == {"queued": 2}
    answer = await shop.manager.post(path, {"since": 0, "states": ["delivered", "dead"]})
    assert answer.json == {"queued": 1}


async def test_a_project_has_a_limit(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MAX_WEBHOOKS", 2)
    await made(shop)
    webhook = (await made(shop))["webhook"]
    refused = await shop.manager.post(shop.path(ROUTE), {"url": URL, "events": ["message.created"]})
    assert (refused.status, refused.json["code"]) == (409, "too_many")
    assert (await shop.manager.call("DELETE", shop.path(f"{ROUTE}/{webhook['id']}"))).status == 204
    await made(shop)


async def test_an_agent_may_not_see_them(shop: Shop) -> None:
    assert (await shop.agent.get(shop.path(ROUTE))).json["code"] == "forbidden"
