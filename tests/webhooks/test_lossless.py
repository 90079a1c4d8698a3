"""No event is lost, reordered or renamed, whatever happens to workers, Postgres and the receiver."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import Stack
from tests.webhooks.lossless import Plan, Run
from tests.webhooks.unreliable import Unreliable

EVENTS = int(os.environ.get("PARLEY_TEST_WEBHOOK_EVENTS", "100000"))


@pytest.fixture
def unreliable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Unreliable]:
    made = Unreliable(tmp_path, seed=7, stubborn=request.param)
    monkeypatch.setenv("SSL_CERT_FILE", made.authority)
    yield made
    made.close()


def proved(stack: Stack, receiver: Unreliable, plan: Plan) -> None:
    run = Run(stack, receiver, plan)
    try:
        run.deliver()
        dead = run.states().get("dead", 0)
        assert dead >= 1, "the plan is too small"
        assert len(receiver.accepted) + dead == plan.events
        assert run.replay() == dead
        assert run.states() == {"delivered": plan.events}
    finally:
        run.close()
    receiver.check(events=plan.events, per_conversation=plan.per_conversation)
    attempts = Counter(one.accepted for one in receiver.arrivals)
    print(f"{plan.events} events: {attempts[False]} failures, {attempts[True]} successes, {dead} replays")


@pytest.mark.parametrize("unreliable", [100], indirect=True)
def test_two_hundred_events_survive_two_killed_workers_and_a_crash_of_postgres(
    fresh_stack: Stack, unreliable: Unreliable
) -> None:
    plan = Plan(
        events=200,
        projects=10,
        conversations=4,
        workers=1,
        kills=1,
        restarts=1,
        factor=0.00001,
        patience=60,
        hurried=True,
    )
    proved(fresh_stack, unreliable, plan)


@pytest.mark.soak
@pytest.mark.parametrize("unreliable", [1_000], indirect=True)
def test_a_hundred_thousand_events_survive_twenty_killed_workers_and_two_crashes_of_postgres(
    fresh_stack: Stack, unreliable: Unreliable
) -> None:
    """PARLEY_TEST_WEBHOOK_EVENTS, a multiple of 2,000, sets another number."""
    plan = Plan(
        events=EVENTS,
        projects=20,
        conversations=100,
        workers=2,
        kills=20,
        restarts=2,
        factor=0.001,
        patience=300,
    )
    proved(fresh_stack, unreliable, plan)
