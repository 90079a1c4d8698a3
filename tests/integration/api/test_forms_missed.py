"""Clients that missed the live events learn what became of forms; agents learn nothing that is withheld."""

from typing import Any
from uuid import uuid4

from core import ids
from core.apply.apply import apply
from core.commands import CloseForm
from core.ids import SYSTEM, MessageId
from tests.integration.api.tenancy import shop
from tests.integration.api.test_forms import VALUES, Talk, talk

__all__ = ["shop", "talk"]
SMALLER = {**VALUES, "size": "S"}


async def sent(talk: Talk, **more: Any) -> Any:
    answer = await talk.send(**more)
    assert answer.status == 201, answer.body
    return answer.json


async def expire(talk: Talk, form: Any) -> None:
    """As the janitor does."""
    later = ids.now() + 3_600_000
    command = CloseForm(
        talk.shop.project, SYSTEM, talk.conversation, MessageId(ids.parse(form["id"])), True, later
    )
    async with talk.shop.api.context.database.transaction() as conn:
        await apply(conn, [command], now=later)


async def states(talk: Talk, change: int) -> list[tuple[int, str | None]]:
    """Version and state of each altered message, for agents; the visitor's must be the same."""
    items = await talk.messages(f"?after_change={change}")
    seen = await talk.seen_by_visitor(f"?after_change={change}")
    assert [(one["id"], one["version"], one["content"]) for one in seen] == [
        (one["id"], one["version"], one["content"]) for one in items
    ]
    return [(one["version"], (one["content"] or {}).get("state")) for one in items]


async def test_answered_cancelled_and_expired_forms_are_listed_with_their_states(talk: Talk) -> None:
    first = await sent(talk)
    assert await states(talk, 0) == [], "a form that was sent is a message, no change"
    answered = await talk.answer(first["id"], VALUES)
    assert await states(talk, 0) == [(1, "answered")]
    (item,) = await talk.messages("?after_change=0")
    assert item["content"]["answer"] == ids.text(answered.message)
    second = await sent(talk)
    path = f"{talk.path}/forms/{second['id']}"
    assert (await talk.shop.agent.call("DELETE", path)).status == 204
    third = await sent(talk, expires_in=60)
    await expire(talk, third)
    assert await states(talk, 0) == [(1, "answered"), (2, "cancelled"), (3, "expired")]
    assert await states(talk, 1) == [(2, "cancelled"), (3, "expired")]
    assert (await talk.row())["last_change"] == 3
    page = (await talk.shop.agent.get(f"{talk.path}/messages?after_change=0&limit=2")).json
    assert (page["has_more"], [one["version"] for one in page["items"]]) == (True, [1, 2])
    everything = {one["id"]: one["version"] for one in await talk.messages()}
    assert [everything[one["id"]] for one in (first, second, third)] == [1, 2, 3], "as the page says"


async def test_a_corrected_and_a_removed_answer_are_listed_as_they_are_now(talk: Talk) -> None:
    answer = await talk.answer((await sent(talk))["id"], VALUES)
    path = f"{talk.path}/form-answers/{ids.text(answer.message)}"
    corrected = await talk.shop.manager.call("PATCH", path, {"version": 1, "values": SMALLER})
    assert corrected.status == 200, corrected.body
    _, item = await talk.messages("?after_change=0")
    assert (item["version"], item["content"]["version"]) == (2, 2) and "Size: S" in item["body"]
    assert (await talk.seen_by_visitor("?after_change=1"))[0]["body"] == item["body"]
    assert (await talk.shop.manager.call("DELETE", path)).status == 204
    (gone,) = await talk.messages("?after_change=2")
    assert (gone["version"], gone["content"]["removed"], gone["content"]["values"]) == (3, True, [])
    assert "Size: S" not in str(await talk.messages("?after_change=0"))


async def test_an_answer_of_a_blocked_visitor_reaches_no_agent(talk: Talk) -> None:
    form = await sent(talk)
    path = talk.shop.path(f"/visitors/{ids.text(talk.visitor)}/restriction")
    blocked = await talk.shop.agent.call("PUT", path, {"kind": "blocked"})
    assert blocked.status in {200, 204}, blocked.body
    await talk.answer(form["id"], VALUES)
    assert await talk.messages("?after_change=0") == []
    shown = (await talk.messages())[1]
    assert (shown["version"], shown["content"]["state"]) == (0, "open") and "answer" not in shown["content"]
    (own,) = await talk.seen_by_visitor("?after_change=0")
    assert (own["version"], own["content"]["state"]) == (1, "answered")
    lifted = await talk.shop.agent.call("DELETE", path)
    assert lifted.status in {200, 204}, lifted.body
    assert await states(talk, 0) == [(1, "answered")]


async def test_a_form_of_which_its_text_was_removed_stays_removed(talk: Talk) -> None:
    form = await sent(talk)
    await talk.answer(form["id"], VALUES)
    removed = await talk.shop.manager.call("DELETE", f"{talk.path}/messages/{form['id']}")
    assert removed.status == 200, removed.body
    (item,) = await talk.messages("?after_change=1")
    assert (item["version"], item["body"], item["content"]) == (2, "", None)
    again = {"ref": form["ref"] or str(uuid4()), "body": "Order"}
    refused = await talk.shop.agent.post(f"{talk.path}/messages", again)
    assert refused.json["code"] == "conflict", "a text with the ref of a form is another message"
