"""The test chat: a walk through a workflow, step by step; its state is signed; nothing is stored."""

import base64
from typing import Any

import pytest

from tests.integration.api.api_fixture import Answer, ApiFixture, of
from tests.integration.api.factories import filled_project
from tests.integration.api.fingerprints import fingerprint
from tests.integration.api.tenancy import Shop, shop
from tests.integration.api.test_assistant import DRAWN, errors, node, workflow

__all__ = ["shop"]
ROUTE = "/assistant/workflow/test"
WALK = workflow(
    node("start", "start", next="refund"),
    node("condition", "refund", question="A refund?", yes="form", no="answer"),
    node("action", "form", tool="send_form", arguments={"template": "Refund"}, next="order"),
    node("collect", "order", variable="order", value_type="number", question="Which order?", next="thank"),
    node("end", "thank", text="Thank you for {{order}}, {{visitor.name|stranger}}."),
    node("llm", "answer", prompt="Answer.", tools=["add_visitor_note", "send_form"]),
)


async def step(shop: Shop, state: str | None = None, drawn: Any = WALK, **more: Any) -> Answer:
    return await shop.manager.post(shop.path(ROUTE), {"workflow": drawn, "state": state, **more})


async def done(shop: Shop, state: str | None = None, drawn: Any = WALK, **more: Any) -> Any:
    answer = await step(shop, state, drawn, **more)
    assert answer.status == 200, answer.body
    return answer.json


async def received(shop: Shop, before: Any, type: str, **more: Any) -> Any:
    return await done(shop, before["state"], received={"type": type, **more})


def call(name: str, arguments: str) -> Any:
    return {"name": name, "arguments": arguments}


async def refund(shop: Shop) -> Any:
    """At the form of the walk."""
    chat = await done(shop, messages=["My money back"])
    return await received(shop, chat, "replied", calls=[call("route", '{"path": "yes"}')])


async def test_a_walk_from_the_first_message_to_the_end(shop: Shop) -> None:
    chat = await done(shop, messages=["My money back"])
    assert chat["effect"]["type"] == "ask" and chat["effect"]["instruction"] == "A refund?"
    assert [tool["name"] for tool in chat["effect"]["tools"]] == ["route"]
    assert (chat["node"], chat["over"], chat["effect"]["required"]) == ("refund", False, True)
    chat = await received(shop, chat, "replied", text="Maybe")
    assert chat["effect"]["strict"] is True
    chat = await received(shop, chat, "replied", calls=[call("route", '{"path": "yes"}')])
    assert chat["effect"] == {
        "type": "run",
        "node": "form",
        "tool": "send_form",
        "arguments": {"template": "Refund"},
    }
    chat = await received(shop, chat, "ran", ok=True, words="Sent.")
    assert chat["effect"] == {"type": "say", "text": "Which order?"}
    chat = await received(shop, chat, "said")
    assert (chat["effect"], chat["over"], chat["node"]) == ({"type": "wait"}, True, "order")
    chat = await done(shop, chat["state"], messages=["1042"])
    assert chat["effect"]["node"] == "order"
    chat = await received(shop, chat, "replied", calls=[call("collect", '{"value": "1042"}')])
    assert chat["variables"] == {"order": "1042"}
    assert chat["effect"]["text"] == chat["text"] == "Thank you for 1042, stranger."
    chat = await received(shop, chat, "said")
    assert (chat["effect"], chat["over"], chat["node"]) == ({"type": "end"}, True, "start")
    assert {"node": "order", "kind": "collect", "outcome": "value"} in chat["steps"]


async def test_the_model_is_offered_the_forms_of_the_project(shop: Shop) -> None:
    body = {"name": "Refund", "fields": [{"key": "a", "label": "A", "type": "text"}]}
    assert (await shop.manager.post(shop.path("/form-templates"), body)).status == 201
    chat = await done(shop, messages=["Hello"])
    chat = await received(shop, chat, "replied", calls=[call("route", '{"path": "no"}')])
    (note, form) = chat["effect"]["tools"]
    assert note["name"] == "add_visitor_note" and chat["effect"]["whole"] is True
    assert form["parameters"]["properties"]["template"]["enum"] == ["Refund"]
    calls = [call("add_visitor_note", '{"content": "New"}'), call("launch_rocket", "{}")]
    chat = await received(shop, chat, "replied", text="One moment.", calls=calls)
    assert chat["effect"]["tool"] == "add_visitor_note"
    chat = await received(shop, chat, "ran", ok=False, words="It failed.")
    assert [tool["name"] for tool in chat["effect"]["tools"]] == ["send_form"]
    chat = await received(shop, chat, "replied", text="Hello!")
    assert chat["effect"] == {"type": "say", "text": "One moment.\n\nHello!"}


async def test_a_provider_that_fails_ends_the_turn_where_it_began(shop: Shop) -> None:
    chat = await received(shop, await refund(shop), "failed", code="provider_unavailable")
    assert (chat["effect"], chat["over"]) == ({"type": "fail", "code": "provider_unavailable"}, True)
    assert chat["node"] == "start"


async def test_nothing_is_stored(shop: Shop, api: ApiFixture) -> None:
    other = await filled_project(api, "Other")
    boss = await api.sign_in(await api.person("Lan", manager=other.project))
    before = await fingerprint(api, other)
    body = {"workflow": WALK, "messages": ["Hello"]}
    assert (await boss.post(of(other.project, ROUTE), body)).status == 200
    assert await fingerprint(api, other) == before


async def test_a_state_is_signed_for_its_project(shop: Shop, api: ApiFixture) -> None:
    state = (await done(shop, messages=["Hello"]))["state"]
    raw = bytearray(base64.urlsafe_b64decode(state + "=" * (-len(state) % 4)))
    raw[40] ^= 1
    forged = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    said = {"type": "replied", "text": "x"}
    for wrong in (forged, state[:-6], state + "AAAA", "", "é", "x" * 100, "=" * 8):
        assert errors(await step(shop, wrong, received=said)) == [("state", "malformed")], wrong
    other = await api.project("Other")
    boss = await api.sign_in(await api.person("Lan", manager=other))
    answer = await boss.post(of(other, ROUTE), {"workflow": WALK, "state": state, "received": said})
    assert errors(answer) == [("state", "malformed")]


async def test_a_workflow_changes_between_turns_and_not_within_one(shop: Shop) -> None:
    chat = await refund(shop)
    answer = await step(shop, chat["state"], DRAWN, received={"type": "ran", "ok": True})
    assert (answer.status, answer.json["code"]) == (409, "stale")
    chat = await received(shop, await received(shop, chat, "ran", ok=True), "said")
    assert (chat["over"], chat["node"]) == (True, "order")
    chat = await done(shop, chat["state"], DRAWN, messages=["Hello"])
    assert chat["effect"]["node"] == "has_email", "the new one has no node `order`: from its start"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, "messages"),
        ({"received": {"type": "said"}}, "messages"),
        ({"messages": [], "received": None}, "messages"),
        ({"messages": [""]}, "messages[0]"),
        ({"messages": ["x"] * 5}, "messages"),
        ({"messages": ["x" * 5_001]}, "messages[0]"),
        ({"messages": ["x"], "state": "x" * 300_000}, "state"),
        ({"messages": ["x"], "facts": {}}, "facts"),
    ],
    ids=range(8),
)
async def test_a_chat_begins_with_messages(shop: Shop, more: Any, field: str) -> None:
    answer = await shop.manager.post(shop.path(ROUTE), {"workflow": WALK, **more})
    assert [name for name, _ in errors(answer)] == [field]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"messages": ["x"]},
        {"received": {"type": "said"}},
        {"received": {"type": "replied", "text": "x"}},
        {"received": {"type": "ran", "ok": True}, "messages": ["x"]},
    ],
)
async def test_an_answer_that_does_not_fit_the_effect_is_refused(shop: Shop, more: Any) -> None:
    chat = await refund(shop)
    assert chat["effect"]["type"] == "run"
    assert [name for name, _ in errors(await step(shop, chat["state"], **more))] == ["received"]


async def test_a_draft_that_is_not_wired_fails_with_a_code(shop: Shop) -> None:
    for drawn, code in (
        (workflow(), "not_wired"),
        (workflow(node("start", "s")), "not_wired"),
        (workflow(node("start", "s", next="s")), "turn_too_long"),
        (workflow(node("start", "s", next="e"), node("end", "e")), "empty_answer"),
    ):
        chat = await done(shop, None, drawn, messages=["Hello"])
        assert chat["effect"] == {"type": "fail", "code": code}


async def test_a_chat_ends_before_its_state_is_too_large(shop: Shop) -> None:
    drawn = workflow(node("start", "s", next="m"), node("llm", "m", prompt="x", tools=["add_visitor_note"]))
    chat = await done(shop, None, drawn, messages=["\U0001f600" * 5_000] * 4)
    calls = [call("unknown", "\U0001f600" * 4_990 + str(n)) for n in range(8)]
    answer = await step(shop, chat["state"], drawn, received={"type": "replied", "calls": calls})
    assert (answer.status, answer.json["code"]) == (413, "too_large")
