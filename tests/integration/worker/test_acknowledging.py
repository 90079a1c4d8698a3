"""What the worker has committed is acknowledged, several batches in one call, and no failure is silent."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from coredis.exceptions import ResponseError

from core.bus import connection, names, stream
from core.bus.connection import Redis
from core.bus.stream import Entry
from tests.integration.core.bus_messages import people, post
from tests.patience import PATIENCE
from tests.stack import Stack
from worker.inbound import acknowledging as acknowledging_module
from worker.inbound.acknowledging import Acknowledging

SHARDS = 4
Work = Callable[[Redis, list[Entry], Acknowledging], Awaitable[None]]


@pytest.fixture
def on(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Callable[[Work], None]:
    """Runs work with 40 entries that were read; nothing is acknowledged before it is asked for."""
    monkeypatch.setattr(acknowledging_module, "INTERVAL", PATIENCE)

    async def run(work: Work) -> None:
        async with connection.client(stack.redis_url, connections=4) as redis:
            await redis.flushdb()
            await stream.create_groups(redis, range(SHARDS))
            await stream.Intake(redis, shards=SHARDS, capacity=1_000).append(
                [post(one) for one in people(40)]
            )
            entries = await stream.read(redis, "me", range(SHARDS), count=100, wait=50)
            acknowledging_ = Acknowledging(redis)
            try:
                await work(redis, entries, acknowledging_)
            finally:
                await acknowledging_.stop()

    return lambda work: asyncio.run(run(work))


async def calls(redis: Redis) -> int:
    """How often a script was called since the last CONFIG RESETSTAT."""
    found = (await redis.info("commandstats")).get("cmdstat_evalsha")
    return int(found["calls"]) if found else 0


async def until(left: Callable[[], Awaitable[int]]) -> None:
    async with asyncio.timeout(PATIENCE / 2):
        while await left():  # noqa: ASYNC110  Redis has no event for it
            await asyncio.sleep(0.01)


async def noticed(acknowledging: Acknowledging) -> int:
    acknowledging.check()
    return 1


def test_batches_of_a_moment_are_acknowledged_in_one_call(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis, entries: list[Entry], acknowledging: Acknowledging) -> None:
        acknowledging.add(entries)
        await acknowledging.flush()
        await stream.Intake(redis, shards=SHARDS, capacity=1_000).append([post(one) for one in people(40)])
        entries = await stream.read(redis, "me", range(SHARDS), count=100, wait=50)
        await redis.config_resetstat()
        for entry in entries:
            acknowledging.add([entry])
            await asyncio.sleep(0)
        assert await stream.backlog(redis, SHARDS) == 40
        await acknowledging.flush()
        assert await stream.backlog(redis, SHARDS) == 0
        assert [await stream.pending(redis, shard, count=9) for shard in range(SHARDS)] == [[]] * SHARDS
        assert await calls(redis) == 1

    on(work)


def test_many_do_not_wait(on: Callable[[Work], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acknowledging_module, "MANY", 40)

    async def work(redis: Redis, entries: list[Entry], acknowledging: Acknowledging) -> None:
        acknowledging.add(entries[:39])
        acknowledging.add(entries[39:])
        await until(lambda: stream.backlog(redis, SHARDS))

    on(work)


def test_what_is_added_while_a_call_is_under_way_is_acknowledged_too(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis, entries: list[Entry], acknowledging: Acknowledging) -> None:
        acknowledging.add(entries[:20])
        flush = asyncio.create_task(acknowledging.flush())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        acknowledging.add(entries[20:])
        await flush
        await acknowledging.flush()
        assert await stream.backlog(redis, SHARDS) == 0

    on(work)


def test_a_refusal_of_redis_fails_the_next_turn(
    on: Callable[[Work], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(redis: Redis, entries: list[Entry], acknowledging: Acknowledging) -> None:
        shard = entries[0].shard
        await redis.delete([names.commands(shard)])
        await redis.set(names.commands(shard), b"no stream")
        acknowledging.add(entries)
        with pytest.raises(ResponseError):
            await acknowledging.flush()
        acknowledging.check()  # once
        monkeypatch.setattr(acknowledging_module, "INTERVAL", 0.0)
        acknowledging.add(entries)
        with pytest.raises(ResponseError):
            await until(lambda: noticed(acknowledging))

    on(work)
