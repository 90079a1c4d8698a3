"""The pool for search, statistics and exports: planner defaults, a statement timeout, the replica if usable.

The message path has connections of its own, whose planner settings suit statements that read a few rows by
index, and a slow export must not take one of them (ADR 39).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, TypeVar

import asyncpg
import trio

from core.config.settings import Settings
from core.db import connection_settings
from core.db.connection import Connection
from core.telemetry.metrics import Metric, counters
from server.pool import UNAVAILABLE, Database, open_database
from server.reading.replica import Replica

ANSWER_TIMEOUT: Final = 2.0  # seconds beyond the statement timeout, for a server that does not keep it
# Besides an outage: the schema of the replica may be behind for a moment.
ELSEWHERE: Final = (*UNAVAILABLE, asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)

T = TypeVar("T")


class ReadPool:
    """One per process. Only reads: its transactions are read-only."""

    def __init__(self, primary: Database, replica: Replica | None = None) -> None:
        self._primary = primary
        self._replica = replica

    async def read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work`, outside a transaction; raises UNAVAILABLE, also when a statement takes too long.

        On a replica the result may be up to replica.MAX_LAG old. If it fails there, `work` is run once more,
        on the primary. `work` may await its connection and nothing else.
        """
        if self._replica is not None:
            if self._replica.is_usable:
                try:
                    return await self._replica.database.read(work)
                except asyncpg.QueryCanceledError:
                    raise  # too slow there, and so on the primary, which has more to do
                except ELSEWHERE as error:
                    self._replica.failed(error)
            counters[Metric.REPLICA_SKIPPED] += 1
        return await self._primary.read(work)


@asynccontextmanager
async def open_read_pool(settings: Settings) -> AsyncIterator[ReadPool]:
    """The pool, inside `open_loop()`; connects lazily."""
    seconds = settings.read_timeout_seconds
    opened = partial(
        open_database,
        size=settings.read_pool,
        prepare=partial(connection_settings.prepare_reading, at_most=seconds),
        at_most=seconds + ANSWER_TIMEOUT,
        name="parley-server-read",
    )
    async with opened(settings.database_url) as primary:
        if not settings.replica_url:
            yield ReadPool(primary)
            return
        async with (
            opened(settings.replica_url) as database,
            # The checks have connections of their own: reads that take long must not look like an outage.
            opened(settings.database_url, size=1) as noted,
            opened(settings.replica_url, size=1) as watched,
            trio.open_nursery() as nursery,
        ):
            replica = Replica(noted, database, watched)
            nursery.start_soon(replica.run)
            yield ReadPool(primary, replica)
            nursery.cancel_scope.cancel()
