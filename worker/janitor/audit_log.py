"""The audit log: makes its partitions of the next months, and removes what is older than it is kept."""

import logging
from typing import Final

import asyncpg

from core.db.ops import audit, audit_months
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from worker import pool

DAY: Final = 24 * 60 * 60 * 1000  # ms
INTERVAL: Final = 60 * 60 * 1000  # ms between two looks at the partitions, made three months ahead


class AuditLog:
    """`_due_at`: when the partitions are looked at again, in ms."""

    def __init__(self, *, days: int) -> None:
        self._kept = days * DAY
        self._due_at = 0

    async def sweep(self, conn: pool.Driver, *, now: int) -> None:
        """One round. Partitions first: what goes with one need not be deleted row by row."""
        if now >= self._due_at:
            self._due_at = now + INTERVAL
            await self._months(conn, before=now - self._kept)
        await audit.remove_old(conn, before=now - self._kept)

    async def _months(self, conn: pool.Driver, *, before: int) -> None:
        """What fails is tried again after INTERVAL, and stops no other work of the janitor."""
        try:
            await audit_months.make(conn)
            await audit_months.drop(conn, before=before)
        except asyncpg.LockNotAvailableError as error:
            log(Log.PARTITIONS_FAILED, level=logging.WARNING, error=error)
        except asyncpg.SyntaxOrAccessError as error:  # another table of that name, or no right to call this
            log(Log.PARTITIONS_FAILED, level=logging.ERROR, error=error)
        counters[Metric.PARTITIONS_MISSING] = await audit_months.missing(conn)
