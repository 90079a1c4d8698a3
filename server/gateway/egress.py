"""Hop 8: what rooms are told becomes frames, each encoded once, for the peers that listen."""

import logging
from collections.abc import Hashable, Iterable
from typing import Final, assert_never

import trio

from core import events, signals
from core.errors import UNREADABLE
from core.ids import ProjectId, VisitorId
from core.telemetry import Log, Metric, counters, log
from protocol.codec import Codec
from protocol.codes import CloseCode
from protocol.from_server import Presence, Resync, ServerFrame
from server.gateway import translate
from server.gateway.hub import Guest, Hub, Peer, Room
from server.gateway.ingress import Ephemera
from server.gateway.mailbox import wrap
from server.gateway.projects import Projects
from server.gateway.receipts import Receipts

CHUNK: Final = 200  # peers written to before others get a turn
RESYNC_EVERY: Final = 5.0  # seconds; how often at most a client looks for what this release cannot read


class Copies:
    """One frame, encoded once for each codec that a listener speaks."""

    __slots__ = ("_frame", "_made")

    def __init__(self, frame: ServerFrame) -> None:
        self._frame = frame
        self._made: dict[Codec, bytes] = {}

    def of(self, codec: Codec) -> bytes:
        made = self._made.get(codec)
        if made is None:
            made = self._made[codec] = wrap(codec.encode(self._frame), text=codec.text)
        return made


class Egress:
    """Tells the peers of this process what their rooms are told."""

    def __init__(
        self, hub: Hub, projects: Projects, receipts: Receipts, ephemera: Ephemera, nursery: trio.Nursery
    ) -> None:
        self._hub = hub
        self._ephemera = ephemera
        self._projects = projects
        self._receipts = receipts
        self._nursery = nursery
        self._batch: dict[Peer, list[bytes]] = {}
        self._counting: dict[ProjectId, int] = {}  # rooms that are being told how many agents are online
        self._inbox_unread: set[ProjectId] = set()
        self._unread: dict[ProjectId, set[VisitorId]] = {}  # whose conversations had events we cannot read

    async def hear(self, payload: bytes) -> bool:
        """One payload of a room: every peer is written to once, however many frames it gets.

        False when it is no payload; what only a later release can read is none of that.
        """
        try:
            items, later = signals.read(payload)
        except UNREADABLE as error:  # another program writes to our Redis
            log(Log.ROOM_LOST, level=logging.ERROR, error=error)
            return False
        for item in items:
            if isinstance(item, signals.ProjectChanged | signals.ProjectDeleted):
                self._projects.forget(item.project)
            if (room := self._hub.rooms.get(item.project)) is not None:
                try:
                    self._tell(room, item)
                except Exception as error:  # noqa: BLE001  the top of a stage: one item stops no other
                    log(Log.STAGE_FAILED, level=logging.ERROR, error=error, stage="egress")
        for event in later:
            self._skipped(event)
        batch, self._batch = self._batch, {}
        for peer, frames in batch.items():
            peer.write(frames[0] if len(frames) == 1 else b"".join(frames))
        await trio.lowlevel.checkpoint()
        return True

    def resync(self, project: ProjectId | None = None) -> None:
        """Something may have been said unheard, in one room or in any: its clients compare what they have."""
        rooms = self._hub.rooms
        told = list(rooms.values()) if project is None else [rooms[project]] if project in rooms else []
        self._nursery.start_soon(self._write_all, Copies(Resync()), _peers(told), None)

    def _skipped(self, event: signals.LaterEvent) -> None:
        """A later release's event: those whom it concerns look for what it did, now and then at most."""
        counters[Metric.EVENTS_UNREAD] += 1
        room = self._hub.rooms.get(event.project)
        if room is None:
            return
        under_way = event.project in self._unread
        visitors = self._unread.setdefault(event.project, set())
        if event.visitor in room.guests:
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
                guests = [room.guests[one] for one in visitors if one in room.guests]
                peers = [*room.inbox, *(peer for guest in guests for peer in guest.peers)]
                await self._write_all(Copies(Resync()), peers, None)
            await trio.sleep(RESYNC_EVERY)
        del self._unread[project]

    def everybody(self, frame: ServerFrame) -> None:
        """One frame to every greeted peer."""
        self._nursery.start_soon(self._write_all, Copies(frame), _peers(self._hub.rooms.values()), None)

    def _tell(self, room: Room, item: signals.RoomItem) -> None:  # noqa: C901  one total match
        match item:
            case events.MessagePosted():
                self._posted(room, item)
            case events.MessageRepeated():
                self._stored(room.guests.get(item.visitor), item)
            case events.CommandRefused():
                self._refused(room.guests.get(item.visitor), item)
            case events.ConversationChanged():
                self._to(room.inbox, translate.changed(item, for_visitor=False))
                self._to_guest(room, item.visitor, translate.changed(item, for_visitor=True))
            case events.ConversationRead():
                frame = translate.read(item)
                self._to(room.inbox, frame)
                self._to_guest(room, item.visitor, frame)
            case events.VisitorChanged():
                self._to(room.inbox, translate.visitor(item))
                self._named(item.project, room.guests.get(item.visitor), item.visitor, item.name)
            case signals.Typed():
                name = ("typing", item.conversation, item.who)
                self._fade(room.inbox, translate.typing(item), name)
                if item.party == "agent" and (guest := room.guests.get(item.visitor)) is not None:
                    self._fade(guest.peers, translate.typing(item), name)
            case signals.PageSeen():
                self._fade(room.watchers.get(item.visitor, ()), translate.page(item), ("page", item.visitor))
            case signals.PresenceChanged():
                self._to(room.inbox, Presence(None, [(visitor, on) for visitor, on in item.visitors]))
            case signals.AgentsChanged():
                self._count(item.project, item.online)
            case signals.SocketsClosed():
                self._close(room, item)
            case signals.SessionEnded() | signals.RoleChanged():
                self._dismiss(room, item)
            case signals.ProjectChanged():
                pass
            case signals.ProjectDeleted():
                room.close(CloseCode.PROJECT_DISABLED, "the project was deleted")
            case _:
                assert_never(item)

    def _posted(self, room: Room, event: events.MessagePosted) -> None:
        guest = room.guests.get(event.visitor)
        if guest is None and not room.inbox:
            return
        shown = Copies(translate.message(event))
        self._copies(room.inbox, shown)
        if event.reopened:
            self._to(room.inbox, translate.reopened(event, for_visitor=False))
        if guest is None:
            return
        guest.conversation = event.conversation
        if event.author_party == "visitor":
            if event.meta:
                self._named(event.project, guest, event.visitor, event.author_name)
            self._stored(guest, event)
            self._copies([peer for peer in guest.peers if peer.id != event.origin], shown)
        elif event.kind != "note":
            self._copies(guest.peers, shown)
        if event.reopened:
            self._to(guest.peers, translate.reopened(event, for_visitor=True))

    def _named(self, project: ProjectId, guest: Guest | None, visitor: VisitorId, name: str) -> None:
        """What the visitor is called from now on, where this process speaks of them: `typing`."""
        if guest is not None and guest.name != name:
            guest.name = name
            self._ephemera.name(project, visitor, name)

    def _stored(self, guest: Guest | None, event: events.MessagePosted | events.MessageRepeated) -> None:
        if event.ref is not None:
            self._receipts.answered(event.visitor, event.ref)
        if guest is not None:
            self._to(guest.peers, translate.stored(event))

    def _refused(self, guest: Guest | None, event: events.CommandRefused) -> None:
        if event.ref is not None:
            self._receipts.answered(event.visitor, event.ref)
        for peer in guest.peers if guest else ():
            if peer.id == event.origin:
                peer.send(translate.refused(event))

    def _to_guest(self, room: Room, visitor: VisitorId, frame: ServerFrame) -> None:
        if (guest := room.guests.get(visitor)) is not None:
            self._to(guest.peers, frame)

    def _to(self, peers: Iterable[Peer], frame: ServerFrame) -> None:
        self._copies(peers, Copies(frame))

    def _copies(self, peers: Iterable[Peer], copies: Copies) -> None:
        for peer in peers:
            self._batch.setdefault(peer, []).append(copies.of(peer.codec))

    @staticmethod
    def _fade(peers: Iterable[Peer], frame: ServerFrame, name: Hashable) -> None:
        copies = Copies(frame)
        for peer in peers:
            peer.write(copies.of(peer.codec), fading=name)

    def _close(self, room: Room, signal: signals.SocketsClosed) -> None:
        gone = set(signal.sockets)
        for guest in tuple(room.guests.values()):
            for peer in guest.peers:
                if peer.id in gone:
                    peer.close(signal.code, "too many sockets")

    @staticmethod
    def _dismiss(room: Room, signal: signals.SessionEnded | signals.RoleChanged) -> None:
        for peer in [peer for peer in room.agents if peer.user == signal.user]:
            if isinstance(signal, signals.SessionEnded):
                if signal.session in {None, peer.sign_in}:
                    peer.close(CloseCode.LOGGED_OUT, "signed out")
            elif peer.rank != signal.role:
                peer.close(CloseCode.CREDENTIAL_EXPIRED, "another role")

    def _count(self, project: ProjectId, online: int) -> None:
        """Thousands may want to know: told in turns, and only the latest number."""
        under_way = project in self._counting
        self._counting[project] = online
        if not under_way:
            self._nursery.start_soon(self._tell_count, project)

    async def _tell_count(self, project: ProjectId) -> None:
        told: int | None = None
        while (online := self._counting[project]) != told:
            room, told = self._hub.rooms.get(project), online
            if room is not None:
                peers = [peer for guest in room.guests.values() for peer in guest.peers]
                await self._write_all(Copies(Presence(online, [])), peers, "agents")
        del self._counting[project]

    @staticmethod
    async def _write_all(copies: Copies, peers: list[Peer], fading: Hashable) -> None:
        for start in range(0, len(peers), CHUNK):
            for peer in peers[start : start + CHUNK]:
                peer.write(copies.of(peer.codec), fading=fading)
            await trio.lowlevel.checkpoint()


def _peers(rooms: Iterable[Room]) -> list[Peer]:
    return [
        peer
        for room in rooms
        for peer in (*room.agents, *(peer for guest in room.guests.values() for peer in guest.peers))
    ]
