"""Garbage collection: cycles among new objects are freed soon, without waiting for thousands of them."""

import gc
import weakref
from collections.abc import Iterator

import pytest
import trio
from trio.testing import MockClock

from server import gc_policy


class Cycle:
    """An object that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def no_automatic_collection() -> Iterator[None]:
    """Thresholds so high that Python alone would collect nothing during the test."""
    before = gc.get_threshold()
    gc.set_threshold(10_000_000, 1_000, 1_000)
    yield
    gc.set_threshold(*before)


async def test_a_new_cycle_is_freed_by_the_next_collection(
    no_automatic_collection: None, autojump_clock: MockClock
) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gc_policy.collect_young)
        gone = weakref.ref(Cycle())
        assert gone() is not None
        await trio.sleep(gc_policy.INTERVAL * 1.5)
        assert gone() is None
        nursery.cancel_scope.cancel()


async def test_an_old_cycle_is_freed_after_enough_allocations(
    no_automatic_collection: None, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc_policy, "OLDER_AFTER", 1_000)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gc_policy.collect_young)
        held = Cycle()
        gone = weakref.ref(held)
        await trio.sleep(gc_policy.INTERVAL * 1.5)
        del held
        await trio.sleep(gc_policy.INTERVAL)
        came = [[number] for number in range(2_000)]
        await trio.sleep(gc_policy.INTERVAL)
        assert gone() is None
        assert len(came) == 2_000
        nursery.cancel_scope.cancel()
