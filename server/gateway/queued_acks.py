"""Hop 3: `queued`, for the texts that Redis has and `stored` does not answer at once."""

from typing import Final

import trio

from core.commands import PostMessage
from core.ids import Ref, VisitorId
from protocol.from_server import Queued
from server.gateway.hub import Peer

PATIENCE: Final = 0.25  # seconds that `stored` may take before a text is said to be on its way

_Sent = tuple[VisitorId, Ref]


class QueuedAcks:
    """The texts of this process's peers that are on their way; nobody waits in here for longer than PATIENCE.

    A frame for each text would be a third of all that we write, mostly overtaken before it is read (ADR 22).
    """

    def __init__(self) -> None:
        self._due: dict[_Sent, tuple[float, Peer, int]] = {}  # in the order of its times
        self._some = trio.Event()

    def taken(self, peer: Peer, command: PostMessage) -> None:
        """Redis has it."""
        self._due.pop((command.visitor, command.ref), None)  # from another tab: the later one is the latest
        self._due[command.visitor, command.ref] = (trio.current_time() + PATIENCE, peer, command.rid)
        self._some.set()

    def answered(self, visitor: VisitorId, ref: Ref) -> None:
        """Its sender hears something better, be it `stored` or a refusal. Also called for texts of others."""
        self._due.pop((visitor, ref), None)

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
            peer.send(Queued(rid, sent[1]))
