"""The timer wheel: every timer fires on time, and is not looked at more often than necessary."""

from math import inf

from server.gateway.timer_wheel import TICK, TimerWheel


class Timer:
    """A timer; each tick moves its due time on by `again`."""

    def __init__(self, due: float, *, again: float = inf) -> None:
        self.slot = 0
        self.at = due
        self.again = again
        self.looks = 0
        self.fired: list[float] = []

    @property
    def due(self) -> float:
        self.looks += 1
        return self.at

    def tick(self, now: float) -> None:
        self.fired.append(now)
        self.at = now + self.again


def run(wheel: TimerWheel, *, until: float) -> None:
    for step in range(1, int(until / TICK) + 1):
        wheel.advance(step * TICK)


def test_each_timer_fires_within_two_ticks_of_its_due_time() -> None:
    wheel = TimerWheel()
    wheel.advance(0.0)
    timers = [Timer(due / 7) for due in range(100)]
    for one in timers:
        wheel.watch(one)
    run(wheel, until=20.0)
    for one, due in zip(timers, range(100), strict=True):
        assert len(one.fired) == 1
        assert due / 7 <= one.fired[0] <= due / 7 + 2 * TICK


def test_a_timer_that_is_never_due_again_is_not_looked_at_again() -> None:
    wheel, one = TimerWheel(), Timer(1.0)
    wheel.watch(one)
    run(wheel, until=2.0)
    looked = one.looks
    run(wheel, until=60.0)
    assert one.looks == looked


def test_a_timer_that_is_due_much_later_is_looked_at_seldom() -> None:
    wheel, one = TimerWheel(), Timer(0.0, again=25.0)
    wheel.watch(one)
    run(wheel, until=100.0)
    assert 4 <= len(one.fired) <= 5
    assert one.looks <= 3 * len(one.fired)


def test_an_earlier_due_time_counts_once_the_timer_is_watched_again() -> None:
    wheel, one = TimerWheel(), Timer(50.0)
    wheel.watch(one)
    one.at = 2.0
    wheel.watch(one)
    run(wheel, until=3.0)
    assert len(one.fired) == 1


def test_a_due_time_that_was_moved_later_is_kept() -> None:
    wheel, one = TimerWheel(), Timer(2.0)
    wheel.watch(one)
    one.at = 9.0
    run(wheel, until=8.0)
    assert one.fired == []
    run(wheel, until=10.0)
    assert len(one.fired) == 1


def test_a_forgotten_timer_never_fires_and_leaves_nothing_behind() -> None:
    wheel, one = TimerWheel(), Timer(1.0)
    wheel.watch(one)
    wheel.forget(one)
    wheel.forget(one)
    run(wheel, until=3.0)
    assert one.fired == []
    assert not wheel._slots
