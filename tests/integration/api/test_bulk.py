"""One change of many conversations: each has a result and an entry in the audit log of its own."""

from typing import Any
from uuid import uuid4

import pytest

from core.ids import ConversationId
from tests.integration.api.api_fixture import Answer, ApiFixture, of, text
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
ROUTE = "/conversations/bulk"


async def begun(shop: Shop, count: int) -> list[str]:
    return [text((await shop.api.writes(shop.project, f"text {n}"))[1]) for n in range(count)]


async def change(shop: Shop, conversations: list[str], **given: Any) -> Answer:
    items = [{"id": one} for one in conversations]
    return await shop.agent.post(shop.path(ROUTE), {"items": items, **given})


async def shown(shop: Shop, conversation: str) -> Any:
    return (await shop.agent.get(shop.path(f"/conversations/{conversation}"))).json


def results(answer: Answer) -> list[tuple[str, str | None]]:
    assert answer.status == 200, answer.body
    return [(one["result"], one["code"]) for one in answer.json["results"]]


async def test_each_conversation_has_its_own_result_and_its_own_entry(shop: Shop) -> None:
    one, two, three = await begun(shop, 3)
    assert results(await change(shop, [two], status="solved")) == [("changed", None)]
    absent = str(uuid4())
    answer = await change(shop, [one, two, absent, three, one], status="solved")
    assert [each["id"] for each in answer.json["results"]] == [one, two, absent, three]
    assert results(answer) == [
        ("changed", None),
        ("unchanged", None),
        ("refused", "not_found"),
        ("changed", None),
    ]
    assert {(await shown(shop, each))["status"] for each in (one, two, three)} == {"solved"}
    entries = await shop.audit_entries("conversation.status_changed")
    assert [(result, text(entity), changes) for result, entity, changes in entries][1:] == [
        ("ok", one, {"status": "solved"}),
        ("ok", two, {"status": "solved"}),
        ("failed", absent, {"status": "solved", "reason": "not_found"}),
        ("ok", three, {"status": "solved"}),
    ]
    assert await shop.audit_entries("conversation.bulk_changed") == []


async def test_many_are_assigned_and_unassigned(shop: Shop) -> None:
    made = await begun(shop, 2)
    ben = text(shop.ben.id)
    assert results(await change(shop, made, assignee_id=ben)) == [("changed", None)] * 2
    assert (await shown(shop, made[0]))["assignee"]["full_name"] == "Ben"
    assert results(await change(shop, made, assignee_id=str(uuid4()))) == [("refused", "invalid")] * 2
    assert results(await change(shop, made, assignee_id=None)) == [("changed", None)] * 2
    assert (await shown(shop, made[1]))["assignee"] is None
    logged = [(result, changes) for result, _, changes in await shop.audit_entries("conversation.assigned")]
    assert logged[0] == ("ok", {"assignee_id": ben})
    assert logged[-1] == ("ok", {"assignee_id": None})


async def test_many_are_marked_as_read_up_to_what_the_agent_has_seen(shop: Shop) -> None:
    one, two = await begun(shop, 2)
    visitor = (await shown(shop, one))["visitor"]["id"]
    await shop.agent.post(shop.path(f"/conversations/{two}/messages"), {"ref": str(uuid4()), "body": "Hi"})
    items = [{"id": one, "seq": 1}, {"id": two}]
    answer = await shop.manager.post(shop.path(ROUTE), {"items": items, "read": True})
    assert results(answer) == [("changed", None)] * 2
    answer = await shop.manager.post(shop.path(ROUTE), {"items": items, "read": True})
    assert results(answer) == [("unchanged", None)] * 2
    for each, seq in ((one, 1), (two, 2)):
        found = (await shop.manager.get(shop.path(f"/conversations/{each}"))).json
        assert (found["read_seq"], found["unread"]) == (seq, 0)
    assert visitor and await shop.audit_entries("conversation.bulk_changed") == []


async def test_a_hundred_are_changed_by_one_call_and_no_more(shop: Shop) -> None:
    made = await begun(shop, 100)
    assert results(await change(shop, made, status="spam")) == [("changed", None)] * 100
    assert (await change(shop, [*made, str(uuid4())], status="open")).status == 422
    assert (await change(shop, [], status="open")).status == 422


@pytest.mark.parametrize(
    "given",
    [{}, {"status": "open", "read": True}, {"status": "open", "assignee_id": None}, {"status": "closed"}],
)
async def test_a_call_makes_one_kind_of_change(shop: Shop, given: Any) -> None:
    (one,) = await begun(shop, 1)
    answer = await change(shop, [one], **given)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert [result for result, _, _ in await shop.audit_entries("conversation.bulk_changed")] == ["failed"]


async def test_conversations_of_another_project_are_not_found(shop: Shop, api: ApiFixture) -> None:
    other = await api.project("Other")
    _, conversation = await api.writes(other, "secret")
    for given in ({"status": "spam"}, {"assignee_id": text(shop.ben.id)}, {"read": True}):
        assert results(await change(shop, [text(conversation)], **given)) == [("refused", "not_found")]
    mai = await api.sign_in(await api.person("Mai", agent=other))
    found = (await mai.get(of(other, f"/conversations/{text(ConversationId(conversation))}"))).json
    assert (found["status"], found["assignee"]) == ("open", None)
