"""Redis refuses writes or may evict queued commands: readiness reports it, and rate limits still hold."""

import os
from collections.abc import Iterator

import pytest

from core.bus import memory
from core.bus.connection import UNAVAILABLE
from server.api.services.rate_limiter import Limit, RateLimited, RateLimiter
from server.launch import valkey
from tests.integration.api.api_fixture import ApiFixture
from tests.stack import Stack


@pytest.fixture
def full(stack: Stack) -> Iterator[None]:
    """Redis has no memory left."""
    stack.redis("CONFIG", "SET", "maxmemory", "1")
    yield
    stack.redis("CONFIG", "SET", "maxmemory", str(valkey.memory_limit()))


@pytest.fixture
def policy(stack: Stack, request: pytest.FixtureRequest) -> Iterator[str]:
    stack.redis("CONFIG", "SET", "maxmemory-policy", request.param)
    yield request.param
    stack.redis("CONFIG", "SET", "maxmemory-policy", "noeviction")


async def refused(gate: RateLimiter, route: str, limit: Limit, calls: int) -> int:
    count = 0
    for _ in range(calls):
        try:
            await gate.check(route, limit, "192.0.2.7")
        except RateLimited as limited:
            count += 0 < limited.retry <= limit.seconds
    return count


async def test_a_redis_that_takes_no_writes_is_not_ready(api: ApiFixture, full: None) -> None:
    with pytest.raises(UNAVAILABLE):
        await memory.write(api.context.redis)
    answer = await api.anonymous().get("/readyz")
    assert answer.status == 503
    check = answer.json["checks"]["redis"]
    assert not check["ok"] and "a write was refused: OOM" in check["detail"]


async def test_limits_of_routes_hold_while_redis_is_full(api: ApiFixture, full: None) -> None:
    gate, route = RateLimiter(api.context.redis), f"route-{os.urandom(6).hex()}"
    assert await refused(gate, route, Limit(60), 70) == 10
    assert await refused(gate, route, Limit(60, 3_600), 70) == 10, "each window is counted by itself"
    assert await refused(gate, "another", Limit(60), 60) == 0


async def test_a_route_counts_by_redis_again_once_it_answers(api: ApiFixture) -> None:
    gate, route = RateLimiter(api.context.redis), f"route-{os.urandom(6).hex()}"
    assert await refused(gate, route, Limit(3), 4) == 1


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random"], indirect=True)
async def test_a_redis_that_would_drop_commands_is_not_ready_and_says_what_to_set(
    api: ApiFixture, policy: str
) -> None:
    check = (await api.anonymous().get("/readyz")).json["checks"]["redis"]
    assert not check["ok"] and f"maxmemory-policy is {policy}: set noeviction" in check["detail"]


@pytest.mark.parametrize("policy", ["volatile-lru", "noeviction"], indirect=True)
async def test_a_redis_that_keeps_commands_is_ready(api: ApiFixture, policy: str) -> None:
    check = (await api.anonymous().get("/readyz")).json["checks"]["redis"]
    assert check["ok"] and (policy in check["detail"]) is (policy != "noeviction")


def test_the_embedded_valkey_has_a_bound() -> None:
    assert valkey.LEAST_MEMORY <= valkey.memory_limit() <= valkey.MOST_MEMORY
