"""Canned responses: unique shortcuts, versions, pages, roles, races; what other agents notice of a change."""

from typing import Any
from uuid import uuid4

import pytest
import trio

from core import ids
from core.db.canned_responses import responses as table
from core.db.identity import account_deletion
from tests.integration.api.api_fixture import Answer, ApiFixture, Caller, of
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
ROUTE = "/canned-responses"


async def made(
    shop: Shop, shortcut: str = "delivery", content: str = "Within three days.", **more: str
) -> Any:
    answer = await shop.manager.post(shop.path(ROUTE), {"shortcut": shortcut, "content": content, **more})
    assert answer.status == 201, answer.body
    return answer.json


async def change(caller: Caller, shop: Shop, response: Any, **fields: Any) -> Answer:
    return await caller.call(
        "PATCH", shop.path(f"{ROUTE}/{response['id']}"), {"version": response["version"], **fields}
    )


async def listed(caller: Caller, shop: Shop, query: str = "") -> Any:
    answer = await caller.get(shop.path(ROUTE + query))
    assert answer.status == 200, answer.body
    return answer.json


async def test_a_manager_writes_and_every_agent_reads(shop: Shop) -> None:
    response = await made(shop, content="Hello {{visitor.name|there}}\n\nbye", category=" Shipping  costs ")
    assert response["content"] == "Hello {{visitor.name|there}}\n\nbye"
    assert (response["category"], response["version"], response["uses"]) == ("Shipping costs", 1, 0)
    assert response["changed_by"]["full_name"] == "Mai"
    assert await listed(shop.agent, shop) == {"items": [response], "next_cursor": None}
    ((result, _, changes),) = await shop.audit_entries("canned_response.created")
    assert (result, changes["shortcut"]) == ("ok", "delivery")


async def test_a_shortcut_is_unique_ignoring_case(shop: Shop) -> None:
    first = await made(shop, "Delivery")
    other = await made(shop, "returns")
    for answer in (
        await shop.manager.post(shop.path(ROUTE), {"shortcut": "dELIVERY", "content": "x"}),
        await change(shop.manager, shop, other, shortcut="DELIVERY"),
    ):
        assert (answer.status, answer.json["errors"][0]["code"]) == (422, "taken")
        assert answer.json["errors"][0]["field"] == "shortcut"
    assert (await change(shop.manager, shop, first, shortcut="delivery")).status == 200, (
        "its own, in lower case"
    )


async def test_projects_do_not_share_shortcuts(shop: Shop, api: ApiFixture) -> None:
    await made(shop)
    other = await api.project("Other")
    boss = await api.sign_in(await api.person("Lan", manager=other))
    answer = await boss.post(of(other, ROUTE), {"shortcut": "delivery", "content": "x"})
    assert answer.status == 201
    foreign = f"{ROUTE}/{answer.json['id']}"
    assert (await shop.manager.call("DELETE", shop.path(foreign))).status == 404
    assert (
        await shop.manager.call("PATCH", shop.path(foreign), {"version": 1, "content": "y"})
    ).status == 404
    assert (await boss.get(of(other, ROUTE))).json["items"] == [answer.json]


async def test_of_two_changes_of_one_version_the_second_is_stale(shop: Shop) -> None:
    response = await made(shop)
    answers: list[Answer] = []

    async def edit(text: str) -> None:
        answers.append(await change(shop.manager, shop, response, content=text))

    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(edit, f"Within {number} days.")
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    (saved,) = [answer.json for answer in answers if answer.status == 200]
    assert saved["version"] == 2
    assert (await listed(shop.agent, shop))["items"] == [saved]
    assert {answer.json["code"] for answer in answers if answer.status == 409} == {"stale"}
    (logged,) = [entry for entry in await shop.audit_entries("canned_response.changed") if entry[0] == "ok"]
    assert logged[2]["content"] == {"from": "Within three days.", "to": saved["content"]}


async def test_of_parallel_creations_with_one_shortcut_one_succeeds(shop: Shop) -> None:
    statuses: list[int] = []

    async def create(shortcut: str) -> None:
        answer = await shop.manager.post(shop.path(ROUTE), {"shortcut": shortcut, "content": "x"})
        statuses.append(answer.status)

    async with trio.open_nursery() as nursery:
        for shortcut in ("hello", "HELLO", "Hello", "hellO"):
            nursery.start_soon(create, shortcut)
    assert sorted(statuses) == [201, 422, 422, 422]


async def test_a_change_of_nothing_keeps_the_version_and_is_not_logged(shop: Shop) -> None:
    response = await made(shop)
    answer = await change(shop.manager, shop, response, shortcut="delivery", content=response["content"])
    assert (answer.status, answer.json) == (200, response)
    assert await shop.audit_entries("canned_response.changed") == []


async def test_uses_are_counted_however_many_agents_send_it_at_once(shop: Shop) -> None:
    response = await made(shop)
    path = shop.path(f"{ROUTE}/{response['id']}/uses")

    async def use(caller: Caller) -> None:
        assert (await caller.post(path)).status == 204

    async with trio.open_nursery() as nursery:
        for caller in [shop.agent, shop.manager] * 5:
            nursery.start_soon(use, caller)
    (found,) = (await listed(shop.agent, shop))["items"]
    assert (found["uses"], found["version"]) == (10, 1), "a use is no change"
    assert (await shop.agent.post(shop.path(f"{ROUTE}/{uuid4()}/uses"))).status == 404


async def test_a_deleted_response_is_gone_and_its_shortcut_free(shop: Shop) -> None:
    response = await made(shop)
    path = shop.path(f"{ROUTE}/{response['id']}")
    assert (await shop.manager.call("DELETE", path)).status == 204
    assert (await shop.manager.call("DELETE", path)).status == 404
    assert (await change(shop.manager, shop, response, content="x")).status == 404
    await made(shop)
    assert [row[2] for row in await shop.audit_entries("canned_response.deleted") if row[0] == "ok"] == [
        {"shortcut": "delivery"}
    ]


async def test_pages_are_in_the_order_of_the_shortcuts_and_have_no_gap(shop: Shop) -> None:
    shortcuts = ["b", "A", "a-2", "_", "Z9", "c", "B2"]
    for shortcut in shortcuts:
        await made(shop, shortcut)
    found: list[str] = []
    after = ""
    while True:
        page = await listed(shop.agent, shop, f"?limit=2&cursor={after}")
        found += [one["shortcut"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        after = page["next_cursor"]
    assert found == sorted(shortcuts, key=str.lower)


async def test_a_project_has_at_most_five_thousand(shop: Shop) -> None:
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO canned_responses (project_id, id, shortcut, content) "
            "SELECT $1, gen_random_uuid(), 'r' || n, 'x' FROM generate_series(1, $2) AS n",
            shop.project,
            table.MAX_PER_PROJECT,
        )
    answer = await shop.manager.post(shop.path(ROUTE), {"shortcut": "one-more", "content": "x"})
    assert (answer.status, answer.json["code"]) == (409, "too_many")


@pytest.mark.parametrize(
    "body",
    [
        {"shortcut": "", "content": "x"},
        {"shortcut": "two words", "content": "x"},
        {"shortcut": "café", "content": "x"},
        {"shortcut": "a" * 51, "content": "x"},
        {"shortcut": "a\n", "content": "x"},
        {"shortcut": "a", "content": ""},
        {"shortcut": "a", "content": " \u200b\n"},
        {"shortcut": "a", "content": "x" * 5_001},
        {"shortcut": "a", "content": "x\0"},
        {"shortcut": "a", "content": "x", "category": "c" * 51},
        {"shortcut": "a", "content": "x", "uses": 7},
    ],
    ids=repr,
)
async def test_an_invalid_response_is_refused(shop: Shop, body: Any) -> None:
    assert (await shop.manager.post(shop.path(ROUTE), body)).status == 422
    assert await shop.rows("SELECT id FROM canned_responses") == []


async def test_an_account_that_is_gone_leaves_its_responses(shop: Shop) -> None:
    await made(shop)
    async with shop.api.context.database.transaction() as conn:
        await account_deletion.erase(conn, shop.boss.id)
    (response,) = (await listed(shop.agent, shop))["items"]
    assert response["changed_by"] is None


async def test_responses_go_with_their_project(shop: Shop) -> None:
    await made(shop)
    async with shop.api.context.database.transaction() as conn:
        await conn.execute("DELETE FROM projects WHERE id = $1", shop.project)
    assert await shop.rows("SELECT id FROM canned_responses") == []


async def test_unknown_ids_are_not_found(shop: Shop) -> None:
    answer = await shop.manager.call("PATCH", shop.path(f"{ROUTE}/{uuid4()}"), {"version": 1, "content": "x"})
    assert answer.status == 404
    assert ids.text(shop.project) not in answer.body.decode()
