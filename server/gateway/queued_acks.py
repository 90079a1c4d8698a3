"""Hop 3: `queued` acks, for messages that Redis has accepted and that are not `stored` quickly."""

from typing import Final

import trio

from core.commands import PostMessage
from core.ids import Ref, VisitorId
from core.telemetry.metrics import Timing, timings
from protocol.from_server import Queued
from server.gateway.hub import Peer

PATIENCE: Final = 0.25  # seconds that `stored` may take before `queued` is sent

LATE: Final = 10_000  # texts; beyond it the oldest is not timed any more

_Sent = tuple[VisitorId, Ref]


class QueuedAcks:
    """Messages of this process's peers that are under way; after PATIENCE only their times are kept.

    A `queued` frame for each message would be a third of all frames, mostly outdated when read (ADR 22).
    """

    def __init__(self) -> None:
        self._due: dict[_Sent, tuple[float, Peer, int]] = {}  # ordered by time
        self._late: dict[_Sent, float] = {}  # `queued` was sent; when that was due
        self._some = trio.Event()

    def taken(self, peer: Peer, command: PostMessage) -> None:
        """Redis has accepted the message."""
        self._due.pop((command.visitor, command.ref), None)  # also sent by another tab: keep this one
        self._due[command.visitor, command.ref] = (trio.current_time() + PATIENCE, peer, command.rid)
        self._some.set()

    def answered(self, visitor: VisitorId, ref: Ref) -> None:
        """The sender gets its final answer, `stored` or a refusal. May be called for unknown messages."""
        sent = (visitor, ref)
        waiting = self._due.pop(sent, None)
        due = self._late.pop(sent, None) if waiting is None else waiting[0]
        if due is not None:
            timings[Timing.STORED].observe(trio.current_time() - due + PATIENCE)

    async def run(self) -> None:
        """Send `queued` for messages that take longer than PATIENCE, until cancelled."""
        while True:
            await self._some.wait()
            await trio.sleep(PATIENCE)
            self.tell(until=trio.current_time())
            if not self._due:
                self._some = trio.Event()

    def tell(self, *, until: float = float("inf")) -> None:
        """Send `queued` for every message whose time is up by `until`."""
        while self._due:
            sent, (due, peer, rid) = next(iter(self._due.items()))
            if due > until:
                return
            del self._due[sent]
            self._late[sent] = due
            if len(self._late) > LATE:
                del self._late[next(iter(self._late))]
            peer.send(Queued(rid, sent[1]))
