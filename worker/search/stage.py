"""The stage `search`: makes documents of what was written, and of what is older than the search."""

import asyncio
import time
from typing import Final

from core.db import connection_settings, locks
from core.db.ops import queues
from core.db.search import indexing
from core.telemetry.metrics import Metric, counters
from worker import pool
from worker.process import Process
from worker.supervision import Health, pause

INTERVAL: Final = 0.5  # seconds between polls
ELECTION_INTERVAL: Final = 2.0  # seconds between two attempts to become the one that works
SILENCE_TIMEOUT: Final = 30.0  # seconds after which a silent one is ended
# Rows of a transaction: reading their words takes three milliseconds, which other stages wait for.
BATCH_SIZE: Final = 300
# While it makes older rows searchable, the stage rests this many times as long as it worked.
REST_FACTOR: Final = 2.0
MEASURE_INTERVAL: Final = 10.0  # seconds between measurements of the queue
LOOK_INTERVAL: Final = 60.0  # seconds between looks for older rows, of which only a migration makes more


class SearchStage:
    """The stage. A lease elects one among all workers: buckets are filled in the order of time."""

    def __init__(self, process: Process) -> None:
        """Opens nothing yet."""
        self._settings = process.settings
        self._stop = process.stop
        self._look_at = 0.0
        self._taken = 0
        self._plan_at = BATCH_SIZE
        self._measure_at = 0.0

    async def run(self, health: Health) -> None:
        """Runs until `stop`. A transaction takes rows and writes their documents, so it may end anywhere."""
        counters[Metric.SEARCH_QUEUED] = counters[Metric.SEARCH_OLDEST] = 0  # as long as another one works
        async with pool.connection(self._settings.database_url, name="parley search", durable=False) as conn:
            while not self._stop.is_set() and not await locks.take(conn, locks.SEARCH, [0]):
                health.works()
                await locks.end_silent(conn, locks.SEARCH, silence=SILENCE_TIMEOUT)
                await pause(self._stop, ELECTION_INTERVAL)
            self._look_at = 0.0
            while not self._stop.is_set():
                began = time.monotonic()
                await self._measure(conn, began)
                async with conn.transaction():
                    taken = await indexing.newer(conn, limit=BATCH_SIZE)
                await self._plan_again(conn, taken)
                if taken == BATCH_SIZE:
                    await asyncio.sleep(0)
                    continue
                async with conn.transaction():
                    worked = began >= self._look_at and await indexing.older(conn, limit=BATCH_SIZE)
                if not worked and began >= self._look_at:
                    self._look_at = began + LOOK_INTERVAL
                health.works()
                await pause(self._stop, (time.monotonic() - began) * REST_FACTOR if worked else INTERVAL)

    async def _measure(self, conn: pool.Driver, now: float) -> None:
        """Every MEASURE_INTERVAL: how much waits to be found."""
        if now < self._measure_at:
            return
        self._measure_at = now + MEASURE_INTERVAL
        depth = await queues.search(conn)
        counters[Metric.SEARCH_QUEUED], counters[Metric.SEARCH_OLDEST] = depth.rows, depth.oldest

    async def _plan_again(self, conn: pool.Driver, taken: int) -> None:
        """Whenever it has taken twice as many rows: the tables have grown since the plans were made."""
        self._taken += taken
        if self._taken >= self._plan_at:
            self._plan_at = 2 * self._taken
            await connection_settings.plan_again(conn)
