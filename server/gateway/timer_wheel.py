"""One timer wheel for all peers: hello, ping, pong and close timeouts, without a task per connection."""

from math import inf
from typing import Final, Protocol

import trio

TICK: Final = 0.25  # seconds; how late a timer may fire


class Timer(Protocol):
    """Something with a due time. `due` may move later by itself; when it moves nearer, call `watch` again."""

    slot: int

    @property
    def due(self) -> float:
        """When to call `tick`, in trio's time; inf: never."""

    def tick(self, now: float) -> None:
        """Called when due; never raises."""


class TimerWheel:
    """Timers by the tick in which they are due.

    Scanning all peers instead blocked the event loop for 25 ms of each half second, with 10,000 peers.
    """

    def __init__(self) -> None:
        self._slots: dict[int, set[Timer]] = {}
        self._next = 0  # the first slot that was not processed

    def watch(self, timed: Timer) -> None:
        """Schedule a timer at its due time; replaces its earlier schedule."""
        self.forget(timed)
        due = timed.due
        if due != inf:
            timed.slot = max(self._next, int(due / TICK) + 1)
            self._slots.setdefault(timed.slot, set()).add(timed)

    def forget(self, timed: Timer) -> None:
        """Remove a timer; harmless when it is not scheduled."""
        if (others := self._slots.get(timed.slot)) is not None:
            others.discard(timed)
            if not others:
                del self._slots[timed.slot]

    async def run(self) -> None:
        """Fire timers until cancelled."""
        while True:
            await trio.sleep(TICK)
            self.advance(trio.current_time())

    def advance(self, now: float) -> None:
        """Fire the timers that are due at `now`, and schedule the others of their slots again."""
        last = int(now / TICK)
        first, self._next = self._next or last, last + 1
        for slot in range(first, last + 1):
            for timed in self._slots.pop(slot, ()):
                if timed.due <= now:
                    timed.tick(now)
                self.watch(timed)
