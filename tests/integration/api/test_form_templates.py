"""Templates of forms: roles, unique names, limits, versions, the form before the chat, deletion."""

from typing import Any

import pytest
import trio

from core.db.forms import templates as table
from tests.integration.api.api_fixture import PAGE, Answer, ApiFixture, Caller, of
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
ROUTE = "/form-templates"
FIELD = {"key": "size", "label": "Size", "type": "select", "required": True, "options": ["S", "M"]}


async def made(shop: Shop, name: str = "Order", **more: Any) -> Any:
    answer = await shop.manager.post(shop.path(ROUTE), {"name": name, "fields": [FIELD], **more})
    assert answer.status == 201, answer.body
    return answer.json


async def change(caller: Caller, shop: Shop, template: Any, **fields: Any) -> Answer:
    return await caller.call(
        "PATCH", shop.path(f"{ROUTE}/{template['id']}"), {"version": template["version"], **fields}
    )


async def listed(caller: Caller, shop: Shop) -> Any:
    answer = await caller.get(shop.path(ROUTE))
    assert answer.status == 200, answer.body
    return answer.json["items"]


def errors(answer: Answer) -> list[tuple[str, str]]:
    assert answer.status == 422, answer.body
    return [(error["field"], error["code"]) for error in answer.json["errors"]]


async def test_a_manager_writes_and_every_agent_reads(shop: Shop) -> None:
    template = await made(shop, "  Order   details ", description="So that we find it.\nThanks")
    assert (template["name"], template["version"], template["answers"]) == ("Order details", 1, 0)
    assert template["fields"] == [FIELD]
    assert template["description"] == "So that we find it.\nThanks"
    assert (template["enabled"], template["pre_chat"]) == (True, False)
    assert await listed(shop.agent, shop) == [template]
    assert (await shop.agent.get(shop.path(f"{ROUTE}/{template['id']}"))).json == template
    for method, rest in (("POST", ""), ("PATCH", f"/{template['id']}"), ("DELETE", f"/{template['id']}")):
        body = None if method == "DELETE" else {"version": 1, "name": "x", "fields": [FIELD]}
        body = {"name": "x", "fields": [FIELD]} if method == "POST" else body
        assert (await shop.agent.call(method, shop.path(ROUTE + rest), body)).status == 403
    ((result, _, changes),) = [
        one for one in await shop.audit_entries("form_template.created") if one[0] == "ok"
    ]
    assert (result, changes["name"]) == ("ok", "Order details")


@pytest.mark.parametrize("other", ["ORDER", "order", " Order "])
async def test_a_name_is_unique_ignoring_case(shop: Shop, other: str) -> None:
    first, second = await made(shop), await made(shop, "Returns")
    for answer in (
        await shop.manager.post(shop.path(ROUTE), {"name": other, "fields": [FIELD]}),
        await change(shop.manager, shop, second, name=other),
    ):
        assert errors(answer) == [("name", "taken")]
    assert (await change(shop.manager, shop, first, name=other)).status == 200, "its own"


async def test_names_are_compared_in_every_alphabet(shop: Shop) -> None:
    await made(shop, "Đổi trả")
    answer = await shop.manager.post(shop.path(ROUTE), {"name": "ĐỔI TRẢ", "fields": [FIELD]})
    assert errors(answer) == [("name", "taken")]


async def test_of_two_changes_of_one_version_the_second_is_stale(shop: Shop) -> None:
    template = await made(shop)
    answers: list[Answer] = []

    async def edit(text: str) -> None:
        answers.append(await change(shop.manager, shop, template, description=text))

    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(edit, f"No. {number}")
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    (saved,) = [answer.json for answer in answers if answer.status == 200]
    assert (saved["version"], await listed(shop.agent, shop)) == (2, [saved])
    assert saved["updated_at"] > saved["created_at"]


async def test_a_change_of_nothing_keeps_the_version_and_is_not_logged(shop: Shop) -> None:
    template = await made(shop)
    answer = await change(shop.manager, shop, template, name="Order", fields=[FIELD], enabled=True)
    assert (answer.status, answer.json) == (200, template)
    assert await shop.audit_entries("form_template.changed") == []


async def test_a_deleted_template_is_gone_and_its_name_free(shop: Shop) -> None:
    template = await made(shop)
    path = shop.path(f"{ROUTE}/{template['id']}")
    assert (await shop.manager.call("DELETE", path)).status == 204
    assert (await shop.manager.call("DELETE", path)).status == 404
    assert (await shop.agent.get(path)).status == 404
    assert (await change(shop.manager, shop, template, name="x")).status == 404
    again = await made(shop)
    assert await listed(shop.agent, shop) == [again]


async def test_one_enabled_form_is_shown_before_the_chat(shop: Shop) -> None:
    first = await made(shop, pre_chat=True)
    answer = await shop.manager.post(shop.path(ROUTE), {"name": "Other", "fields": [FIELD], "pre_chat": True})
    assert errors(answer) == [("pre_chat", "taken")]
    second = await made(shop, "Other", pre_chat=True, enabled=False)
    assert errors(await change(shop.manager, shop, second, enabled=True)) == [("pre_chat", "taken")]
    assert (await change(shop.manager, shop, first, enabled=False)).status == 200
    assert (await change(shop.manager, shop, second, enabled=True)).status == 200


async def test_parallel_forms_before_the_chat_are_one(shop: Shop) -> None:
    statuses: list[int] = []

    async def create(name: str) -> None:
        body = {"name": name, "fields": [FIELD], "pre_chat": True}
        statuses.append((await shop.manager.post(shop.path(ROUTE), body)).status)

    async with trio.open_nursery() as nursery:
        for name in ("a", "b", "c", "d"):
            nursery.start_soon(create, name)
    assert sorted(statuses) == [201, 422, 422, 422]


async def test_a_widget_gets_the_form_before_the_chat(shop: Shop) -> None:
    visitor = shop.api.anonymous()
    path = f"/api/v1/public{shop.path()[len('/api/v1') :]}/settings"
    assert (await visitor.get(path, Origin=PAGE)).json["pre_chat"] is None
    template = await made(shop, pre_chat=True, description="Before we start")
    shown = (await visitor.get(path, Origin=PAGE)).json["pre_chat"]
    assert shown == {
        "template": template["id"],
        "name": "Order",
        "description": "Before we start",
        "fields": [FIELD],
    }


async def test_projects_do_not_share_templates(shop: Shop, api: ApiFixture) -> None:
    await made(shop, pre_chat=True)
    other = await api.project("Other")
    boss = await api.sign_in(await api.person("Lan", manager=other))
    answer = await boss.post(of(other, ROUTE), {"name": "Order", "fields": [FIELD], "pre_chat": True})
    assert answer.status == 201
    foreign = f"{ROUTE}/{answer.json['id']}"
    assert (await shop.manager.get(shop.path(foreign))).status == 404
    assert (await shop.manager.call("DELETE", shop.path(foreign))).status == 404
    assert (await shop.manager.get(shop.path(foreign + "/answers"))).status == 404


async def test_a_project_has_at_most_two_hundred(shop: Shop) -> None:
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO form_templates (project_id, id, name, name_key, fields, created_at, updated_at) "
            "SELECT $1, gen_random_uuid(), 't' || n, 't' || n, '[]', now(), now() "
            "FROM generate_series(1, $2) AS n",
            shop.project,
            table.MAX_PER_PROJECT,
        )
    answer = await shop.manager.post(shop.path(ROUTE), {"name": "one more", "fields": [FIELD]})
    assert (answer.status, answer.json["code"]) == (409, "too_many")


def text(key: str = "a", **more: Any) -> Any:
    return {"key": key, "label": "A", "type": "text", **more}


@pytest.mark.parametrize(
    ("fields", "where", "code"),
    [
        ([text(), text()], "fields[1].key", "taken"),
        ([text(label=" \u200b")], "fields[0].label", "required"),
        ([text(type="file")], "fields[0].type", "unknown"),
        ([text(options=["S"])], "fields[0].options", "unknown"),
        ([text(type="select")], "fields[0].options", "required"),
        ([text(type="multiselect", options=["S", "\u200b"])], "fields[0].options", "required"),
        ([text(type="select", options=["S", " S "])], "fields[0].options", "taken"),
        (
            [text(f"k{n}", type="select", options=[f"{m} {'o' * 190}" for m in range(50)]) for n in range(2)],
            "fields",
            "too_large",
        ),
    ],
)
async def test_a_field_that_no_visitor_could_fill_is_refused_by_its_place(
    shop: Shop, fields: Any, where: str, code: str
) -> None:
    answer = await shop.manager.post(shop.path(ROUTE), {"name": "x", "fields": fields})
    assert errors(answer) == [(where, code)]
    assert await shop.rows("SELECT id FROM form_templates") == []


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "fields": [FIELD]},
        {"name": "x" * 101, "fields": [FIELD]},
        {"name": " \u200b", "fields": [FIELD]},
        {"name": "x", "fields": []},
        {"name": "x", "fields": [text(f"k{n}") for n in range(41)]},
        {"name": "x", "fields": [text("Upper")]},
        {"name": "x", "fields": [text("a" * 41)]},
        {"name": "x", "fields": [text(label="x" * 201)]},
        {"name": "x", "fields": [text(type="select", options=[str(n) for n in range(51)])]},
        {"name": "x", "fields": [text(help="?")]},
        {"name": "x", "fields": [FIELD], "description": "d" * 501},
        {"name": "x", "fields": [FIELD], "version": 1},
    ],
    ids=lambda body: repr(body)[:40],
)
async def test_a_template_that_breaks_a_limit_is_refused(shop: Shop, body: Any) -> None:
    assert (await shop.manager.post(shop.path(ROUTE), body)).status == 422
    assert await shop.rows("SELECT id FROM form_templates") == []
