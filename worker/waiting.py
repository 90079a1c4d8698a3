"""Waits of stages that run many tasks: for the first of several events, and for the end of tasks."""

import asyncio
from collections.abc import Iterable


async def first_of(*events: asyncio.Event, within: float) -> None:
    """Returns when one of them is set, or after so many seconds."""
    waits = [asyncio.ensure_future(one.wait()) for one in events]
    try:
        await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()


async def cancelled(task: asyncio.Task[object]) -> None:
    """Ends a task. Not by awaiting it, which would hide that we are cancelled ourselves."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # seen


async def finished(tasks: Iterable[asyncio.Task[None]], *, within: float) -> None:
    """Gives them so many seconds, then ends those that are left."""
    left = list(tasks)
    if not left:
        return
    await asyncio.wait(left, timeout=within)
    for task in left:
        task.cancel()
    await asyncio.wait(left)
