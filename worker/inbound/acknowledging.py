"""Hop 5: acknowledges what is committed, the batches of a few milliseconds in one call.

What is not acknowledged when the worker dies is applied again by the next owner of the shard, and its refs
make that harmless.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from core import failpoints
from core.bus import stream
from core.bus.connection import Redis
from core.bus.stream import Entry

INTERVAL: Final = 0.025  # seconds from the first entry to the call
MANY: Final = 500  # entries that do not wait for it


class Acknowledging:
    """`flush` it before its shards are given back, and before what is pending is looked at."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._entries: list[Entry] = []
        self._task: asyncio.Task[None] | None = None
        self._now = asyncio.Event()
        self._flushing = False

    def add(self, entries: Sequence[Entry]) -> None:
        """Acknowledges them soon. Raises what Redis said to those before."""
        self.check()
        self._entries += entries
        if len(self._entries) >= MANY:
            self._now.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def check(self) -> None:
        """Raises what Redis said, if it refused to acknowledge."""
        if self._task is not None and self._task.done():
            task, self._task = self._task, None
            task.result()

    async def flush(self) -> None:
        """Returns when Redis has all; raises what it said."""
        if self._task is None:
            return
        task, self._task = self._task, None
        self._flushing = True
        self._now.set()
        try:
            await task
        finally:
            self._flushing = False
            self._now.clear()

    async def stop(self) -> None:
        """What has not been acknowledged yet stays pending."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while self._entries:
            if not self._flushing:
                await self._wait()
            entries, self._entries = self._entries, []
            await stream.acknowledge(self._redis, entries)
            failpoints.hit("inbound.after_ack")

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(INTERVAL):
                await self._now.wait()
        except TimeoutError:
            pass
        self._now.clear()
