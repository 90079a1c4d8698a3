"""Handshakes of a reconnect storm are admitted in order, a limited number per pass of the loop."""

import pytest
import trio
import trio.testing

from server.door import handshake_limiter
from server.door.handshake_limiter import BATCH_SIZE, HandshakeLimiter


async def test_handshakes_are_admitted_in_the_order_of_their_arrival() -> None:
    admitted, made = list[int](), HandshakeLimiter()

    async def come(number: int) -> None:
        assert await made.enter()
        admitted.append(number)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.run)
        await trio.testing.wait_all_tasks_blocked()
        async with trio.open_nursery() as crowd:
            for number in range(5 * BATCH_SIZE):
                crowd.start_soon(come, number)
                await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    assert sorted(admitted) == list(range(5 * BATCH_SIZE))
    assert admitted == sorted(admitted)


async def test_no_pass_of_the_loop_admits_more_than_its_batch() -> None:
    admitted, most, made = 0, 0, HandshakeLimiter()

    async def come() -> None:
        nonlocal admitted
        await made.enter()
        admitted += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.run)
        for _ in range(20 * BATCH_SIZE):
            nursery.start_soon(come)
        while admitted < 20 * BATCH_SIZE:
            before = admitted
            await trio.lowlevel.checkpoint()
            most = max(most, admitted - before)
        nursery.cancel_scope.cancel()
    assert most <= 2 * BATCH_SIZE  # this test's own turn may fall before or after theirs


async def test_handshakes_beyond_the_queue_are_refused_and_the_rest_is_admitted_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
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
