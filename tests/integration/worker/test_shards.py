"""Free shards are found by any worker under its share, even if others hold the shards before them."""

import asyncio

from core.bus import connection as bus
from core.bus import heartbeats
from core.db import locks
from tests.stack import Stack
from worker import pool
from worker.inbound.shards import Shards

TOTAL = 4


def test_a_worker_under_its_share_takes_free_shards_although_others_hold_the_first_ones(
    fresh_stack: Stack,
) -> None:
    """Seed 2 of `make chaos`: two workers each asked for what the other held; four shards had no owner."""

    async def two_workers() -> list[int]:
        async with (
            bus.client(fresh_stack.redis_url) as redis,
            pool.connection(fresh_stack.database_url, name="other") as other,
            pool.connection(fresh_stack.database_url, name="ours") as conn,
        ):
            await locks.take(other, locks.SHARDS, [0])
            await heartbeats.beat_worker(redis, "other", under_share=True)
            taken = await Shards(conn, redis, worker="ours", total=TOTAL).balance()
            assert await locks.take(other, locks.SHARDS, range(TOTAL)) == {0, 3}, "more was locked than taken"
            return taken

    assert asyncio.run(two_workers()) == [1, 2]
