"""Before hop 8: this process's Redis Pub/Sub subscription, one connection for all its rooms."""

from collections.abc import Awaitable, Callable, Container
from math import inf
from typing import Final

import trio

from core.bus import names, rooms
from core.bus.connection import UNAVAILABLE
from core.bus.subscription import Channels, Subscription
from core.ids import ProjectId
from server.gateway.loss_detector import LossDetector

LIVE_WITHIN: Final = 5.0  # seconds a new peer waits for its room


class RoomSubscription:
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
        self._subscription = Subscription(url, [names.NEWS], self, sleep=trio.sleep, stopping=_stopping)
        self._loss_detector = loss_detector
        self._hear = hear
        self._missed = missed
        self._live: dict[ProjectId, trio.Event] = {}
        self._channels: Channels | None = None
        self._turn = trio.Lock()  # a room that is left and joined at the same time must end up joined

    async def join(self, project: ProjectId) -> None:
        """Returns once the room is subscribed. Raises TimeoutError when Redis is unavailable for too long."""
        live = self._live.get(project)
        if live is None:
            live = self._live[project] = trio.Event()
            if (channels := self._channels) is not None:
                await self._ask(channels, project, live)
        if live.is_set():
            return
        with trio.move_on_after(LIVE_WITHIN):
            await live.wait()
            return
        raise TimeoutError("Redis is unavailable")

    async def _ask(self, channels: Channels, project: ProjectId, live: trio.Event) -> None:
        """Subscribe for the room's first peer; if that fails or is cancelled, the next peer tries again."""
        try:
            await self._subscribe(channels, project)
        except UNAVAILABLE:
            pass
        finally:
            if not live.is_set() and self._channels is channels and self._live.get(project) is live:
                del self._live[project]

    async def keep(self, needed: Container[ProjectId]) -> None:
        """Leave the rooms that are not `needed`."""
        for project in [one for one in self._live if one not in needed]:
            if project in needed:  # a peer joined while another room was being left
                continue
            self._live.pop(project, None)
            self._loss_detector.forget(project)
            async with self._turn:
                if (channels := self._channels) is None or project in self._live:
                    continue
                with trio.move_on_after(LIVE_WITHIN):
                    try:
                        await channels.unsubscribe(names.room(project))
                    except UNAVAILABLE:
                        continue  # its payloads are ignored at worst; a new connection does not subscribe

    async def run(self) -> None:
        """Listen until cancelled, and reconnect with backoff."""
        await self._subscription.run()

    async def opened(self, channels: Channels, *, missed: bool) -> None:
        """Subscribe to the rooms again, all or none: connected peers must receive."""
        self._channels = channels  # from here on new peers subscribe to their rooms themselves
        for project in tuple(self._live):
            await self._subscribe(channels, project)
        if missed:
            self._missed()

    async def receive(self, channel: bytes, payload: bytes) -> None:
        """Hand on one payload, and its number to the loss detector."""
        number, batch = rooms.numbered(payload)
        read = await self._hear(batch)
        if number is not None:
            self._loss_detector.heard(names.project_of(channel.decode()), number, read=read)

    def closed(self) -> None:
        """Peers that wait for a room go on waiting; rooms that were live must become live again."""
        self._channels = None
        self._live = {
            project: trio.Event() if live.is_set() else live for project, live in self._live.items()
        }

    async def _subscribe(self, channels: Channels, project: ProjectId) -> None:
        """Raises UNAVAILABLE."""
        async with self._turn:
            live = self._live.get(project)
            if live is not None and self._channels is channels:
                self._loss_detector.forget(project)
                await channels.subscribe(names.room(project))
                await self._loss_detector.begin(project)
                live.set()


def _stopping() -> bool:
    return trio.current_effective_deadline() == -inf
