"""Another client that takes every connection of Postgres and leaves them idle."""

import asyncio
import threading
from typing import Any

import asyncpg

TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'idle_client'
"""


class IdleClient:
    """Holds connections, in its own thread and event loop, so that any test can call it."""

    def __init__(self, url: str) -> None:
        """Start without connections."""
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._links: list[Any] = []

    def hold(self, most: int) -> int:
        """Take the free connections, terminate all others and take those; returns how many are held."""
        return self._run(self._hold(most))

    def release(self) -> None:
        """Close all connections; it cannot be used afterwards."""
        self._run(self._release())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Any) -> int:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)  # type: ignore[no-any-return]

    async def _hold(self, most: int) -> int:
        await self._take(most)
        if self._links:
            await self._links[0].execute(TERMINATE)
            await self._take(most)
        return len(self._links)

    async def _take(self, most: int) -> None:
        try:
            while len(self._links) < most:
                self._links.append(
                    await asyncpg.connect(
                        self._url, timeout=5, server_settings={"application_name": "idle_client"}
                    )
                )
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return

    async def _release(self) -> int:
        for link in self._links:
            link.terminate()
        return 0
