"""The batcher: calls that arrive during a batch share the next one, and every call ends."""

from collections.abc import Sequence

import outcome
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from server.batcher import Batcher, TooMany


class Slow:
    """Doubles what it is given, once it is allowed to; keeps the batches that it got."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may = trio.Semaphore(0)

    async def work(self, items: Sequence[int]) -> list[outcome.Maybe[int]]:
        self.batches.append(list(items))
        await self.may.acquire()
        if 13 in items:
            raise ValueError("unlucky")
        return [outcome.Error(KeyError(item)) if item < 0 else outcome.Value(2 * item) for item in items]


async def ask(batcher: Batcher[int, int], item: int, answers: dict[int, object]) -> None:
    try:
        answers[item] = await batcher.call(item)
    except (KeyError, ValueError) as error:
        answers[item] = type(error)


async def test_calls_during_a_batch_share_the_next_one(autojump_clock: MockClock) -> None:
    slow, answers = Slow(), dict[int, object]()
    batcher = Batcher(slow.work, max_batch=3, max_queue=10)
    async with trio.open_nursery() as nursery:
        for item in (1, 2, 3, 4, 5):
            nursery.start_soon(ask, batcher, item, answers)
            await wait_all_tasks_blocked()
        for _ in range(3):
            slow.may.release()
    assert slow.batches == [[1], [2, 3, 4], [5]]
    assert answers == {1: 2, 2: 4, 3: 6, 4: 8, 5: 10}


async def test_one_item_may_fail_alone_and_a_failed_batch_fails_all_its_items(
    autojump_clock: MockClock,
) -> None:
    slow, answers = Slow(), dict[int, object]()
    batcher = Batcher(slow.work, max_batch=2, max_queue=10)
    async with trio.open_nursery() as nursery:
        for item in (-1, 7, 13, 8, 9):
            nursery.start_soon(ask, batcher, item, answers)
            await wait_all_tasks_blocked()
        for _ in range(4):
            slow.may.release()
    assert slow.batches == [[-1], [7, 13], [8, 9]]
    assert answers == {-1: KeyError, 7: ValueError, 13: ValueError, 8: 16, 9: 18}


async def test_a_cancelled_call_does_not_delay_the_others(autojump_clock: MockClock) -> None:
    slow, answers = Slow(), dict[int, object]()
    batcher = Batcher(slow.work, max_batch=1, max_queue=10)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask, batcher, 1, answers)
        await wait_all_tasks_blocked()
        impatient = trio.CancelScope()

        async def give_up() -> None:
            with impatient:
                await ask(batcher, 2, answers)

        nursery.start_soon(give_up)
        await wait_all_tasks_blocked()
        nursery.start_soon(ask, batcher, 3, answers)
        await wait_all_tasks_blocked()
        slow.may.release()
        impatient.cancel()
        await wait_all_tasks_blocked()
        slow.may.release()
    assert answers[1] == 2
    assert answers[3] == 6


async def test_batches_keep_the_minimum_interval_and_the_first_does_not_wait(
    autojump_clock: MockClock,
) -> None:
    began: list[float] = []

    async def work(items: Sequence[int]) -> list[outcome.Maybe[int]]:
        began.append(trio.current_time())
        return [outcome.Value(item) for item in items]

    batcher = Batcher(work, max_batch=10, max_queue=10, min_interval=0.5)
    start = trio.current_time()
    for item in range(3):
        assert await batcher.call(item) == item
    assert [round(at - start, 3) for at in began] == [0.0, 0.5, 1.0]


async def test_a_call_beyond_the_queue_limit_is_refused_at_once(autojump_clock: MockClock) -> None:
    slow, answers = Slow(), dict[int, object]()
    batcher = Batcher(slow.work, max_batch=1, max_queue=1)
    async with trio.open_nursery() as nursery:
        for item in (1, 2):
            nursery.start_soon(ask, batcher, item, answers)
            await wait_all_tasks_blocked()
        with pytest.raises(TooMany):
            await batcher.call(3)
        slow.may.release()
        slow.may.release()
    assert answers == {1: 2, 2: 4}
