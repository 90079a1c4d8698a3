"""Hop 8, before it: which payload of each room came last, so that a lost one is noticed, in silence too."""

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

TELL_EVERY: Final = 1.0  # seconds; a room with many losses asks its clients to compare once
ASK_EVERY: Final = 4  # times that
AT_ONCE: Final = 500  # rooms in one pipeline
DEADLINE: Final = 3.0  # seconds

Ask = Callable[[Sequence[ProjectId]], Awaitable[list[int]]]


class LossDetector:
    """The relay numbers what it tells a room. A hole in the numbers is a loss; so is a number never heard."""

    def __init__(self, ask: Ask, *, missed: Callable[[ProjectId], None]) -> None:
        """`ask` tells the last number of each room; `missed` is called for a room that lacks one."""
        self._ask = ask
        self._missed = missed
        self._last: dict[ProjectId, int] = {}
        self._lacking: set[ProjectId] = set()

    async def begin(self, project: ProjectId) -> None:
        """The room is heard from now on."""
        number = 0  # where Redis does not answer: its clients compare once in vain
        with trio.move_on_after(DEADLINE), suppress(*UNAVAILABLE):
            (number,) = await self._ask([project])
        self._last[project] = max(number, self._last.get(project, 0))

    def forget(self, project: ProjectId) -> None:
        """The room is not heard any more."""
        self._last.pop(project, None)

    def heard(self, project: ProjectId, number: int, *, read: bool = True) -> None:
        """A payload came; one that could not be read is as good as lost.

        Those of before `begin` come late and say nothing.
        """
        if not read:
            self._lacking.add(project)
        last = self._last.get(project, number - 1)
        if number > last:
            self._last[project] = number
            if number > last + 1:
                self._lacking.add(project)

    async def run(self) -> None:
        """Notice and tell losses, for ever."""
        told: dict[ProjectId, int] = {}
        for turn in itertools.count():
            await trio.sleep(TELL_EVERY)
            self._compare(told)  # what was on its way when we asked is here by now
            told = await self._numbers() if turn % ASK_EVERY == 0 else {}
            lacking, self._lacking = self._lacking, set()
            for project in lacking:
                counters[Metric.PAYLOADS_LOST] += 1
                log(Log.PAYLOAD_LOST, level=logging.WARNING, project=project)
                self._missed(project)

    async def _numbers(self) -> dict[ProjectId, int]:
        before = dict(self._last)
        told: dict[ProjectId, int] = {}
        try:
            with trio.move_on_after(DEADLINE):
                rooms = list(before)
                for start in range(0, len(rooms), AT_ONCE):
                    some = rooms[start : start + AT_ONCE]
                    told.update(zip(some, await self._ask(some), strict=True))
        except UNAVAILABLE:
            return {}
        for project, number in told.items():
            if number < before[project] and project in self._last:  # Redis has forgotten, and counts anew
                self._last[project] = number
                self._lacking.add(project)
        return told

    def _compare(self, told: dict[ProjectId, int]) -> None:
        for project, number in told.items():
            if project in self._last and self._last[project] < number:
                self._last[project] = number
                self._lacking.add(project)
