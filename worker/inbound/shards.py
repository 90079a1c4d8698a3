"""Hop 4: which shards of the stream are ours: leases, shared out fairly, taken over from the dead."""

import time
from collections.abc import Collection

from core.bus import heartbeats
from core.bus.connection import Redis
from core.db import locks
from core.db.connection import Connection
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters

BALANCE_EVERY = 1.0  # seconds
COOL_DOWN = 3.0  # seconds for which a shard that was given back is left to others
SILENCE = 8.0  # seconds after which the holder of a lease is ended: longer than Redis may keep it waiting
LOOK_EVERY = 1.0  # seconds


class Shards:
    """The leases of one worker. They belong to `conn`, which also runs the transactions done under them."""

    def __init__(self, conn: Connection, redis: Redis, *, worker: str, total: int) -> None:
        """Own none yet."""
        self._conn = conn
        self._redis = redis
        self._worker = worker
        self._total = total
        self._share = total
        self._left_alone: dict[int, float] = {}  # shard → until when
        self._balance_at = 0.0
        self._look_at = 0.0
        self.owned: list[int] = []

    async def balance(self) -> list[int]:
        """Between batches: says that we live, keeps the leases alive, hands over surplus, takes what is free.

        Does nothing when it is not time yet. Returns the shards taken now: what pends in them comes first.
        """
        now = time.monotonic()
        if now < self._balance_at:
            return []
        self._balance_at = now + BALANCE_EVERY
        await locks.ping(self._conn)
        living, under_share = await heartbeats.beat_worker(
            self._redis, self._worker, under_share=len(self.owned) + self._given_back(now) < self._share
        )
        self._share = -(-self._total // max(1, living))
        # Surplus goes only to somebody who asks: a worker that died a moment ago still counts as living.
        if under_share and len(self.owned) > self._share:
            await self._give_back(self.owned[self._share :], now)
            return []
        return await self._take(now, most=self._share if under_share else self._total)

    async def leave_to_newer(self, shards: Collection[int]) -> None:
        """Give back `shards`, whose next command only a newer worker can carry out.

        We do not ask for others in their place, or a newer worker that has its share would not take them.
        """
        await self._give_back(sorted(shards), time.monotonic())

    async def release(self) -> None:
        """At the end, in order: the next owner need not wait for our death."""
        await locks.release(self._conn, locks.SHARDS, self.owned)
        log(Log.SHARD_RELEASED, shards=self.owned)
        self.owned = []
        counters[Metric.SHARDS_OWNED] = 0
        await heartbeats.leave(self._redis, worker=self._worker)

    async def _give_back(self, shards: list[int], now: float) -> None:
        await locks.release(self._conn, locks.SHARDS, shards)
        self._left_alone.update(dict.fromkeys(shards, now + COOL_DOWN))
        self._own([shard for shard in self.owned if shard not in shards])
        log(Log.SHARD_RELEASED, shards=shards)

    def _given_back(self, now: float) -> int:
        """Shards that we leave to others now."""
        return sum(until > now for until in self._left_alone.values())

    async def _take(self, now: float, *, most: int) -> list[int]:
        foreign = [shard for shard in range(self._total) if shard not in self.owned]
        if not foreign:
            return []
        free = [shard for shard in foreign if self._left_alone.get(shard, 0.0) <= now]
        # Which of them are free is for Postgres to say: two who each asked only for the other's first few
        # left the rest to nobody.
        wanted = max(0, most - len(self.owned))
        taken = sorted(await locks.take(self._conn, locks.SHARDS, free, most=wanted))
        if taken:
            self._own(sorted([*self.owned, *taken]))
            log(Log.SHARD_OWNED, shards=taken)
        elif now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            ended = await locks.end_silent(self._conn, locks.SHARDS, silence=SILENCE)
            if ended:
                log(Log.OWNER_ENDED, shards=sorted(ended))
        return taken

    def _own(self, shards: list[int]) -> None:
        self.owned = shards
        counters[Metric.SHARDS_OWNED] = len(shards)
