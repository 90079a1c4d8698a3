"""Supervision: how crashes are counted and restarts delayed, on a clock that the test controls."""

from pathlib import Path
from typing import Any

import pytest

from server.launch import program, supervise
from server.launch.console import LaunchError
from server.launch.program import Program


class Dead:
    """A process that exits with code 1 as soon as it is started."""

    pid = 1


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Program]:
    """What was started, one entry for each start; no real process runs."""
    starts: list[Program] = []

    def start(made: Program) -> Any:
        starts.append(made)
        return Dead()

    monkeypatch.setattr(program, "start", start)
    monkeypatch.setattr(program, "reap", lambda _process: 1)
    return starts


def child(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> supervise.Child:
    monkeypatch.setattr(supervise.time, "monotonic", lambda: clock[0])
    return supervise.Child(Program(name="p", argv=["p"], cwd=Path(), log=Path("p.log")))


def pauses(dying: supervise.Child, clock: list[float], *, deaths: int, age: float) -> list[float]:
    """The pause after each exit of a child that lives `age` seconds each time."""
    seen = []
    for _ in range(deaths):
        clock[0] += age
        assert dying.tend(clock[0])
        seen.append(dying.wait(clock[0]))
        clock[0] += seen[-1]
        assert dying.tend(clock[0])
    return seen


def test_each_early_exit_doubles_the_pause_up_to_a_limit(
    started: list[Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    seen = pauses(child(clock, monkeypatch), clock, deaths=10, age=1)
    assert seen[:3] == pytest.approx([0.2, 0.4, 0.8])
    assert seen[-1] == pytest.approx(supervise.LONGEST_PAUSE)
    assert len(started) == 11


def test_an_exit_after_a_long_life_counts_as_the_first(
    started: list[Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    dying = child(clock, monkeypatch)
    pauses(dying, clock, deaths=5, age=1)
    seen = pauses(dying, clock, deaths=1, age=supervise.GROWN_UP + 1)
    assert seen == pytest.approx([supervise.FIRST_PAUSE])


def test_a_child_that_waits_for_its_restart_has_no_pid(
    started: list[Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    dying = child(clock, monkeypatch)
    assert dying.pid == 1
    dying.tend(clock[0])
    assert dying.pid is None


def test_a_failed_restart_is_retried_later(monkeypatch: pytest.MonkeyPatch, started: list[Program]) -> None:
    clock = [100.0]
    dying = child(clock, monkeypatch)
    dying.tend(clock[0])

    def full_disk(_made: Program) -> Any:
        raise LaunchError("cannot write the log")

    monkeypatch.setattr(program, "start", full_disk)
    clock[0] += dying.wait(clock[0])
    assert dying.tend(clock[0])
    assert dying.pid is None
    assert dying.wait(clock[0]) == pytest.approx(2 * supervise.FIRST_PAUSE)
