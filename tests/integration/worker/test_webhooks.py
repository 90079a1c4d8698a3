"""Webhooks: events arrive signed, at least once, in order; faults of receivers are tried again."""

import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from tests.database import Session
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.webhook_receiver import (
    KEY,
    OK,
    OTHER_KEY,
    Integrated,
    Received,
    WebhookReceiver,
)
from tests.receiver import answer
from tests.smtp import Outbox
from tests.stack import Stack


@pytest.fixture
def project(fresh_stack: Stack) -> Integrated:
    return Integrated(fresh_stack)


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookReceiver]:
    made = WebhookReceiver(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", made.authority)
    yield made
    made.close()


def test_what_happens_in_a_conversation_is_delivered_in_order_and_signed(
    project: Integrated, receiver: WebhookReceiver
) -> None:
    project.webhook(receiver.url, headers={"Authorization": "Bearer of-the-crm"}, previous=OTHER_KEY)
    visitor = new_visitor()
    (posted,) = project.apply(project.post(visitor, "where is it?"))
    project.apply(project.reply(posted.conversation, "on its way"))
    project.apply(project.reply(posted.conversation, "an internal remark", note=True))
    project.apply(project.assigning(posted.conversation, project.ben))
    project.apply(project.status(posted.conversation, "solved"))
    project.apply(project.post(visitor, "one more thing"))
    project.apply(project.identify(visitor, {"name": "Ana", "plan": "pro"}))
    project.fan_out()
    works = project.worker()
    project.settled(works)
    (updated,) = [one for one in receiver.received if one.event == "visitor.updated"]
    assert updated.json["data"]["visitor"]["facts"]["plan"] == "pro"
    assert [one.event for one in receiver.received].count("visitor.identified") == 1
    received = [one for one in receiver.received if not one.event.startswith("visitor.")]
    assert [one.event for one in received] == [
        "conversation.created",
        "message.created",
        "message.created",
        "note.created",
        "conversation.assigned",
        "conversation.updated",
        "conversation.solved",
        "conversation.updated",
        "conversation.reopened",
        "message.created",
        "conversation.updated",
    ]
    assert len({one.headers["webhook-id"] for one in receiver.received}) == len(receiver.received)
    for one in receiver.received:
        assert one.signed_by(KEY) and one.signed_by(OTHER_KEY) and not one.signed_by(KEY.replace("M", "N"))
        assert one.headers["x-hub-signature-256"].startswith("sha256=")
        assert one.headers["authorization"] == "Bearer of-the-crm"
        assert one.headers["content-type"] == "application/json"
        assert UUID(one.json["data"]["project"]).bytes == project.project
    first, solved = received[1].json["data"], received[6].json["data"]
    assert first["message"]["body"] == "where is it?" and first["message"]["author"]["party"] == "visitor"
    assert solved["changes"] == {"status": "solved"} and solved["by"]["name"] == "Ann"


def test_a_webhook_gets_only_what_it_asks_for_in_its_own_project(
    project: Integrated, receiver: WebhookReceiver
) -> None:
    project.webhook(receiver.url, "conversation.solved")
    other = Integrated(project.stack)
    other.apply(other.status(other.conversation(), "solved"))
    conversation = project.conversation()
    project.apply(project.status(conversation, "solved"))
    project.fan_out()
    works = project.worker()
    project.settled(works)
    assert receiver.events == ["conversation.solved"]
    assert UUID(receiver.received[0].json["data"]["conversation"]["id"]).bytes == conversation


def test_a_project_without_webhooks_makes_no_rows(project: Integrated) -> None:
    other = Integrated(project.stack)
    other.webhook("https://elsewhere.example/")
    project.conversation()
    project.fan_out()
    assert project.count("consumer_events") == 0


@pytest.mark.parametrize("status", ["500 Oops", "302 Found", "404 Not Found", "199 Odd"])
def test_a_refused_delivery_is_tried_again_and_later_ones_of_the_conversation_wait(
    project: Integrated, receiver: WebhookReceiver, status: str
) -> None:
    receiver.answers = lambda _: answer(b"no", status, Location="https://elsewhere.example/")
    project.webhook(receiver.url, "message.created")
    visitor = new_visitor()
    (posted,) = project.apply(project.post(visitor, "first"))
    project.apply(project.post(visitor, "second"))
    project.fan_out()
    works = project.worker()
    works.wait_until(
        lambda: (
            project.deliveries()[:1] == [("message.created", "queued", 1)]
            and bool(
                project.stack.sql("SELECT FROM webhook_deliveries WHERE jsonb_array_length(attempts) = 1")
            )
        ),
        what="one failed attempt",
    )
    assert [one.json["data"]["message"]["body"] for one in receiver.received] == ["first"]
    ((wait,),) = project.stack.sql(
        "SELECT extract(epoch FROM due_at - now())::float FROM webhook_deliveries WHERE tries = 1"
    )
    assert 0 < wait <= 6
    receiver.answers = lambda _: OK
    project.due_again()
    project.settled(works)
    bodies = [one.json["data"]["message"]["body"] for one in receiver.received]
    assert bodies == ["first", "first", "second"]
    first, again, _ = receiver.received
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert UUID(again.json["data"]["conversation"]["id"]).bytes == posted.conversation


def test_an_unordered_webhook_does_not_wait(project: Integrated, receiver: WebhookReceiver) -> None:
    def only_the_second(one: Received) -> bytes:
        return answer(b"", "500 No") if one.json["data"]["message"]["body"] == "first" else OK

    receiver.answers = only_the_second
    project.webhook(receiver.url, "message.created", ordered=False)
    visitor = new_visitor()
    project.apply(project.post(visitor, "first"))
    project.apply(project.post(visitor, "second"))
    project.fan_out()
    works = project.worker()
    works.wait_until(
        lambda: ("message.created", "delivered", 1) in project.deliveries(), what="delivering the second"
    )


@pytest.mark.soak
def test_a_delivery_is_given_up_after_eight_attempts(project: Integrated, receiver: WebhookReceiver) -> None:
    receiver.answers = lambda _: answer(b"x" * 10_000 + b"\0", "500 No")
    project.webhook(receiver.url, "message.created")
    project.conversation()
    project.fan_out()
    works = project.worker()
    for tries in range(1, 9):
        works.wait_until(
            lambda tries=tries: bool(  # type: ignore[misc]
                project.stack.sql(
                    "SELECT FROM webhook_deliveries WHERE jsonb_array_length(attempts) = $1", tries
                )
            ),
            what=f"attempt {tries}",
        )
        project.due_again()
    project.settled(works, states=["dead"])
    ((attempts,),) = project.stack.sql("SELECT attempts FROM webhook_deliveries")
    assert len(receiver.received) == 8 and '"status": 500' in attempts
    assert len(attempts) < 8_000, "the response of the last attempt alone, cut at 4 KiB"
    ((failures,),) = project.stack.sql("SELECT failures FROM webhooks")
    assert failures == 8


@pytest.mark.soak
def test_retry_after_is_heeded(project: Integrated, receiver: WebhookReceiver) -> None:
    receiver.answers = lambda _: answer(b"", "503 Later", Retry_After="600")
    project.webhook(receiver.url, "message.created")
    project.conversation()
    project.fan_out()
    works = project.worker()
    works.wait_until(
        lambda: (
            bool(receiver.received)
            and bool(
                project.stack.sql("SELECT FROM webhook_deliveries WHERE jsonb_array_length(attempts) = 1")
            )
        ),
        what="one attempt",
    )
    ((wait,),) = project.stack.sql("SELECT extract(epoch FROM due_at - now())::float FROM webhook_deliveries")
    assert 500 < wait <= 600


def test_five_failures_in_a_row_open_the_circuit(project: Integrated, receiver: WebhookReceiver) -> None:
    receiver.answers = lambda _: answer(b"", "500 No")
    project.webhook(receiver.url, "message.created")
    for _ in range(12):
        project.conversation()
    project.fan_out()
    works = project.worker()
    works.wait_until(
        lambda: bool(project.stack.sql("SELECT FROM webhooks WHERE paused_until > now()")), what="pausing"
    )
    ((failures, since),) = project.stack.sql("SELECT failures, failing_since IS NOT NULL FROM webhooks")
    assert 5 <= failures <= 8 and since  # four attempts may be under way when the fifth fails
    receiver.answers = lambda _: OK
    project.due_again()
    project.settled(works)
    assert project.stack.sql("SELECT failures, failing_since, paused_until FROM webhooks") == [
        (0, None, None)
    ]


@pytest.mark.parametrize("reason", ["gone", "failing"])
@pytest.mark.soak
def test_a_webhook_is_switched_off_and_managers_get_a_mail(
    project: Integrated, receiver: WebhookReceiver, outbox: Outbox, reason: str
) -> None:
    receiver.answers = lambda _: answer(b"", "410 Gone" if reason == "gone" else "500 No")
    project.webhook(receiver.url, "message.created")
    project.stack.sql("UPDATE memberships SET role = 'manager' WHERE user_id = $1", UUID(bytes=project.ben))
    if reason == "failing":
        project.stack.sql(
            "UPDATE webhooks SET failures = 3, failing_since = now() - interval '5 days 1 minute'"
        )
    project.conversation()
    project.fan_out()
    project.worker("webhooks", "mail", **outbox.settings())
    mail = outbox.wait_for(project.address, "webhook_disabled")
    assert receiver.url.replace("://", " ") in mail.text, "what a manager typed is no link"
    assert "/settings/webhooks" in mail.text and "Hello Ben" in mail.text
    assert project.stack.sql("SELECT active, disabled FROM webhooks") == [(False, reason)]
    project.conversation()
    project.fan_out()
    assert project.count("consumer_events") == 0, "nothing more is wanted"


def test_a_receiver_that_hangs_delays_no_other(
    project: Integrated, receiver: WebhookReceiver, tmp_path: Path
) -> None:
    (tmp_path / "slow").mkdir()
    hanging = WebhookReceiver(tmp_path / "slow", lambda _: None)
    certificates = Path(receiver.authority)
    certificates.write_text(certificates.read_text() + Path(hanging.authority).read_text())
    for _ in range(20):
        project.webhook(hanging.url, "message.created")
    project.webhook(receiver.url, "message.created")
    works = project.worker()
    for _ in range(10):
        project.conversation()
    project.fan_out()
    works.wait_until(lambda: len(receiver.received) == 10, within=15, what="delivering to the other")
    assert all(state == "queued" for _, state, _ in project.deliveries() if state != "delivered")
    assert hanging.received, "requests hang, and not connections that failed"
    hanging.close()


@pytest.mark.parametrize("point", ["consumer.before_commit", "consumer.after_commit", "webhook.after_sent"])
@pytest.mark.soak
def test_a_worker_killed_anywhere_loses_nothing(
    project: Integrated, receiver: WebhookReceiver, point: str
) -> None:
    project.webhook(receiver.url, "message.created")
    for _ in range(3):
        project.conversation()
    project.fan_out()
    dies = project.stack.spawn("worker", "webhooks", failpoint=point, outbound_networks="127.0.0.0/8, ::1")
    assert dies.wait_for_end() == -signal.SIGKILL
    project.stack.sql("UPDATE consumer_events SET due_at = now()")
    project.due_again()
    project.settled(project.worker())
    received = [one.headers["webhook-id"] for one in receiver.received]
    assert len(set(received)) == 3
    assert len(received) == 3 or point == "webhook.after_sent"


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/latest"]
)
def test_an_address_that_is_not_public_is_refused_in_words(
    project: Integrated, receiver: WebhookReceiver, url: str
) -> None:
    project.webhook(url, "message.created")
    project.conversation()
    project.fan_out()
    works = project.worker(outbound_networks="")
    works.wait_until(
        lambda: bool(
            project.stack.sql("SELECT FROM webhook_deliveries WHERE jsonb_array_length(attempts) = 1")
        ),
        what="one attempt",
    )
    ((error,),) = project.stack.sql("SELECT attempts->0->>'error' FROM webhook_deliveries")
    assert "public" in error and receiver.connections == 0


def test_a_deleted_conversation_leaves_its_events_behind(
    project: Integrated, receiver: WebhookReceiver
) -> None:
    project.webhook(receiver.url, "message.created")
    project.conversation()
    kept = project.conversation()
    project.fan_out()
    project.stack.sql("DELETE FROM conversations WHERE id <> $1", UUID(bytes=kept))
    works = project.worker()
    project.settled(works)
    assert len(receiver.received) == 1 and "consumer.failed" not in works.text


def test_events_whose_rows_are_locked_delay_no_delivery(
    project: Integrated, receiver: WebhookReceiver
) -> None:
    hook = project.webhook(receiver.url, "message.created")
    project.stack.sql("UPDATE webhooks SET paused_until = now() + interval '1 hour' WHERE id = $1", hook)
    works = project.worker()
    project.conversation()
    project.fan_out()
    works.wait_until(lambda: len(project.deliveries()) == 1, what="making the first delivery")
    for _ in range(20):  # each waits 5 s for the lock
        project.conversation()
    other = Session(project.stack.owner_url)
    other.fetch("BEGIN")
    other.fetch("LOCK TABLE visitors IN ACCESS EXCLUSIVE MODE")  # read for payloads, not for sending
    project.fan_out()
    waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    works.wait_until(lambda: bool(project.stack.sql(waiting)), what="waiting for the lock")
    project.stack.sql("UPDATE webhooks SET paused_until = NULL WHERE id = $1", hook)
    works.wait_until(lambda: len(receiver.received) == 1, what="delivering the first")
    assert project.count("consumer_events") == 20
    other.close()
