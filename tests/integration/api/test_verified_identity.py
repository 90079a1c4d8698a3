"""Secrets with which a site signs who its visitor is, and the exchange of what it signed for a key."""

import hashlib
import hmac
from typing import Any, Final

import jwt
import pytest

from core import ids
from core.identity import visitor_keys
from core.identity.encryption import Sealer, Unsealable, identity_purpose
from core.ids import VisitorId
from server.api.verified_identity import visitors
from tests.integration.api.api_fixture import PAGE, Answer, ApiFixture, text
from tests.integration.api.tenancy import Shop, shop
from tests.stack import SECRET

__all__ = ["shop"]
JONAS: Final = {"name": "Jonas Weber", "email": "jonas@example.com"}


async def new_secret(shop: Shop) -> Any:
    answer = await shop.manager.post(shop.path("/identity-secrets"))
    assert answer.status == 201, answer.body
    return answer.json


def signed(shop: Shop, secret: Any, external_id: str = "1042", **more: Any) -> str:
    now = ids.now() // 1000
    claims = {"external_id": external_id, "aud": text(shop.project), "iat": now, "exp": now + 3600, **JONAS}
    return jwt.encode({**claims, **more}, secret["secret"], "HS256", headers={"kid": secret["id"]})


async def proves(shop: Shop, body: Any, **headers: str) -> Answer:
    path = f"/api/v1/public/projects/{text(shop.project)}/identity"
    if isinstance(body, str):
        body = {"token": body}
    return await shop.api.anonymous().post(path, body, {"Origin": PAGE, **headers})


def visitor_of(shop: Shop, answer: Answer) -> VisitorId:
    return visitor_keys.read_visitor_key(SECRET, answer.json["key"], shop.project, ids.now())


async def test_a_secret_is_shown_once_and_kept_encrypted(shop: Shop) -> None:
    made = await new_secret(shop)
    assert made["secret"].startswith("pis_")
    assert made["created_by"]["full_name"] == "Mai"
    listed = (await shop.manager.get(shop.path("/identity-secrets"))).json
    assert listed == [{name: value for name, value in made.items() if name != "secret"}]
    (row,) = await shop.rows("SELECT * FROM identity_secrets")
    assert made["secret"].encode() not in bytes(row["sealed"])
    sealer = Sealer.of(shop.api.context.settings)
    assert sealer.open(row["sealed"], purpose=identity_purpose(row["id"])) == made["secret"].encode()
    with pytest.raises(Unsealable):
        sealer.open(row["sealed"], purpose=identity_purpose(ids.make()))
    ((result, _, changes),) = await shop.audit_entries("identity_secret.created")
    assert (result, made["secret"] in str(changes)) == ("ok", False)


async def test_five_secrets_at_a_time_are_enough(shop: Shop) -> None:
    made = [await new_secret(shop) for _ in range(5)]
    refused = await shop.manager.post(shop.path("/identity-secrets"))
    assert (refused.status, refused.json["code"]) == (409, "too_many")
    removed = await shop.manager.call("DELETE", shop.path(f"/identity-secrets/{made[0]['id']}"))
    assert removed.status == 204
    await new_secret(shop)
    again = await shop.manager.call("DELETE", shop.path(f"/identity-secrets/{made[0]['id']}"))
    assert again.status == 404
    assert len(await shop.audit_entries("identity_secret.removed")) == 2


async def test_agents_and_strangers_do_not_see_them(shop: Shop) -> None:
    for caller, status in ((shop.agent, 403), (shop.api.anonymous(), 401)):
        assert (await caller.get(shop.path("/identity-secrets"))).status == status
        assert (await caller.post(shop.path("/identity-secrets"))).status == status


async def test_a_signed_visitor_is_the_same_on_every_device(shop: Shop) -> None:
    secret = await new_secret(shop)
    first, second = [await proves(shop, signed(shop, secret)) for _ in range(2)]
    assert (first.status, second.status) == (200, 200), first.body
    assert first.headers["Access-Control-Allow-Origin"] == PAGE
    assert first.headers["Cache-Control"] == "no-store"
    assert visitor_of(shop, first) == visitor_of(shop, second) == ids.verified_visitor(shop.project, "1042")
    assert first.json["visitor"] == text(visitor_of(shop, first))
    other = await proves(shop, signed(shop, secret, "1043"))
    assert visitor_of(shop, other) != visitor_of(shop, first)
    ((used,),) = await shop.rows("SELECT last_used_at IS NOT NULL FROM identity_secrets")
    assert used


async def test_agents_see_what_is_verified_and_what_is_not(shop: Shop) -> None:
    secret = await new_secret(shop)
    await proves(shop, {"token": signed(shop, secret, vip=True), "language": "vi"})
    visitor = ids.verified_visitor(shop.project, "1042")
    said = {"name": "The boss", "email": "boss@shop.example"}
    await shop.api.writes(shop.project, "Hello", visitor=visitor, meta=said)
    await shop.api.writes(shop.project, "Hello", meta={"email": "b@c.example"})
    shown = (await shop.agent.get(shop.path(f"/visitors/{text(visitor)}"))).json
    assert (shown["name"], shown["external_id"], shown["facts"]) == ("Jonas Weber", "1042", said)
    assert shown["verified"] == {**JONAS, "vip": True}
    assert shown["verified_at"] > 0
    listed = (await shop.agent.get(shop.path("/conversations"))).json["items"]
    assert [(one["visitor"]["verified"], one["visitor"]["email"]) for one in listed] == [
        (False, "b@c.example"),
        (True, "jonas@example.com"),
    ]


async def test_what_the_site_signs_anew_replaces_what_it_signed(shop: Shop) -> None:
    secret = await new_secret(shop)
    await proves(shop, signed(shop, secret))
    await proves(shop, signed(shop, secret, name="Jonas Meyer", email=None, plan="pro"))
    visitor = ids.verified_visitor(shop.project, "1042")
    shown = (await shop.agent.get(shop.path(f"/visitors/{text(visitor)}"))).json
    assert (shown["name"], shown["verified"]) == ("Jonas Meyer", {"name": "Jonas Meyer", "plan": "pro"})


async def test_the_key_opens_the_own_history_and_no_other(shop: Shop) -> None:
    secret = await new_secret(shop)
    visitor = ids.verified_visitor(shop.project, "1042")
    await shop.api.writes(shop.project, "My order", visitor=visitor)
    anonymous, _ = await shop.api.writes(shop.project, "A question")
    for key, texts in (
        ((await proves(shop, signed(shop, secret))).json["key"], ["My order"]),
        ((await proves(shop, signed(shop, secret, "1043"))).json["key"], []),
        (shop.api.key(shop.project, anonymous), ["A question"]),
    ):
        history = await shop.api.anonymous().get(
            f"/api/v1/public/projects/{text(shop.project)}/messages",
            Origin=PAGE,
            Authorization=f"Visitor {key}",
        )
        assert [item["body"] for item in history.json["items"]] == texts


async def test_secrets_rotate_without_a_gap(shop: Shop) -> None:
    old, new = await new_secret(shop), await new_secret(shop)
    assert [(await proves(shop, signed(shop, one))).status for one in (old, new)] == [200, 200]
    await shop.manager.call("DELETE", shop.path(f"/identity-secrets/{old['id']}"))
    assert [(await proves(shop, signed(shop, one))).status for one in (old, new)] == [401, 200]


async def test_a_refusal_says_what_is_wrong_and_stores_nothing(shop: Shop) -> None:
    secret = await new_secret(shop)
    now = ids.now() // 1000
    wrong = {
        "signature": signed(shop, {**secret, "secret": "pis_of-somewhere-else-0123456789-0123456"}),
        "`kid`": signed(shop, {**secret, "id": text(ids.make())}),
        "expired": signed(shop, secret, iat=now - 7200, exp=now - 1),
        "not valid yet": signed(shop, secret, iat=now + 600, exp=now + 1200),
        "24 hours": signed(shop, secret, exp=now + 90_000),
        "this project": signed(shop, secret, aud=text(ids.make())),
        "not a JWT": "hello",
        "`external_id`": signed(shop, secret, "10\u202e42"),
    }
    for said, token in wrong.items():
        answer = await proves(shop, token)
        assert (answer.status, answer.json["code"]) == (401, "unauthenticated"), said
        assert said in answer.json["detail"]
        assert secret["secret"] not in str(answer.json)
    assert await shop.rows("SELECT id FROM visitors") == []


async def test_a_secret_of_one_project_says_nothing_in_another(shop: Shop) -> None:
    secret, other = await new_secret(shop), text(await shop.api.project("Other"))
    answer = await shop.api.anonymous().post(
        f"/api/v1/public/projects/{other}/identity",
        {"token": signed(shop, secret, aud=other)},
        {"Origin": PAGE},
    )
    assert answer.status == 401


async def test_the_simple_form(shop: Shop) -> None:
    secret = await new_secret(shop)
    expires = ids.now() // 1000 + 600
    body = {"external_id": "1042", "expires": expires}
    key = secret["secret"].encode()
    signature = hmac.new(key, f"{expires}.1042".encode(), hashlib.sha256).hexdigest()
    right = await proves(shop, {**body, "signature": signature})
    assert visitor_of(shop, right) == ids.verified_visitor(shop.project, "1042")
    assert (await proves(shop, {**body, "signature": "0" * 64})).status == 401
    assert (await proves(shop, {**body, "expires": expires + 1, "signature": signature})).status == 401
    for incomplete in (body, {}, {"external_id": "1042", "signature": signature}):
        assert (await proves(shop, incomplete)).status == 422


@pytest.mark.parametrize("body", [{"token": "x" * 8_193}, {"token": 1}, {"token": "a", "more": 1}, [], "x\0"])
async def test_bad_bodies_are_refused_before_anything_is_looked_up(shop: Shop, body: Any) -> None:
    assert (await proves(shop, {"token": body} if isinstance(body, str) else body)).status == 422


async def test_wrong_proofs_are_limited_by_network_and_right_ones_pass(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "WRONG", visitors.Limit(3))
    secret = await new_secret(shop)
    answers = [await proves(shop, "hello") for _ in range(5)]
    assert [answer.status for answer in answers] == [401, 401, 401, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert (await proves(shop, signed(shop, secret))).status == 200, "the people of the same office"


async def test_only_the_pages_of_the_project_may_ask(shop: Shop) -> None:
    secret = await new_secret(shop)
    assert (await proves(shop, signed(shop, secret), Origin="https://evil.example")).status == 403
    preflight = await shop.api.anonymous().call(
        "OPTIONS", f"/api/v1/public/projects/{text(shop.project)}/identity", headers={"Origin": PAGE}
    )
    assert preflight.status == 204
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "content-type" in preflight.headers["Access-Control-Allow-Headers"]


async def test_the_settings_of_a_project_ask_for_verification_and_for_consent(shop: Shop) -> None:
    path = shop.path("")
    before = (await shop.manager.get(path)).json
    assert (before["require_verified"], before["ask_consent"]) == (False, False)
    change = {"version": before["version"], "require_verified": True, "ask_consent": True}
    after = await shop.manager.call("PATCH", path, change)
    assert (after.status, after.json["require_verified"], after.json["ask_consent"]) == (200, True, True)
    (entry,) = await shop.audit_entries("project.changed")
    assert entry[2]["ask_consent"] == {"from": False, "to": True}
    widget = await shop.api.anonymous().get(
        f"/api/v1/public/projects/{text(shop.project)}/settings", Origin=PAGE
    )
    assert widget.json["ask_consent"] is True


async def test_a_deleted_project_keeps_no_secrets(shop: Shop, api: ApiFixture) -> None:
    secret = await new_secret(shop)
    name = (await shop.manager.get(shop.path(""))).json["name"]
    assert (await shop.manager.call("DELETE", shop.path(""), {"name": name})).status == 204
    assert await shop.rows("SELECT id FROM identity_secrets") == []
    assert (await proves(shop, signed(shop, secret))).status == 404
    del api
