"""The worker's batcher: what is asked during a call goes into the next one, and every asker gets an end."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from worker.batcher import Batcher, Over
from worker.waiting import cancelled


class Slow:
    """Doubles what it is given, once it is allowed to; keeps the batches that it got."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may = asyncio.Semaphore(0)

    async def work(self, asked: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(asked))
        await self.may.acquire()
        if 13 in asked:
            raise ValueError("unlucky")
        return [2 * one for one in asked]


def with_batcher(scenario: Callable[[Slow, Batcher[int, int]], Awaitable[None]]) -> None:
    async def run() -> None:
        slow = Slow()
        batcher = Batcher(slow.work, at_once=3)
        running = asyncio.create_task(batcher.run())
        try:
            await scenario(slow, batcher)
        finally:
            await cancelled(running)
        with pytest.raises(Over):
            await batcher.ask(1)

    asyncio.run(run())


async def idle() -> None:
    """Until nothing can go on by itself."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_what_is_asked_during_a_call_goes_into_the_next_one() -> None:
    async def scenario(slow: Slow, batcher: Batcher[int, int]) -> None:
        asked = []
        for one in (1, 2, 3, 4, 5):
            asked.append(asyncio.create_task(batcher.ask(one)))
            await idle()
        for _ in range(3):
            slow.may.release()
        assert await asyncio.gather(*asked) == [2, 4, 6, 8, 10]
        assert slow.batches == [[1], [2, 3, 4], [5]]

    with_batcher(scenario)


def test_an_error_is_of_its_batch_alone() -> None:
    async def scenario(slow: Slow, batcher: Batcher[int, int]) -> None:
        first = asyncio.create_task(batcher.ask(1))
        await idle()
        asked = [asyncio.create_task(batcher.ask(one)) for one in (12, 13, 14, 15)]
        await idle()
        for _ in range(3):
            slow.may.release()
        ends = await asyncio.gather(first, *asked, return_exceptions=True)
        assert [type(end) for end in ends] == [int, ValueError, ValueError, ValueError, int]

    with_batcher(scenario)


def test_what_a_cancelled_asker_asked_is_done_in_its_turn() -> None:
    async def scenario(slow: Slow, batcher: Batcher[int, int]) -> None:
        asked = [asyncio.create_task(batcher.ask(one)) for one in (1, 2)]
        await idle()
        late = asyncio.create_task(batcher.ask(3))
        await idle()
        await cancelled(asked[1])
        await cancelled(late)
        slow.may.release()
        slow.may.release()
        assert await asked[0] == 2
        await idle()
        assert slow.batches == [[1, 2], [3]]

    with_batcher(scenario)


def test_no_asker_waits_for_a_batcher_that_was_cancelled() -> None:
    async def run() -> None:
        slow = Slow()
        batcher = Batcher(slow.work, at_once=1)
        running = asyncio.create_task(batcher.run())
        asked = [asyncio.create_task(batcher.ask(one)) for one in (1, 2)]
        await idle()
        await cancelled(running)
        ends = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(end) for end in ends] == [Over, Over]

    asyncio.run(run())
