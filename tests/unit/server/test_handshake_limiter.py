"""A crowd that comes at once goes in file, and nobody else waits for its end."""

import pytest
import trio
import trio.testing

from server.door import handshake_limiter
from server.door.handshake_limiter import BATCH_SIZE, HandshakeLimiter


async def test_so_many_go_in_at_once_and_the_others_in_their_order() -> None:
    through, made = list[int](), HandshakeLimiter()

    async def come(number: int) -> None:
        assert await made.enter()
        through.append(number)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.run)
        await trio.testing.wait_all_tasks_blocked()
        async with trio.open_nursery() as crowd:
            for number in range(5 * BATCH_SIZE):
                crowd.start_soon(come, number)
                await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    assert sorted(through) == list(range(5 * BATCH_SIZE))
    assert through == sorted(through)


async def test_no_pass_of_the_loop_lets_more_than_so_many_in() -> None:
    through, most, made = 0, 0, HandshakeLimiter()

    async def come() -> None:
        nonlocal through
        await made.enter()
        through += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.run)
        for _ in range(20 * BATCH_SIZE):
            nursery.start_soon(come)
        while through < 20 * BATCH_SIZE:
            before = through
            await trio.lowlevel.checkpoint()
            most = max(most, through - before)
        nursery.cancel_scope.cancel()
    assert most <= 2 * BATCH_SIZE  # this test's own turn may fall before or behind theirs


async def test_too_many_are_sent_away_and_at_the_end_it_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    made, answers = HandshakeLimiter(), list[bool]()
    monkeypatch.setattr(handshake_limiter, "MAX_QUEUE", 3)

    async def come() -> None:
        answers.append(await made.enter())

    async with trio.open_nursery() as nursery:
        for _ in range(BATCH_SIZE + 5):
            nursery.start_soon(come)
        await trio.testing.wait_all_tasks_blocked()
        assert answers.count(False) == 2 and answers.count(True) == BATCH_SIZE
        with trio.CancelScope() as ending:
            ending.cancel()
            await made.run()
    assert answers.count(True) == BATCH_SIZE + 3
