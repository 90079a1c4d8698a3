"""The mail about an assignment: who gets it, once, and not when it is of no use any more."""

import json
import signal
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from core import ids
from core.db import consumers
from core.ids import SYSTEM, UserId
from tests.integration.worker.office import Office
from tests.integration.worker.post_side import due_now
from tests.running import Running
from tests.smtp import Outbox
from tests.stack import Stack

TEMPLATE = "conversation_assigned"


@pytest.fixture
def office(fresh_stack: Stack) -> Office:
    return Office(fresh_stack)


def worker(office: Office, outbox: Outbox, **given: Any) -> Running:
    made = office.stack.spawn("worker", "mail", **(outbox.settings() | given))
    made.wait_for_line("worker.ready")
    return made


def worked_off(office: Office, by: Running) -> None:
    by.wait_until(
        lambda: office.count("consumer_events") == 0 and office.count("mails") == 0,
        what="working off all events and mails",
    )


def test_a_teammate_is_told_of_an_assignment(office: Office, outbox: Outbox) -> None:
    conversation = office.assigned(office.ben)
    assert office.fan_out() == 1
    ((due_in,),) = office.stack.sql("SELECT extract(epoch FROM due_at - now())::float FROM consumer_events")
    assert 20 < due_in <= 30
    office.due_now()
    sends = worker(office, outbox, public_url="https://chat.example")
    mail = outbox.wait_for(office.address, TEMPLATE)
    link = f"https://chat.example/app/p/{ids.text(office.project)}/c/{ids.text(conversation)}"
    ((visitor,),) = office.stack.sql("SELECT visitor_id FROM conversations")
    name = f"Visitor #{visitor.hex[-6:]}"
    assert mail.message["Subject"] == f"Ann assigned you a conversation with {name}"
    assert link in mail.text and mail.html.count(link) == 3 and "in Shop." in mail.text
    assert "https://chat.example/app/account/notifications" in mail.text
    assert "Hello Ben," in mail.text and "secret question" not in mail.raw.decode()
    worked_off(office, sends)
    assert office.address not in sends.text and "consumer.failed" not in sends.text


def test_it_is_written_in_the_language_of_the_assignee(office: Office, outbox: Outbox) -> None:
    office.stack.sql("UPDATE users SET language = 'vi' WHERE id = $1", UUID(bytes=office.ben))
    office.assigned(office.ben)
    office.fan_out()
    office.due_now()
    worker(office, outbox)
    assert "đã giao cho bạn" in outbox.wait_for(office.address, TEMPLATE).message["Subject"]


@pytest.mark.parametrize(
    "point", ["consumer.after_claim", "consumer.before_commit", "consumer.after_commit", "mail.after_sent"]
)
@pytest.mark.soak
def test_a_worker_killed_anywhere_queues_each_mail_once(office: Office, outbox: Outbox, point: str) -> None:
    for _ in range(3):
        office.assigned(office.ben)
    assert office.fan_out() == 3
    office.due_now()
    dies = office.stack.spawn("worker", "mail", failpoint=point, **outbox.settings())
    assert dies.wait_for_end() == -signal.SIGKILL
    before = {
        "consumer.after_claim": (3, 0),
        "consumer.before_commit": (3, 0),
        "consumer.after_commit": (2, 1),
    }
    assert (office.count("consumer_events"), office.count("mails")) == before.get(point, (0, 3))
    office.due_now()
    due_now(office.stack)
    worked_off(office, worker(office, outbox))
    # A mail may be sent twice, under one Message-ID; it is queued once.
    sent = [str(mail.message["Message-ID"]) for mail in outbox.received]
    assert len(set(sent)) == 3 and len(sent) == (4 if point == "mail.after_sent" else 3)


@pytest.mark.soak
def test_two_workers_queue_each_mail_once(office: Office, outbox: Outbox) -> None:
    for _ in range(20):
        office.assigned(office.ben)
    assert office.fan_out() == 20
    both = [office.stack.spawn("worker", "mail", **outbox.settings()) for _ in range(2)]
    for one in both:
        one.wait_for_line("worker.ready")
    office.due_now()
    worked_off(office, both[0])
    assert len(outbox.received) == 20


def by_the_assignee(office: Office) -> None:
    office.assigned(office.ben, by=office.ben)


def by_an_api_key(office: Office) -> None:
    office.assigned(office.ben, by=UserId(ids.make()))


def by_the_system(office: Office) -> None:
    office.assigned(office.ben, by=SYSTEM)


def to_nobody(office: Office) -> None:
    conversation = office.assigned(office.ben)
    office.fan_out()
    office.stack.sql("DELETE FROM consumer_events")
    office.apply(office.assigning(conversation, None))


def opted_out(office: Office) -> None:
    office.stack.sql("UPDATE users SET mail_on_assignment = false WHERE id = $1", UUID(bytes=office.ben))
    office.assigned(office.ben)


def deactivated(office: Office) -> None:
    office.stack.sql("UPDATE users SET state = 'deactivated' WHERE id = $1", UUID(bytes=office.ben))
    office.assigned(office.ben)


def left_before_the_relay_came(office: Office) -> None:
    office.assigned(office.ben)
    office.leave(office.ben)


@pytest.mark.parametrize(
    "happens",
    [
        by_the_assignee,
        by_an_api_key,
        by_the_system,
        to_nobody,
        opted_out,
        deactivated,
        left_before_the_relay_came,
    ],
)
def test_an_event_that_no_one_wants_makes_no_row(office: Office, happens: Callable[[Office], None]) -> None:
    happens(office)
    assert office.count("outbox") >= 1
    assert office.fan_out() == 0
    assert office.rows() == [] and office.count("outbox") == 0


LATER = {
    "unassigned": "UPDATE conversations SET assignee_id = NULL",
    "assigned to another": "UPDATE conversations SET assignee_id = (SELECT user_id FROM memberships m "
    "WHERE m.project_id = conversations.project_id AND user_id <> assignee_id)",
    "solved": "UPDATE conversations SET status = 'solved'",
    "spam": "UPDATE conversations SET status = 'spam'",
    "ended": "UPDATE conversations SET ended_at = now()",
    "opted out": "UPDATE users SET mail_on_assignment = false",
    "deactivated": "UPDATE users SET state = 'deactivated'",
    "left": "DELETE FROM memberships",
    "project deleted": "UPDATE projects SET deleted_at = now()",
    "conversation gone": "DELETE FROM conversations",
}


@pytest.mark.parametrize("later", LATER)
@pytest.mark.soak
def test_a_mail_that_is_of_no_use_any_more_is_not_sent(office: Office, outbox: Outbox, later: str) -> None:
    office.assigned(office.ben)
    assert office.fan_out() == 1
    office.stack.sql(LATER[later])
    office.due_now()
    worked_off(office, worker(office, outbox))
    assert outbox.received == []


def test_assigned_taken_back_and_assigned_again_makes_one_mail(office: Office, outbox: Outbox) -> None:
    conversation = office.conversation()
    for to in (office.ben, None, office.ben, None, office.ben):
        office.apply(office.assigning(conversation, to))
    assert office.fan_out() == 3
    other = office.assigned(office.ben)
    assert office.fan_out() == 1
    office.due_now()
    worked_off(office, worker(office, outbox))
    assert len(outbox.received) == 2
    assert ids.text(other) in outbox.received[1].text + outbox.received[0].text


def test_a_row_that_always_fails_is_given_up_and_delays_no_other(office: Office, outbox: Outbox) -> None:
    bad = office.assigned(office.ben)
    good = office.assigned(office.ben)
    assert office.fan_out() == 2
    office.stack.sql(
        "ALTER TABLE mails ADD CONSTRAINT bad CHECK (id <> $1)".replace(
            "$1", f"'{UUID(bytes=mail_of(office, bad))}'"
        )
    )
    office.due_now()
    sends = worker(office, outbox)
    assert ids.text(good) in outbox.wait_for(office.address, TEMPLATE).text
    sends.wait_for_line("consumer.failed")
    office.stack.sql("UPDATE consumer_events SET tries = 5, due_at = now()")
    sends.wait_for_line("consumer.dead")
    ((dead,),) = office.stack.sql("SELECT dead FROM consumer_events")
    assert dead.startswith("given up after 6 attempts; the last one: CheckViolationError")
    line = next(json.loads(one) for one in sends.text.splitlines() if "consumer.dead" in one)
    assert line["consumer"] == "assignment_mail" and line["tries"] == 6
    assert outbox.received == [] and office.count("mails") == 0
    assert office.address not in sends.text, "Postgres quotes the row"


@pytest.mark.soak
def test_a_row_whose_work_takes_too_long_counts_as_failed_and_delays_no_other(
    office: Office, outbox: Outbox
) -> None:
    bad, good = office.assigned(office.ben), office.assigned(office.ben)
    assert office.fan_out() == 2
    office.stack.sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION USING ERRCODE = ''query_canceled''; END'"
    )
    office.stack.sql(
        "CREATE TRIGGER slow BEFORE INSERT ON mails FOR EACH ROW "
        f"WHEN (NEW.id = '{UUID(bytes=mail_of(office, bad))}') EXECUTE FUNCTION slow()"
    )
    office.due_now()
    sends = worker(office, outbox)
    assert ids.text(good) in outbox.wait_for(office.address, TEMPLATE).text
    sends.wait_for_line("consumer.failed")
    assert "stage.failed" not in sends.text


def test_a_worker_that_was_stopped_does_not_swallow_a_later_assignment(
    office: Office, outbox: Outbox
) -> None:
    conversation = office.assigned(office.ben)
    assert office.fan_out() == 1
    office.due_now()

    async def stalled(conn: Any) -> Any:
        (row,) = await consumers.claim(conn, consumers.ASSIGNMENT_MAIL, lease=120_000, limit=9)
        await conn.execute("DELETE FROM consumer_events")  # another worker has done it meanwhile
        return row

    row = office.run(stalled)
    office.apply(office.assigning(conversation, None), office.assigning(conversation, office.ben))
    assert office.fan_out() == 1

    async def goes_on(conn: Any) -> Any:
        async with conn.transaction():
            return await consumers.done_with_alike(conn, row)

    assert office.run(goes_on) is False
    assert office.count("consumer_events") == 1
    office.due_now()
    worked_off(office, worker(office, outbox))
    assert ids.text(conversation) in outbox.wait_for(office.address, TEMPLATE).text


def mail_of(office: Office, conversation: bytes) -> bytes:
    """The id of the mail that an assignment will make: derived, so it is known before."""
    ((event,),) = office.stack.sql(
        "SELECT event_id FROM consumer_events WHERE conversation_id = $1", UUID(bytes=conversation)
    )
    return ids.derived(event.bytes, b"assignment_mail", office.ben, b"mail")
