"""Reports presence to Redis: sockets in batches, the node's heartbeat, departures after a grace period."""

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Final, TypeVar

import trio

from core import ids
from core.bus import heartbeats, presence, visits
from core.bus.connection import UNAVAILABLE, Redis
from core.bus.presence import Arrival, Arrived, Departure
from core.config.settings import Settings
from core.ids import NodeId, ProjectId, SocketId, VisitorId
from core.signals import AgentsChanged, PageSeen, PresenceChanged, SocketsClosed
from core.telemetry.log import Log, log
from protocol.codes import CloseCode
from protocol.session import State
from server.gateway.hub import Hub, Peer
from server.gateway.ingress import SignalPublisher

BATCH: Final = 300  # sockets in one pipeline
MIN_INTERVAL: Final = (
    0.005  # seconds between two pipelines: one arrival alone costs as much as twenty together
)
DEADLINE: Final = 6.0  # seconds
SWEEP: Final = 1.0  # seconds between two checks for grace periods that are over
REFRESH: Final = 10 * 60.0  # seconds within which the expiry of every open socket's keys is renewed once

Item = TypeVar("Item")


class _PendingConnect:
    """One arrival and its outcome."""

    __slots__ = ("arrival", "arrived", "done", "failure", "given_up", "quiet")

    def __init__(self, arrival: Arrival, *, quiet: bool) -> None:
        self.arrival = arrival
        self.quiet = quiet
        self.done = trio.Event()
        self.arrived: Arrived | None = None
        self.failure: BaseException | None = None
        self.given_up = False


class PresenceReporter:
    """Publishes the presence of this process's visitors and agents to the other processes."""

    def __init__(
        self, redis: Redis, hub: Hub, signal_publisher: SignalPublisher, settings: Settings, *, node: NodeId
    ) -> None:
        self._redis = redis
        self._hub = hub
        self._signal_publisher = signal_publisher
        self._node = node
        self._limit = settings.sockets_per_visitor
        self._unwritten = settings.unwritten_visits
        self._coming: list[_PendingConnect] = []
        self._news = trio.Event()
        self._closing: deque[Departure] = deque()
        self._agents_gone: deque[Peer] = deque()  # not yet reported to Redis
        self._grace_queue: deque[tuple[float, Departure]] = deque()  # when grace is over, in order
        self._quiet: set[SocketId] = set()  # of departures that agents do not hear of
        self._came: dict[ProjectId, dict[VisitorId, bool]] = {}

    async def arrive(self, arrival: Arrival, *, quiet: bool) -> Arrived:
        """Register a visitor's socket, batched with other arrivals. Raises UNAVAILABLE.

        `quiet`: of a muted or blocked visitor, of whose coming and going agents do not hear.
        """
        coming = _PendingConnect(arrival, quiet=quiet)
        self._coming.append(coming)
        self._news.set()
        try:
            await coming.done.wait()
        except trio.Cancelled:
            coming.given_up = True
            raise
        if coming.failure is not None:
            raise coming.failure
        assert coming.arrived is not None
        return coming.arrived

    def depart(self, project: ProjectId, visitor: VisitorId, peer: Peer) -> None:
        """A visitor's socket closed: its grace period begins."""
        departure = Departure(project, visitor, peer.id)
        if peer.quiet:
            self._quiet.add(peer.id)
        self._closing.append(departure)
        self._leave_later(departure)

    async def agent_arrives(self, peer: Peer) -> int:
        """Register an agent's socket; returns how many agents are online. Raises UNAVAILABLE."""
        assert peer.user is not None
        with trio.fail_after(DEADLINE):
            online, changed = await presence.connect_agent(
                self._redis, self._node, project=peer.project.id, user=peer.user, socket=peer.id
            )
        if changed:
            self._signal_publisher.publish(AgentsChanged(peer.project.id, online))
        return online

    async def agent_departs(self, peer: Peer) -> None:
        """An agent's socket closed. If it cannot be reported now, a later sweep does it."""
        self._agents_gone.append(peer)
        with trio.move_on_after(DEADLINE):
            try:
                await self._publish_agents_gone()
            except UNAVAILABLE:
                return

    async def agents_online(self, project: ProjectId) -> int:
        with trio.fail_after(DEADLINE):
            return await presence.agents_online(self._redis, project)

    async def register(self) -> None:
        """Register arrivals until cancelled: while one pipeline is under way the next batch fills."""
        while True:
            await self._news.wait()
            batch, self._coming = self._coming[:BATCH], self._coming[BATCH:]
            if not self._coming:
                self._news = trio.Event()
            batch = [one for one in batch if not one.given_up]
            if batch:
                await self._register(batch)
                await trio.sleep(MIN_INTERVAL)

    async def sweep(self) -> None:
        """Every SWEEP until cancelled, publish arrivals and final departures; retry what failed."""
        while True:
            await trio.sleep(SWEEP)
            with trio.move_on_after(DEADLINE), suppress(*UNAVAILABLE):
                await self._sweep()

    async def beat(self) -> None:
        """Send the node's heartbeat until cancelled. If Redis lost the node, register all sockets again."""
        known = whole = False  # whether Redis ever had this node, and has all its sockets
        while True:
            try:
                with trio.fail_after(DEADLINE):
                    remembered = await heartbeats.beat_node(self._redis, self._node.hex())
                whole = not known or (whole and remembered)
                known = True
                if not whole:
                    await self._register_again()
                    whole = True
            except (*UNAVAILABLE, trio.TooSlowError) as error:
                log(Log.REDIS_AWAY, level=logging.WARNING, error=error)
            await trio.sleep(heartbeats.INTERVAL)

    async def refresh(self) -> None:
        """Renew the expiry of connected visitors in Redis, all of them once every REFRESH."""
        while True:
            batches = self._batches()
            for batch in batches:
                with trio.move_on_after(DEADLINE), suppress(*UNAVAILABLE):
                    await self._stay(batch)
                await trio.sleep(REFRESH / len(batches))
            if not batches:
                await trio.sleep(REFRESH)

    async def leave(self) -> None:
        """Deregister the node at a clean shutdown: nothing has to wait for its heartbeat to expire."""
        with trio.move_on_after(DEADLINE, shield=True), suppress(*UNAVAILABLE):
            await self._sweep(all_now=True)
            await heartbeats.leave(self._redis, node=self._node.hex())

    async def _register(self, batch: list[_PendingConnect]) -> None:
        try:
            with trio.fail_after(DEADLINE):
                arrived = await self._connect([one.arrival for one in batch])
        except Exception as error:  # noqa: BLE001  the top of a stage: every waiting arrival must be answered
            if not isinstance(error, (*UNAVAILABLE, trio.TooSlowError)):
                log(Log.STAGE_FAILED, level=logging.ERROR, error=error, stage="attendance")
            for one in batch:
                one.failure = TimeoutError(f"not registered: {type(error).__name__}")
                one.done.set()
            return
        for one, answer in zip(batch, arrived, strict=True):
            self._note(one.arrival, answer, quiet=one.quiet)
            one.arrived = answer
            one.done.set()
            if one.given_up:  # its departure may have been reported before its arrival
                self._leave_later(Departure(one.arrival.project, one.arrival.visitor, one.arrival.socket))

    def _note(self, arrival: Arrival, arrived: Arrived, *, quiet: bool) -> None:
        if arrived.evicted:
            signal = SocketsClosed(arrival.project, arrived.evicted, int(CloseCode.TOO_MANY_SOCKETS))
            self._signal_publisher.publish(signal)
        if quiet:
            return
        if arrived.conversation is not None and not arrived.was_online:
            self._came.setdefault(arrival.project, {})[arrival.visitor] = True
        if arrived.conversation is not None and arrived.moved:
            # Redis has the page already; publish it so that watching agents see the first page of a load too.
            url, title = arrival.page.url, arrival.page.title
            self._signal_publisher.publish(PageSeen(arrival.project, arrival.visitor, url, title, arrival.at))

    def _leave_later(self, departure: Departure) -> None:
        self._grace_queue.append((trio.current_time() + presence.GRACE, departure))

    async def _sweep(self, *, all_now: bool = False) -> None:
        await self._publish_agents_gone()
        while self._closing:
            with _taken(self._closing, min(BATCH, len(self._closing))) as closing:
                await presence.closing(self._redis, self._node, closing)
        now = trio.current_time()
        while count := sum(all_now or at <= now for at, _ in islice(self._grace_queue, BATCH)):
            with _taken(self._grace_queue, count) as over:
                await self._publish_gone([departure for _, departure in over])
        came, self._came = self._came, {}
        for project, visitors in came.items():
            self._signal_publisher.publish(PresenceChanged(project, list(visitors.items())))

    async def _publish_gone(self, over: list[Departure]) -> None:
        absent = await presence.disconnect(self._redis, self._node, over)
        gone = [
            (one.project, one.visitor)
            for one, is_absent in zip(over, absent, strict=True)
            if is_absent and one.socket not in self._quiet
        ]
        for project, visitor in await visits.with_conversation(self._redis, gone):
            self._came.setdefault(project, {})[visitor] = False
        self._quiet.difference_update(one.socket for one in over)

    async def _publish_agents_gone(self) -> None:
        while self._agents_gone:
            with _taken(self._agents_gone, 1) as (peer,):
                online, changed = await presence.disconnect_agent(
                    self._redis, self._node, project=peer.project.id, socket=peer.id
                )
            if changed:
                self._signal_publisher.publish(AgentsChanged(peer.project.id, online))

    async def _register_again(self) -> None:
        log(Log.REDIS_BACK)
        for room in tuple(self._hub.rooms.values()):
            for peer in tuple(room.agents):
                await self.agent_arrives(peer)
        for batch in self._batches():
            await self._arrive_again(batch)

    def _batches(self) -> list[list[Peer]]:
        """Every visitor's socket of this process."""
        peers = [
            peer
            for room in self._hub.rooms.values()
            for online_visitor in room.visitors.values()
            for peer in online_visitor.peers
        ]
        return [peers[start : start + BATCH] for start in range(0, len(peers), BATCH)]

    async def _stay(self, peers: list[Peer]) -> None:
        here = [peer for peer in peers if peer.session.state is State.OPEN]
        known = await presence.stay(self._redis, [_departure(peer) for peer in here])
        if unknown := [peer for peer, is_known in zip(here, known, strict=True) if not is_known]:
            await self._arrive_again(unknown)

    async def _arrive_again(self, peers: list[Peer]) -> None:
        """Register peers that Redis does not have, or has lost."""
        now = ids.now()
        quiet: list[bool] = []
        arrivals: list[Arrival] = []
        for peer in peers:
            if peer.visitor is not None:
                opened = visits.OpenedPage(language=peer.language, browser=peer.browser)
                arrivals.append(Arrival(peer.project.id, peer.visitor, peer.id, now, opened))
                quiet.append(peer.quiet)
        for arrival, answer, is_quiet in zip(arrivals, await self._connect(arrivals), quiet, strict=True):
            self._note(arrival, answer, quiet=is_quiet)

    async def _connect(self, arrivals: list[Arrival]) -> list[Arrived]:
        return await presence.connect(
            self._redis, self._node, arrivals, limit=self._limit, unwritten=self._unwritten
        )


def _departure(peer: Peer) -> Departure:
    assert peer.visitor is not None
    return Departure(peer.project.id, peer.visitor, peer.id)


@contextmanager
def _taken(queue: deque[Item], count: int) -> Iterator[list[Item]]:
    """The first `count` items of the queue; put back if they could not be reported to Redis."""
    taken = [queue.popleft() for _ in range(count)]
    try:
        yield taken
    except BaseException:
        queue.extendleft(reversed(taken))
        raise
