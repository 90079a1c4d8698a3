"""Hop 8: which peers of this process listen to which room."""

import trio

from core.ids import ConversationId, ProjectId, SocketId, UserId, VisitorId
from core.model import Project
from core.model import Role as Rank
from protocol.codec import MSGPACK, Codec
from protocol.session import Role
from server.gateway.connection import Connection
from server.gateway.timer_wheel import TimerWheel


class OnlineVisitor:
    """A visitor who has sockets here. Its tabs share the conversation."""

    __slots__ = ("conversation", "name", "peers")

    def __init__(self) -> None:
        self.peers: tuple[Peer, ...] = ()
        self.conversation: ConversationId | None = None
        self.name = ""  # as the page says; "": it did not, or not while this process listened


class Peer(Connection):
    """A connection that was greeted, or will be: who it is and where it listens."""

    __slots__ = (
        "admitted",
        "browser",
        "greeted",
        "language",
        "name",
        "network",
        "online_visitor",
        "own_page",
        "project",
        "project_role",
        "sign_in",
        "tab",
        "user",
        "visitor",
        "watching",
    )

    def __init__(
        self,
        sock: trio.socket.SocketType,
        nursery: trio.Nursery,
        clock: TimerWheel,
        *,
        socket_id: SocketId,
        codec: Codec = MSGPACK,
    ) -> None:
        super().__init__(sock, nursery, clock, socket_id=socket_id, codec=codec)
        self.project: Project
        self.network = ""  # what its address is counted by
        self.admitted = True  # its network has share left; else only a known client may stay
        self.browser = ""
        self.language = ""
        self.own_page = False  # the page it lives on is ours
        self.name = ""  # an agent's
        self.project_role: Rank | None = None  # an agent's role in the project
        self.sign_in: bytes | None = None  # an agent's
        self.tab = b""  # the beginning of its id, a visitor's
        self.user: UserId | None = None
        self.visitor: VisitorId | None = None
        self.online_visitor: OnlineVisitor | None = None
        self.watching: dict[ConversationId, VisitorId] | None = None  # an agent's
        self.greeted = False

    @property
    def role(self) -> Role | None:
        return self.session.role


class Room:
    """One project, as far as it has sockets here."""

    __slots__ = ("agents", "inbox", "visitors", "watchers")

    def __init__(self) -> None:
        self.visitors: dict[VisitorId, OnlineVisitor] = {}
        self.agents: set[Peer] = set()
        self.inbox: set[Peer] = set()
        self.watchers: dict[VisitorId, set[Peer]] = {}

    def close(self, code: int, reason: str) -> None:
        """Every socket in it."""
        for peer in (
            *self.agents,
            *(peer for online_visitor in self.visitors.values() for peer in online_visitor.peers),
        ):
            peer.close(code, reason)


class Hub:
    """All rooms of the process."""

    def __init__(self) -> None:
        self.rooms: dict[ProjectId, Room] = {}

    def enter_visitor(self, peer: Peer, visitor: VisitorId) -> OnlineVisitor:
        """The peer listens to what concerns its visitor."""
        online_visitor = self._room(peer).visitors.setdefault(visitor, OnlineVisitor())
        online_visitor.peers = (*online_visitor.peers, peer)
        peer.visitor, peer.online_visitor = visitor, online_visitor
        return online_visitor

    def enter_agent(self, peer: Peer, user: UserId) -> None:
        """The peer is an agent's; it hears nothing until it watches."""
        self._room(peer).agents.add(peer)
        peer.user = user

    def watch_inbox(self, peer: Peer, *, on: bool) -> None:
        """Every conversation of the project."""
        if (room := self.rooms.get(peer.project.id)) is not None:
            (room.inbox.add if on else room.inbox.discard)(peer)

    def watch(self, peer: Peer, conversation: ConversationId, visitor: VisitorId) -> None:
        """Also where the conversation's visitor goes."""
        room = self.rooms.get(peer.project.id)
        if room is None or peer not in room.agents:
            return
        peer.watching = {**(peer.watching or {}), conversation: visitor}
        room.watchers.setdefault(visitor, set()).add(peer)

    def unwatch(self, peer: Peer, conversation: ConversationId) -> None:
        """No longer; harmless when it never did."""
        visitor = (peer.watching or {}).pop(conversation, None)
        room = self.rooms.get(peer.project.id)
        if visitor is None or room is None or visitor in (peer.watching or {}).values():
            return
        watchers = room.watchers.get(visitor, set())
        watchers.discard(peer)
        if not watchers:
            room.watchers.pop(visitor, None)

    def leave(self, peer: Peer) -> None:
        """Out of every room; harmless when it is in none."""
        project = getattr(peer, "project", None)
        if project is None or (room := self.rooms.get(project.id)) is None:
            return
        if peer.visitor is not None and peer.online_visitor is not None:
            peer.online_visitor.peers = tuple(
                other for other in peer.online_visitor.peers if other is not peer
            )
            if not peer.online_visitor.peers and room.visitors.get(peer.visitor) is peer.online_visitor:
                del room.visitors[peer.visitor]
        for conversation in tuple(peer.watching or ()):
            self.unwatch(peer, conversation)
        room.inbox.discard(peer)
        room.agents.discard(peer)
        if not room.visitors and not room.agents:
            del self.rooms[project.id]

    def _room(self, peer: Peer) -> Room:
        return self.rooms.setdefault(peer.project.id, Room())
