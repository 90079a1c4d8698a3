"""Watches over a running turn: notices people, further messages, requests to stop, and a lost lease."""

import asyncio
import time

import msgspec

from core.db.assistant.turns import Claimed
from worker import pool
from worker.assistant.watching.looks import LEASE, Looks
from worker.batcher import Over


class Lost(msgspec.Struct, frozen=True):
    """Another worker has the turn, or may have: our lease is over."""


class Taken(msgspec.Struct, frozen=True):
    """A person answers now, or the assistant was switched off."""

    by: str


class Stopped(msgspec.Struct, frozen=True):
    """A person wants the turn to end; what was said is kept."""

    by: str


class More(msgspec.Struct, frozen=True):
    """The visitor has written more."""


Notice = Lost | Taken | Stopped | More


class Watch:
    """Over one turn. `called` is set when something concerns its conversation, and every second."""

    def __init__(self, looks: Looks, turn: Claimed, called: asyncio.Event, *, began: float) -> None:
        """`began`: when it was claimed, of time.monotonic."""
        self._looks = looks
        self._turn = turn
        self._called = called
        self._safe_until = began + LEASE
        self.hears_more = True  # whether further messages are of interest

    async def notice(self) -> Notice:
        """Waits for the next thing that concerns the turn."""
        while True:
            found = await self._look()
            if found is not None:
                return found
            await self._called.wait()
            self._called.clear()

    async def _look(self) -> Notice | None:
        now = time.monotonic()
        try:
            standing, stop = await self._looks.at(self._turn)
        except (Over, *pool.UNAVAILABLE):
            return Lost() if time.monotonic() >= self._safe_until else None
        if not standing.ours:
            return Lost()
        if standing.renewed:
            self._safe_until = now + LEASE
        if not standing.current:
            return Taken("visitor" if standing.owner_reason == "declined" else "agent")
        if stop is not None and stop.turn == self._turn.id:
            return Stopped(stop.party)
        return More() if standing.waiting and self.hears_more else None
