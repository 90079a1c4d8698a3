"""Connections to receivers that stay open for the next request: a TLS handshake costs more than a request."""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from core.outbound.transport import GuardedTransport

IDLE: Final = 15.0  # seconds that a connection waits for the next request
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
    """The connections that wait, oldest first. Full: the one that has waited longest is closed."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: list[tuple[Key, Kept]] = []  # in the order of `since`

    def made(self, transport: GuardedTransport) -> Kept:
        """A new one, for `put`."""
        return Kept(transport, self._clock())

    def take(self, key: Key) -> Kept | None:
        """The one that was used last: the others may then expire."""
        for index in range(len(self._waiting) - 1, -1, -1):
            if self._waiting[index][0] == key:
                return self._waiting.pop(index)[1]
        return None

    async def put(self, key: Key, kept: Kept) -> None:
        """After an exchange that read the whole response."""
        now = self._clock()
        if now - kept.made_at >= OLDEST:
            await kept.transport.aclose()
            return
        self._waiting.append((key, kept._replace(since=now)))
        await self.close_expired()

    async def close_expired(self, *, idle: float = IDLE) -> None:
        """Call it now and then; with `idle=0` at the end, when it closes all."""
        now = self._clock()
        while self._waiting and (now - self._waiting[0][1].since >= idle or len(self._waiting) > AT_MOST):
            _, kept = self._waiting.pop(0)
            await kept.transport.aclose()
