"""Supervises a stage: restarts it, with backoff, whenever it fails: Postgres or Redis may be unavailable."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from core.bus import connection as bus
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from worker import pool

FIRST_WAIT = 0.1  # seconds
MAX_WAIT = 5.0  # seconds

Run = Callable[["Health"], Awaitable[None]]


class Health:
    """Logs when a stage stops working and when it works again, one line each."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self.failures = 0

    def failed(self, error: BaseException) -> float:
        """Logs an outage once, and every unexpected error; returns the seconds until the next attempt.

        The wait has full jitter.
        """
        expected = isinstance(error, (*pool.UNAVAILABLE, *bus.UNAVAILABLE))
        if self.failures == 0 or not expected:
            level = logging.WARNING if expected else logging.ERROR
            log(Log.STAGE_FAILED, level=level, error=error, stage=self._stage)
        self.failures += 1
        counters[Metric.STAGE_FAILURES] += 1
        longest = min(MAX_WAIT, FIRST_WAIT * 2 ** min(self.failures, 10))
        return random.uniform(FIRST_WAIT, longest)  # noqa: S311  not a secret

    def works(self) -> None:
        """Called by a stage whenever it completed something that needs all its dependencies."""
        if self.failures:
            log(Log.STAGE_BACK, stage=self._stage, failures=self.failures)
            self.failures = 0


async def keep(stage: str, run: Run, stop: asyncio.Event) -> None:
    """Runs `run` until it returns because `stop` is set; restarts it, after a wait, whenever it fails."""
    health = Health(stage)
    while not stop.is_set():
        try:
            await run(health)
        except Exception as error:  # noqa: BLE001  the top of a stage
            await pause(stop, health.failed(_first(error)))


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleeps, but returns early when `stop` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _first(error: BaseException) -> BaseException:
    """The first error in a group: the Redis client wraps its errors in groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
