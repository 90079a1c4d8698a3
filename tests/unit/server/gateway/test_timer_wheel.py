"""The clock looks at everybody in time, and at nobody without need."""

from math import inf

from server.gateway.timer_wheel import TICK, TimerWheel


class Guarded:
    """Something with a time; each tick moves it on by `again`."""

    def __init__(self, due: float, *, again: float = inf) -> None:
        self.slot = 0
        self.at = due
        self.again = again
        self.looks = 0
        self.struck: list[float] = []

    @property
    def due(self) -> float:
        self.looks += 1
        return self.at

    def tick(self, now: float) -> None:
        self.struck.append(now)
        self.at = now + self.again


def run(clock: TimerWheel, *, until: float) -> None:
    for step in range(1, int(until / TICK) + 1):
        clock.advance(step * TICK)


def test_each_is_struck_within_a_tick_of_its_time() -> None:
    clock = TimerWheel()
    clock.advance(0.0)
    all_of_them = [Guarded(due / 7) for due in range(100)]
    for one in all_of_them:
        clock.watch(one)
    run(clock, until=20.0)
    for one, due in zip(all_of_them, range(100), strict=True):
        assert len(one.struck) == 1
        assert due / 7 <= one.struck[0] <= due / 7 + 2 * TICK


def test_who_is_never_due_again_is_not_looked_at_again() -> None:
    clock, one = TimerWheel(), Guarded(1.0)
    clock.watch(one)
    run(clock, until=2.0)
    looked = one.looks
    run(clock, until=60.0)
    assert one.looks == looked


def test_who_has_time_until_later_is_looked_at_seldom() -> None:
    clock, one = TimerWheel(), Guarded(0.0, again=25.0)
    clock.watch(one)
    run(clock, until=100.0)
    assert 4 <= len(one.struck) <= 5
    assert one.looks <= 3 * len(one.struck)


def test_a_time_that_came_nearer_counts_once_it_is_watched_again() -> None:
    clock, one = TimerWheel(), Guarded(50.0)
    clock.watch(one)
    one.at = 2.0
    clock.watch(one)
    run(clock, until=3.0)
    assert len(one.struck) == 1


def test_a_time_that_moved_on_by_itself_is_kept() -> None:
    clock, one = TimerWheel(), Guarded(2.0)
    clock.watch(one)
    one.at = 9.0
    run(clock, until=8.0)
    assert one.struck == []
    run(clock, until=10.0)
    assert len(one.struck) == 1


def test_who_was_forgotten_is_left_alone_and_leaves_nothing_behind() -> None:
    clock, one = TimerWheel(), Guarded(1.0)
    clock.watch(one)
    clock.forget(one)
    clock.forget(one)
    run(clock, until=3.0)
    assert one.struck == []
    assert not clock._slots
