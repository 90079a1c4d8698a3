"""Over how many slots of a cluster the command streams are spread, and which spreads are in use.

Spread over N slots, shard S is in slot number S % N, under another name for each N. One is what one Redis
has, and what every release reads. Servers write to the N of their setting, once every process can read it,
and say so; workers read what is said, and always one (docs/adr/0070-streams-over-slots.md).
"""

import time
from collections.abc import Mapping, Sequence
from typing import Final

from core.bus import heartbeats, names
from core.bus.connection import Redis
from core.bus.driver import cluster

ONE: Final = 1
RECENT: Final = 60.0  # seconds after an announcement; later its servers have ended, or write otherwise
KNOWN_FOR: Final = 3.0  # seconds from the first announcement to the first write: workers look each second
FORGOTTEN_AFTER: Final = 3_600.0  # seconds without an announcement; an empty spread is no longer read then


def possible(redis: Redis, slots: int) -> int:
    """One Redis has one slot."""
    return slots if cluster.of(redis) is not None else ONE


async def in_use(redis: Redis) -> dict[int, float]:
    """The spreads, and the seconds since a server last said that it writes so. Empty for one Redis."""
    if cluster.of(redis) is None:
        return {}
    async with redis.pipeline(transaction=False) as pipe:
        pipe.zrange(names.LAYOUTS, 0, -1, withscores=True)
        pipe.time()
    found, now = pipe.results or ((), None)
    return {int(one.member): max(0.0, now.timestamp() - one.score) for one in found}


async def current(redis: Redis) -> int:
    """What servers write to now."""
    found = await in_use(redis)
    return min((slots for slots, age in found.items() if age <= RECENT), key=found.__getitem__, default=ONE)


async def forget(redis: Redis, slots: int) -> None:
    """Nothing is in its streams, and no server writes to them."""
    await redis.zrem(names.LAYOUTS, [str(slots)])


def by_slot(shards: Sequence[int], slots: int) -> Mapping[int, list[int]]:
    """The shards of each slot."""
    found: dict[int, list[int]] = {}
    for shard in shards:
        found.setdefault(shard % slots, []).append(shard)
    return found


class Choice:
    """Which spread a server writes to."""

    def __init__(self, redis: Redis, wanted: int) -> None:
        self._redis = redis
        self._wanted = possible(redis, wanted)
        self._said_at: float | None = None
        self.slots: int | None = ONE if self._wanted == ONE else None
        """None: not known yet."""

    async def choose(self, reads: int) -> None:
        """`reads`: the format version that all living processes read, see core.bus.heartbeats."""
        if self._wanted == ONE:
            return
        if reads < heartbeats.SPREAD:
            if self.slots is None or await heartbeats.workers(self._redis):
                self.slots, self._said_at = ONE, None
            return  # no worker is alive: the next ones may be of the last release
        age = (await in_use(self._redis)).get(self._wanted)
        now = await self._redis.time()
        await self._redis.zadd(names.LAYOUTS, {str(self._wanted): now.timestamp()})
        if self._said_at is None:
            self._said_at = time.monotonic() - (KNOWN_FOR if age is not None and age < RECENT else 0.0)
        self.slots = self._wanted if time.monotonic() - self._said_at >= KNOWN_FOR else self.slots or ONE
