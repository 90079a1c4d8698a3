"""A project's own provider: who sets it, addresses, the key that is never shown, and its test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.identity.encryption import Sealer, provider_purpose
from tests import canaries
from tests.integration.api.api_fixture import Answer, ApiFixture, Caller
from tests.integration.api.oidc_steps import with_settings
from tests.integration.api.tenancy import Shop, shop
from tests.model import Model
from tests.receiver import answer

__all__ = ["shop"]
ROUTE = "/assistant/provider"
KEY = "sk-never-shown-again-17"
canaries.plant(KEY)
OWN = {"base_url": "https://models.shop.example/v1", "model": "small-1"}
NONE = {"base_url": "", "model": "", "temperature": None, "has_key": False, "version": 0}
HERE = "127.0.0.0/8, ::1"


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    made = Model(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "receiver.pem"))
    yield made
    made.close()


async def put(shop: Shop, version: int, *, by: Caller | None = None, **fields: Any) -> Answer:
    body = {"version": version} | OWN | fields
    return await (by or shop.manager).call("PUT", shop.path(ROUTE), body)


async def get(shop: Shop) -> Any:
    found = await shop.manager.get(shop.path(ROUTE))
    assert found.status == 200, found.body
    return found.json


async def behind(shop: Shop, **settings: Any) -> Caller:
    """The manager at a server with these settings."""
    api: ApiFixture = with_settings(shop.api, **settings)
    caller = Caller(api)
    caller.token = shop.manager.token
    return caller


def errors(given: Answer) -> list[tuple[str, str]]:
    assert given.status == 422, given.body
    return [(error["field"], error["code"]) for error in given.json["errors"]]


async def test_a_manager_sets_a_provider_and_removes_it(shop: Shop) -> None:
    assert await get(shop) == NONE
    made = await put(shop, 0, base_url="https://models.shop.example/v1/", temperature=0.25, key=KEY)
    assert made.status == 200, made.body
    shown = OWN | {"temperature": 0.25, "has_key": True, "version": 1}
    assert made.json == await get(shop) == shown
    settings = (await shop.agent.get(shop.path("/assistant"))).json
    assert (settings["available"], settings["provider"]) == (True, "models.shop.example")
    gone = await shop.manager.call("DELETE", shop.path(ROUTE))
    assert (gone.status, await get(shop)) == (204, NONE)
    assert (await shop.manager.call("DELETE", shop.path(ROUTE))).status == 404
    assert await shop.rows("SELECT 1 FROM assistant_providers") == []


async def test_agents_neither_read_nor_change_it(shop: Shop) -> None:
    assert (await put(shop, 0, by=shop.agent)).status == 403
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/test")):
        assert (await shop.agent.call(method, shop.path(ROUTE + path))).status == 403


async def test_a_change_of_what_somebody_else_has_changed_is_refused(shop: Shop) -> None:
    assert (await put(shop, 1)).json["code"] == "stale"
    assert (await put(shop, 0)).json["version"] == 1
    assert (await put(shop, 0, model="large-1")).status == 409
    assert (await put(shop, 1)).json["version"] == 1, "nothing has changed"
    stale = await shop.manager.call("DELETE", shop.path(ROUTE), headers={"If-Match": '"7"'})
    assert (stale.status, (await get(shop))["version"]) == (412, 1)


async def test_the_key_is_sealed_and_in_no_answer_and_no_log(shop: Shop) -> None:
    answers = [
        await put(shop, 0, key=KEY),
        await put(shop, 1, model="large-1", key=f"{KEY}-2"),
        await put(shop, 2, temperature=1),
        await shop.manager.get(shop.path(ROUTE)),
        await shop.manager.get(shop.path("/audit")),
    ]
    assert [one.status for one in answers] == [200] * 5, answers[-1].body
    assert not [one for one in answers if KEY.encode() in one.body]
    ((sealed,),) = await shop.rows("SELECT sealed FROM assistant_providers")
    assert KEY.encode() not in sealed
    sealer = Sealer.of(shop.api.context.settings)
    assert sealer.open(sealed, purpose=provider_purpose(shop.project)).decode() == f"{KEY}-2", "it stays"
    entries = [changes for _, _, changes in await shop.audit_entries("assistant.provider_changed")]
    assert [one.get("key") for one in entries] == [
        {"from": "none", "to": "replaced"},
        {"from": "set", "to": "replaced"},
        None,
    ]
    assert entries[1]["model"] == {"from": "small-1", "to": "large-1"}
    assert (await put(shop, 3, key="")).json["has_key"] is False
    assert await shop.rows("SELECT sealed FROM assistant_providers") == [(None,)]


async def test_a_stored_key_is_not_sent_to_another_server(shop: Shop) -> None:
    await put(shop, 0, key=KEY)
    elsewhere = {"base_url": "https://models.elsewhere.example/v1"}
    assert errors(await put(shop, 1, **elsewhere)) == [("key", "required")]
    assert errors(await put(shop, 1, base_url="https://models.shop.example:8443/v1")) == [("key", "required")]
    assert (await put(shop, 1, base_url="https://models.shop.example/v2")).json["has_key"] is True
    assert (await put(shop, 2, **elsewhere, key=f"{KEY}-2")).json["has_key"] is True
    assert (await put(shop, 3, key="")).json["has_key"] is False


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://127.0.0.1:11434/v1", "not_allowed"),
        ("https://localhost/v1", "not_allowed"),
        ("https://[::ffff:10.0.0.1]/v1", "not_allowed"),
        ("http://169.254.169.254/latest", "not_allowed"),
        ("http://8.8.8.8/v1", "not_allowed"),
        ("https://8.8.8.8:22/v1", "not_a_url"),
        ("https://me:word@models.shop.example/v1", "not_a_url"),
        ("https://models.shop.example/v1?key=1", "not_a_url"),
        ("https://models.shop.example:99999/v1", "not_a_url"),
    ],
)
async def test_an_address_that_a_manager_may_not_choose_is_refused(shop: Shop, url: str, code: str) -> None:
    assert errors(await put(shop, 0, base_url=url)) == [("base_url", code)]
    assert await get(shop) == NONE


async def test_networks_that_the_operator_allows_may_be_chosen_without_tls(shop: Shop) -> None:
    manager = await behind(shop, outbound_networks="127.0.0.0/8")
    assert (await put(shop, 0, by=manager, base_url="http://127.0.0.1:11434/v1")).status == 200
    assert errors(await put(shop, 1, by=manager, base_url="http://8.8.8.8/v1")) == [
        ("base_url", "not_allowed")
    ]


async def test_a_test_asks_for_a_word_as_a_turn_would(shop: Shop, model: Model) -> None:
    assert (await shop.manager.post(shop.path(f"{ROUTE}/test"))).status == 404, "there is nothing to test"
    manager = await behind(shop, outbound_networks=HERE)
    await put(shop, 0, by=manager, base_url=model.url, temperature=0.5, key=KEY)
    tried = await manager.post(shop.path(f"{ROUTE}/test"))
    assert (tried.status, tried.json["ok"], tried.json["code"]) == (200, True, None), tried.body
    assert f"authorization: bearer {KEY}".encode() in model.heads[0].lower()
    assert model.heads[0].startswith(b"POST /v1/chat/completions ")
    (asked,) = model.bodies
    assert (asked["model"], asked["temperature"], asked["stream"]) == ("small-1", 0.5, True)
    assert "tools" not in asked


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (answer(b"no", "401 Unauthorized"), "provider_refused"),
        (answer(b"no", "404 Not Found"), "provider_refused"),
        (answer(b"", "302 Found", Location="http://127.0.0.1:1/"), "provider_refused"),
        (answer(b"no", "429 Too Many Requests"), "provider_busy"),
        (answer(b"no", "503 Away"), "provider_unavailable"),
        (answer(b"<html>sk-canary"), "provider_garbage"),
        (answer(b'data: {"error": {"message": "sk-canary"}}\n\n'), "provider_garbage"),
        (b"", "provider_garbage"),
    ],
)
async def test_a_test_says_what_is_wrong_in_our_words(
    shop: Shop, model: Model, said: bytes, code: str
) -> None:
    model.said = said
    manager = await behind(shop, outbound_networks=HERE)
    await put(shop, 0, by=manager, base_url=model.url, key=KEY)
    tried = await manager.post(shop.path(f"{ROUTE}/test"))
    assert (tried.status, tried.json["ok"], tried.json["code"]) == (200, False, code), tried.body
    assert tried.json["detail"] and b"canary" not in tried.body and KEY.encode() not in tried.body


async def test_an_address_that_has_become_private_is_not_asked(shop: Shop, model: Model) -> None:
    await put(shop, 0, by=await behind(shop, outbound_networks=HERE), base_url=model.url, key=KEY)
    tried = await shop.manager.post(shop.path(f"{ROUTE}/test"))
    assert (tried.json["code"], model.connections) == ("provider_refused", 0)


async def test_a_key_that_cannot_be_opened_is_not_replaced_by_none(shop: Shop, model: Model) -> None:
    manager = await behind(shop, outbound_networks=HERE)
    await put(shop, 0, by=manager, base_url=model.url, key=KEY)
    async with shop.api.context.database.transaction() as conn:
        await conn.execute("UPDATE assistant_providers SET sealed = 'x' WHERE project_id = $1", shop.project)
    tried = await manager.post(shop.path(f"{ROUTE}/test"))
    assert (tried.json["code"], model.connections) == ("provider_refused", 0)
