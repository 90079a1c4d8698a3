"""Planted: a Valkey cluster with a node set otherwise, without a replica, and with slots without a node.

And URLs that name one node of it, or one sentinel; sentinels that are gone, and a primary without a replica.
"""

from collections.abc import Iterator

import pytest

from core.config.settings import read
from server.doctor import redis
from server.doctor.installation import Installation
from server.launch.valkey import ask
from tests.cluster import ValkeyCluster
from tests.doctor.installations import codes
from tests.sentinel import watched_valkey


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyCluster]:
    made = ValkeyCluster(tmp_path_factory.mktemp("cluster"))
    for node in made.nodes:
        node.ask("CONFIG", "SET", "appendonly", "yes")
    yield made
    made.close()


async def found(url: str) -> set[str]:
    settings = read({"PARLEY_REDIS_URL": url})
    return codes(await redis.examine(Installation(settings=settings)))


@pytest.mark.slow
async def test_what_is_wrong_with_a_node_or_the_cluster_is_found(cluster: ValkeyCluster) -> None:
    """In one test: each step leaves less of the cluster."""
    assert await found(cluster.url) == set()
    assert await found(cluster.nodes[0].url) == {"redis.cluster_by_one_node"}
    primary, replica = cluster.nodes[2], cluster.nodes[5]
    primary.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    assert await found(cluster.url) == {"redis.evicts"}
    primary.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    replica.running.kill()
    cluster.until(lambda: "connected_slaves:0" in primary.ask("INFO", "replication"))
    assert await found(cluster.url) == {"redis.cluster_without_replica"}
    primary.ask("CLUSTER", "DELSLOTSRANGE", "16000", "16383")
    cluster.until(lambda: "cluster_state:fail" in primary.ask("CLUSTER", "INFO"))
    assert "redis.cluster_incomplete" in await found(cluster.url)


@pytest.mark.slow
async def test_what_is_wrong_with_sentinels_and_what_they_watch_is_found() -> None:
    """In one test, as above."""
    with watched_valkey() as watched:
        for valkey, _ in watched.valkeys:
            assert ask(valkey.url, "CONFIG", "SET", "appendonly", "yes") == b"+OK"
        assert await found(watched.url) == set()
        port, running = watched.sentinels[2]
        assert await found(f"redis://127.0.0.1:{port}") == {"redis.url_of_a_sentinel"}
        running.kill()
        assert await found(watched.url) == {"redis.sentinel_unavailable"}
        watched.valkeys[1][1].kill()
        watched.until(lambda: "connected_slaves:0" in watched.said("INFO", "replication"))
        assert await found(watched.url) == {"redis.sentinel_unavailable", "redis.sentinel_without_replica"}
