"""Connections to receivers that stay open for the next request: a TLS handshake costs more than a request."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from core.outbound.transport import GuardedTransport

IDLE: Final = 30.0  # seconds that a connection waits for the next request
OLDEST: Final = 300.0  # seconds after which the name is resolved again, so that a change of DNS is followed
AT_MOST: Final = 512  # connections

Key = tuple[bytes, bytes, bytes, int | None]
"""Whose requests they are, scheme, host, port: users share no connection."""


class Kept(NamedTuple):
    """A transport with an open connection."""

    transport: GuardedTransport
    made_at: float
    since: float = 0.0  # when its last exchange ended; monotonic, like `made_at`


class IdleConnections:
    """The connections that wait. Full: the one that has waited longest is closed."""

    def __init__(self, *, at_most: int = AT_MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at_most = at_most
        self._waiting: dict[int, tuple[Key, Kept]] = {}  # by a number that counts; in the order of `since`
        self._of: dict[Key, deque[int]] = {}  # their numbers, likewise
        self._number = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def keys(self) -> list[Key]:
        """Those of all that wait, the one that has waited longest first."""
        return [key for key, _ in self._waiting.values()]

    def made(self, transport: GuardedTransport) -> Kept:
        """A new one, for `put`."""
        return Kept(transport, self._clock())

    def take(self, key: Key) -> Kept | None:
        """The one that was used last: the others may then expire."""
        numbers = self._of.get(key)
        return None if numbers is None else self._remove(numbers[-1])

    async def put(self, key: Key, kept: Kept) -> None:
        """After an exchange that read the whole response."""
        now = self._clock()
        if now - kept.made_at >= OLDEST:
            await kept.transport.aclose()
            return
        self._number += 1
        self._waiting[self._number] = (key, kept._replace(since=now))
        self._of.setdefault(key, deque()).append(self._number)
        await self.close_expired()

    async def close_expired(self, *, idle: float = IDLE) -> None:
        """Call it now and then; with `idle=0` at the end, when it closes all."""
        now = self._clock()
        while self._waiting:
            number = next(iter(self._waiting))
            _, kept = self._waiting[number]
            if now - kept.since < idle and len(self._waiting) <= self._at_most:
                return
            self._remove(number)
            await kept.transport.aclose()

    def _remove(self, number: int) -> Kept:
        """It is the first or the last of its key."""
        key, kept = self._waiting.pop(number)
        numbers = self._of[key]
        if numbers[-1] == number:
            numbers.pop()
        else:
            numbers.popleft()
        if not numbers:
            del self._of[key]
        return kept
