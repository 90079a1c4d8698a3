"""The releases that the living processes can read, on a real Valkey, under both event loops."""

from core import ids
from core.bus import heartbeats, names
from core.bus.connection import Redis
from tests.integration.core.bus_messages import On


def test_every_living_process_publishes_what_it_can_read(on: On) -> None:
    async def work(redis: Redis) -> None:
        assert await heartbeats.readers(redis) == []
        await heartbeats.beat_node(redis, "node")
        await heartbeats.beat_worker(redis, "worker", under_share=False)
        assert await heartbeats.readers(redis) == [heartbeats.READS] * 2
        await heartbeats.leave(redis, node="node", worker="worker")
        assert await heartbeats.readers(redis) == []
        assert await redis.exists([names.NODES_READ, names.WORKERS_READ]) == 0

    on(work)


def test_a_process_of_an_earlier_release_publishes_nothing_and_holds_writers_back(on: On) -> None:
    async def work(redis: Redis) -> None:
        await heartbeats.beat_node(redis, "present")
        seconds, microseconds = await redis_time(redis)
        await redis.zadd(names.NODES, {"earlier": seconds * 1000 + microseconds / 1000})
        assert sorted(await heartbeats.readers(redis)) == [1, heartbeats.READS]
        await redis.zadd(names.NODES, {"earlier": (seconds - heartbeats.DEAD_AFTER - 1) * 1000})
        assert await heartbeats.readers(redis) == [heartbeats.READS], "it is dead"

    on(work)


def test_entries_of_processes_that_ended_abruptly_are_removed(on: On) -> None:
    async def work(redis: Redis) -> None:
        left = {ids.make().hex(): heartbeats.READS for _ in range(100)}
        for key in (names.NODES_READ, names.WORKERS_READ):
            await redis.hset(key, left)
        await heartbeats.beat_node(redis, "node")
        await heartbeats.beat_worker(redis, "worker", under_share=True)
        assert [await redis.hlen(key) for key in (names.NODES_READ, names.WORKERS_READ)] == [1, 1]

    on(work)


async def redis_time(redis: Redis) -> tuple[int, int]:
    now = await redis.time()
    return int(now.timestamp()), now.microsecond
