"""Hop 8: which peers of this process listen to which room."""

import trio

from core.ids import ConversationId, ProjectId, Ref, SocketId, UserId, VisitorId
from core.model import Project
from core.model import Role as Rank
from protocol.codec import MSGPACK, Codec
from protocol.session import Role
from server.gateway.connection import Connection
from server.gateway.timer_wheel import TimerWheel


class OnlineVisitor:
    """A visitor with sockets in this process. Their tabs share the conversation."""

    __slots__ = ("conversation", "name", "peers")

    def __init__(self) -> None:
        self.peers: tuple[Peer, ...] = ()
        self.conversation: ConversationId | None = None
        self.name = ""  # as the page reports it; "": not reported, or not while this process listened


class Peer(Connection):
    """A connection with its identity and its subscriptions, set by its hello."""

    __slots__ = (
        "address",
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
        "quiet",
        "sign_in",
        "tab",
        "unanswered",
        "user",
        "visitor",
        "watching",
        "withheld",
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
        self.address = ""
        self.network = ""  # of its address; limits are counted by it
        self.admitted = True  # its network has share left; else only a known client may stay
        self.browser = ""
        self.language = ""
        self.own_page = False  # whether its page is served by this server
        self.name = ""  # an agent's
        self.project_role: Rank | None = None  # an agent's role in the project
        self.sign_in: bytes | None = None  # an agent's
        self.tab = b""  # the beginning of its id, a visitor's
        self.unanswered: dict[Ref, None] | None = None  # its messages in `Unanswered`, oldest first
        self.user: UserId | None = None
        self.visitor: VisitorId | None = None
        self.online_visitor: OnlineVisitor | None = None
        self.watching: dict[ConversationId, VisitorId] | None = None  # an agent's
        self.greeted = False
        self.withheld = False  # a visitor's address is blocked
        self.quiet = False  # that, or the visitor is muted or blocked: no agent hears of them

    @property
    def role(self) -> Role | None:
        return self.session.role


class Room:
    """One project's peers in this process."""

    __slots__ = ("agents", "inbox", "visitors", "watchers")

    def __init__(self) -> None:
        self.visitors: dict[VisitorId, OnlineVisitor] = {}
        self.agents: set[Peer] = set()
        self.inbox: set[Peer] = set()
        self.watchers: dict[VisitorId, set[Peer]] = {}

    def close(self, code: int, reason: str) -> None:
        """Close every socket in the room."""
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
        """Subscribe the peer to what concerns its visitor."""
        online_visitor = self._room(peer).visitors.setdefault(visitor, OnlineVisitor())
        online_visitor.peers = (*online_visitor.peers, peer)
        peer.visitor, peer.online_visitor = visitor, online_visitor
        return online_visitor

    def enter_agent(self, peer: Peer, user: UserId) -> None:
        """Add an agent's peer; it receives nothing until it watches."""
        self._room(peer).agents.add(peer)
        peer.user = user

    def watch_inbox(self, peer: Peer, *, on: bool) -> None:
        """Subscribe the peer to every conversation of the project, or unsubscribe it."""
        if (room := self.rooms.get(peer.project.id)) is not None:
            (room.inbox.add if on else room.inbox.discard)(peer)

    def watch(self, peer: Peer, conversation: ConversationId, visitor: VisitorId) -> None:
        """Subscribe the peer to the page changes of the conversation's visitor."""
        room = self.rooms.get(peer.project.id)
        if room is None or peer not in room.agents:
            return
        peer.watching = {**(peer.watching or {}), conversation: visitor}
        room.watchers.setdefault(visitor, set()).add(peer)

    def unwatch(self, peer: Peer, conversation: ConversationId) -> None:
        """Unsubscribe; harmless when the peer was not subscribed."""
        visitor = (peer.watching or {}).pop(conversation, None)
        room = self.rooms.get(peer.project.id)
        if visitor is None or room is None or visitor in (peer.watching or {}).values():
            return
        watchers = room.watchers.get(visitor, set())
        watchers.discard(peer)
        if not watchers:
            room.watchers.pop(visitor, None)

    def leave(self, peer: Peer) -> None:
        """Remove the peer from its room; harmless when it is in none."""
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
