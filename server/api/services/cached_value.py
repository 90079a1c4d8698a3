"""A cached value with a TTL and single-flight loading."""

from collections.abc import Awaitable, Callable
from math import inf
from typing import Generic, TypeVar

import trio

T = TypeVar("T")


class CachedValue(Generic[T]):
    """The last result of `ask`, cached for `ttl` seconds."""

    def __init__(self, ask: Callable[[], Awaitable[T]], *, ttl: float) -> None:
        self._ask = ask
        self._ttl = ttl
        self._one = trio.Lock()
        self._at = -inf
        self._value: T | None = None

    async def get(self) -> T:
        """The value; callers that wait while it is being loaded share one result."""
        async with self._one:
            if self._value is None or trio.current_time() - self._at >= self._ttl:
                self._value = await self._ask()
                self._at = trio.current_time()
            return self._value
