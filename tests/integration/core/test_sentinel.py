"""Sentinel: our client finds the primary, and goes where it goes."""

import asyncio
import time
from collections.abc import Iterator

import anyio
import pytest

from bench.databases.redis import primaries
from core.bus import connection, names
from core.bus.connection import UNAVAILABLE, Redis
from tests.integration.core.loops import Loop, long_loop
from tests.sentinel import Watched, watched_valkey

__all__ = ["long_loop"]
HEALED_WITHIN = 15.0  # seconds from the end of a primary until all calls succeed
KEY = names.commands(1)


@pytest.fixture
def watched() -> Iterator[Watched]:
    with watched_valkey() as made:
        yield made


async def call(redis: Redis) -> bool:
    try:
        await redis.set(KEY, b"1")
        async with redis.pipeline(transaction=False) as pipe:
            pipe.get(KEY)
    except (*UNAVAILABLE, ExceptionGroup):
        return False
    return pipe.results == (b"1",)


async def heals(redis: Redis) -> None:
    until = time.monotonic() + HEALED_WITHIN
    while not await call(redis):
        assert time.monotonic() < until, "it still asks the old primary"
        await anyio.sleep(0.1)
    for _ in range(20):
        assert await call(redis)


@pytest.mark.slow
def test_calls_go_to_the_new_primary_after_the_old_one_died_and_after_a_planned_change(
    long_loop: Loop, watched: Watched
) -> None:
    """One client through both: nothing but calls tells it."""

    async def work() -> None:
        async with connection.client(watched.url, connections=2, answer_timeout=1.0) as redis:
            assert await call(redis)
            before = watched.primary
            watched.fail_over()
            until = time.monotonic() + HEALED_WITHIN
            while watched.primary is before:
                assert time.monotonic() < until
                await anyio.sleep(0.1)
            await heals(redis)
            watched.kill_primary()
            await heals(redis)

    long_loop(work)


def test_sentinels_that_do_not_answer_are_passed_over(watched: Watched) -> None:
    async def work() -> None:
        watched.sentinels[0][1].kill()
        watched.sentinels[1][1].pause()
        async with connection.client(watched.url, connections=1) as redis:
            assert await call(redis)

    anyio.run(work)
    alive = watched.url.replace(f":{watched.sentinels[0][0]},", f":{watched.sentinels[2][0]},")
    (found,) = asyncio.run(primaries(alive))
    assert f":{watched.valkeys[0][0].port}/" in found, "the bench asks the first one"
