"""Publishes what the turns of this process show: what comes during a call to Redis goes in the next one."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from core.bus import connection as bus
from core.bus.streaming import shown
from core.bus.streaming.shown import Change
from worker.batcher import Batcher, Over
from worker.streaming import pace

BATCH_SIZE: Final = 100  # changes in one call


class Lane:
    """Of one process."""

    def __init__(self, redis: bus.Redis, turns: Callable[[], int]) -> None:
        """`turns`: how many run now."""
        self._redis = redis
        self._turns = turns
        self._batcher = Batcher(self._publish, at_once=BATCH_SIZE)

    async def run(self) -> None:
        """Until cancelled: from then on nothing is published, and no caller waits."""
        await self._batcher.run()

    def interval(self) -> float:
        """Seconds between two frames of a turn."""
        return pace.interval(self._turns())

    async def show(self, change: Change) -> None:
        """Returns when it is published; without Redis people see the message when it is stored.

        Cancelled, it is published all the same, before what the turn shows next: the text counts as shown,
        and the message of a stopped turn would have words that its readers have not seen.
        """
        with suppress(Over):
            await self._batcher.ask(change)

    async def _publish(self, together: Sequence[Change]) -> Sequence[None]:
        with suppress(*bus.UNAVAILABLE):
            await shown.show(self._redis, together)
        return [None] * len(together)
