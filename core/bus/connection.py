"""How a Redis client is made, and which exceptions mean that Redis is unavailable."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import coredis
from coredis.exceptions import RedisError
from coredis.retry import NoRetryPolicy

from core.bus.driver import address, asking, cluster, sentinel
from core.bus.driver.pool import Pool

Redis = coredis.Redis[bytes]

UNAVAILABLE = (RedisError, OSError, TimeoutError)
"""What a call raises when Redis is unavailable, slow, full or loading: the command may have been executed."""

CONNECT_TIMEOUT = 3.0  # seconds
ANSWER_TIMEOUT = 5.0  # seconds


@asynccontextmanager
async def client(
    url: str, *, answer_timeout: float | None = ANSWER_TIMEOUT, connections: int = 16
) -> AsyncIterator[Redis]:
    """A client; replies are bytes. Nothing need answer yet.

    It never retries: that is the caller's decision, because the first call may have been executed. A cluster
    is used like one Redis; `connections` are to each node then.
    """
    made = _made(await asking.actual(url), answer_timeout=answer_timeout, connections=connections)
    async with made as redis:
        yield redis


def _made(url: str, *, answer_timeout: float | None, connections: int) -> Redis:
    how: dict[str, Any] = {
        "answer_timeout": answer_timeout,
        "connect_timeout": CONNECT_TIMEOUT,
        "connections": connections,
    }
    match address.scheme(url):
        case address.CLUSTER:
            return cast("Redis", cluster.client(url, **how))
        case address.SENTINEL:
            return sentinel.client(url, **how)
    pool = Pool.from_url(
        url,
        decode_responses=False,
        connect_timeout=CONNECT_TIMEOUT,
        stream_timeout=answer_timeout,
        timeout=answer_timeout,
        max_connections=connections,
    )
    return coredis.Redis(connection_pool=pool, verify_version=False, retry_policy=NoRetryPolicy())


@asynccontextmanager
async def node_of(redis: Redis, key: str) -> AsyncIterator[Redis]:
    """A client of the one Redis that has the key, for commands about all keys that it has."""
    several = cluster.of(redis)
    if several is None:
        yield redis
        return
    async with several.node_of(key) as node:
        yield node


async def infos(redis: Redis, section: str) -> list[Mapping[str, Any]]:
    """INFO of the one Redis, or of each primary of a cluster."""
    several = cluster.of(redis)
    if several is None:
        return [await redis.info(section)]
    found: list[Mapping[str, Any]] = []
    for primary in several.primaries:
        async with primary as node:
            found.append(await node.info(section))
    return found
