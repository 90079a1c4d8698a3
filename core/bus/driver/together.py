"""Several calls at once, on either event loop: each waits for another node of a cluster."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from anyio import create_task_group

T = TypeVar("T")


async def together(calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """Their results, in order; raises the first failure, when all have ended or were cancelled."""
    if len(calls) == 1:
        return [await calls[0]()]
    results: dict[int, T] = {}

    async def one(number: int, call: Callable[[], Awaitable[T]]) -> None:
        results[number] = await call()

    try:
        async with create_task_group() as group:
            for number, call in enumerate(calls):
                group.start_soon(one, number, call)
    except BaseExceptionGroup as failures:
        error: BaseException = failures
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None
    return [results[number] for number in range(len(calls))]
