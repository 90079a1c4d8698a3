"""After hop 8: how far visitors' sockets have got messages, for watching agents. Coalesced, may be lost."""

from typing import Final

import trio

from core.ids import ConversationId, ProjectId, VisitorId
from core.signals import Delivered
from server.gateway.ingress import SignalPublisher

INTERVAL: Final = (
    0.5  # seconds between two rounds: a busy project costs two signals a second, however many messages
)
MAX_QUEUE: Final = 10_000  # conversations; beyond it deliveries are dropped, and their messages keep one tick
BATCH_SIZE: Final = 500  # conversations in one signal


class Deliveries:
    """One per process. Postgres never learns of it: the read mark is what counts, and comes soon after."""

    def __init__(self, signal_publisher: SignalPublisher) -> None:
        self._signal_publisher = signal_publisher
        self._latest: dict[tuple[ProjectId, ConversationId], tuple[VisitorId, int]] = {}
        self._news = trio.Event()

    def add(self, project: ProjectId, conversation: ConversationId, visitor: VisitorId, seq: int) -> None:
        """A socket of the visitor was sent everything up to `seq`. Only the furthest is kept."""
        key = (project, conversation)
        known = self._latest.get(key)
        if known is None and len(self._latest) >= MAX_QUEUE:
            return
        if known is None or known[1] < seq:
            self._latest[key] = (visitor, seq)
            self._news.set()

    async def run(self) -> None:
        """Publish until cancelled: the first at once, what follows within INTERVAL together."""
        while True:
            await self._news.wait()
            self._news = trio.Event()
            self.publish()
            await trio.sleep(INTERVAL)

    def publish(self) -> None:
        """Hand over what is waiting: one signal for each project, or several of BATCH_SIZE conversations."""
        latest, self._latest = self._latest, {}
        by_project: dict[ProjectId, list[tuple[ConversationId, VisitorId, int]]] = {}
        for (project, conversation), (visitor, seq) in latest.items():
            by_project.setdefault(project, []).append((conversation, visitor, seq))
        for project, reached in by_project.items():
            for start in range(0, len(reached), BATCH_SIZE):
                self._signal_publisher.publish(Delivered(project, reached[start : start + BATCH_SIZE]))
