"""Redis Cluster: what our client does that the library does not, and how it survives the end of a node."""

import time
from collections.abc import Iterator

import anyio
import pytest

from core.bus import connection, memory, names, rooms
from core.bus.connection import UNAVAILABLE, Redis
from core.bus.driver import cluster as driver
from core.ids import ProjectId
from tests.cluster import ValkeyCluster, valkey_cluster
from tests.integration.core.loops import Loop, loop
from tests.patience import PATIENCE

__all__ = ["loop"]
HEALED_WITHIN = 15.0  # seconds from the end of a primary until all calls succeed
PROJECT = ProjectId(bytes(range(16)))


@pytest.fixture(scope="module")
def cluster() -> Iterator[ValkeyCluster]:
    with valkey_cluster() as made:
        yield made


def test_what_has_no_key_is_routed(loop: Loop, cluster: ValkeyCluster) -> None:
    async def work() -> None:
        async with connection.client(cluster.url) as redis:
            assert (await redis.time()).year > 2000
            async with redis.pipeline(transaction=False) as pipe:
                pipe.publish(names.room(PROJECT), b"x")
                pipe.time()
                pipe.get(names.published(PROJECT))
            received, now, published = pipe.results or ()
            assert (received, published) == (0, None)
            assert now.year > 2000

    loop(work)


def test_each_primary_is_asked_whether_it_takes_writes_and_evicts(loop: Loop, cluster: ValkeyCluster) -> None:
    async def work() -> None:
        async with connection.client(cluster.url) as redis:
            probes = memory.probes(redis)
            assert len({cluster.primary_of(probe).port for probe in probes}) == len(probes) == 3
            await memory.write(redis)
            assert await memory.eviction_policy(redis) == "noeviction"
            one = cluster.primary_of(probes[-1])
            one.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
            assert await memory.eviction_policy(redis) == "allkeys-lru"
            one.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")

    loop(work)


def test_all_keys_of_a_project_are_deleted(loop: Loop, cluster: ValkeyCluster) -> None:
    async def work() -> None:
        async with connection.client(cluster.url) as redis:
            await redis.set(names.published(PROJECT), b"1")
            await redis.set(names.unwritten(PROJECT), b"1")
            other = ProjectId(bytes(16))
            await redis.set(names.published(other), b"1")
            assert await rooms.forget(redis, PROJECT) == 2
            assert await rooms.forget(redis, other) == 1

    loop(work)


def test_after_a_primary_died_calls_go_to_its_replica(loop: Loop) -> None:
    """Also calls of a client that had connections to it: nothing but calls tells it about the failover."""

    async def call(redis: Redis) -> bool:
        try:
            await redis.set(names.commands(1), b"1")
            async with redis.pipeline(transaction=False) as pipe:
                pipe.publish(names.room(PROJECT), b"x")
                pipe.get(names.commands(1))
        except (*UNAVAILABLE, ExceptionGroup):
            return False
        return True

    async def work() -> None:
        async with connection.client(dying.url, connections=2, answer_timeout=1.0) as redis:
            assert await call(redis)
            dying.primary_of(names.commands(1)).running.kill()
            until = time.monotonic() + HEALED_WITHIN
            while not await call(redis):
                assert time.monotonic() < until, "it still asks the dead node"
                await anyio.sleep(0.1)
            for _ in range(20):
                assert await call(redis)

    with valkey_cluster() as dying:
        loop(work)


def test_who_waits_behind_a_cancelled_caller_gets_the_connection(loop: Loop, cluster: ValkeyCluster) -> None:
    async def work() -> None:
        async with connection.client(cluster.url, connections=1) as redis:
            several = driver.of(redis)
            assert several is not None
            pool = several.connection_pool
            node = pool.cluster_layout.node_for_slot(0)
            lent = await pool.get_connection(node)
            with anyio.move_on_after(0.1):
                await pool.get_connection(node)
            with anyio.fail_after(PATIENCE):
                async with anyio.create_task_group() as group:
                    group.start_soon(pool.get_connection, node)
                    await anyio.wait_all_tasks_blocked()
                    pool.release(lent)

    loop(work)
