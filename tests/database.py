"""Statements of tests, run from any thread and while an event loop runs in it."""

import asyncio
import threading
from functools import cache
from typing import Any, Final

import asyncpg

from tests.patience import PATIENCE

LOST: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Session:
    """One connection, made with the first statement and again when Postgres has ended it.

    A connection of its own for each statement cost some 15 ms of CPU on both sides, also in every poll of a
    test that waits for a row.
    """

    def __init__(self, url: str) -> None:
        """Connect later."""
        self._url = url
        self._link: asyncpg.Connection | None = None
        self._lock = asyncio.Lock()  # two threads may ask at once

    def fetch(self, query: str, *args: object) -> list[Any]:
        """Run one statement and return its rows."""
        return asyncio.run_coroutine_threadsafe(self._fetch(query, *args), _loop()).result()

    def close(self) -> None:
        """End the connection; the next statement would make another."""
        if self._link is not None:
            asyncio.run_coroutine_threadsafe(self._close(), _loop()).result()

    async def _fetch(self, query: str, *args: object) -> list[Any]:
        async with self._lock:
            return await self._fetch_alone(query, *args)

    async def _fetch_alone(self, query: str, *args: object) -> list[Any]:
        if self._link is not None:
            try:  # before the statement, which may have been carried out when it fails
                await self._link.execute("SELECT 1", timeout=PATIENCE)
            except LOST:
                self._link.terminate()
                self._link = None
        if self._link is None:
            # Without cached plans: tests change tables between two runs of a statement.
            self._link = await asyncpg.connect(self._url, statement_cache_size=0)
        rows: list[Any] = await self._link.fetch(query, *args, timeout=PATIENCE)
        return rows

    async def _close(self) -> None:
        """As Postgres expects it: until its process ends, the database could not be a template."""
        link, self._link = self._link, None
        if link is not None:
            try:
                await link.close(timeout=PATIENCE)
            except LOST:
                link.terminate()


def sql(url: str, query: str, *args: object) -> list[Any]:
    """Run one statement on a new connection."""
    session = Session(url)
    try:
        return session.fetch(query, *args)
    finally:
        session.close()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """A loop in a thread of its own, for the whole process."""
    made = asyncio.SelectorEventLoop()  # trio-asyncio's policy would make one that other threads cannot call
    threading.Thread(target=made.run_forever, name="tests.database", daemon=True).start()
    return made
