"""Projects: created with domains, listed, changed by version, left, deleted by name."""

from typing import Any
from uuid import UUID

import pytest
import trio

from core.ids import ProjectId
from tests.integration.api.api_fixture import ApiFixture, of
from tests.integration.api.tenancy import Shop, audit_entries, shop

__all__ = ["shop"]
NEW = "/api/v1/projects"


def given(answer: Any) -> Any:
    assert 200 <= answer.status < 300, answer.body
    return answer.json


async def test_the_creator_of_a_project_is_its_manager(api: ApiFixture) -> None:
    mai = await api.person("Mai")
    caller = await api.sign_in(mai)
    made = given(await caller.post(NEW, {"name": " My shop ", "domains": ["Shop.Example"]}))
    assert made["name"] == "My shop"
    assert (made["domains"], made["version"], made["role"]) == (["shop.example"], 1, "manager")
    assert given(await caller.get(NEW)) == [{"id": made["id"], "name": "My shop", "role": "manager"}]
    assert given(await caller.get(f"{NEW}/{made['id']}")) == made
    members = given(await caller.get(f"{NEW}/{made['id']}/members"))
    assert [(one["email"], one["role"]) for one in members] == [(mai.email, "manager")]
    project = ProjectId(UUID(made["id"]).bytes)
    assert await audit_entries(api, "project.created", project) == [
        ("ok", project, {"name": "My shop", "domains": ["shop.example"]})
    ]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (["SHOP.example", "shop.EXAMPLE"], ["shop.example"]),
        (["shop.example:8443", "*.shop.example"], ["shop.example:8443", "*.shop.example"]),
        (["Chợ.example"], ["xn--ch-3bt.example"]),
        (["localhost", "localhost:3000", "127.0.0.1", "[::1]:80"], None),
    ],
)
async def test_domains_are_stored_normalised_and_once(shop: Shop, written: list[str], kept: Any) -> None:
    made = given(await shop.manager.post(NEW, {"name": "x", "domains": written}))
    assert made["domains"] == (kept or written)


@pytest.mark.parametrize(
    "domains",
    [
        [],
        [""],
        ["https://shop.example"],
        ["shop.example/path"],
        ["shop.example:0"],
        ["shop.example:70000"],
        ["*"],
        ["*.*.example"],
        ["shop..example"],
        ["user@shop.example"],
        ["*.[::1]"],
        ["shop example"],
        ["shop.example", "nul\x00.example"],
        [f"a{number}.example" for number in range(51)],
    ],
)
async def test_an_invalid_domain_is_refused(shop: Shop, domains: list[str]) -> None:
    for answer in (
        await shop.manager.post(NEW, {"name": "x", "domains": domains}),
        await shop.manager.call("PATCH", shop.path(), {"version": 1, "domains": domains}),
    ):
        assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert given(await shop.manager.get(shop.path()))["domains"] == ["shop.example"]


async def test_the_response_names_the_invalid_domain(shop: Shop) -> None:
    answer = await shop.manager.post(NEW, {"name": "x", "domains": ["good.example", "not good"]})
    assert [one["field"] for one in answer.json["errors"]] == ["domains[1]"]


async def test_up_to_fifty_domains_are_allowed(shop: Shop) -> None:
    many = [f"a{number}.example" for number in range(50)]
    assert given(await shop.manager.post(NEW, {"name": "x", "domains": many}))["domains"] == many


async def test_a_change_keeps_the_fields_it_does_not_name(shop: Shop) -> None:
    after = given(await shop.manager.call("PATCH", shop.path(), {"version": 1, "name": "Market"}))
    assert (after["name"], after["domains"], after["history_mode"]) == ("Market", ["shop.example"], "forever")
    assert after["version"] == 2
    change = {"version": 2, "history_mode": "limit_to_active", "domains": ["Market.example"]}
    after = given(await shop.manager.call("PATCH", shop.path(), change))
    assert (after["name"], after["domains"]) == ("Market", ["market.example"])
    assert given(await shop.manager.get(shop.path())) == after
    assert [changes for _, _, changes in await shop.audit_entries("project.changed")] == [
        {"name": {"from": "Shop", "to": "Market"}},
        {
            "domains": {"from": ["shop.example"], "to": ["market.example"]},
            "history_mode": {"from": "forever", "to": "limit_to_active"},
        },
    ]


async def test_a_change_of_an_old_version_is_stale(shop: Shop) -> None:
    given(await shop.manager.call("PATCH", shop.path(), {"version": 1, "name": "First"}))
    answer = await shop.manager.call("PATCH", shop.path(), {"version": 1, "name": "Second"})
    assert (answer.status, answer.json["code"]) == (409, "stale")
    assert given(await shop.manager.get(shop.path()))["name"] == "First"


async def test_a_change_to_the_same_values_is_not_recorded(api: ApiFixture, shop: Shop) -> None:
    before = given(await shop.manager.get(shop.path()))
    for change in (
        {"domains": [*before["domains"], before["domains"][0].upper()]},  # an existing domain, added again
        {"name": before["name"], "history_mode": before["history_mode"]},
        {},
    ):
        after = given(await shop.manager.call("PATCH", shop.path(), {"version": before["version"], **change}))
        assert after == before
    async with api.context.database.connection() as conn:
        entries = await conn.fetchval(
            "SELECT count(*) FROM audit_log WHERE action = 'project.changed' AND project_id = $1",
            shop.project,
        )
    assert entries == 0


async def test_of_concurrent_changes_one_wins(shop: Shop) -> None:
    answers: list[Any] = []

    async def change(name: str) -> None:
        answers.append(await shop.manager.call("PATCH", shop.path(), {"version": 1, "name": name}))

    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(change, f"name {number}")
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409, 409]
    (won,) = [answer.json for answer in answers if answer.status == 200]
    assert given(await shop.manager.get(shop.path())) == won


async def test_agents_change_nothing_and_strangers_see_nothing(shop: Shop) -> None:
    for body, method in (({"version": 1, "name": "Mine"}, "PATCH"), ({"name": "Shop"}, "DELETE")):
        assert (await shop.agent.call(method, shop.path(), body)).json["code"] == "forbidden"
        assert (await shop.stranger.call(method, shop.path(), body)).json["code"] == "not_found"
    assert given(await shop.agent.get(shop.path()))["name"] == "Shop"


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b", "a\nb"])
async def test_a_project_has_a_name_of_one_line(shop: Shop, name: str) -> None:
    assert (await shop.manager.post(NEW, {"name": name, "domains": ["a.example"]})).status == 422
    assert (await shop.manager.call("PATCH", shop.path(), {"version": 1, "name": name})).status == 422


async def test_a_member_who_leaves_loses_access_and_their_conversations_are_unassigned(shop: Shop) -> None:
    _, conversation = await shop.api.writes(shop.project, "Hello")
    path = shop.path(f"/conversations/{UUID(bytes=conversation)}/assignee")
    given(await shop.agent.put(path, {"assignee_id": str(UUID(bytes=shop.ben.id))}))
    assert (await shop.agent.post(shop.path("/leave"))).status == 204
    assert (await shop.agent.get(shop.path())).status == 404
    assert given(await shop.agent.get(NEW)) == []
    listed = given(await shop.manager.get(shop.path("/conversations")))
    assert [one["assignee"] for one in listed["items"]] == [None]
    assert [(result, who) for result, who, _ in await shop.audit_entries("member.left")] == [
        ("ok", shop.ben.id)
    ]


async def test_the_last_manager_cannot_leave(shop: Shop) -> None:
    answer = await shop.manager.post(shop.path("/leave"))
    assert (answer.status, answer.json["code"]) == (409, "last_manager")
    assert (await shop.roles())[shop.boss.id] == "manager"


async def test_deletion_requires_the_name(shop: Shop) -> None:
    answer = await shop.manager.call("DELETE", shop.path(), {"name": "shop"})
    assert (answer.status, answer.json["code"]) == (403, "wrong_name")
    assert (await shop.manager.get(shop.path())).status == 200
    assert (await shop.manager.call("DELETE", shop.path(), {"name": "Shop"})).status == 204
    for caller in (shop.manager, shop.agent):
        assert (await caller.get(shop.path())).status == 404
        assert given(await caller.get(NEW)) == []
    entries = [
        row for row in await audit_entries(shop.api, "project.deleted", None) if row[1] == shop.project
    ]
    assert entries == [
        ("denied", shop.project, {"name": "shop", "reason": "wrong_name"}),
        ("ok", shop.project, {"name": "Shop"}),
    ]


async def test_deleting_twice_is_a_404(shop: Shop) -> None:
    answers: list[int] = []

    async def delete() -> None:
        answers.append((await shop.manager.call("DELETE", of(shop.project), {"name": "Shop"})).status)

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(delete)
    assert sorted(answers) == [204, 404, 404, 404]
