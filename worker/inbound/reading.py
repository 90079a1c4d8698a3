"""Hop 4: reads the streams of the shards that this worker owns, in however many slots of a cluster they are.

With one slot that is one blocking call. With several each slot has a call of its own, and what they find goes
into one transaction. While two spreads are in use, because the setting is being changed, a visitor's commands
are in two streams: then nothing blocks, and what is found is put in the order in which it was appended.
"""

import asyncio
import time
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from core.bus import stream
from core.bus.connection import Redis
from core.bus.queue import spread
from core.bus.stream import Entry

PER_SHARD: Final = 64  # entries per read
WAIT: Final = 500  # ms a read blocks for the first entry; also how long SIGTERM may have to wait
POLL_INTERVAL: Final = 0.01  # seconds between two looks while two spreads are in use and nothing is found
LOOK_INTERVAL: Final = 1.0  # seconds between two looks which spreads are in use


class _Slot(NamedTuple):
    """One of the slots of a spread."""

    slots: int
    number: int


class Reading:
    """Owns the calls that wait; `finish` them before the client is closed or a shard is given back."""

    def __init__(self, redis: Redis, consumer: str, *, shards: int, slots: int) -> None:
        """`shards`: how many there are. `slots`: of this worker's setting, which is read also while no server
        says that it writes so.
        """
        self._shards = shards
        self._redis = redis
        self._consumer = consumer
        self._several = spread.possible(redis, 2) > spread.ONE
        self.spreads: list[int] = sorted({spread.ONE, spread.possible(redis, slots)})
        """Those that are read."""
        self._own = tuple(self.spreads)
        self._waiting: dict[_Slot, asyncio.Task[list[Entry]]] = {}
        self._held: list[Entry] = []  # found, and to be processed with what was appended at the same time
        self._recent_until: dict[int, float] = {}  # spread → until when it counts as in use
        self._look_at = 0.0

    async def look(self) -> list[int]:
        """Every LOOK_INTERVAL: which spreads are in use. Returns those that are new."""
        now = time.monotonic()
        if not self._several or now < self._look_at:
            return []
        self._look_at = now + LOOK_INTERVAL
        said = await spread.in_use(self._redis)
        for slots, age in said.items():
            self._use(slots, for_=spread.RECENT - age)
        new = sorted(said.keys() - set(self.spreads))
        if new:  # servers are about to change from one to another
            for slots in (*self.spreads, *new):
                self._use(slots, for_=spread.RECENT)
        self.spreads = sorted({*self._own, *said})
        for slots, age in said.items():
            if age > spread.FORGOTTEN_AFTER and not await stream.backlog(
                self._redis, self._shards, slots=slots
            ):
                await spread.forget(self._redis, slots)
        return new

    async def next(self, shards: Sequence[int]) -> list[Entry]:
        """New entries, at most PER_SHARD of each shard and spread; waits up to WAIT for the first.

        Raises stream.GroupMissing, and what Redis raises.
        """
        if len(self.spreads) == 1 and self.spreads[0] == spread.ONE:
            return await self._read(shards, spread.ONE, wait=WAIT)
        recent = [slots for slots in self.spreads if self._recent_until.get(slots, 0.0) > time.monotonic()]
        if len(recent) > 1:
            return await self._in_order(shards, recent)
        found = await self._from_any(shards)
        for slots in {entry.slots for entry in found}:
            self._use(slots, for_=spread.RECENT)
        return found

    async def finish(self) -> list[Entry]:
        """Waits for the calls that wait; what they have found, which nobody else will get."""
        tasks, self._waiting = list(self._waiting.values()), {}
        held, self._held = self._held, []
        found = await asyncio.gather(*tasks, return_exceptions=True)
        return [*held, *(entry for one in found if isinstance(one, list) for entry in one)]

    async def stop(self) -> None:
        """Ends the calls that wait; what they found is still pending."""
        tasks, self._waiting = list(self._waiting.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _from_any(self, shards: Sequence[int]) -> list[Entry]:
        """All that is there now; only if that is nothing, what comes first.

        A call that waited ends with the first entry: what came after it is read too, for larger batches.
        """
        found = self._ended()
        idle = {
            _Slot(slots, number): here
            for slots in self.spreads
            for number, here in spread.by_slot(shards, slots).items()
            if _Slot(slots, number) not in self._waiting
        }
        found += await self._now([(slot.slots, here) for slot, here in idle.items()])
        if found:
            return found
        for slot, here in idle.items():
            self._waiting[slot] = asyncio.create_task(self._read(here, slot.slots, wait=WAIT))
        await asyncio.wait(self._waiting.values(), return_when=asyncio.FIRST_COMPLETED)
        return self._ended()

    def _ended(self) -> list[Entry]:
        """What the calls have found that waited and have ended; raises what they raised."""
        ended = [slot for slot, task in self._waiting.items() if task.done()]
        tasks = [self._waiting.pop(slot) for slot in ended]
        return [entry for task in tasks for entry in task.result()]

    async def _in_order(self, shards: Sequence[int], recent: Collection[int]) -> list[Entry]:
        """By the time of appending, as the nodes' clocks have it.

        Who sees an entry of one stream must see what was appended to the other one before it: so the others
        are read a second time, and what that finds beyond the newest of the first is held for the next turn.
        """
        if self._waiting:
            self._held += await self.finish()
        first = [*self._held, *await self._all(shards, recent)]
        if not first:
            await asyncio.sleep(POLL_INTERVAL)
            self._held = []
            return []
        newest = max(entry.appended_at for entry in first)
        only = {entry.slots for entry in first}
        second = await self._all(shards, [one for one in recent if len(only) > 1 or one not in only])
        self._held = [entry for entry in second if entry.appended_at > newest]
        return sorted(
            [*first, *(entry for entry in second if entry.appended_at <= newest)], key=lambda one: one.order
        )

    async def _all(self, shards: Sequence[int], spreads: Collection[int]) -> list[Entry]:
        return await self._now(
            [(slots, here) for slots in spreads for here in spread.by_slot(shards, slots).values()]
        )

    async def _now(self, places: Sequence[tuple[int, Sequence[int]]]) -> list[Entry]:
        """What is there, of several slots at once."""
        calls = [self._read(here, slots, wait=None) for slots, here in places]
        found = await asyncio.gather(*calls, return_exceptions=True)
        for one in found:
            if isinstance(one, BaseException):
                raise one  # what the others found is pending, and read again by who owns the shards next
        return [entry for one in found if isinstance(one, list) for entry in one]

    async def _read(self, shards: Sequence[int], slots: int, *, wait: int | None) -> list[Entry]:
        try:
            return await stream.read(
                self._redis, self._consumer, shards, count=PER_SHARD, wait=wait, slots=slots
            )
        except stream.GroupMissing:
            # Redis lost its data. Clients resend the messages they still hold.
            await stream.create_groups(self._redis, shards, slots=slots)
            return []

    def _use(self, slots: int, *, for_: float) -> None:
        until = time.monotonic() + for_
        self._recent_until[slots] = max(until, self._recent_until.get(slots, 0.0))
