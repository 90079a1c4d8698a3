"""One clock for all peers: hello in time, pings, pongs, the end of a close; no timer task per connection."""

from math import inf
from typing import Final, Protocol

import trio

TICK: Final = 0.25  # seconds; how late a peer's time may come


class Timer(Protocol):
    """What has a time. `due` may move on by itself; where it comes nearer, somebody has to call `watch`."""

    slot: int

    @property
    def due(self) -> float:
        """In trio's time; inf: never."""

    def tick(self, now: float) -> None:
        """It is time; never raises."""


class TimerWheel:
    """Those to look at, by the tick in which they said they are due.

    Looking at every peer instead held up all others for 25 ms of each half second, with 10,000 of them.
    """

    def __init__(self) -> None:
        self._slots: dict[int, set[Timer]] = {}
        self._next = 0  # the first slot that was not looked at

    def watch(self, timed: Timer) -> None:
        """Look at it when it is due; takes the place of what it said before."""
        self.forget(timed)
        due = timed.due
        if due != inf:
            timed.slot = max(self._next, int(due / TICK) + 1)
            self._slots.setdefault(timed.slot, set()).add(timed)

    def forget(self, timed: Timer) -> None:
        """It has ended; harmless when it was not watched."""
        if (others := self._slots.get(timed.slot)) is not None:
            others.discard(timed)
            if not others:
                del self._slots[timed.slot]

    async def run(self) -> None:
        """For ever."""
        while True:
            await trio.sleep(TICK)
            self.advance(trio.current_time())

    def advance(self, now: float) -> None:
        """Call those whose time has come, and look at the others of their slot again when they are due."""
        last = int(now / TICK)
        first, self._next = self._next or last, last + 1
        for slot in range(first, last + 1):
            for timed in self._slots.pop(slot, ()):
                if timed.due <= now:
                    timed.tick(now)
                self.watch(timed)
