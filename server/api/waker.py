"""Tells the relay, after a commit, that the outbox has something: one NOTIFY in flight, not a queue."""

from typing import Final

import trio

from server.pool import AWAY, Database

DEADLINE: Final = 1.0  # seconds; a lost wake-up costs the relay's poll interval and nothing else
WAKE: Final = "NOTIFY parley_outbox"


class Waker:
    """Outside the writing transaction on purpose: a NOTIFY in it takes a lock at commit that all share."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._running = False
        self._again = False

    async def wake(self) -> None:
        """Returns at once when a NOTIFY is under way; that caller then sends one more for both."""
        self._again = True
        if self._running:
            return
        self._running = True
        try:
            while self._again:
                self._again = False
                await self._notify()
        finally:
            self._running = False

    async def _notify(self) -> None:
        try:
            with trio.move_on_after(DEADLINE):
                await self._database.read(lambda conn: conn.execute(WAKE))
        except AWAY:
            return  # what was committed is committed, and the poll will find it
