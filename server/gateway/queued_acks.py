"""Hop 3: `queued`, for the texts that Redis has and `stored` does not answer at once."""

from typing import Final

import trio

from core.commands import PostMessage
from core.ids import Ref, VisitorId
from core.telemetry.metrics import Timing, timings
from protocol.from_server import Queued
from server.gateway.hub import Peer

PATIENCE: Final = 0.25  # seconds that `stored` may take before a text is said to be on its way

LATE: Final = 10_000  # texts; beyond it the oldest is not timed any more

_Sent = tuple[VisitorId, Ref]


class QueuedAcks:
    """The texts of this process's peers that are on their way; nobody waits in here for longer than PATIENCE.

    A frame for each text would be a third of all that we write, mostly overtaken before it is read (ADR 22).
    """

    def __init__(self) -> None:
        self._due: dict[_Sent, tuple[float, Peer, int]] = {}  # in the order of its times
        self._late: dict[_Sent, float] = {}  # said to be queued; when that was due
        self._some = trio.Event()

    def taken(self, peer: Peer, command: PostMessage) -> None:
        """Redis has it."""
        self._due.pop((command.visitor, command.ref), None)  # from another tab: the later one is the latest
        self._due[command.visitor, command.ref] = (trio.current_time() + PATIENCE, peer, command.rid)
        self._some.set()

    def answered(self, visitor: VisitorId, ref: Ref) -> None:
        """Its sender hears something better, be it `stored` or a refusal. Also called for texts of others."""
        sent = (visitor, ref)
        waiting = self._due.pop(sent, None)
        due = self._late.pop(sent, None) if waiting is None else waiting[0]
        if due is not None:
            timings[Timing.STORED].observe(trio.current_time() - due + PATIENCE)

    async def run(self) -> None:
        """Tell those whose text takes its time, for ever."""
        while True:
            await self._some.wait()
            await trio.sleep(PATIENCE)
            self.tell(until=trio.current_time())
            if not self._due:
                self._some = trio.Event()

    def tell(self, *, until: float = float("inf")) -> None:
        """Say `queued` to everybody whose time has come by `until`."""
        while self._due:
            sent, (due, peer, rid) = next(iter(self._due.items()))
            if due > until:
                return
            del self._due[sent]
            self._late[sent] = due
            if len(self._late) > LATE:
                del self._late[next(iter(self._late))]
            peer.send(Queued(rid, sent[1]))
