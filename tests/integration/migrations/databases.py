"""Work on a database of a test of migrations."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg


def on(url: str, work: Callable[[Any], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        conn = await asyncpg.connect(url)
        try:
            return await work(conn)
        finally:
            await conn.close()

    return asyncio.run(run())
