"""Looks at running turns in the database and in Redis: all of a process that ask at a time, in one go."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from core.bus import connection as bus
from core.bus import turns as turns_bus
from core.bus.turns import StopRequest
from core.db.assistant import leases
from core.db.assistant.leases import Standing
from core.db.assistant.turns import Claimed
from worker.batcher import Batcher
from worker.pool import Database

SECONDS: Final = 1000  # ms
LEASE: Final = 10.0  # seconds
INTERVAL: Final = 1.0  # seconds between two looks, if nothing calls
BATCH_SIZE: Final = 200  # turns in one look


class Look(NamedTuple):
    """`stop`: who wants a turn of the conversation stopped."""

    standing: Standing
    stop: StopRequest | None


class Looks:
    """Of one process. `call_all`: wakes every turn, so that each of them looks."""

    def __init__(self, database: Database, redis: bus.Redis, call_all: Callable[[], None]) -> None:
        self._database = database
        self._redis = redis
        self._call_all = call_all
        self._batcher = Batcher(self._look, at_once=BATCH_SIZE)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._batcher.run())
            while True:
                await asyncio.sleep(INTERVAL)
                self._call_all()

    async def at(self, turn: Claimed) -> Look:
        """Renews the lease, if the turn is ours. Raises pool.UNAVAILABLE, and Over."""
        return await self._batcher.ask(turn)

    async def _look(self, asked: Sequence[Claimed]) -> Sequence[Look]:
        async with self._database.connection() as conn:
            standings = await leases.renew(conn, asked, lease=round(LEASE * SECONDS))
        stops: Sequence[StopRequest | None] = [None] * len(asked)
        with suppress(*bus.UNAVAILABLE):
            stops = await turns_bus.stop_requests(
                self._redis, [(turn.project, turn.conversation) for turn in asked]
            )
        return [Look(standing, stop) for standing, stop in zip(standings, stops, strict=True)]
