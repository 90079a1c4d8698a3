"""Consumers' rows when their worker dies or is slow: another one has them soon, and no attempt is lost."""

import signal
import time
from types import SimpleNamespace
from typing import Any

import pytest

from core.db.consumers import ASSIGNMENT_MAIL, ConsumerEvent
from tests.integration.worker.office import Office
from tests.smtp import Outbox
from tests.stack import Stack
from worker import consumer_events

WAITING = "SELECT tries, extract(epoch FROM due_at - now())::float FROM consumer_events"


@pytest.fixture
def office(fresh_stack: Stack) -> Office:
    made = Office(fresh_stack)
    for _ in range(3):
        made.assigned(made.ben)
    assert made.fan_out() == 3
    made.due_now()
    return made


def test_the_rows_of_a_killed_worker_are_due_within_15_seconds(office: Office, outbox: Outbox) -> None:
    dies = office.stack.spawn("worker", "mail", failpoint="consumer.after_claim", **outbox.settings())
    assert dies.wait_for_end() == -signal.SIGKILL
    assert [(tries, due_in <= 15) for tries, due_in in office.stack.sql(WAITING)] == [(1, True)] * 3


def test_rows_that_were_not_begun_in_time_are_given_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[ConsumerEvent] = []

    async def slow(_: Any, row: ConsumerEvent) -> None:
        begun.append(row)
        later = SimpleNamespace(monotonic=lambda: time.monotonic() + consumer_events.BEGIN_WITHIN)
        monkeypatch.setattr(consumer_events, "time", later)

    count = office.run(
        lambda conn: consumer_events.work_off(conn, ASSIGNMENT_MAIL, slow, stopped=lambda: False)
    )
    assert (count, len(begun)) == (3, 1)
    ((tries, _), *others) = office.stack.sql(WAITING + " ORDER BY tries DESC")
    assert tries == 1 and [one for one, _ in others] == [0, 0], "only the begun one has had an attempt"
