"""Hop 4: which shards of the stream this worker owns: leases, balanced, taken over from dead workers."""

import time
from collections.abc import Awaitable, Callable, Collection

from core.bus import heartbeats
from core.bus.connection import Redis
from core.db import locks
from core.db.connection import Connection
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters

BALANCE_EVERY = 1.0  # seconds
COOL_DOWN = 3.0  # seconds during which this worker does not retake a shard that it gave back
SILENCE = 8.0  # seconds after which a silent lease holder is ended: longer than it may wait for Redis
LOOK_EVERY = 1.0  # seconds

Finish = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """Nothing is read beside what is processed."""


class Shards:
    """The leases of one worker. They belong to `conn`, which also runs the transactions under them."""

    def __init__(
        self, conn: Connection, redis: Redis, *, worker: str, total: int, finish: Finish = _nothing
    ) -> None:
        """`finish`: called before shards are given back, to process what was read of them."""
        self._finish = finish
        self._conn = conn
        self._redis = redis
        self._worker = worker
        self._total = total
        self._share = total
        self._cooling_down: dict[int, float] = {}  # shard → until when
        self._balance_at = 0.0
        self._next_scan = 0.0
        self.owned: list[int] = []

    async def balance(self) -> list[int]:
        """Between batches: sends a heartbeat, renews the leases, gives back surplus shards, takes free ones.

        Does nothing when it is not time yet. Returns the shards taken now: their pending entries come first.
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
        # Give surplus back only when another worker asks: one that died a moment ago still counts as living.
        if under_share and len(self.owned) > self._share:
            await self._give_back(self.owned[self._share :], now)
            return []
        return await self._take(now, most=self._share if under_share else self._total)

    async def leave_to_newer(self, shards: Collection[int]) -> None:
        """Gives back `shards`, whose next command only a newer worker can process.

        This worker does not ask for others in their place: otherwise a newer worker that has its share would
        not take them.
        """
        await self._give_back(sorted(shards), time.monotonic())

    async def release(self) -> None:
        """Releases all shards at an orderly stop, so that the next owner need not wait for a timeout."""
        await self._finish()
        await locks.release(self._conn, locks.SHARDS, self.owned)
        log(Log.SHARD_RELEASED, shards=self.owned)
        self.owned = []
        counters[Metric.SHARDS_OWNED] = 0
        await heartbeats.leave(self._redis, worker=self._worker)

    async def _give_back(self, shards: list[int], now: float) -> None:
        await self._finish()
        await locks.release(self._conn, locks.SHARDS, shards)
        self._cooling_down.update(dict.fromkeys(shards, now + COOL_DOWN))
        self._own([shard for shard in self.owned if shard not in shards])
        log(Log.SHARD_RELEASED, shards=shards)

    def _given_back(self, now: float) -> int:
        """How many given-back shards are still cooling down."""
        return sum(until > now for until in self._cooling_down.values())

    async def _take(self, now: float, *, most: int) -> list[int]:
        foreign = [shard for shard in range(self._total) if shard not in self.owned]
        if not foreign:
            return []
        free = [shard for shard in foreign if self._cooling_down.get(shard, 0.0) <= now]
        # Postgres decides which are free. Otherwise two workers that each ask only for the other's first few
        # shards leave the rest unowned.
        wanted = max(0, most - len(self.owned))
        taken = sorted(await locks.take(self._conn, locks.SHARDS, free, most=wanted))
        if taken:
            self._own(sorted([*self.owned, *taken]))
            log(Log.SHARD_OWNED, shards=taken)
        elif now >= self._next_scan:
            self._next_scan = now + LOOK_EVERY
            ended = await locks.end_silent(self._conn, locks.SHARDS, silence=SILENCE)
            if ended:
                log(Log.OWNER_ENDED, shards=sorted(ended))
        return taken

    def _own(self, shards: list[int]) -> None:
        self.owned = shards
        counters[Metric.SHARDS_OWNED] = len(shards)
