"""A task group of a run: when the target turns out to be unfit, it raises that and not a group."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bench.target import Unfit


@asynccontextmanager
async def task_group() -> AsyncGenerator[asyncio.TaskGroup]:
    """Raises the first Unfit of its tasks, if there is one."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as several:  # `except*` wraps what it raises before 3.11.4
        unfit, _ = several.split(Unfit)
        if unfit is None:
            raise
        raise _first(unfit) from None


def _first(several: BaseExceptionGroup[Unfit]) -> Unfit:
    found: BaseException = several
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, Unfit)
    return found
