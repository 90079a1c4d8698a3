"""Webhooks about altered messages, forms, deleted conversations and visitors who become known."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core import ids
from core.apply.apply import apply
from core.db import consumers
from core.ids import VisitorId
from tests.integration.core.core_fixture import NOW, connect, new_visitor
from tests.integration.worker.webhook_project import SIZE, Altering
from tests.integration.worker.webhook_receiver import OK, WebhookReceiver
from tests.receiver import answer
from tests.stack import Stack
from worker.webhooks import expand

CANARY = "canary-4111-1111"
FORMS = ("form.sent", "form.answered", "form.updated")


@pytest.fixture
def project(fresh_stack: Stack) -> Altering:
    return Altering(fresh_stack)


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookReceiver]:
    made = WebhookReceiver(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", made.authority)
    yield made
    made.close()


def test_edits_and_redactions_arrive_in_order_and_without_the_old_text(
    project: Altering, receiver: WebhookReceiver
) -> None:
    project.webhook(receiver.url)
    (posted,) = project.apply(project.post(new_visitor(), f"my card is {CANARY}"))
    (reply,) = project.apply(project.reply(posted.conversation, f"was it {CANARY}?"))
    (note,) = project.apply(project.reply(posted.conversation, f"{CANARY}", note=True))
    project.apply(project.edit(reply, "was it your card?"), project.edit(note, "their card"))
    project.apply(project.redact(posted), project.redact(note))
    project.fan_out()
    project.settled(project.worker())
    assert receiver.events == [
        "conversation.created",
        "message.created",
        "message.created",
        "note.created",
        "message.edited",
        "note.edited",
        "message.redacted",
        "note.redacted",
    ]
    assert CANARY not in str([one.body for one in receiver.received]) and CANARY not in project.kept()
    edited, redacted = (receiver.received[place].json for place in (4, 6))
    assert edited["data"]["message"]["body"] == "was it your card?"
    assert edited["data"]["message"]["id"] == ids.text(reply.message)
    assert edited["data"]["by"] == {"party": "agent", "id": ids.text(project.agent), "name": "Ann"}
    assert edited["timestamp"] == edited["data"]["message"]["edited_at"] == "2027-01-15T08:00:00.001Z"
    gone = redacted["data"]["message"]
    assert (gone["seq"], gone["body"], gone["content"]) == (1, "", None)
    assert gone["redacted_at"] == redacted["timestamp"] == "2027-01-15T08:00:00.002Z"


def test_the_queue_and_the_log_lose_a_text_that_is_edited_redacted_or_corrected(
    project: Altering, receiver: WebhookReceiver
) -> None:
    receiver.answers = lambda one: answer(one.body[:3_000], "500 No" if "later" in one.path else "200 OK")
    project.webhook(receiver.url, "message.created", *FORMS)
    project.webhook(receiver.url + "/later", "message.created", *FORMS, ordered=False)
    visitor = new_visitor()
    (posted,) = project.apply(project.post(visitor, f"it is {CANARY}"))
    (reply,) = project.apply(project.reply(posted.conversation, CANARY))
    (filled,) = project.apply(project.fill(posted.conversation, {"size": CANARY}))
    (other,) = project.apply(project.fill(posted.conversation, {"size": CANARY}))
    project.fan_out()
    works = project.worker()
    sent = "SELECT count(*) FROM webhook_deliveries WHERE jsonb_array_length(attempts) > 0"
    works.wait_until(
        lambda: (
            not project.count("consumer_events")
            and project.stack.sql(sent + " AND state = 'delivered'")[0][0] == 6
            and project.stack.sql(sent + " AND state = 'queued'")[0][0] >= 1
        ),
        what="one webhook that works and one that fails",
    )
    works.stop()
    assert project.kept().count(CANARY) > 12
    project.apply(project.redact(posted), project.edit(reply, "masked"))
    project.apply(project.correct(filled, SIZE))
    project.apply(project.remove(other))
    assert CANARY not in project.kept()
    receiver.received.clear()
    receiver.answers = lambda _: OK
    project.fan_out()
    project.due_again()
    project.settled(project.worker())
    late = [one.json for one in receiver.received if "later" in one.path]
    assert CANARY not in str(late)
    messages = {
        one["data"]["message"]["seq"]: one["data"]["message"] for one in late if "message" in one["data"]
    }
    assert (messages[1]["body"], messages[2]["body"], messages[3]["body"]) == ("", "masked", "Order\nSize: M")
    assert messages[1]["redacted_at"] and messages[2]["edited_at"]
    forms = [one["data"]["form"] for one in late if one["type"] == "form.answered"]
    assert sorted((one["removed"], one["version"], len(one["values"])) for one in forms) == [
        (False, 2, 1),
        (True, 2, 0),
    ]


def test_a_redaction_waits_for_deliveries_that_are_being_made(
    project: Altering, receiver: WebhookReceiver
) -> None:
    """The worker has read the text, and commits after the redaction began."""
    project.webhook(receiver.url, "message.created")
    (posted,) = project.apply(project.post(new_visitor(), CANARY))
    project.fan_out()

    async def redact(conn: Any) -> None:
        async with conn.transaction():
            await apply(conn, [project.redact(posted)], now=NOW)

    async def race(conn: Any) -> None:
        other, third = await connect(project.url), await connect(project.url)
        try:
            (row,) = await consumers.claim(conn, "webhooks", lease=60_000, limit=1)
            async with asyncio.TaskGroup() as group, conn.transaction():
                await expand.work(conn, row)
                redacting = group.create_task(redact(other))
                waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"
                while not await third.fetchval(waiting):
                    assert not redacting.done()
        finally:
            await other.close()
            await third.close()

    project.run(race)
    assert len(project.deliveries()) == 1 and CANARY not in project.kept()


def test_forms_are_sent_answered_and_updated(project: Altering, receiver: WebhookReceiver) -> None:
    project.webhook(receiver.url, *FORMS)
    (first,) = project.apply(project.answer_first(new_visitor(), SIZE, {"name": "Ana"}))
    (asked,) = project.apply(project.send(first.conversation, expires_at=NOW + 60_000))
    (answered,) = project.apply(project.answer(asked, {"size": "L"}))
    (filled,) = project.apply(project.fill(first.conversation, {"size": "S"}))
    project.apply(project.correct(answered, {"size": "XL"}))
    project.apply(project.remove(filled))
    (cancelled,) = project.apply(project.send(first.conversation))
    project.apply(project.close(cancelled))
    (expiring,) = project.apply(project.send(first.conversation, expires_at=NOW + 60_000))
    project.apply(project.close(expiring, expired=True))
    project.fan_out()
    project.settled(project.worker())
    made = [
        (one["type"].removeprefix("form."), one["data"]["by"]["party"], one["data"]["form"])
        for one in (received.json for received in receiver.received)
    ]
    assert [(name, by, form["state"]) for name, by, form in made] == [
        ("answered", "visitor", "answered"),
        ("sent", "agent", "open"),
        ("answered", "visitor", "answered"),
        ("answered", "agent", "answered"),
        ("updated", "agent", "answered"),
        ("updated", "agent", "answered"),
        ("sent", "agent", "open"),
        ("updated", "agent", "cancelled"),
        ("sent", "agent", "open"),
        ("updated", "system", "expired"),
    ]
    before, sent, own, by_agent, corrected, removed, *_, over = (form for _, _, form in made)
    assert (before["request"], before["template"]) == (None, ids.text(project.template.id))
    assert before["values"] == [{"key": "size", "label": "Size", "value": "M"}]
    assert (sent["request"], sent["answer"]) == (ids.text(asked.message), None)
    assert [field["key"] for field in sent["fields"]] == ["size"]
    assert sent["expires_at"] == "2027-01-15T08:01:00.000Z"
    assert (own["request"], own["answer"]) == (ids.text(asked.message), ids.text(answered.message))
    assert by_agent["request"] is None and by_agent["removed"], "as it is when it is sent"
    assert corrected["version"] == 2 and corrected["values"][0]["value"] == "XL"
    assert (removed["removed"], removed["values"], removed["name"]) == (True, [], "Order")
    assert over["request"] == ids.text(expiring.message)


def test_a_deletion_arrives_although_the_conversation_is_gone_and_nothing_else_of_it_does(
    project: Altering, receiver: WebhookReceiver
) -> None:
    receiver.answers = lambda _: answer(b"no", "500 No")
    project.webhook(receiver.url)
    visitor = new_visitor()
    (posted,) = project.apply(project.post(visitor, CANARY))
    project.fan_out()
    works = project.worker()
    works.wait_until(
        lambda: bool(project.stack.sql("SELECT FROM webhook_deliveries WHERE attempts <> '[]'")),
        what="an attempt",
    )
    works.stop()
    receiver.received.clear()
    receiver.answers = lambda _: OK
    project.apply(project.reply(posted.conversation, CANARY), project.delete(posted.conversation))
    project.fan_out()
    project.due_again()
    works = project.worker()
    works.wait_until(
        lambda: ("conversation.deleted", "queued", 0) in project.deliveries(), what="making the delivery"
    )
    project.stack.sql("UPDATE webhook_deliveries SET due_at = now()")
    project.clear()
    project.settled(works)
    assert receiver.events == ["conversation.deleted"]
    data = receiver.received[0].json["data"]
    assert data["conversation"] == {"id": ids.text(posted.conversation), "visitor": ids.text(visitor)}
    assert data["by"] == {"party": "agent", "id": ids.text(project.agent), "name": "Ann"}
    assert project.deliveries() == [("conversation.deleted", "delivered", 1)]
    assert CANARY not in project.kept()
    assert not project.stack.sql("SELECT FROM conversations")


def test_a_visitor_becomes_known_once(project: Altering, receiver: WebhookReceiver) -> None:
    project.webhook(receiver.url, "visitor.identified")
    anonymous, other = new_visitor(), new_visitor()
    project.apply(project.post(anonymous, "hello"), project.post(other, "hi", meta={"plan": "pro"}))
    project.apply(project.identify(anonymous, {"name": "Ana"}))
    project.apply(project.identify(anonymous, {"name": "Anna"}))
    project.apply(project.post(anonymous, "again", meta={"name": "Anna", "email": "ana@x.test"}))
    project.apply(project.identify(anonymous, {"email": "anna@x.test"}))
    signed: VisitorId = ids.verified_visitor(project.project, "customer-7")
    project.apply(project.verify("customer-7", {"name": "Bea", "email": "bea@x.test"}))
    project.apply(project.post(signed, "hello", meta={"name": "Eve"}))
    project.apply(project.post(signed, "more"))
    project.apply(project.verify("customer-7", {"name": "Beatrix", "email": "bea@x.test"}))
    project.fan_out()
    project.settled(project.worker())
    found = sorted(
        (one.json["data"]["verified"], one.json["data"]["learned"], one.json["data"]["visitor"]["id"])
        for one in receiver.received
    )
    assert found == [
        (False, ["email"], ids.text(anonymous)),
        (False, ["name"], ids.text(anonymous)),
        (True, [], ids.text(signed)),
    ]
    (proven,) = [one.json["data"]["visitor"] for one in receiver.received if one.json["data"]["verified"]]
    assert (proven["name"], proven["external_id"]) == ("Beatrix", "customer-7")
    assert proven["verified"] == {"name": "Beatrix", "email": "bea@x.test"}


@pytest.mark.parametrize("kind", ["muted", "blocked"])
def test_what_a_restricted_visitor_does_stays_hidden(
    project: Altering, receiver: WebhookReceiver, kind: Any
) -> None:
    project.webhook(receiver.url)
    visitor = new_visitor()
    (before,) = project.apply(project.post(visitor, "before", at=NOW - 1_000))
    (asked,) = project.apply(project.send(before.conversation))
    project.apply(project.restrict(visitor, kind))
    (hidden,) = project.apply(
        project.post(visitor, CANARY, meta={"name": CANARY, "email": f"{CANARY}@x.test"})
    )
    project.apply(project.answer(asked, {"size": CANARY}))
    project.apply(project.edit(hidden, CANARY + "!"))
    project.apply(project.redact(before))
    project.fan_out()
    project.settled(project.worker())
    assert receiver.events == [
        "conversation.created",
        "message.created",
        "message.created",
        "form.sent",
        "message.redacted",
    ]
    said = [one.json["data"] for one in receiver.received]
    assert {one["form"]["state"] for one in said if "form" in one} == {"open"}
    if kind == "blocked":
        assert {one["conversation"]["last_seq"] for one in said} == {2}
    texts = [one.get("message", {}).get("body") for one in said]
    assert CANARY not in str(texts)
    assert UUID(said[0]["conversation"]["id"]).bytes == before.conversation
