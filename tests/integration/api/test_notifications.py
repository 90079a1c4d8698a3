"""Notifications: what an agent wants to hear of, and the browsers that get push messages."""

import base64
import os
from typing import Any
from uuid import UUID, uuid4

import pytest
import trio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.bus import names
from core.bus.notifications import attention
from core.db.notifications import keys
from core.identity.encryption import Sealer
from core.notifications import subscriptions as rules
from core.notifications.keys import purpose
from core.signals import ResourceChanged
from tests.integration.api.api_fixture import Answer, Caller
from tests.integration.api.mailbox import SAME, published_during
from tests.integration.api.tenancy import Shop, audit_entries, shop

__all__ = ["shop"]
PREFERENCES = "/api/v1/me/notifications"
PUSH = "/api/v1/me/push-subscriptions"
DEFAULT = {
    "version": 0,
    "unassigned": True,
    "shown": "name",
    "quiet_hours": None,
    "quiet_days": [],
    "muted_until": None,
    "timezone": "UTC",
}


def written(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def browser_keys() -> dict[str, str]:
    pair = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = pair.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"p256dh": written(point), "auth": written(os.urandom(16))}


def chosen(version: int, **changes: Any) -> dict[str, Any]:
    given = DEFAULT | {"version": version} | changes
    del given["timezone"]
    return given


async def subscribe(caller: Caller, endpoint: str = "", **changes: Any) -> Answer:
    listed = (await caller.get(PUSH)).json
    body = {
        "endpoint": endpoint or f"https://push.example/{os.urandom(8).hex()}",
        "keys": browser_keys(),
        "public_key": listed["public_key"],
    }
    return await caller.post(PUSH, body | changes)


async def devices(caller: Caller) -> Any:
    return (await caller.get(PUSH)).json["items"]


async def test_preferences_are_kept_for_the_person_and_the_other_screens_hear_of_a_change(shop: Shop) -> None:
    assert (await shop.agent.get(PREFERENCES)).json == DEFAULT
    quiet = {"since": "22:00", "until": "07:30"}
    change = chosen(0, shown="text", quiet_hours=quiet, quiet_days=[6, 5, 6], unassigned=False)

    async def act() -> None:
        answer = await shop.agent.put(PREFERENCES, change)
        assert answer.status == 200, answer.body

    (signal,) = await published_during(shop.api, shop.project, act)
    assert signal == ResourceChanged(shop.project, "notifications", shop.ben.id, 1)
    kept = (await shop.agent.get(PREFERENCES)).json
    assert kept == change | {"version": 1, "quiet_days": [5, 6], "timezone": "UTC"}
    assert (await shop.manager.get(PREFERENCES)).json == DEFAULT
    ((result, who, changes),) = await audit_entries(shop.api, "notifications.changed", None)
    assert (result, who, changes["shown"]) == ("ok", shop.ben.id, "text")


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_hours": {"since": "22:00", "until": "22:00"}},
        {"quiet_hours": {"since": "24:00", "until": "07:00"}},
        {"quiet_hours": {"since": "22:00"}},
        {"quiet_days": [7]},
        {"shown": "everything"},
        {"muted_until": -1},
        {"sound": True},
    ],
)
async def test_invalid_preferences_are_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    answer = await shop.agent.put(PREFERENCES, chosen(0) | wrong)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert (await shop.agent.get(PREFERENCES)).json == DEFAULT


async def test_a_change_of_an_older_version_is_refused(shop: Shop) -> None:
    assert (await shop.agent.put(PREFERENCES, chosen(0, shown="nothing"))).status == 200
    for version in (0, 2):
        answer = await shop.agent.put(PREFERENCES, chosen(version))
        assert (answer.status, answer.json["code"]) == (409, "stale")


async def test_a_browser_is_kept_sealed_and_its_address_is_never_shown(shop: Shop) -> None:
    secret = "https://push.example/the-secret-address"
    made = await subscribe(shop.agent, secret)
    assert made.status == 201 and made.json["current"] is True and made.json["service"] == "push.example"
    again = await subscribe(shop.agent, secret)
    assert (again.status, again.json["id"]) == (200, made.json["id"])
    assert [one["id"] for one in await devices(shop.agent)] == [made.json["id"]]
    assert b"the-secret-address" not in (await shop.agent.get(PUSH)).body
    subscription = UUID(made.json["id"]).bytes
    async with shop.api.context.database.connection() as conn:
        (row,) = await conn.fetch("SELECT t::text, t.sealed FROM push_subscriptions t")
        (key,) = await conn.fetch("SELECT id, public_key, sealed FROM push_keys")
    assert "the-secret-address" not in row[0]
    sealer = Sealer.of(shop.api.context.settings)
    assert rules.unseal(sealer, row[1], subscription).endpoint == secret
    private = int.from_bytes(sealer.open(key[2], purpose=purpose(key[0])), "big")
    public = ec.derive_private_key(private, ec.SECP256R1()).public_key()
    assert public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) == key[1]
    entries = await audit_entries(shop.api, "push_subscription.created", None)
    assert [(entity, changes) for _, entity, changes in entries] == [
        (subscription, {"service": "push.example"})
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"endpoint": "http://push.example/x"}, "endpoint"),
        ({"endpoint": "https://127.0.0.1/x"}, "endpoint"),
        ({"endpoint": "https://[::1]:8443/x"}, "endpoint"),
        ({"endpoint": "https://169.254.169.254/latest"}, "endpoint"),
        ({"endpoint": "https://user:secret@push.example/x"}, "endpoint"),
        ({"endpoint": "https://push.example/a b"}, "endpoint"),
        ({"endpoint": "https:///x"}, "endpoint"),
        ({"endpoint": f"https://{'push.' * 51}example/x"}, "endpoint"),
        ({"endpoint": "https://push.example:99999/"}, "endpoint"),
        ({"keys": {"p256dh": written(b"\x04" + bytes(64)), "auth": written(bytes(16))}}, "keys.p256dh"),
        ({"keys": browser_keys() | {"auth": written(bytes(15))}}, "keys.auth"),
        ({"keys": browser_keys() | {"auth": "ünsinn"}}, "keys.auth"),
    ],
)
async def test_what_is_no_subscription_is_refused(shop: Shop, changes: Any, field: str) -> None:
    answer = await subscribe(shop.agent, **changes)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert [one["field"] for one in answer.json["errors"]] == [field]
    assert await devices(shop.agent) == []


async def test_a_browser_belongs_to_the_one_who_signed_in_last(shop: Shop) -> None:
    shared = "https://push.example/one-browser"
    await subscribe(shop.agent, shared)
    assert (await subscribe(shop.manager, shared)).status == 201
    assert await devices(shop.agent) == []
    assert len(await devices(shop.manager)) == 1


async def test_one_sign_in_has_one_browser_and_a_person_at_most_ten(shop: Shop) -> None:
    await subscribe(shop.agent)
    second = await subscribe(shop.agent)
    assert [one["id"] for one in await devices(shop.agent)] == [second.json["id"]]
    async with shop.api.context.database.transaction() as conn:
        # As if sessions had no limit of their own.
        await conn.execute(
            "WITH more AS (INSERT INTO sessions (id, user_id, token_hash, expires_at) "
            "SELECT gen_random_uuid(), $1, sha256(n::text::bytea), now() + interval '1 day' "
            "FROM generate_series(1, 12) n RETURNING id) "
            "INSERT INTO push_subscriptions (id, user_id, session_id, key_id, endpoint_hash, sealed, "
            "service, created_at) SELECT gen_random_uuid(), $1, m.id, k.id, sha256(m.id::text::bytea), "
            "'\\x00', 'x', now() - interval '1 hour' FROM more m, push_keys k",
            shop.ben.id,
        )
    newest = await subscribe(shop.agent)
    found = await devices(shop.agent)
    assert len(found) == rules.MAX_SUBSCRIPTIONS and found[0]["id"] == newest.json["id"]


async def test_it_ends_with_the_session_the_password_and_the_account(shop: Shop) -> None:
    phone = await shop.api.sign_in(shop.ben)
    await subscribe(shop.agent)
    await subscribe(phone)
    assert [one["current"] for one in await devices(shop.agent)] == [False, True]
    assert (await phone.post("/api/v1/auth/logout", headers=SAME)).status == 204
    (mine,) = await devices(shop.agent)
    assert mine["current"] is True
    phone = await shop.api.sign_in(shop.ben)
    await subscribe(phone)
    others = [one for one in (await shop.agent.get("/api/v1/me/sessions")).json if not one["current"]]
    for one in others:
        assert (await shop.agent.call("DELETE", f"/api/v1/me/sessions/{one['id']}")).status == 204
    assert len(await devices(shop.agent)) == 1
    async with shop.api.context.database.transaction() as conn:
        await conn.execute("DELETE FROM users WHERE id = $1", shop.ben.id)
        assert await conn.fetch("SELECT FROM push_subscriptions WHERE user_id = $1", shop.ben.id) == []


async def test_a_person_removes_only_own_browsers(shop: Shop) -> None:
    made = (await subscribe(shop.agent)).json
    path = f"{PUSH}/{made['id']}"
    assert (await shop.manager.call("DELETE", path)).status == 404
    assert (await shop.agent.call("DELETE", path)).status == 204
    assert (await shop.agent.call("DELETE", path)).status == 404
    assert await devices(shop.agent) == []


async def test_after_a_rotation_browsers_subscribe_again_and_the_old_pair_goes_with_the_last(
    shop: Shop,
) -> None:
    async with shop.api.context.database.transaction() as conn:
        await conn.execute("DELETE FROM push_subscriptions")  # of other tests
    before = (await shop.agent.get(PUSH)).json["public_key"]
    await subscribe(shop.agent)
    database, sealer = shop.api.context.database, Sealer.of(shop.api.context.settings)
    async with database.transaction() as conn:
        await keys.rotate(conn, sealer, now=1_700_000_000_000)
        assert await conn.fetchval("SELECT count(*) FROM push_keys") == 2, "the old one signs for the browser"
    after = (await shop.agent.get(PUSH)).json
    assert after["public_key"] != before and [one["renew"] for one in after["items"]] == [True]
    late = await subscribe(shop.agent, public_key=before)
    assert (late.status, late.json["code"]) == (409, "conflict")
    assert (await subscribe(shop.agent)).status == 201
    assert [one["renew"] for one in await devices(shop.agent)] == [False]
    async with database.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM push_keys") == 1


async def test_two_first_uses_at_once_make_one_key(shop: Shop) -> None:
    found: list[str] = []

    async def ask(caller: Caller) -> None:
        found.append((await caller.get(PUSH)).json["public_key"])

    async with trio.open_nursery() as nursery:
        for caller in (shop.agent, shop.manager, shop.stranger):
            nursery.start_soon(ask, caller)
    assert len(found) == 3 and len(set(found)) == 1


def report(tab: UUID, device: UUID, **changes: Any) -> dict[str, Any]:
    used = {"focused": False, "sounds": True, "notifies": True, "unused": 0}
    return {"tab": str(tab), "device": str(device)} | used | changes


async def test_of_several_devices_the_one_in_use_alerts_else_the_one_used_last(shop: Shop) -> None:
    laptop, phone = uuid4(), uuid4()
    one, two, three = uuid4(), uuid4(), uuid4()
    path = shop.path("/me/attention")

    async def said(tab: UUID, device: UUID, **changes: Any) -> tuple[bool, bool]:
        answer = await shop.agent.post(path, report(tab, device, **changes))
        assert answer.status == 200, answer.body
        return answer.json["sounds"], answer.json["notifies"]

    assert await said(one, laptop, unused=5_000) == (True, True)
    assert await said(two, phone, unused=60_000) == (False, False), "the laptop was used last"
    assert await said(two, phone, unused=1_000) == (True, True)
    assert await said(one, laptop, focused=True, unused=9_000) == (True, True), "in use"
    assert await said(two, phone, unused=0) == (False, False)
    assert await said(three, laptop, unused=9_000) == (True, True), "another tab of the device in use"
    # A device that cannot sound leaves the sound to the next one.
    assert await said(one, laptop, focused=True, sounds=False) == (False, True)
    assert await said(three, laptop, sounds=False, unused=9_000) == (False, True)
    assert await said(two, phone, unused=500) == (True, False)
    # Closed tabs do not count, and other people and projects are not asked.
    for tab in (one, three):
        assert await said(tab, laptop, gone=True) == (False, False)
    assert await said(two, phone, unused=500) == (True, True)
    answer = await shop.manager.post(path, report(uuid4(), uuid4(), unused=90_000))
    assert answer.json == {"sounds": True, "notifies": True}
    focused = await attention.is_focused(shop.api.context.redis, shop.project, shop.ben.id)
    assert not focused
    await said(two, phone, focused=True)
    assert await attention.is_focused(shop.api.context.redis, shop.project, shop.ben.id)
    assert not await attention.is_focused(shop.api.context.redis, shop.project, shop.boss.id)


async def test_the_tabs_of_an_agent_are_bounded(shop: Shop) -> None:
    for _ in range(60):
        await shop.agent.post(shop.path("/me/attention"), report(uuid4(), uuid4()))
    key = names.attention(shop.project, shop.ben.id)
    assert await shop.api.context.redis.hlen(key) <= 51
    assert 0 < await shop.api.context.redis.pttl(key) <= attention.SILENT_AFTER
