"""Redis's clock is set back: earlier timestamps lie in the future, and nothing waits until then."""

import time

from core import ids
from core.bus import heartbeats, limits, names
from core.bus.connection import Redis
from tests.integration.core.bus_messages import On

HOUR = 60 * 60 * 1000  # ms


def ahead() -> float:
    return time.time() * 1000 + HOUR


async def _score(redis: Redis, key: str, member: str) -> float:
    score = await redis.zscore(key, member)
    assert score is not None
    return score


def test_a_node_with_a_future_heartbeat_counts_as_just_seen_and_dies_without_another(on: On) -> None:
    async def work(redis: Redis) -> None:
        node = ids.make().hex()
        await redis.zadd(names.NODES, {node: ahead()})
        assert await heartbeats.dead_nodes(redis) == [], "it may live: its next beat comes within seconds"
        assert await _score(redis, names.NODES, node) <= time.time() * 1000 + 1_000

    on(work)


def test_workers_with_a_future_heartbeat_are_not_alive_for_an_hour(on: On) -> None:
    async def work(redis: Redis) -> None:
        await redis.zadd(names.WORKERS, {"gone": ahead()})
        assert await heartbeats.workers(redis) == 0
        await heartbeats.beat_worker(redis, "here", under_share=False)
        assert await _score(redis, names.WORKERS, "gone") <= time.time() * 1000 + 1_000

    on(work)


def test_future_attempts_are_slowed_down_and_never_locked_out(on: On) -> None:
    async def work(redis: Redis) -> None:
        await redis.zadd(names.guesses("login", "mai"), {f"g{n}": ahead() for n in range(5)})

        async def wait(mark: bytes) -> float:
            return await limits.attempt(
                redis,
                what="login",
                who="mai",
                limit=5,
                window=900,
                first_wait=60,
                longest_wait=900,
                mark=mark,
            )

        assert 0 < await wait(b"x") <= 60
        assert await _score(redis, names.guesses("login", "mai"), "g0") <= time.time() * 1000 + 1_000

    on(work)


def test_a_limit_with_a_future_window_starts_again(on: On) -> None:
    async def work(redis: Redis) -> None:
        use = limits.Hit("route", "mai", 1, 60)
        slot = int(ahead() // 60_000)
        await redis.hset(names.rate("route", "mai"), {"slot": slot, "now": 1, "before": 1})
        assert (await limits.allow(redis, [use]))[0].wait == 0.0
        assert 0 < (await limits.allow(redis, [use]))[0].wait <= 60

    on(work)
