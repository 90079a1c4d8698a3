"""Redis Cluster: how our client finds out which node has which slot, also while nodes are gone or silent."""

import asyncio
import logging
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import anyio
import pytest

from bench.databases import redis
from core.bus import connection, names
from core.bus.connection import UNAVAILABLE, Redis
from core.bus.driver import asking
from core.bus.driver import cluster as driver
from core.telemetry.log import Log
from tests.cluster import ValkeyCluster, valkey_cluster
from tests.integration.core.loops import Loop, long_loop, loop

__all__ = ["long_loop", "loop"]
HEALED_WITHIN = 15.0  # seconds
KEYS = [names.probe(number) for number in range(20)]  # of all nodes


@pytest.fixture(scope="module")
def cluster() -> Iterator[ValkeyCluster]:
    with valkey_cluster() as made:
        yield made


async def call(client: Redis, key: str) -> bool:
    try:
        await client.set(key, b"1")
    except (*UNAVAILABLE, ExceptionGroup):
        return False
    return True


async def heals(client: Redis) -> None:
    until = time.monotonic() + HEALED_WITHIN
    while not all([await call(client, key) for key in KEYS]):
        assert time.monotonic() < until
        await anyio.sleep(0.1)


def test_one_node_of_a_cluster_is_found_to_be_one(
    loop: Loop, cluster: ValkeyCluster, caplog: pytest.LogCaptureFixture
) -> None:
    """And the log says what to set, without the password."""
    asking._known.clear()

    async def work() -> None:
        async with connection.client(cluster.nodes[1].url, connections=2) as client:
            assert driver.of(client) is not None
            assert all([await call(client, key) for key in KEYS])

    with caplog.at_level(logging.INFO, logger="parley"):
        loop(work)
    said = {record.message: record.fields for record in caplog.records if hasattr(record, "fields")}
    assert said[Log.REDIS_CLUSTER_FOUND] == {"wanted": f"redis+cluster://127.0.0.1:{cluster.nodes[1].port}"}


def test_the_bench_finds_every_primary(cluster: ValkeyCluster) -> None:
    found = asyncio.run(redis.primaries(cluster.url))
    assert {urlsplit(url).port for url in found} == {node.port for node in cluster.primaries}


def test_a_cluster_that_is_down_is_used_once_it_is_up(loop: Loop, cluster: ValkeyCluster) -> None:
    async def work() -> None:
        for node in cluster.nodes:
            node.running.kill()
        async with connection.client(cluster.url, connections=2, answer_timeout=1.0) as client:
            assert not await call(client, KEYS[0])
            for node in cluster.nodes:
                node.running.restart()
                node.wait_until_ready()
            cluster.until(cluster.is_whole)
            await heals(client)

    loop(work)


def test_a_silent_node_holds_up_nobody_else_and_is_left_once_it_is_replaced(long_loop: Loop) -> None:
    async def work() -> None:
        async with connection.client(silent.url, connections=2, answer_timeout=1.0) as client:
            await heals(client)
            node = silent.primary_of(KEYS[0])
            others = [key for key in KEYS if silent.primary_of(key) is not node]
            node.running.pause()
            assert not await call(client, KEYS[0])
            assert await call(client, others[0])
            await heals(client)

    with valkey_cluster() as silent:
        long_loop(work)
