"""Before hop 8: this process's Redis Pub/Sub subscription, one connection for all its rooms."""

import logging
from collections.abc import Awaitable, Callable, Container
from math import inf
from typing import Any, Final

import anyio
import trio
from coredis.retry import NoRetryPolicy

from core.bus import connection, names, rooms
from core.bus.connection import UNAVAILABLE
from core.ids import ProjectId
from core.telemetry.log import Log, log
from server.gateway.loss_detector import LossDetector

LIVE_WITHIN: Final = 5.0  # seconds a new peer waits for its room
LOST: Final = (*UNAVAILABLE, anyio.ClosedResourceError, anyio.BrokenResourceError)
"""How a subscription ends; coredis raises the last two when it cleans up after a dead connection."""

BACKOFF: Final = (0.05, 0.2, 0.5, 1.0, 2.0)  # seconds


class Subscription:
    """Subscribes to a room with its first peer, and unsubscribes when no peer needs it."""

    def __init__(
        self,
        url: str,
        loss_detector: LossDetector,
        *,
        hear: Callable[[bytes], Awaitable[bool]],
        missed: Callable[[], None],
    ) -> None:
        """`hear` gets every payload in order and returns whether it could read it; `missed` is called when
        payloads may have been lost.
        """
        self._url = url
        self._loss_detector = loss_detector
        self._hear = hear
        self._missed = missed
        self._live: dict[ProjectId, trio.Event] = {}
        self._pubsub: Any = None
        self._lost = False  # payloads may have been lost since the last connection
        self._turn = trio.Lock()  # a room that is left and joined at the same time must end up joined

    async def join(self, project: ProjectId) -> None:
        """Returns once the room is subscribed. Raises TimeoutError when Redis is away for too long."""
        live = self._live.get(project)
        if live is None:
            live = self._live[project] = trio.Event()
            if (pubsub := self._pubsub) is not None:
                await self._ask(pubsub, project, live)
        if live.is_set():
            return
        with trio.move_on_after(LIVE_WITHIN):
            await live.wait()
            return
        raise TimeoutError("Redis is away")

    async def _ask(self, pubsub: Any, project: ProjectId, live: trio.Event) -> None:
        """Subscribe for the room's first peer; if that fails or is cancelled, the next peer tries again."""
        try:
            await self._subscribe(pubsub, project)
        except UNAVAILABLE:
            pass
        finally:
            if not live.is_set() and self._pubsub is pubsub and self._live.get(project) is live:
                del self._live[project]

    async def keep(self, needed: Container[ProjectId]) -> None:
        """Leave the rooms that are not `needed`."""
        for project in [one for one in self._live if one not in needed]:
            if project in needed:  # a peer joined while another room was being left
                continue
            self._live.pop(project, None)
            self._loss_detector.forget(project)
            async with self._turn:
                if (pubsub := self._pubsub) is None or project in self._live:
                    continue
                with trio.move_on_after(LIVE_WITHIN):
                    try:
                        await pubsub.unsubscribe(names.room(project))
                    except UNAVAILABLE:
                        continue  # its payloads are ignored at worst; a new connection does not subscribe

    async def run(self) -> None:
        """Listen until cancelled, and reconnect with backoff."""
        failures = 0
        while True:
            try:
                # Replies have a deadline: an unanswered ping is how a dead connection is noticed.
                async with (
                    connection.client(self._url, connections=1) as redis,
                    redis.pubsub(retry_policy=NoRetryPolicy()) as pubsub,
                ):
                    await pubsub.subscribe(names.NEWS)
                    self._pubsub = pubsub  # from here on new peers subscribe to their rooms themselves
                    for project in tuple(self._live):
                        await self._subscribe(pubsub, project)  # all or none: connected peers must receive
                    if self._lost:
                        log(Log.SUBSCRIPTION_BACK)
                        self._missed()
                    failures, self._lost = 0, True
                    await self._listen(pubsub)
            except* LOST as group:
                stopping = trio.current_effective_deadline() == -inf  # then we close the connection ourselves
                if failures == 0 and not stopping:
                    log(Log.SUBSCRIPTION_LOST, level=logging.WARNING, error=group)
            finally:
                self._pubsub = None
                self._lost = self._lost or bool(self._live)
                # Peers that wait for a room go on waiting; rooms that were live must become live again.
                self._live = {
                    project: trio.Event() if live.is_set() else live for project, live in self._live.items()
                }
            await trio.sleep(BACKOFF[min(failures, len(BACKOFF) - 1)])
            failures += 1

    async def _listen(self, pubsub: Any) -> None:
        while True:
            message = await pubsub.get_message()
            if message is not None and message["type"] == "message":
                number, payload = rooms.numbered(message["data"])
                read = await self._hear(payload)
                if number is not None:
                    self._loss_detector.heard(names.project_of(_text(message["channel"])), number, read=read)

    async def _subscribe(self, pubsub: Any, project: ProjectId) -> None:
        """Raises UNAVAILABLE."""
        async with self._turn:
            live = self._live.get(project)
            if live is not None and self._pubsub is pubsub:
                self._loss_detector.forget(project)
                await pubsub.subscribe(names.room(project))
                await self._loss_detector.begin(project)
                live.set()


def _text(channel: bytes | str) -> str:
    return channel.decode() if isinstance(channel, bytes) else channel
