"""Keeps a stage going for ever: what it stands on may go away, and comes back."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from core.bus import connection as bus
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from worker import pool

FIRST_WAIT = 0.1  # seconds
LONGEST_WAIT = 5.0  # seconds

Run = Callable[["Health"], Awaitable[None]]


class Health:
    """Whether a stage works, for its log lines: one when it stops working, one when it works again."""

    def __init__(self, stage: str) -> None:
        """Begin in hope."""
        self._stage = stage
        self.failures = 0

    def failed(self, error: BaseException) -> float:
        """Says so, once per kind of silence; the seconds to wait before the next try, with full jitter."""
        expected = isinstance(error, (*pool.UNAVAILABLE, *bus.UNAVAILABLE))
        if self.failures == 0 or not expected:
            level = logging.WARNING if expected else logging.ERROR
            log(Log.STAGE_FAILED, level=level, error=error, stage=self._stage)
        self.failures += 1
        counters[Metric.STAGE_FAILURES] += 1
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self.failures, 10))
        return random.uniform(FIRST_WAIT, longest)  # noqa: S311  not a secret

    def works(self) -> None:
        """Called by a stage whenever it did something that needs all it stands on."""
        if self.failures:
            log(Log.STAGE_BACK, stage=self._stage, failures=self.failures)
            self.failures = 0


async def keep(stage: str, run: Run, stop: asyncio.Event) -> None:
    """Runs `run` until it returns because `stop` is set; starts it again, after a wait, whenever it fails."""
    health = Health(stage)
    while not stop.is_set():
        try:
            await run(health)
        except Exception as error:  # noqa: BLE001  the top of a stage
            await pause(stop, health.failed(_first(error)))


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Waits, but not beyond `stop`."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _first(error: BaseException) -> BaseException:
    """The redis client wraps what goes wrong in groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
