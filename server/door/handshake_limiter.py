"""Admission control: at most BATCH_SIZE handshakes per pass of the event loop, first come, first served."""

from typing import Final

import trio

BATCH_SIZE: Final = 8  # handshakes in one pass of the event loop, about 2 ms; the others are queued
MAX_QUEUE: Final = 20_000  # beyond it handshakes are refused


class HandshakeLimiter:
    """Admits BATCH_SIZE handshakes in each pass of the event loop while `run` runs.

    So a reconnect storm cannot starve existing connections: without it 4,000 handshakes ran in one pass, and
    every other task waited 2.9 s for it to end.
    """

    def __init__(self) -> None:
        self._lot = trio.lowlevel.ParkingLot()
        self._free = BATCH_SIZE
        self._used = trio.Event()

    async def enter(self) -> bool:
        """Wait until admitted; False when the queue is full. Does not yield while nothing is queued."""
        self._used.set()
        if self._free and not self._lot:
            self._free -= 1
            return True
        if len(self._lot) >= MAX_QUEUE:
            return False
        await self._lot.park()
        return True

    async def run(self) -> None:
        """Admit queued handshakes until cancelled; from then on all are admitted."""
        try:
            while True:
                await self._used.wait()
                await trio.lowlevel.checkpoint()
                self._free = BATCH_SIZE - len(self._lot.unpark(count=BATCH_SIZE))
                if self._free == BATCH_SIZE:
                    self._used = trio.Event()
        finally:
            self._free = MAX_QUEUE
            self._lot.unpark_all()
