"""Who is here: the sockets of visitors and agents, and the nodes that hold them."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from core.bus import names, pages, visits
from core.bus.connection import Redis
from core.bus.scripts import Call, Script, run_all
from core.bus.visits import OpenedPage
from core.ids import ConversationId, NodeId, ProjectId, SocketId, UserId, VisitorId

UNWRITTEN = 50_000  # sessions of visitors who have not written that a project keeps, by default
GRACE = 5.0  # seconds a visitor counts as present after the last socket closed: a page change is no absence

_connect = Script("connect")
_closing = Script("closing")
_disconnect = Script("disconnect")
_stay = Script("stay")
_agent = Script("agent")


class Arrival(msgspec.Struct, frozen=True):
    """A visitor's socket that opens. `at` in ms since the epoch, also when it is registered again later."""

    project: ProjectId
    visitor: VisitorId
    socket: SocketId
    at: int
    page: OpenedPage
    tab: bytes = b""  # empty: not known


class Arrived(msgspec.Struct, frozen=True):
    """What Redis knew when it opened."""

    was_online: bool
    evicted: list[SocketId]  # too many of this visitor: whoever holds these closes them (SocketsClosed)
    conversation: ConversationId | None
    last_seq: int  # 0: unknown
    agents_online: int
    moved: bool = False  # the page is another than the tab and the visitor had before
    agent_read_seq: int = 0  # 0: unknown
    visitor_name: str = ""  # "": none was given


Held = tuple[ProjectId, VisitorId | None, SocketId]


class Departure(msgspec.Struct, frozen=True):
    """A visitor's socket that closed."""

    project: ProjectId
    visitor: VisitorId
    socket: SocketId


async def connect(
    redis: Redis, node: NodeId, arrivals: Sequence[Arrival], *, limit: int, unwritten: int = UNWRITTEN
) -> list[Arrived]:
    """Registers sockets and refreshes their visits, in two pipelines however many; idempotent by socket.

    A project keeps what is known of at most `unwritten` visitors who have not written and are not here; of
    more those who left first are forgotten.
    """
    # The node's own list first: what dies in between is cleaned up, and an entry too many harms nobody.
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
        )
        for was_online, evicted, conversation, last, agents, moved, agent_read, name in answers
    ]


async def closing(redis: Redis, node: NodeId, departures: Sequence[Departure]) -> None:
    """The sockets closed and their GRACE begins; call `disconnect` when it is over."""
    await run_all(
        redis,
        [
            Call(_closing, [names.sockets(one.project, one.visitor)], [one.socket.hex(), node.hex()])
            for one in departures
        ],
    )


async def disconnect(redis: Redis, node: NodeId, departures: Sequence[Departure]) -> list[bool]:
    """Forgets sockets. One answer each: True when the visitor has no other and is absent from now on."""
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
    """Puts off the expiry of what is known of visitors whose sockets are open, in one pipeline.

    False where Redis does not know the socket or its visit: `connect` has to be called again.
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
                [one.socket.hex(), visits.KEPT, visits.TRAIL_KEPT],
            )
            for one in sockets
        ],
    )
    return [bool(answer) for answer in answers]


async def connect_agent(
    redis: Redis, node: NodeId, *, project: ProjectId, user: UserId, socket: SocketId
) -> tuple[int, bool]:
    """Registers an agent's socket: how many agents are online now, and whether that number changed."""
    await redis.sadd(names.node_sockets(node.hex()), [_held(project, b"", socket)])
    before, after = await _agent.run(
        redis, [names.agents(project)], [socket.hex(), f"{node.hex()}:{user.hex()}"]
    )
    return _counted(before, after)


async def disconnect_agent(
    redis: Redis, node: NodeId, *, project: ProjectId, socket: SocketId
) -> tuple[int, bool]:
    """Forgets an agent's socket: how many agents are online now, and whether that number changed."""
    before, after = await _agent.run(redis, [names.agents(project)], [socket.hex(), ""])
    await redis.srem(names.node_sockets(node.hex()), [_held(project, b"", socket)])
    return _counted(before, after)


async def agents_online(redis: Redis, project: ProjectId) -> int:
    """How many people, however many tabs they have open."""
    return len(_people(await redis.hvals(names.agents(project))))


async def held_by(redis: Redis, node: str, *, count: int) -> list[Held]:
    """Some of the sockets that a node holds, or held when it died. No visitor: an agent's."""
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
            visits.KEPT,
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
