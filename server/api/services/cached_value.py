"""A value that is good for a while: asked for once, however many want it meanwhile."""

from collections.abc import Awaitable, Callable
from math import inf
from typing import Generic, TypeVar

import trio

T = TypeVar("T")


class CachedValue(Generic[T]):
    """The last answer of `ask`, until it is `ttl` seconds old."""

    def __init__(self, ask: Callable[[], Awaitable[T]], *, ttl: float) -> None:
        self._ask = ask
        self._ttl = ttl
        self._one = trio.Lock()
        self._at = -inf
        self._value: T | None = None

    async def get(self) -> T:
        """The value; callers who come while it is being asked for share one answer."""
        async with self._one:
            if self._value is None or trio.current_time() - self._at >= self._ttl:
                self._value = await self._ask()
                self._at = trio.current_time()
            return self._value
