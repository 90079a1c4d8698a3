"""Forms in a conversation over REST: sent, cancelled, filled, corrected, removed, listed, exported."""

import csv
import io
from typing import Any
from uuid import uuid4

import pytest
import trio

from core import ids
from core.apply.apply import apply
from core.commands import AnswerForm
from core.events import CommandRefused, MessagePosted
from core.ids import ConversationId, MessageId, Ref, VisitorId
from tests.integration.api.api_fixture import PAGE, Answer, Caller, text
from tests.integration.api.tenancy import Shop, shop
from tests.integration.api.test_form_templates import FIELD, ROUTE, change, made

__all__ = ["shop"]
FIELDS = [
    FIELD,
    {"key": "number", "label": "Order number", "type": "number"},
    {"key": "topics", "label": "Topics", "type": "multiselect", "options": ["Order", "Return"]},
]
VALUES = {"size": "M", "number": "017.50", "topics": ["Return", "Order"]}


class Talk:
    """A conversation of a visitor in the shop, and a template."""

    def __init__(self, shop: Shop, visitor: VisitorId, conversation: ConversationId, template: Any) -> None:
        self.shop = shop
        self.visitor = visitor
        self.conversation = conversation
        self.template = template

    @property
    def path(self) -> str:
        return self.shop.path(f"/conversations/{text(self.conversation)}")

    async def send(self, caller: Caller | None = None, **more: Any) -> Answer:
        body = {"template": self.template["id"], "ref": str(uuid4()), **more}
        return await (caller or self.shop.agent).post(f"{self.path}/forms", body)

    async def fill(self, values: Any, caller: Caller | None = None, **more: Any) -> Answer:
        body = {"template": self.template["id"], "ref": str(uuid4()), "values": values, **more}
        return await (caller or self.shop.agent).post(f"{self.path}/form-answers", body)

    async def answer(self, request: str, values: Any, *, at: int | None = None) -> Any:
        """The visitor answers, as the worker applies it."""
        now = at or ids.now()
        command = AnswerForm(
            self.shop.project,
            self.visitor,
            Ref(ids.make()),
            MessageId(ids.make()),
            self.conversation,
            MessageId(ids.parse(request)),
            None,
            values,
            now,
        )
        async with self.shop.api.context.database.transaction() as conn:
            (result,) = await apply(conn, [command], now=now)
        return result

    async def messages(self, query: str = "") -> Any:
        answer = await self.shop.agent.get(f"{self.path}/messages{query}")
        assert answer.status == 200, answer.body
        return answer.json["items"]

    async def seen_by_visitor(self, query: str = "") -> Any:
        key = self.shop.api.key(self.shop.project, self.visitor)
        path = f"/api/v1/public{self.shop.path()[len('/api/v1') :]}/messages{query}"
        answer = await self.shop.api.anonymous().get(path, Origin=PAGE, Authorization=f"Visitor {key}")
        assert answer.status == 200, answer.body
        return answer.json["items"]

    async def row(self) -> Any:
        return (await self.shop.agent.get(self.path)).json


@pytest.fixture
async def talk(shop: Shop) -> Talk:
    visitor, conversation = await shop.api.writes(shop.project, "hello")
    template = await made(shop, fields=FIELDS, description="So that we find it")
    return Talk(shop, visitor, conversation, template)


async def test_a_form_is_sent_as_a_snapshot(talk: Talk) -> None:
    sent = await talk.send(expires_in=3600)
    assert sent.status == 201, sent.body
    content = sent.json["content"]
    assert (sent.json["kind"], sent.json["seq"]) == ("form_request", 2)
    assert sent.json["body"] == "Order: Size, Order number, Topics"
    assert (content["name"], content["description"]) == ("Order", "So that we find it")
    assert [field["key"] for field in content["fields"]] == ["size", "number", "topics"]
    assert 3_599_000 < content["expires_at"] - sent.json["at"] <= 3_600_000
    assert (await change(talk.shop.manager, talk.shop, talk.template, fields=[FIELD])).status == 200
    shown = (await talk.messages())[1]
    assert shown["content"] == content | {"state": "open"}
    assert (await talk.seen_by_visitor())[1] == shown
    row = await talk.row()
    assert (row["snippet"], row["last_seq"], row["read_seq"]) == ("Order", 2, 2), "sending implies reading"


async def test_a_conversation_has_one_open_form(talk: Talk) -> None:
    first = await talk.send()
    second = await talk.send()
    assert (second.status, second.json["code"]) == (409, "form_open")
    path = f"{talk.path}/forms/{first.json['id']}"
    assert (await talk.shop.agent.call("DELETE", path)).status == 204
    assert (await talk.shop.agent.call("DELETE", path)).status == 204, "again"
    assert (await talk.messages())[1]["content"]["state"] == "cancelled"
    assert (await talk.send()).status == 201
    assert (await talk.row())["last_change"] == 1


async def test_an_expired_form_does_not_block_the_next(talk: Talk) -> None:
    first = await talk.send(expires_in=60)
    async with talk.shop.api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE form_requests SET expires_at = now() - interval '1 s' WHERE project_id = $1",
            talk.shop.project,
        )
    assert (await talk.messages())[1]["content"]["state"] == "expired", "by the time, before any sweep"
    assert (await talk.row())["last_change"] == 0
    cancelled = await talk.shop.agent.call("DELETE", f"{talk.path}/forms/{first.json['id']}")
    assert (cancelled.status, cancelled.json["code"]) == (409, "form_expired")
    refused = await talk.answer(first.json["id"], VALUES)
    assert isinstance(refused, CommandRefused) and refused.reason == "form_expired"
    assert (await talk.send()).status == 201
    assert (await talk.row())["last_change"] == 1, "it expired once"


async def test_parallel_forms_are_one(talk: Talk) -> None:
    answers: list[Answer] = []

    async def send() -> None:
        answers.append(await talk.send())

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(send)
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert [row["kind"] for row in await talk.messages()] == ["text", "form_request"]


async def test_a_repeated_ref_is_the_first_form(talk: Talk) -> None:
    ref = str(uuid4())
    first = await talk.send(ref=ref)
    again = await talk.send(ref=ref, expires_in=60)
    assert (again.status, again.json["id"]) == (200, first.json["id"])
    assert again.json["content"]["state"] == "open"
    other = await made(talk.shop, "Other")
    assert (await talk.send(ref=ref, template=other["id"])).json["code"] == "conflict"
    assert (await talk.fill({"size": "M"}, ref=ref)).json["code"] == "conflict"


async def test_a_disabled_a_deleted_and_an_absent_template_are_not_sent(talk: Talk) -> None:
    assert (await change(talk.shop.manager, talk.shop, talk.template, enabled=False)).status == 200
    for answer in (await talk.send(), await talk.fill({"size": "M"})):
        assert (answer.status, answer.json["code"]) == (409, "form_disabled")
    assert (await talk.shop.manager.call("DELETE", talk.shop.path(f"{ROUTE}/{talk.template['id']}"))).status
    for answer in (await talk.send(), await talk.fill({"size": "M"}), await talk.send(template=str(uuid4()))):
        assert answer.status == 404
    assert len(await talk.messages()) == 1


async def test_an_answer_is_a_message_with_labels_and_ends_the_request(talk: Talk) -> None:
    sent = await talk.send()
    assert (await talk.shop.manager.call("DELETE", talk.shop.path(f"{ROUTE}/{talk.template['id']}"))).status
    posted = await talk.answer(sent.json["id"], VALUES)
    assert isinstance(posted, MessagePosted)
    _, request, answer = await talk.messages()
    assert (request["content"]["state"], request["content"]["answer"]) == ("answered", answer["id"])
    assert (answer["kind"], answer["author"]["party"]) == ("form_answer", "visitor")
    assert answer["body"] == "Order\nSize: M\nOrder number: 17.5\nTopics: Order, Return"
    assert answer["content"] == {
        "type": "form_answer",
        "template": talk.template["id"],
        "name": "Order",
        "values": [
            {"key": "size", "label": "Size", "value": "M"},
            {"key": "number", "label": "Order number", "value": "17.5"},
            {"key": "topics", "label": "Topics", "value": ["Order", "Return"]},
        ],
        "request": sent.json["id"],
    }
    row = await talk.row()
    assert (row["snippet"], row["unread"], row["last_change"]) == ("Order: M, 17.5, Order, Return", 1, 1)
    cancelled = await talk.shop.agent.call("DELETE", f"{talk.path}/forms/{sent.json['id']}")
    assert (cancelled.status, cancelled.json["code"]) == (409, "form_answered")
    refused = await talk.answer(sent.json["id"], VALUES)
    assert refused.reason == "form_answered"


async def test_the_snapshot_decides_and_not_the_template_of_today(talk: Talk) -> None:
    sent = await talk.send()
    fields = [{**FIELD, "options": ["XL"]}, {"key": "new", "label": "New", "type": "text", "required": True}]
    assert (await change(talk.shop.manager, talk.shop, talk.template, fields=fields)).status == 200
    refused = await talk.answer(sent.json["id"], {"size": "XL", "new": "x"})
    assert refused.faults == {"size": "not_an_option", "new": "not_an_option"}
    assert isinstance(await talk.answer(sent.json["id"], {"size": "S"}), MessagePosted)


async def test_an_agent_fills_a_form(talk: Talk) -> None:
    ref = str(uuid4())
    filled = await talk.fill(VALUES, ref=ref)
    assert filled.status == 201, filled.body
    assert filled.json["author"]["name"] == "Ben"
    assert "request" not in filled.json["content"]
    assert (await talk.fill(VALUES, ref=ref)).status == 200
    other = await talk.fill({**VALUES, "size": "S"}, ref=ref)
    assert (other.status, other.json["code"]) == (409, "conflict")
    assert (await talk.seen_by_visitor())[1]["content"] == filled.json["content"]


async def test_values_that_do_not_fit_are_named_and_nothing_is_stored(talk: Talk) -> None:
    answer = await talk.fill({"number": "1,5", "topics": ["Order", "Cancel"], "colour": "red"})
    assert answer.status == 422
    assert {(one["field"], one["code"]) for one in answer.json["errors"]} == {
        ("values.size", "required"),
        ("values.number", "not_a_number"),
        ("values.topics", "not_an_option"),
        ("values.colour", "not_an_option"),
    }
    assert len(await talk.messages()) == 1


async def correct(talk: Talk, filled: Any, values: Any, *, version: int = 1, caller: Any = None) -> Answer:
    return await (caller or talk.shop.agent).call(
        "PATCH", f"{talk.path}/form-answers/{filled['id']}", {"version": version, "values": values}
    )


async def logged(talk: Talk, action: str) -> list[Any]:
    """The changes in the audit log's entries of what was done."""
    return [changes for result, _, changes in await talk.shop.audit_entries(action) if result == "ok"]


async def test_a_correction_is_in_place_and_the_former_values_are_in_the_audit_log_alone(talk: Talk) -> None:
    filled = (await talk.fill(VALUES)).json
    changed = await correct(talk, filled, {"size": "S"})
    assert changed.status == 200, changed.body
    assert (changed.json["id"], changed.json["seq"]) == (filled["id"], filled["seq"])
    content = changed.json["content"]
    assert (content["version"], content["values"][0]["value"], content["values"][1]["value"]) == (
        2,
        "S",
        None,
    )
    assert content["edited_at"] > 0
    assert [row["content"] for row in (await talk.messages())[1:]] == [content]
    row = await talk.row()
    assert (row["snippet"], row["last_change"], row["last_seq"]) == ("Order: S", 1, 2)
    ((_, _, changes),) = [
        one for one in await talk.shop.audit_entries("form_answer.changed") if one[0] == "ok"
    ]
    assert changes["values"]["from"] == {"size": "M", "number": "17.5", "topics": ["Order", "Return"]}
    assert changes["values"]["to"] == {"size": "S", "number": None, "topics": None}
    stored = await talk.shop.rows("SELECT body || coalesce(content::text, '') FROM messages")
    assert not any("17.5" in text for (text,) in stored)


async def test_of_two_corrections_of_one_version_the_second_is_stale(talk: Talk) -> None:
    filled = (await talk.fill(VALUES)).json
    answers: list[Answer] = []

    async def edit(number: str) -> None:
        answers.append(await correct(talk, filled, {"size": "S", "number": number}))

    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(edit, str(number))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    assert {answer.json["code"] for answer in answers if answer.status == 409} == {"stale"}
    (changes,) = await logged(talk, "form_answer.changed")
    again = await correct(talk, filled, changes["values"]["to"], version=2)
    assert (again.status, again.json["content"]["version"]) == (200, 2), "nothing changed"


async def test_a_removed_answer_keeps_its_place_without_values(talk: Talk) -> None:
    sent = (await talk.send()).json
    await talk.answer(sent["id"], VALUES)
    answer = (await talk.messages())[2]
    path = f"{talk.path}/form-answers/{answer['id']}"
    assert (await talk.shop.agent.call("DELETE", path)).status == 403, "of the visitor: managers only"
    assert (await correct(talk, answer, {"size": "S"})).status == 403
    assert (await talk.shop.manager.call("DELETE", path)).status == 204
    assert (await talk.shop.manager.call("DELETE", path)).status == 204, "again"
    shown = (await talk.seen_by_visitor())[2]
    assert (shown["seq"], shown["body"], shown["content"]["values"]) == (3, "Order", [])
    assert (shown["content"]["removed"], shown["content"]["version"]) == (True, 2)
    assert (await talk.messages())[1]["content"]["state"] == "answered"
    assert (await talk.row())["snippet"] == "Order"
    assert (await correct(talk, answer, {"size": "S"}, version=2, caller=talk.shop.manager)).status == 404
    (changes,) = await logged(talk, "form_answer.removed")
    assert changes["values"]["from"]["size"] == "M"
    assert (await listed(talk))["items"] == []


async def test_an_agent_corrects_only_what_they_filled(talk: Talk) -> None:
    filled = (await talk.fill(VALUES, caller=talk.shop.manager)).json
    assert (await correct(talk, filled, {"size": "S"})).json["code"] == "forbidden"
    own = (await talk.fill(VALUES)).json
    assert (await correct(talk, own, {"size": "S"}, caller=talk.shop.manager)).status == 200


async def test_a_message_that_is_no_answer_is_not_found(talk: Talk) -> None:
    sent = (await talk.send()).json
    for message in (sent["id"], (await talk.messages())[0]["id"], str(uuid4())):
        assert (await correct(talk, {"id": message}, {"size": "S"})).status == 404
        assert (await talk.shop.manager.call("DELETE", f"{talk.path}/form-answers/{message}")).status == 404
    assert (await talk.shop.agent.call("DELETE", f"{talk.path}/forms/{uuid4()}")).status == 404
    _, other = await talk.shop.api.writes(talk.shop.project, "hi")
    elsewhere = talk.shop.path(f"/conversations/{text(other)}/forms/{sent['id']}")
    assert (await talk.shop.agent.call("DELETE", elsewhere)).status == 404


async def listed(talk: Talk, query: str = "") -> Any:
    answer = await talk.shop.agent.get(talk.shop.path(f"{ROUTE}/{talk.template['id']}/answers{query}"))
    assert answer.status == 200, answer.body
    return answer.json


async def test_the_answers_of_a_template_are_paginated_and_survive_it(talk: Talk) -> None:
    for number in range(5):
        assert (await talk.fill({"size": "M", "number": str(number)})).status == 201
    (template,) = (await talk.shop.agent.get(talk.shop.path(ROUTE))).json["items"]
    assert template["answers"] == 5
    assert (await talk.shop.manager.call("DELETE", talk.shop.path(f"{ROUTE}/{talk.template['id']}"))).status
    found: list[str] = []
    query = "?limit=2"
    while True:
        page = await listed(talk, query)
        found += [item["values"][1]["value"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"?limit=2&cursor={page['next_cursor']}"
    assert found == ["4", "3", "2", "1", "0"]


async def test_the_answers_are_exported_without_formulas(talk: Talk) -> None:
    evil = {"key": "note", "label": "=cmd", "type": "text"}
    fields = [*FIELDS, evil]
    assert (await change(talk.shop.manager, talk.shop, talk.template, fields=fields)).status == 200
    assert (await talk.fill({**VALUES, "note": "=1+1"})).status == 201
    current = (await talk.shop.agent.get(talk.shop.path(ROUTE))).json["items"][0]
    assert (await change(talk.shop.manager, talk.shop, current, fields=[FIELD, evil])).status == 200
    answer = await talk.shop.agent.get(talk.shop.path(f"{ROUTE}/{talk.template['id']}/answers.csv"))
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    head, row = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert head[-3:] == ["Size", "'=cmd", "other"]
    assert row[-3:-1] == ["M", "'=1+1"]
    assert '"number":"17.5"' in row[-1] and '"topics":["Order","Return"]' in row[-1]
