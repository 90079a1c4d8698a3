"""Control messages: published to every worker, for stages that hold something they concern. May be lost."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from core import signals
from core.bus import names
from core.bus.subscription import Channels, Subscription
from core.errors import UNREADABLE
from core.signals import ConsumersCalled, CopilotCalled, ProjectChanged, ProjectDeleted, RoomItem, TurnCalled
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from worker.supervision import Health

M = TypeVar("M", ProjectChanged, ProjectDeleted, TurnCalled, ConsumersCalled, CopilotCalled)


class Listener(NamedTuple):
    """A stage's calls for one kind of message."""

    kind: type
    receive: Callable[[Any], None]
    missed: Callable[[], None]


class Control:
    """One per process. It keeps nothing: a message is handed to the stages that listen to its kind."""

    def __init__(self, url: str, stop: asyncio.Event) -> None:
        """Opens nothing yet."""
        self._stop = stop
        self._subscription = Subscription(
            url, [names.NEWS], self, sleep=asyncio.sleep, stopping=self._stop.is_set
        )
        self._listeners: list[Listener] = []
        self._health: Health | None = None

    @property
    def is_needed(self) -> bool:
        """Whether a stage listens."""
        return bool(self._listeners)

    def listen(self, kind: type[M], receive: Callable[[M], None], *, missed: Callable[[], None]) -> None:
        """Calls `receive` with every message of `kind`, and `missed` whenever some may have been lost.

        Both must return at once and bound what they keep. A message is no proof: before anything is
        deleted, Postgres is asked. `missed` is called at the first connection too, since a stage may have
        read its state before; what it says is: read that state again.
        """
        self._listeners.append(Listener(kind, receive, missed))

    async def run(self, health: Health) -> None:
        """Receives until the process stops."""
        self._health = health
        async with asyncio.TaskGroup() as group:
            receiving = group.create_task(self._subscription.run())
            await self._stop.wait()
            receiving.cancel()

    async def opened(self, _channels: Channels, *, missed: bool) -> None:  # noqa: ARG002  each opening counts
        """Messages of the time before are lost."""
        if self._health is not None:
            self._health.works()
        for listener in self._listeners:
            self._call(listener.missed)

    async def receive(self, _channel: bytes, payload: bytes) -> None:
        """Hands on what the payload holds; kinds of a later release are left out."""
        try:
            items, _ = signals.read(payload)
        except UNREADABLE as error:  # another program writes to our Redis
            log(Log.PAYLOAD_UNREADABLE, level=logging.ERROR, error=error)
            return
        counters[Metric.CONTROL_MESSAGES] += len(items)
        for item in items:
            for listener in self._listeners:
                if isinstance(item, listener.kind):
                    self._call(listener.receive, item)

    def closed(self) -> None:
        """Nothing to do: `opened` will say what was missed."""

    @staticmethod
    def _call(what: Callable[..., None], *args: RoomItem) -> None:
        try:
            what(*args)
        except Exception as error:  # noqa: BLE001  the top of a stage: one stage's fault must not stop the others
            log(Log.STAGE_FAILED, level=logging.ERROR, error=error, stage="control")
