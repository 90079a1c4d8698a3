"""Presence: the sockets of visitors and agents, and the nodes that hold them."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from core.bus import names, pages, visits
from core.bus.connection import Redis
from core.bus.scripts import Call, Script, run_all
from core.bus.visits import OpenedPage
from core.ids import ConversationId, NodeId, ProjectId, SocketId, UserId, VisitorId

UNWRITTEN = 50_000  # visits of visitors without a message that a project keeps, by default
GRACE = 5.0  # seconds a visitor stays present after the last socket closed: page changes are no absence

_connect = Script("connect")
_closing = Script("closing")
_disconnect = Script("disconnect")
_stay = Script("stay")
_agent = Script("agent")


class Arrival(msgspec.Struct, frozen=True):
    """A visitor's socket that opens. `at`: ms since the epoch, of the opening, also if registered again."""

    project: ProjectId
    visitor: VisitorId
    socket: SocketId
    at: int
    page: OpenedPage
    tab: bytes = b""  # empty: unknown


class Arrived(msgspec.Struct, frozen=True):
    """What Redis knew of the visitor when the socket opened."""

    was_online: bool
    evicted: list[SocketId]  # beyond the visitor's limit: their nodes must close them (SocketsClosed)
    conversation: ConversationId | None
    last_seq: int  # 0: unknown
    agents_online: int
    moved: bool = False  # the page differs from the one this tab and visitor had before
    agent_read_seq: int = 0  # 0: unknown
    visitor_name: str = ""  # "": no name given
    last_change: int | None = None  # None: unknown


Held = tuple[ProjectId, VisitorId | None, SocketId]


class Departure(msgspec.Struct, frozen=True):
    """A visitor's socket that closed."""

    project: ProjectId
    visitor: VisitorId
    socket: SocketId


async def connect(
    redis: Redis, node: NodeId, arrivals: Sequence[Arrival], *, limit: int, unwritten: int = UNWRITTEN
) -> list[Arrived]:
    """Registers sockets and refreshes their visits, in two pipelines in all; idempotent by socket.

    A project keeps the visits of at most `unwritten` absent visitors without a message; beyond it those who
    left first are deleted.
    """
    # The node's own list first: after a crash in between it is cleaned up, and a surplus entry is harmless.
    await redis.sadd(
        names.node_sockets(node.hex()), [_held(one.project, one.visitor, one.socket) for one in arrivals]
    )
    answers = await run_all(redis, [_opening(node, one, limit, unwritten) for one in arrivals])
    return [
        Arrived(
            bool(was_online),
            [SocketId(bytes.fromhex(socket.decode())) for socket in evicted],
            None if conversation is None else ConversationId(conversation),
            int(last or 0),
            len(_people(agents)),
            bool(moved),
            int(agent_read or 0),
            (name or b"").decode(),
            None if change is None else int(change),
        )
        for was_online, evicted, conversation, last, agents, moved, agent_read, name, change in answers
    ]


async def closing(redis: Redis, node: NodeId, departures: Sequence[Departure]) -> None:
    """The sockets closed and their grace period begins; call `disconnect` after GRACE."""
    await run_all(
        redis,
        [
            Call(_closing, [names.sockets(one.project, one.visitor)], [one.socket.hex(), node.hex()])
            for one in departures
        ],
    )


async def disconnect(redis: Redis, node: NodeId, departures: Sequence[Departure]) -> list[bool]:
    """Removes sockets. One answer each: True when it was the visitor's last, who is absent from now on."""
    answers = await run_all(
        redis,
        [
            Call(
                _disconnect,
                [
                    names.sockets(one.project, one.visitor),
                    names.session(one.project, one.visitor),
                    names.trail(one.project, one.visitor),
                    names.unwritten(one.project),
                ],
                [one.socket.hex(), one.visitor.hex(), visits.TRAIL_KEPT],
            )
            for one in departures
        ],
    )
    await redis.srem(
        names.node_sockets(node.hex()), [_held(one.project, one.visitor, one.socket) for one in departures]
    )
    return [bool(answer) for answer in answers]


async def stay(redis: Redis, sockets: Sequence[Departure]) -> list[bool]:
    """Refreshes the TTLs of visitors whose sockets are open, in one pipeline.

    False for each socket that Redis does not know, or whose visit it does not know: call `connect` again.
    """
    answers = await run_all(
        redis,
        [
            Call(
                _stay,
                [
                    names.sockets(one.project, one.visitor),
                    names.session(one.project, one.visitor),
                    names.trail(one.project, one.visitor),
                ],
                [one.socket.hex(), visits.TTL, visits.TRAIL_KEPT],
            )
            for one in sockets
        ],
    )
    return [bool(answer) for answer in answers]


async def connect_agent(
    redis: Redis, node: NodeId, *, project: ProjectId, user: UserId, socket: SocketId
) -> tuple[int, bool]:
    """Registers an agent's socket; returns how many agents are online, and whether that number changed."""
    await redis.sadd(names.node_sockets(node.hex()), [_held(project, b"", socket)])
    before, after = await _agent.run(
        redis, [names.agents(project)], [socket.hex(), f"{node.hex()}:{user.hex()}"]
    )
    return _counted(before, after)


async def disconnect_agent(
    redis: Redis, node: NodeId, *, project: ProjectId, socket: SocketId
) -> tuple[int, bool]:
    """Removes an agent's socket; returns how many agents are online, and whether that number changed."""
    before, after = await _agent.run(redis, [names.agents(project)], [socket.hex(), ""])
    await redis.srem(names.node_sockets(node.hex()), [_held(project, b"", socket)])
    return _counted(before, after)


async def agents_online(redis: Redis, project: ProjectId) -> int:
    """The number of people: several tabs of one agent count once."""
    return len(_people(await redis.hvals(names.agents(project))))


async def held_by(redis: Redis, node: str, *, count: int) -> list[Held]:
    """At most `count` random sockets that a node holds, or held when it died. No visitor: an agent's."""
    found: Any = await redis.srandmember(names.node_sockets(node), count=count)
    return [_parsed(held) for held in found or ()]


def _opening(node: NodeId, one: Arrival, limit: int, unwritten: int) -> Call:
    project, visitor, page = one.project, one.visitor, one.page
    return Call(
        _connect,
        [
            names.sockets(project, visitor),
            names.session(project, visitor),
            names.trail(project, visitor),
            names.agents(project),
            names.unwritten(project),
        ],
        [
            one.socket.hex(),
            node.hex(),
            one.at,
            limit,
            visits.TTL,
            pages.cut_url(page.url, pages.URL_BYTES),
            pages.cut_text(page.title, pages.TITLE_BYTES),
            visits.about(page, one.at),
            pages.tab_mark(one.tab, page.url),
            visits.trail_entry(page.url, page.title, one.at) if page.url else b"",
            names.last(project, ConversationId(b"")),
            visitor.hex(),
            unwritten,
            visits.TRAIL_KEPT,
            visits.TRAIL_UNWRITTEN,
            visits.TRAIL_WRITTEN,
            names.change(project, ConversationId(b"")),
        ],
    )


def _held(project: ProjectId, visitor: bytes, socket: SocketId) -> str:
    return f"{project.hex()}:{visitor.hex()}:{socket.hex()}"


def _parsed(held: bytes) -> tuple[ProjectId, VisitorId | None, SocketId]:
    project, visitor, socket = (bytes.fromhex(part) for part in held.decode().split(":"))
    return ProjectId(project), VisitorId(visitor) if visitor else None, SocketId(socket)


def _people(agents: Iterable[bytes]) -> set[bytes]:
    return {value.rsplit(b":", 1)[1] for value in agents}


def _counted(before: Sequence[bytes], after: Sequence[bytes]) -> tuple[int, bool]:
    return len(_people(after)), _people(before) != _people(after)
