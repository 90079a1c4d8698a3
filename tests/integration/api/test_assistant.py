"""The assistant's settings and workflow: roles, versions, drafts, what may be published, tenancy."""

from typing import Any

import msgspec
import pytest
import trio

from core import signals
from core.assistant import graph
from core.assistant.graph import MAX_BYTES
from core.assistant.samples import SMALL
from core.bus import names
from core.db.assistant import workflows as table
from core.signals import ProjectChanged, ResourceChanged
from tests.integration.api.api_fixture import Answer, ApiFixture, Caller, of
from tests.integration.api.factories import api_key
from tests.integration.api.mailbox import published_during
from tests.integration.api.oidc_steps import with_settings
from tests.integration.api.tenancy import Shop, shop
from tests.patience import PATIENCE

__all__ = ["shop"]
ROUTE = "/assistant"
WORKFLOW = "/assistant/workflow"
DRAWN = msgspec.json.decode(graph.pack(SMALL))
JSON = {"Content-Type": "application/json"}


def workflow(*nodes: Any) -> Any:
    return {"format": 1, "nodes": list(nodes)}


def node(type: str, id: str, **more: Any) -> Any:
    return {"type": type, "id": id, **more}


async def settings(shop: Shop) -> Any:
    answer = await shop.agent.get(shop.path(ROUTE))
    assert answer.status == 200, answer.body
    return answer.json


async def change(shop: Shop, version: int, **fields: Any) -> Answer:
    return await shop.manager.call("PATCH", shop.path(ROUTE), {"version": version, **fields})


async def draft(shop: Shop) -> Any:
    answer = await shop.agent.get(shop.path(WORKFLOW))
    assert answer.status == 200, answer.body
    return answer.json


async def save(shop: Shop, version: int, drawn: Any, *, by: Caller | None = None) -> Answer:
    body = {"version": version, "workflow": drawn}
    return await (by or shop.manager).call("PUT", shop.path(WORKFLOW), body)


async def publish(shop: Shop, version: int, note: str = "") -> Answer:
    return await shop.manager.post(shop.path(f"{WORKFLOW}/publish"), {"version": version, "note": note})


def errors(answer: Answer) -> list[tuple[str, str]]:
    assert answer.status == 422, answer.body
    return [(error["field"], error["code"]) for error in answer.json["errors"]]


async def test_a_manager_changes_the_settings_and_every_agent_reads_them(shop: Shop) -> None:
    before = await settings(shop)
    assert (before["version"], before["enabled"], before["mode"]) == (0, False, "prompt")
    assert (before["published"], before["tokens_today"]) == (None, 0)
    assert (before["available"], before["provider"], before["scripted"]) == (False, "", False)
    answer = await change(
        shop, 0, enabled=True, name="  Ada  ", prompt="We sell bicycles.", daily_tokens=5_000
    )
    assert answer.status == 200, answer.body
    assert answer.json == await settings(shop)
    assert answer.json == before | {
        "enabled": True,
        "name": "Ada",
        "prompt": "We sell bicycles.",
        "daily_tokens": 5_000,
        "version": 1,
    }
    ((result, _, changes),) = await shop.audit_entries("assistant.changed")
    assert result == "ok" and changes["enabled"] == {"from": False, "to": True}
    assert changes["daily_limit"]["to"] == 5_000 and "fallback" not in changes


async def test_dashboards_and_workers_hear_of_a_change(shop: Shop) -> None:
    async def switch_off() -> None:
        await change(shop, (await settings(shop))["version"], enabled=False)

    async def draw() -> None:
        await save(shop, 0, DRAWN)

    async def put_in_force() -> None:
        await publish(shop, 1)

    await change(shop, 0, enabled=True)
    changed = ResourceChanged(shop.project, "assistant")
    for act, news in ((switch_off, True), (draw, False), (put_in_force, True)):
        async with shop.api.context.redis.pubsub(channels=[names.NEWS]) as listener:
            assert await published_during(shop.api, shop.project, act) == [changed]
            if news:
                assert await heard(listener) == [ProjectChanged(shop.project)]


async def heard(listener: Any) -> list[object]:
    with trio.fail_after(PATIENCE):
        while True:
            message = await listener.get_message(ignore_subscribe_messages=True, timeout=1)
            if message is not None and isinstance(message["data"], bytes):
                return list(signals.read(message["data"])[0])


async def test_the_first_provider_of_the_operator_is_named(shop: Shop) -> None:
    first = {"name": "local", "base_url": "http://127.0.0.1:9/v1", "model": "rules", "scripted": True}
    second = {"name": "other", "base_url": "https://models.example/v1", "model": "m", "key": "canary-of-key"}
    behind = with_settings(shop.api, ai=msgspec.json.encode([first, second]).decode())
    caller = behind.anonymous()
    caller.token = shop.agent.token
    answer = await caller.get(shop.path(ROUTE))
    shown = (answer.json["available"], answer.json["provider"], answer.json["scripted"])
    assert shown == (True, "local", True) and b"canary-of-key" not in answer.body


async def test_an_agent_may_not_write(shop: Shop) -> None:
    for method, rest, body in (
        ("PATCH", ROUTE, {"version": 0, "enabled": True}),
        ("PUT", WORKFLOW, {"version": 0, "workflow": DRAWN}),
        ("POST", f"{WORKFLOW}/publish", {"version": 0}),
        ("POST", f"{WORKFLOW}/test", {"workflow": DRAWN, "messages": ["Hi"]}),
    ):
        assert (await shop.agent.call(method, shop.path(rest), body)).status == 403, rest
        assert (await shop.stranger.call(method, shop.path(rest), body)).status == 404, rest
    assert (await settings(shop))["version"] == (await draft(shop))["version"] == 0


async def test_of_two_changes_of_one_version_the_second_is_stale(shop: Shop) -> None:
    answers: list[Answer] = []

    async def rename(name: str) -> None:
        answers.append(await change(shop, 0, name=name))

    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(rename, f"No. {number}")
    assert sorted(answer.status for answer in answers) == [200] + [409] * 3
    assert (await settings(shop))["version"] == 1
    late = await shop.manager.call("PATCH", shop.path(ROUTE), {"name": "x"}, {"If-Match": '"0"'})
    assert late.status == 412


async def test_a_change_of_nothing_keeps_the_version_and_is_not_logged(shop: Shop) -> None:
    assert (await change(shop, 0, enabled=False, name="Assistant")).json["version"] == 0
    assert await shop.audit_entries("assistant.changed") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " \u200b"),
        ("name", "x" * 51),
        ("prompt", "x" * 8_001),
        ("prompt", "a\0b"),
        ("fallback", "x" * 1_001),
        ("daily_tokens", 999),
        ("daily_tokens", 100_000_001),
        ("mode", "magic"),
        ("mode", "workflow"),
        ("availability", "outside_hours"),
        ("published", 1),
    ],
)
async def test_a_setting_that_cannot_be_kept_is_refused(shop: Shop, field: str, value: Any) -> None:
    assert [place for place, _ in errors(await change(shop, 0, **{field: value}))] == [field]
    assert (await settings(shop))["version"] == 0


async def test_a_project_without_a_workflow_gets_a_sample_that_can_be_published(shop: Shop) -> None:
    found = await draft(shop)
    assert (found["version"], found["changed_at"], found["changed_by"]) == (0, None, None)
    assert (found["workflow"], found["problems"]) == (DRAWN, [])
    assert (await publish(shop, 0)).status == 201


async def test_a_manager_who_reads_vietnamese_gets_the_sample_in_it(shop: Shop) -> None:
    assert (await shop.manager.call("PATCH", "/api/v1/me", {"language": "vi"})).status == 200
    found = (await shop.manager.get(shop.path(WORKFLOW))).json
    assert found["workflow"]["nodes"][0]["name"] == "Bắt đầu"
    assert (found["version"], found["problems"]) == (0, [])
    assert (await publish(shop, 0)).status == 201


async def test_a_draft_may_be_incomplete_and_names_its_problems(shop: Shop) -> None:
    drawn = workflow(node("start", "s", next="a"), node("end", "a"), node("llm", "lost", prompt="Hi"))
    answer = await save(shop, 0, drawn)
    assert answer.status == 200, answer.body
    assert answer.json["version"] == 1 and answer.json["changed_by"]["full_name"] == "Mai"
    assert [(one["node"], one["code"]) for one in answer.json["problems"]] == [
        ("lost", "unreachable"),
        ("a", "silent_end"),
    ]
    assert answer.json == await draft(shop)
    assert (await save(shop, 0, DRAWN)).json["code"] == "stale"
    assert (await save(shop, 1, drawn)).json["version"] == 1, "nothing changed"
    refused = await publish(shop, 1)
    assert errors(refused) == [("lost", "unreachable"), ("a", "silent_end")]
    assert (await settings(shop))["published"] is None


async def test_a_draft_may_be_saved_by_its_etag(shop: Shop) -> None:
    path = shop.path(WORKFLOW)
    tag = (await shop.manager.get(path)).headers["ETag"]
    saved = await shop.manager.call("PUT", path, {"workflow": DRAWN}, {"If-Match": tag})
    assert (saved.status, saved.json["version"]) == (200, 1), saved.body
    late = await shop.manager.call("PUT", path, {"workflow": workflow()}, {"If-Match": tag})
    assert (late.status, late.json["code"]) == (412, "precondition_failed")
    same = await shop.manager.get(path, **{"If-None-Match": saved.headers["ETag"]})
    assert same.status == 304


async def test_a_node_may_name_what_the_project_has(shop: Shop) -> None:
    field = {"key": "a", "label": "A", "type": "text"}
    for name, enabled in (("Refund", True), ("Old", False)):
        body = {"name": name, "fields": [field], "enabled": enabled}
        assert (await shop.manager.post(shop.path("/form-templates"), body)).status == 201
    found = (await draft(shop))["choices"]
    assert found["templates"] == ["Refund"]
    assert {"email": shop.ben.email, "name": "Ben"} in found["members"]
    assert {one["name"] for one in found["tools"]} >= {"send_form", "assign", "handoff"}

    def sends(template: str, member: str) -> Any:
        return workflow(
            node("start", "s", next="f"),
            node("action", "f", tool="send_form", arguments={"template": template}, next="m"),
            node("action", "m", tool="assign", arguments={"member": member}, next="e"),
            node("end", "e", text="Bye"),
        )

    problems = (await save(shop, 0, sends("Old", "eve@shop.example"))).json["problems"]
    assert [(one["node"], one["detail"]) for one in problems] == [("f", "template"), ("m", "member")]
    assert (await save(shop, 1, sends("Refund", shop.ben.email))).json["problems"] == []


async def test_an_api_key_is_not_told_who_the_members_are(shop: Shop) -> None:
    caller = shop.api.anonymous()
    caller.token = await api_key(shop.api, shop.project, ["project:read", "project:write"])
    assert (await caller.get(shop.path(WORKFLOW))).json["choices"]["members"] == []
    saved = await save(shop, 0, DRAWN, by=caller)
    assert (saved.status, saved.json["changed_by"]) == (200, None)


async def test_publishing_makes_a_version_and_switches_to_it(shop: Shop) -> None:
    await save(shop, 0, DRAWN)
    first = await publish(shop, 1, "The first")
    assert first.status == 201, first.body
    assert (first.json["number"], first.json["note"]) == (1, "The first")
    assert first.json["published_by"]["full_name"] == "Mai"
    found = await settings(shop)
    assert (found["mode"], found["published"], found["version"]) == ("workflow", 1, 1)
    other = workflow(node("start", "s", next="e"), node("end", "e", text="Bye"))
    await save(shop, 1, other)
    assert (await publish(shop, 1)).json["code"] == "stale"
    assert (await publish(shop, 2)).json["number"] == 2
    listed = (await shop.agent.get(shop.path(f"{WORKFLOW}/versions"))).json
    assert [one["number"] for one in listed["items"]] == [2, 1] and listed["next_cursor"] is None
    assert (await shop.agent.get(shop.path(f"{WORKFLOW}/versions/1"))).json == {
        "number": 1,
        "workflow": DRAWN,
    }
    for absent in ("3", "0", "-1", "x", "99999999999"):
        assert (await shop.agent.get(shop.path(f"{WORKFLOW}/versions/{absent}"))).status == 404
    entries = [
        changes for result, _, changes in await shop.audit_entries("workflow.published") if result == "ok"
    ]
    assert entries == [{"number": 1, "summary": "The first"}, {"number": 2, "summary": ""}]


async def test_versions_are_listed_page_by_page(shop: Shop) -> None:
    await save(shop, 0, DRAWN)
    for _ in range(5):
        assert (await publish(shop, 1)).status == 201
    seen: list[int] = []
    cursor = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = (await shop.agent.get(shop.path(f"{WORKFLOW}/versions?limit=2{more}"))).json
        seen += [one["number"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [5, 4, 3, 2, 1]
    assert errors(await shop.agent.get(shop.path(f"{WORKFLOW}/versions?cursor=x"))) == [
        ("cursor", "malformed")
    ]


async def test_a_project_has_a_limited_number_of_versions(shop: Shop) -> None:
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO workflow_versions (project_id, number, workflow, published_at) "
            "VALUES ($1, $2, $3, now())",
            shop.project,
            table.MAX_PER_PROJECT,
            DRAWN,
        )
    assert (await publish(shop, 0)).json["code"] == "too_many"
    assert len(await shop.rows("SELECT number FROM workflow_versions")) == 1


@pytest.mark.parametrize(
    ("drawn", "field"),
    [
        (workflow(node("magic", "s")), "workflow.nodes[0].type"),
        (workflow(node("start", "s", color="red")), "workflow.nodes[0].color"),
        (workflow(node("start", "s", x=1e300)), "workflow.nodes[0].x"),
        (workflow(node("start", "a\0b")), "workflow"),
        (workflow(node("action", "a", arguments={"n": 10**30})), "workflow.nodes[0].arguments"),
        (
            workflow(node("action", "a", arguments={"n": [[[[[[[[[[[1]]]]]]]]]]]})),
            "workflow.nodes[0].arguments",
        ),
        ({"format": 2, "nodes": []}, "workflow.format"),
        ([], "workflow"),
    ],
    ids=range(8),
)
async def test_what_is_no_workflow_is_refused_by_its_place(shop: Shop, drawn: Any, field: str) -> None:
    assert [place for place, _ in errors(await save(shop, 0, drawn))] == [field]
    assert await shop.rows("SELECT version FROM workflow_drafts") == []


async def test_a_node_may_stand_anywhere(shop: Shop) -> None:
    drawn = workflow(node("start", "s", x=-5.684341886080802e-14, y=12345.678))
    assert (await save(shop, 0, drawn)).status == 200
    found = (await draft(shop))["workflow"]["nodes"][0]
    assert (found["x"], found["y"]) == (-5.684341886080802e-14, 12345.678)


@pytest.mark.parametrize("text", ["\\u0000", "\\\\u0000", "a\\"])
async def test_a_backslash_is_not_a_nul(shop: Shop, text: str) -> None:
    drawn = workflow(node("start", "s", name=text))
    assert (await save(shop, 0, drawn)).status == 200
    assert (await draft(shop))["workflow"]["nodes"][0]["name"] == text


async def test_a_workflow_may_be_large_but_not_too_large(shop: Shop) -> None:
    prompt = "x" * 8_000
    drawn = workflow(*(node("llm", f"n{n}", prompt=prompt) for n in range(60)))
    assert len(msgspec.json.encode(drawn)) < MAX_BYTES
    assert (await save(shop, 0, drawn)).status == 200
    drawn = workflow(*(node("llm", f"n{n}", prompt=prompt) for n in range(70)))
    assert (await save(shop, 1, drawn)).json["code"] == "too_large"
    digits = workflow(node("action", "a", arguments={"n": [1e-300] * 50_000}))
    assert (await save(shop, 1, digits)).json["code"] == "too_large", "Postgres writes each of them out"
    packed = workflow(*(node("end", "e") for n in range(18_000)))
    assert len(msgspec.json.encode(packed)) < MAX_BYTES, "larger as it is stored, with every field"
    assert (await save(shop, 1, packed)).json["code"] == "too_large"


async def test_a_body_that_is_not_json_is_refused(shop: Shop) -> None:
    for data, headers, status in (
        (b"{", JSON, 400),
        (b"[" * 60_000, JSON, 422),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b" " * (MAX_BYTES + 10_000), JSON, 413),
    ):
        answer = await shop.manager.call("PUT", shop.path(WORKFLOW), headers=headers, data=data)
        assert answer.status == status, answer.body


async def test_projects_do_not_share_workflows(shop: Shop, api: ApiFixture) -> None:
    await save(shop, 0, DRAWN)
    await publish(shop, 1)
    other = await api.project("Other")
    boss = await api.sign_in(await api.person("Lan", manager=other))
    assert (await boss.get(of(other, WORKFLOW))).json["version"] == 0
    assert (await boss.get(of(other, f"{WORKFLOW}/versions"))).json["items"] == []
    assert (await boss.get(of(other, f"{WORKFLOW}/versions/1"))).status == 404
    for rest in (ROUTE, WORKFLOW, f"{WORKFLOW}/versions", f"{WORKFLOW}/versions/1", f"{ROUTE}/figures"):
        assert (await boss.get(shop.path(rest))).status == 404, rest
