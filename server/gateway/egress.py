"""Hop 8: fan-out: events and signals of a room become frames, each encoded once, for its listeners."""

import logging
from collections.abc import Hashable, Iterable
from typing import Final, assert_never

import trio

from core import events, ids, rules, signals
from core.copilot.signals import CopilotSignal
from core.errors import UNREADABLE
from core.ids import ProjectId, VisitorId
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, Timing, counters, timed
from protocol.codes import CloseCode
from protocol.from_server import Delivered, Presence, Resync, ServerFrame
from server.gateway import translate
from server.gateway.copilot import fan_out as copilot
from server.gateway.deliveries import Deliveries
from server.gateway.encoded import EncodedOnce
from server.gateway.hub import Hub, OnlineVisitor, Peer, Room
from server.gateway.ingress import SignalPublisher
from server.gateway.projects import Projects
from server.gateway.restrictions import Restrictions
from server.gateway.unanswered import Unanswered
from server.pool import UNAVAILABLE

CHUNK: Final = 200  # peers written to before other tasks get a turn
RESTRICTING: Final = (signals.Resource.VISITORS, signals.Resource.ADDRESS_BLOCKS)
RESYNC_EVERY: Final = 5.0  # seconds between two resyncs of a client for events that this release cannot read


class Egress:
    """Fan-out: sends what is published to a room to the peers of this process that listen to it."""

    def __init__(
        self,
        hub: Hub,
        projects: Projects,
        unanswered: Unanswered,
        signal_publisher: SignalPublisher,
        restrictions: Restrictions,
        deliveries: Deliveries,
        nursery: trio.Nursery,
    ) -> None:
        self._hub = hub
        self._restrictions = restrictions
        self._signal_publisher = signal_publisher
        self._deliveries = deliveries
        self._projects = projects
        self._unanswered = unanswered
        self._nursery = nursery
        self._batch: dict[Peer, list[bytes]] = {}
        self._counting: dict[ProjectId, int] = {}  # agents online, of rooms that are being sent the number
        self._inbox_unread: set[ProjectId] = set()
        self._unread: dict[ProjectId, set[VisitorId]] = {}  # visitors with events that we cannot read

    async def hear(self, payload: bytes) -> bool:
        """Handle one payload of a room: every peer is written to once, however many frames it gets.

        False when the payload is malformed. Events that only a later release can read are not malformed.
        """
        with timed(Timing.FANOUT):
            heard = self._fan_out(payload)
        await trio.lowlevel.checkpoint()
        return heard

    def _fan_out(self, payload: bytes) -> bool:
        try:
            items, later = signals.read(payload)
        except UNREADABLE as error:  # another program writes to our Redis
            log(Log.PAYLOAD_UNREADABLE, level=logging.ERROR, error=error)
            return False
        for item in items:
            if isinstance(item, signals.ProjectChanged | signals.ProjectDeleted):
                self._projects.forget(item.project)
            if (room := self._hub.rooms.get(item.project)) is not None:
                try:
                    self._publish(room, item)
                except Exception as error:  # noqa: BLE001  the top of a stage: one bad item must not stop the others
                    log(Log.STAGE_FAILED, level=logging.ERROR, error=error, stage="egress")
            elif isinstance(item, signals.ResourceChanged):
                self._restricted(item)  # the next peer of the project may come before we unsubscribe
        for event in later:
            self._skipped(event)
        batch, self._batch = self._batch, {}
        for peer, frames in batch.items():
            peer.write(frames[0] if len(frames) == 1 else b"".join(frames))
        return True

    def resync(self, project: ProjectId | None = None) -> None:
        """Ask the clients of one room, or of all rooms, to resync: payloads may have been lost."""
        rooms = self._hub.rooms
        affected = list(rooms.values()) if project is None else [rooms[project]] if project in rooms else []
        self._nursery.start_soon(self._write_all, EncodedOnce(Resync()), _peers(affected), None)

    def _skipped(self, event: signals.LaterEvent) -> None:
        """An event of a later release: the clients it concerns resync, at most once every RESYNC_EVERY."""
        counters[Metric.EVENTS_UNREAD] += 1
        room = self._hub.rooms.get(event.project)
        if room is None:
            return
        under_way = event.project in self._unread
        visitors = self._unread.setdefault(event.project, set())
        if event.visitor in room.visitors:
            visitors.add(event.visitor)
        self._inbox_unread.add(event.project)
        if not under_way:
            self._nursery.start_soon(self._resync_unread, event.project)

    async def _resync_unread(self, project: ProjectId) -> None:
        while project in self._inbox_unread:
            self._inbox_unread.discard(project)
            visitors, self._unread[project] = self._unread[project], set()
            log(Log.EVENTS_UNREAD, level=logging.WARNING, project=project, conversations=len(visitors))
            if (room := self._hub.rooms.get(project)) is not None:
                online = [room.visitors[visitor] for visitor in visitors if visitor in room.visitors]
                peers = [*room.inbox, *(peer for visitor in online for peer in visitor.peers)]
                await self._write_all(EncodedOnce(Resync()), peers, None)
            await trio.sleep(RESYNC_EVERY)
        del self._unread[project]

    async def _renew(self, room: Room, project: ProjectId) -> None:
        """The peers that are connected follow the project's new settings."""
        try:
            found = await self._projects.get(project)
        except UNAVAILABLE:
            return  # as new connections do: with the old settings
        if found is not None:
            for peer in _peers([room]):
                peer.project = found

    def broadcast(self, frame: ServerFrame) -> None:
        """Send one frame to every peer in a room."""
        self._nursery.start_soon(self._write_all, EncodedOnce(frame), _peers(self._hub.rooms.values()), None)

    def _publish(self, room: Room, item: signals.RoomItem) -> None:
        match item:
            case events.MessagePosted():
                self._posted(room, item)
            case events.MessageRepeated():
                self._stored(room.visitors.get(item.visitor), item)
            case events.CommandRefused():
                self._refused(item)
            case (
                events.ConversationChanged()
                | events.MessageEdited()
                | events.MessageRedacted()
                | events.FormChanged()
                | events.AnswerChanged()
                | events.OwnerChanged()
            ):
                self._to(room.inbox, translate.changed(item, for_visitor=False))
                self._to_guest(room, item.visitor, translate.changed(item, for_visitor=True))
            case events.ConversationRead():
                frame = translate.read(item)
                self._to(room.inbox, frame)
                self._to_guest(room, item.visitor, frame)
            case events.ConversationDeleted():
                self._deleted(room, item)
            case events.VisitorChanged():
                self._to(room.inbox, translate.visitor(item))
                self._named(item.project, room.visitors.get(item.visitor), item.visitor, item.name)
            case events.ForVisitor():
                self._for_visitor(room, item)
            case events.CopilotAsked() | events.CopilotRefused():
                copilot.answered(room, self._unanswered, item)
            case _:
                self._ephemeral(room, item)

    def _ephemeral(self, room: Room, signal: signals.Signal) -> None:
        if isinstance(signal, signals.TurnSignal):
            self._streamed(room, signal)
        elif isinstance(signal, CopilotSignal):
            copilot.streamed(room, signal)
        else:
            self._signal(room, signal)

    def _signal(self, room: Room, signal: signals.OtherSignal) -> None:  # noqa: C901  one total match
        match signal:
            case signals.Typed() if signal.form:
                frame = translate.filling(signal, now=ids.now())
                self._coalesce(room.inbox, frame, ("filling", signal.form))
            case signals.Typed():
                key = ("typing", signal.conversation, signal.who)
                self._coalesce(room.inbox, translate.typing(signal), key)
                if signal.party == "agent" and (visitor := room.visitors.get(signal.visitor)) is not None:
                    self._coalesce(visitor.peers, translate.typing(signal), key)
            case signals.PageSeen():
                watchers = room.watchers.get(signal.visitor, ())
                self._coalesce(watchers, translate.page(signal), ("page", signal.visitor))
            case signals.PresenceChanged():
                self._to(room.inbox, Presence(None, [(visitor, on) for visitor, on in signal.visitors]))
            case signals.AgentsChanged():
                self._count(signal.project, signal.online)
            case signals.SocketsClosed():
                self._close(room, signal)
            case signals.SessionEnded() | signals.RoleChanged():
                self._dismiss(room, signal)
            case signals.ResourceChanged():
                self._restricted(signal)
                self._touch(room, signal)
            case signals.Delivered():
                for talk, of, seq in signal.reached:
                    self._coalesce(room.watchers.get(of, ()), Delivered(talk, seq), ("delivered", talk))
            case signals.TurnCalled() | signals.ConsumersCalled() | signals.CopilotCalled():
                pass  # for workers
            case signals.ProjectChanged():
                self._nursery.start_soon(self._renew, room, signal.project)
            case signals.ProjectDeleted():
                room.close(CloseCode.PROJECT_DISABLED, "the project was deleted")
            case _:
                assert_never(signal)

    def _streamed(self, room: Room, signal: signals.TurnSignal) -> None:
        """The assistant's turn, for its visitor and the agents who watch the conversation.

        Not coalesced: who reads too slowly loses tokens beyond the soft limit, sees the gap, and asks again.
        """
        key = ("stream", signal.turn, signal.n) if isinstance(signal, signals.TurnToken) else None
        copies = EncodedOnce(translate.streamed(signal))
        online_visitor = room.visitors.get(signal.visitor)
        if online_visitor is not None and online_visitor.conversation is None:
            online_visitor.conversation = signal.conversation
        visitors = () if online_visitor is None else online_visitor.peers
        for peer in (*room.watchers.get(signal.visitor, ()), *visitors):
            peer.write(copies.of(peer.codec), coalesce_key=key)

    def _posted(self, room: Room, event: events.MessagePosted) -> None:
        online_visitor = room.visitors.get(event.visitor)
        if online_visitor is None and not room.inbox:
            return
        shown = EncodedOnce(translate.message(event))
        self._copies(room.inbox, shown)
        if event.reopened:
            self._to(room.inbox, translate.reopened(event, for_visitor=False))
        if online_visitor is None:
            return
        if event.author_party == "visitor":
            self._posted_by(online_visitor, event)
            return
        online_visitor.conversation = event.conversation
        if rules.visible_to_visitor(event.kind):
            self._copies(online_visitor.peers, shown)
            self._deliveries.add(event.project, event.conversation, event.visitor, event.seq)

    def _posted_by(self, online_visitor: OnlineVisitor, event: events.MessagePosted) -> None:
        """A visitor's own message: acknowledge it, and show it in the other tabs."""
        online_visitor.conversation = event.conversation
        if event.meta or ids.is_verified(event.visitor):
            self._named(event.project, online_visitor, event.visitor, event.author_name)
        sender = self._stored(online_visitor, event)
        if others := [peer for peer in online_visitor.peers if peer is not sender]:
            self._to(others, translate.message(event, for_visitor=True))
        if event.reopened:
            self._to(online_visitor.peers, translate.reopened(event, for_visitor=True))

    def _for_visitor(self, room: Room, event: events.ForVisitor) -> None:
        """What a muted or blocked visitor did. Agents who show muted visitors fetch them again."""
        online_visitor = room.visitors.get(event.visitor)
        if online_visitor is not None:
            match event.event:
                case events.MessagePosted():
                    self._posted_by(online_visitor, event.event)
                case events.ConversationRead():
                    self._to(online_visitor.peers, translate.read(event.event))
                case events.FormChanged():
                    self._to(online_visitor.peers, translate.changed(event.event, for_visitor=True))
                case _:
                    assert_never(event.event)
        if event.muted:
            self._touch(room, signals.ResourceChanged(event.project, signals.Resource.RESTRICTIONS))

    def _deleted(self, room: Room, event: events.ConversationDeleted) -> None:
        """Agents fetch it and find none; the visitor's client compares, and empties its screen."""
        self._to(room.inbox, translate.deleted(event))
        online_visitor = room.visitors.get(event.visitor)
        if online_visitor is not None:
            if online_visitor.conversation == event.conversation:
                online_visitor.conversation = None
            self._to(online_visitor.peers, Resync())

    def _named(
        self, project: ProjectId, online_visitor: OnlineVisitor | None, visitor: VisitorId, name: str
    ) -> None:
        """Keep the visitor's new name for the frames that this process makes itself: `typing`."""
        if online_visitor is not None and online_visitor.name != name:
            online_visitor.name = name
            self._signal_publisher.name(project, visitor, name)

    def _stored(
        self, online_visitor: OnlineVisitor | None, event: events.MessagePosted | events.MessageRepeated
    ) -> Peer | None:
        """Tell every tab that the message is stored; returns the one that waits for it, if it is here."""
        sent = None if event.ref is None else self._unanswered.answered(event.visitor, event.ref)
        if online_visitor is not None:
            self._to(online_visitor.peers, translate.stored(event))
        return None if sent is None else sent.peer

    def _refused(self, event: events.CommandRefused) -> None:
        """Only the process whose socket waits for the answer has it to give."""
        sent = None if event.ref is None else self._unanswered.answered(event.visitor, event.ref)
        if sent is not None:
            sent.peer.send(translate.refused(event, rid=sent.rid))

    def _to_guest(self, room: Room, visitor: VisitorId, frame: ServerFrame) -> None:
        if (online_visitor := room.visitors.get(visitor)) is not None:
            self._to(online_visitor.peers, frame)

    def _to(self, peers: Iterable[Peer], frame: ServerFrame) -> None:
        self._copies(peers, EncodedOnce(frame))

    def _copies(self, peers: Iterable[Peer], copies: EncodedOnce) -> None:
        for peer in peers:
            self._batch.setdefault(peer, []).append(copies.of(peer.codec))

    @staticmethod
    def _coalesce(peers: Iterable[Peer], frame: ServerFrame, name: Hashable) -> None:
        copies = EncodedOnce(frame)
        for peer in peers:
            peer.write(copies.of(peer.codec), coalesce_key=name)

    def _restricted(self, signal: signals.ResourceChanged) -> None:
        if signal.resource in RESTRICTING:
            self._restrictions.changed(signal.project)

    def _touch(self, room: Room, signal: signals.ResourceChanged) -> None:
        self._coalesce(room.inbox, translate.touched(signal), ("touched", signal.resource, signal.id))

    def _close(self, room: Room, signal: signals.SocketsClosed) -> None:
        gone = set(signal.sockets)
        for online_visitor in tuple(room.visitors.values()):
            for peer in online_visitor.peers:
                if peer.id in gone:
                    peer.close(signal.code, "too many sockets")

    @staticmethod
    def _dismiss(room: Room, signal: signals.SessionEnded | signals.RoleChanged) -> None:
        for peer in [peer for peer in room.agents if peer.user == signal.user]:
            if isinstance(signal, signals.SessionEnded):
                if signal.session in {None, peer.sign_in}:
                    peer.close(CloseCode.LOGGED_OUT, "signed out")
            elif peer.project_role != signal.role:
                peer.close(CloseCode.CREDENTIAL_EXPIRED, "the role has changed")

    def _count(self, project: ProjectId, online: int) -> None:
        """Send the number of agents online. Coalesced: thousands of peers get only the latest number."""
        under_way = project in self._counting
        self._counting[project] = online
        if not under_way:
            self._nursery.start_soon(self._publish_count, project)

    async def _publish_count(self, project: ProjectId) -> None:
        sent: int | None = None
        while (online := self._counting[project]) != sent:
            room, sent = self._hub.rooms.get(project), online
            if room is not None:
                peers = [peer for online_visitor in room.visitors.values() for peer in online_visitor.peers]
                await self._write_all(EncodedOnce(Presence(online, [])), peers, "agents")
        del self._counting[project]

    @staticmethod
    async def _write_all(copies: EncodedOnce, peers: list[Peer], coalesce_key: Hashable) -> None:
        for start in range(0, len(peers), CHUNK):
            for peer in peers[start : start + CHUNK]:
                peer.write(copies.of(peer.codec), coalesce_key=coalesce_key)
            await trio.lowlevel.checkpoint()


def _peers(rooms: Iterable[Room]) -> list[Peer]:
    return [
        peer
        for room in rooms
        for peer in (
            *room.agents,
            *(peer for online_visitor in room.visitors.values() for peer in online_visitor.peers),
        )
    ]
