"""Before hop 8: detects lost Pub/Sub payloads, by sequence gaps and by polling the counter of quiet rooms."""

import itertools
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import trio

from core.bus.connection import UNAVAILABLE
from core.ids import ProjectId
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters

TELL_EVERY: Final = 1.0  # seconds between two reports; however many losses, a room resyncs once in that time
ASK_EVERY: Final = 4  # reports between two polls of the counters
BATCH_SIZE: Final = 500  # rooms in one pipeline
DEADLINE: Final = 3.0  # seconds

Ask = Callable[[Sequence[ProjectId]], Awaitable[list[int]]]


class LossDetector:
    """The relay numbers the payloads that it publishes to a room. A gap in the numbers is a loss; so is a
    published number that never arrives.
    """

    def __init__(self, ask: Ask, *, missed: Callable[[ProjectId], None]) -> None:
        """`ask` returns the last number published to each room; `missed` is called for a room with a loss."""
        self._ask = ask
        self._missed = missed
        self._last: dict[ProjectId, int] = {}
        self._lacking: set[ProjectId] = set()

    async def begin(self, project: ProjectId) -> None:
        """Start detecting in a room: the process has subscribed to it."""
        number = 0  # stays if Redis does not answer: the room's clients then resync once without need
        with trio.move_on_after(DEADLINE), suppress(*UNAVAILABLE):
            (number,) = await self._ask([project])
        self._last[project] = max(number, self._last.get(project, 0))

    def forget(self, project: ProjectId) -> None:
        """Stop detecting in a room: the process has unsubscribed."""
        self._last.pop(project, None)

    def heard(self, project: ProjectId, number: int, *, read: bool = True) -> None:
        """Record a payload that arrived; one that could not be read counts as lost.

        Payloads published before `begin` may arrive late and are ignored.
        """
        if not read:
            self._lacking.add(project)
        last = self._last.get(project, number - 1)
        if number > last:
            self._last[project] = number
            if number > last + 1:
                self._lacking.add(project)

    async def run(self) -> None:
        """Detect and report losses until cancelled."""
        published: dict[ProjectId, int] = {}
        for turn in itertools.count():
            await trio.sleep(TELL_EVERY)
            self._compare(published)  # payloads under way at the time of the poll have arrived by now
            published = await self._numbers() if turn % ASK_EVERY == 0 else {}
            lacking, self._lacking = self._lacking, set()
            for project in lacking:
                counters[Metric.PAYLOADS_LOST] += 1
                log(Log.PAYLOAD_LOST, level=logging.WARNING, project=project)
                self._missed(project)

    async def _numbers(self) -> dict[ProjectId, int]:
        before = dict(self._last)
        published: dict[ProjectId, int] = {}
        try:
            with trio.move_on_after(DEADLINE):
                rooms = list(before)
                for start in range(0, len(rooms), BATCH_SIZE):
                    some = rooms[start : start + BATCH_SIZE]
                    published.update(zip(some, await self._ask(some), strict=True))
        except UNAVAILABLE:
            return {}
        for project, number in published.items():
            if number < before[project] and project in self._last:  # Redis lost the counter and restarted it
                self._last[project] = number
                self._lacking.add(project)
        return published

    def _compare(self, published: dict[ProjectId, int]) -> None:
        for project, number in published.items():
            if project in self._last and self._last[project] < number:
                self._last[project] = number
                self._lacking.add(project)
