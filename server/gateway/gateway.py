"""The gateway of one process: its parts, and the life of a connection from the door to its end."""

import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import lru_cache, partial
from typing import Final

import trio

from core import ids
from core.bus import rooms
from core.bus.connection import Redis
from core.bus.stream import Intake
from core.config.settings import Settings
from core.ids import NodeId, SocketId
from core.telemetry.log import Log, log, trace
from core.telemetry.metrics import Metric, counters
from protocol import codec
from protocol.codes import CloseCode
from protocol.from_client import Hello
from protocol.from_server import Drain
from server import addresses
from server.gateway import handshake
from server.gateway.actions import Actions
from server.gateway.copilot.operations import Operations
from server.gateway.deliveries import Deliveries
from server.gateway.egress import Egress
from server.gateway.handshake import Refused
from server.gateway.hello import HelloFlow
from server.gateway.hub import Hub, Peer
from server.gateway.ingress import Ingress, SignalPublisher
from server.gateway.loss_detector import LossDetector
from server.gateway.membership import Membership
from server.gateway.message_limits import MessageLimits
from server.gateway.networks import Networks
from server.gateway.presence_reporter import PresenceReporter
from server.gateway.projects import Projects
from server.gateway.restrictions import Restrictions
from server.gateway.streams import Streams
from server.gateway.subscription import RoomSubscription
from server.gateway.timer_wheel import TimerWheel
from server.gateway.unanswered import Unanswered
from server.pool import UNAVAILABLE, Database
from server.sites import Sites

PAUSE: Final = 0.5  # seconds before a failed stage starts again
TIDY: Final = 10.0  # seconds between two checks which rooms are still needed
BROWSER: Final = 200  # characters of a User-Agent
END_OF_HEAD: Final = b"\r\n\r\n"
LEAVE: Final = 3.0  # seconds that closed peers have to disconnect


class Gateway:
    """Owns every websocket of the process. `peers` is the connection table."""

    def __init__(
        self, settings: Settings, redis: Redis, database: Database, nursery: trio.Nursery, *, node: NodeId
    ) -> None:
        self._settings = settings
        self._nursery = nursery
        self._leaves_at: float | None = None  # trio time, once we drain
        self.peers: set[Peer] = set()
        self._timers = TimerWheel()
        self._hub = Hub()
        self._projects = Projects(database)
        self._networks = Networks(settings)
        self._sites = Sites(redis)
        intake = _intake(redis, settings)
        limits = MessageLimits(settings)
        self._unanswered = Unanswered()
        self._ingress = Ingress(intake, self._unanswered, limits)
        self._signal_publisher = SignalPublisher(redis)
        self._membership = Membership(self._hub, database)
        self._restrictions = Restrictions(self._hub, database)
        self._deliveries = Deliveries(self._signal_publisher)
        self._egress = Egress(
            self._hub,
            self._projects,
            self._unanswered,
            self._signal_publisher,
            self._restrictions,
            self._deliveries,
            nursery,
        )
        self._loss_detector = LossDetector(partial(rooms.last_published, redis), missed=self._egress.resync)
        self._subscription = RoomSubscription(
            settings.redis_url, self._loss_detector, hear=self._egress.hear, missed=self._missed
        )
        self._presence = PresenceReporter(redis, self._hub, self._signal_publisher, settings, node=node)
        self._hello_flow = self._make_hello_flow(redis)
        operations = Operations(redis, self._ingress, database)
        self._actions = Actions(
            self._hub, self._ingress, self._signal_publisher, database, limits, Streams(redis), operations
        )

    def _make_hello_flow(self, redis: Redis) -> HelloFlow:
        return HelloFlow(
            self._settings,
            redis,
            self._hub,
            subscription=self._subscription,
            presence=self._presence,
            membership=self._membership,
            networks=self._networks,
            restrictions=self._restrictions,
            deliveries=self._deliveries,
        )

    def start(self, *others: Callable[[], Awaitable[None]]) -> None:
        """Start the tasks that run as long as the gateway does, and `others` beside them."""
        for stage in (
            *others,
            self._ingress.run,
            self._ingress.choose_form,
            self._unanswered.run,
            self._signal_publisher.run,
            self._deliveries.run,
            self._subscription.run,
            self._loss_detector.run,
            self._presence.register,
            self._presence.sweep,
            self._presence.beat,
            self._presence.refresh,
            self._timers.run,
            self._membership.watch,
            self._restrictions.watch,
            self._tidy,
        ):
            self._nursery.start_soon(self._keep, stage)

    async def serve(self, sock: trio.socket.SocketType, head: bytes, *, address: str) -> None:
        """Serve one connection, from the request that the door has read to its end."""
        network = addresses.network(address)
        try:
            peer = await self._open(sock, head, network, address)
        except Refused as refused:
            counters[Metric.HANDSHAKES_REFUSED] += 1
            with suppress(OSError):
                os.write(sock.fileno(), handshake.response(refused))
                sock.shutdown(trio.socket.SHUT_WR)
            return
        del head  # saves a kilobyte for each idle connection
        self.peers.add(peer)
        self._networks.enter(network)
        counters[Metric.SOCKETS] = len(self.peers)
        try:
            await self._converse(peer)
        except Exception:
            trace.set(peer.id.hex())  # of the line that the door writes
            peer.close(CloseCode.INTERNAL, "")
            raise
        finally:
            self.peers.discard(peer)
            self._networks.leave(network)
            counters[Metric.SOCKETS] = len(self.peers)
            self._hub.leave(peer)
            self._unanswered.gone(peer)
            with trio.CancelScope(shield=True):  # each wait within is bounded
                await self._say_drain(peer)

    async def drain(self, window: float) -> None:
        """Ask all clients to reconnect elsewhere over `window` seconds, serve the rest, then close them."""
        self._leaves_at = trio.current_time() + window
        log(Log.SERVER_DRAINING, sockets=len(self.peers))
        self._egress.broadcast(Drain(0, round(window * 1000)))
        with trio.move_on_after(window):
            while self.peers:  # noqa: ASYNC110  an event per departure would be kept for this moment alone
                await trio.sleep(0.05)
        with trio.move_on_after(LEAVE):  # a client that is not answered by then keeps its text
            await self._ingress.emptied()
        self._unanswered.acknowledge()
        for peer in tuple(self.peers):
            peer.close(CloseCode.RESTART, "restart")
        with trio.move_on_after(LEAVE):
            while self.peers:  # noqa: ASYNC110  an event per departure would be kept for this moment alone
                await trio.sleep(0.05)
        await self._presence.leave()
        await self._signal_publisher.finish()

    async def _open(self, sock: trio.socket.SocketType, head: bytes, network: str, address: str) -> Peer:
        """Do the handshake; raises Refused."""
        end = head.index(END_OF_HEAD) + len(END_OF_HEAD)
        admitted = self._admit(network)
        asked = handshake.read(head[:end])
        try:
            project = await self._projects.get(asked.project)
        except UNAVAILABLE:
            raise Refused(
                503, "A service is temporarily unavailable. Try again in a moment.", retry=2
            ) from None
        try:
            own_page = handshake.judge(asked, project, public=self._settings.origin)
        except Refused:
            if project is not None:
                await self._sites.refused(project.id, asked.origin, network=network)
            raise
        assert project is not None
        spoken = codec.for_subprotocol(asked.subprotocol)
        peer = Peer(sock, self._nursery, self._timers, socket_id=SocketId(ids.make()), codec=spoken)
        peer.project, peer.own_page = project, own_page
        peer.network, peer.admitted, peer.address = network, admitted, address
        peer.browser = _shared(asked.browser[:BROWSER])
        peer.open(handshake.accepted(asked))
        if head[end:]:
            peer.feed(head[end:])
        return peer

    def _admit(self, network: str) -> bool:
        if self._leaves_at is not None:
            raise Refused(503, "This server is stopping. Connect again.", retry=1)
        if len(self.peers) >= self._settings.max_connections:
            raise Refused(503, "This server is full. Try again later.", retry=5)
        return self._networks.admit(network, trio.current_time())

    async def _converse(self, peer: Peer) -> None:
        alive = True
        while alive:
            await self._hear(peer)
            alive = await peer.receive()

    async def _hear(self, peer: Peer) -> None:
        """Handle the frames in the bytes received. In its own method: a waiting peer keeps no frame alive."""
        for frame in peer.frames():
            if isinstance(frame, Hello):
                await self._hello_flow.greet(peer, frame)
                if self._leaves_at is not None:  # it connected after `drain` was sent to the others
                    peer.send(Drain(0, round(max(0.0, self._leaves_at - trio.current_time()) * 1000)))
            elif (asking := self._actions.act(peer, frame)) is not None:
                await self._actions.answer(peer, asking)

    async def _say_drain(self, peer: Peer) -> None:
        project = getattr(peer, "project", None)
        if project is not None and peer.visitor is not None:
            self._presence.depart(project.id, peer.visitor, peer)
        if project is not None and peer.user is not None:
            await self._presence.agent_departs(peer)
        await peer.end()

    def _missed(self) -> None:
        """Redis was unavailable: payloads published meanwhile are lost."""
        self._egress.resync()
        self._projects.doubt()
        self._membership.doubt()
        self._restrictions.doubt()

    async def _keep(self, stage: Callable[[], Awaitable[None]]) -> None:
        """Restart a stage that fails by a bug of ours; no peer loses its socket for it."""
        while True:
            try:
                await stage()
            except Exception as error:  # noqa: BLE001  the top of a stage
                log(Log.STAGE_FAILED, level=logging.ERROR, error=error, stage=stage.__qualname__)
                await trio.sleep(PAUSE)

    async def _tidy(self) -> None:
        """Unsubscribe from rooms without a peer here, with a delay: a page change reconnects at once."""
        while True:
            await trio.sleep(TIDY)
            self._restrictions.keep(self._hub.rooms)
            await self._subscription.keep(self._hub.rooms)


def _intake(redis: Redis, settings: Settings) -> Intake:
    return Intake(
        redis,
        shards=settings.stream_shards,
        capacity=settings.stream_capacity,
        slots=settings.stream_slots,
    )


@lru_cache(maxsize=1_024)
def _shared(browser: str) -> str:
    """One object for equal texts: thousands share a few. Python 3.12 would never free interned strings."""
    return browser
