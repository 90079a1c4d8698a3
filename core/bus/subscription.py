"""A process's Pub/Sub connection: reconnects, and reports that messages may be lost. On any event loop."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from coredis.retry import NoRetryPolicy

from core.bus import connection
from core.telemetry.log import Log, log

BACKOFF: Final = (0.05, 0.2, 0.5, 1.0, 2.0)  # seconds


class Channels(Protocol):
    """The channels of one connection; both methods raise UNAVAILABLE."""

    async def subscribe(self, channel: str, /) -> None: ...

    async def unsubscribe(self, channel: str, /) -> None: ...


class Receiver(Protocol):
    """What the owner of a subscription does with it; `Subscription.run` calls one method at a time."""

    async def opened(self, channels: Channels, *, missed: bool) -> None:
        """A new connection receives the fixed channels: subscribe to the others.

        `missed`: messages may have been lost since the previous one, so state that depends on them is to be
        read again. Whatever this raises counts as a lost connection.
        """

    async def receive(self, channel: bytes, payload: bytes) -> None:
        """One message, in order. The Redis client buffers the next ones, without a bound: return soon."""

    def closed(self) -> None:
        """The connection ended, or could not be opened."""


class Subscription:
    """One connection at a time, with fixed channels and those that the receiver adds."""

    def __init__(
        self,
        url: str,
        channels: Sequence[str],
        receiver: Receiver,
        *,
        sleep: Callable[[float], Awaitable[None]],
        stopping: Callable[[], bool],
    ) -> None:
        """`sleep` is the event loop's. `stopping`: whether `run` was cancelled; the client's error while it
        closes a dead connection may replace the cancellation.
        """
        self._url = url
        self._channels = channels
        self._receiver = receiver
        self._sleep = sleep
        self._stopping = stopping
        self._missed = False
        self._fault: Exception | None = None  # what the receiver raised

    async def run(self) -> None:
        """Receive until cancelled, and reconnect with backoff. Raises only what `Receiver.receive` raises."""
        failures = 0
        while True:
            try:
                # Replies have a deadline: an unanswered ping is how a dead connection is noticed.
                async with (
                    connection.client(self._url, connections=1) as redis,
                    redis.pubsub(retry_policy=NoRetryPolicy()) as pubsub,
                ):
                    await pubsub.subscribe(*self._channels)
                    if self._missed:
                        log(Log.SUBSCRIPTION_BACK)
                    await self._receiver.opened(pubsub, missed=self._missed)
                    failures, self._missed = 0, True
                    await self._listen(pubsub)
            except* Exception as group:  # noqa: BLE001  whatever the client raises, the connection is lost
                if failures == 0 and not self._stopping():
                    log(Log.SUBSCRIPTION_LOST, level=logging.WARNING, error=group)
            finally:
                self._missed = True
                self._receiver.closed()
            if self._fault is not None:
                fault, self._fault = self._fault, None
                raise fault
            if self._stopping():
                return
            await self._sleep(BACKOFF[min(failures, len(BACKOFF) - 1)])
            failures += 1

    async def _listen(self, pubsub: Any) -> None:
        """Until the connection is lost, or the receiver raises: that is no loss, and `run` raises it."""
        while True:
            message = await pubsub.get_message()
            if message is not None and message["type"] == "message":
                try:
                    await self._receiver.receive(message["channel"], message["data"])
                except Exception as error:  # noqa: BLE001  raised by `run`
                    self._fault = error
                    return
