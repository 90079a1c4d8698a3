"""asyncio's loop inside Trio's by trio-asyncio, but all ready callbacks run in one pass (ADR 23)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import trio
import trio_asyncio

BATCH_SIZE: Final = 200  # callbacks before Trio's tasks get a turn


@asynccontextmanager
async def open_loop() -> AsyncIterator[None]:
    """Within it `trio_asyncio.aio_as_trio` works.

    trio-asyncio runs one callback per pass of Trio's loop, and reads a socket again only after a round
    through its queue. A reply of Postgres takes four callbacks, each of which would wait for all of Trio's
    ready tasks; here it takes two passes.
    """
    async with trio_asyncio.open_loop() as loop:
        one: Callable[..., Awaitable[None]] = loop._main_loop_one  # noqa: SLF001  there is no other way in

        async def all_ready(*, no_wait: bool = False) -> None:
            await one(no_wait=no_wait)
            try:
                for _ in range(BATCH_SIZE):
                    await one(no_wait=True)
            except trio.WouldBlock:
                return

        loop._main_loop_one = all_ready  # noqa: SLF001
        loop._io_task = _watch  # noqa: SLF001
        yield


async def _watch(fd: int, handle: Any, wait_ready: Callable[[int], Awaitable[None]]) -> None:
    """Runs `handle` whenever `fd` is ready, until it is cancelled."""
    with handle._scope:  # noqa: SLF001
        try:
            while not handle.cancelled():
                try:
                    await wait_ready(fd)
                except OSError:
                    if handle.cancelled():  # and its socket closed
                        return
                    raise
                if not handle.cancelled():
                    handle._run()  # noqa: SLF001
        except Exception as error:  # noqa: BLE001  it is passed to the loop's exception handler
            handle._raise(error)  # noqa: SLF001
