"""Watches over a running turn: renews its lease, and notices that its agent wants it to end."""

import asyncio
import time
from contextlib import suppress
from typing import Final

import msgspec

from core.bus import connection as bus
from core.bus.copilot import turns as copilot
from core.db.copilot import turns
from core.db.copilot.turns import Claimed
from worker import pool
from worker.pool import Database

SECONDS: Final = 1000  # ms
LEASE: Final = 10.0  # seconds
INTERVAL: Final = 1.0  # seconds between two looks, if nothing calls


class Lost(msgspec.Struct, frozen=True):
    """Another worker has the turn, or may have; or its session was deleted."""


class Stopped(msgspec.Struct, frozen=True):
    """The agent wants the turn to end; what was said is kept."""


Notice = Lost | Stopped


class Watch:
    """Over one turn. `called` is set when something concerns its session."""

    def __init__(
        self, database: Database, redis: bus.Redis, turn: Claimed, called: asyncio.Event, *, began: float
    ) -> None:
        """`began`: when it was claimed, of time.monotonic."""
        self._database = database
        self._redis = redis
        self._turn = turn
        self._called = called
        self._safe_until = began + LEASE

    async def notice(self) -> Notice:
        """Waits for the next thing that concerns the turn."""
        while True:
            found = await self._look()
            if found is not None:
                return found
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL):
                    await self._called.wait()
            self._called.clear()

    async def _look(self) -> Notice | None:
        now = time.monotonic()
        try:
            async with self._database.connection() as conn:
                ours = await turns.renew(conn, self._turn, lease=round(LEASE * SECONDS))
        except pool.UNAVAILABLE:
            return Lost() if time.monotonic() >= self._safe_until else None
        if not ours:
            return Lost()
        self._safe_until = now + LEASE
        with suppress(*bus.UNAVAILABLE):
            turn = self._turn
            if await copilot.is_to_stop(self._redis, turn.project, turn.session, turn=turn.id):
                return Stopped()
        return None
