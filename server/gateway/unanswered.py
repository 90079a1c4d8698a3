"""Hop 3: which socket sent a message, under which `rid`, until it is answered; and the late `queued` acks."""

from math import inf
from typing import Final

import msgspec
import trio

from core.ids import Ref, UserId, VisitorId
from core.telemetry.metrics import Metric, Timing, counters, timings
from protocol.from_server import Queued
from server.gateway.hub import Peer

QUEUED_AFTER: Final = 0.25  # seconds that `stored` may take before `queued` is sent

OF_PROCESS: Final = 20_000  # messages without an answer; beyond it the oldest is forgotten
OF_SOCKET: Final = 64  # likewise; clients send one at a time, and a rate limit allows a few more

Sender = VisitorId | UserId
Key = tuple[Sender, Ref]


class Sent(msgspec.Struct):
    """The socket that sent a message and waits for the answer to its request `rid`."""

    peer: Peer
    rid: int
    due: float = inf  # when `queued` is due, in trio's time; inf: Redis has not accepted the message yet


class Unanswered:
    """Messages of this process's peers, from their submission to `stored`, a refusal or the socket's end.

    Commands and events name a message by sender and ref; its socket and `rid` are known only here (ADR 34).
    A message that had to be forgotten is stored all the same, and its sender gets `stored` as every tab of
    the visitor does, with a copy of the message that it recognises by the ref. Only a refusal does not reach
    it: the client sends the text again, and that is refused.
    A `queued` frame for each message would be a third of all frames, mostly outdated when read (ADR 22).
    """

    def __init__(self) -> None:
        self._fresh: dict[Key, Sent] = {}  # by submission; Redis accepts them in this order
        self._late: dict[Key, Sent] = {}  # `queued` was sent; in that order
        self._some = trio.Event()

    def __len__(self) -> int:
        return len(self._fresh) + len(self._late)

    def add(self, peer: Peer, sender: Sender, ref: Ref, *, rid: int) -> None:
        """The peer has sent a message. Another tab that sent the same one before waits no longer."""
        key = (sender, ref)
        self._take(key)
        if peer.unanswered is None:
            peer.unanswered = {}
        elif len(peer.unanswered) >= OF_SOCKET:
            self._forget((sender, next(iter(peer.unanswered))))
        if len(self._fresh) + len(self._late) >= OF_PROCESS:
            self._forget(next(iter(self._late or self._fresh)))
        peer.unanswered[ref] = None
        self._fresh[key] = Sent(peer, rid)

    def accepted(self, sender: Sender, ref: Ref) -> None:
        """Redis has the message."""
        sent = self._fresh.get((sender, ref))
        if sent is not None and sent.due == inf:
            sent.due = trio.current_time() + QUEUED_AFTER
            self._some.set()

    def withdraw(self, peer: Peer, sender: Sender, ref: Ref, *, rid: int) -> None:
        """Redis did not accept the message: its sender was answered. Not a later sending of the same text."""
        sent = self._fresh.get((sender, ref))
        if sent is not None and sent.peer is peer and sent.rid == rid:
            self._take((sender, ref))

    def answered(self, sender: Sender, ref: Ref) -> Sent | None:
        """`stored` or a refusal has come. None for a message that no peer of this process waits for."""
        sent = self._take((sender, ref))
        if sent is not None and sent.due != inf:
            timings[Timing.STORED].observe(trio.current_time() - sent.due + QUEUED_AFTER)
        return sent

    def gone(self, peer: Peer) -> None:
        """The socket has ended: drop its messages, which need no reply any more."""
        refs, peer.unanswered = peer.unanswered, None
        sender = peer.visitor or peer.user
        if refs and sender is not None:
            for ref in refs:
                key = (sender, ref)
                self._fresh.pop(key, None)
                self._late.pop(key, None)

    async def run(self) -> None:
        """Send `queued` for messages that take longer than QUEUED_AFTER, until cancelled."""
        while True:
            await self._some.wait()
            self._some = trio.Event()
            while self._fresh:
                await trio.sleep(QUEUED_AFTER)
                self.acknowledge(until=trio.current_time())

    def acknowledge(self, *, until: float | None = None) -> None:
        """Send `queued` for every accepted message that is due by `until`; None: for all of them."""
        if until is None:
            until = trio.current_time() + QUEUED_AFTER
        while self._fresh:
            key, sent = next(iter(self._fresh.items()))
            if sent.due > until:
                return
            self._late[key] = self._fresh.pop(key)
            sent.peer.send(Queued(sent.rid, key[1]))

    def _take(self, key: Key) -> Sent | None:
        sent = self._fresh.pop(key, None)
        if sent is None:
            sent = self._late.pop(key, None)
        if sent is not None and sent.peer.unanswered is not None:
            sent.peer.unanswered.pop(key[1], None)
        return sent

    def _forget(self, key: Key) -> None:
        self._take(key)
        counters[Metric.UNANSWERED_FORGOTTEN] += 1
