"""The copilot on the socket: declared guards, who gets its frames, and a stream that is joined anywhere."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast, get_args

import pytest
import trio

from core import events
from core.bus.connection import Redis
from core.bus.copilot.turns import CopilotSnapshot
from core.bus.streaming import shown
from core.bus.streaming.shown import Change
from core.copilot import signals as s
from core.copilot.signals import CopilotSignal, CopilotToken
from core.db.copilot.turns import Claimed
from core.errors import Refusal
from core.ids import ProjectId, Ref, UserId
from protocol import copilot_frames, from_client, from_server
from protocol.codec import MSGPACK
from protocol.codes import ErrorCode
from protocol.from_client import CopilotAsk, CopilotGet, CopilotStop
from server.gateway.copilot import frames
from server.gateway.copilot.guards import Guards
from server.gateway.copilot.operations import OPERATIONS, Declared, Operations, UnknownGuard
from server.gateway.ingress import Ingress
from server.pool import Database
from tests.unit.server.gateway.peers import ANN, MAI, SHOP, Listener
from tests.unit.server.gateway.test_egress import Shop
from worker.copilot.broadcast import Broadcast, Saved
from worker.streaming.lane import Lane

SESSION, TURN, ID = b"s" * 16, b"t" * 16, b"i" * 16
REF = Ref(b"r" * 16)
BEN = UserId(b"n" * 16)
PLACE = (SHOP.id, MAI, SESSION, TURN)
SIGNALS: dict[type, CopilotSignal] = {
    s.CopilotStarted: s.CopilotStarted(*PLACE, 1, "ask"),
    s.CopilotStatus: s.CopilotStatus(*PLACE, "thinking"),
    s.CopilotToken: s.CopilotToken(*PLACE, 0, 0, "canary"),
    s.CopilotEnded: s.CopilotEnded(*PLACE, ID, 2),
    s.SocialGenerated: s.SocialGenerated(*PLACE, ID, 2, ID, 1, {"posts": {}, "warnings": []}),
    s.CopilotStopped: s.CopilotStopped(*PLACE, None, 0),
    s.CopilotFailed: s.CopilotFailed(*PLACE, "internal", retryable=False),
}
EVENTS = (
    events.CopilotAsked(SHOP.id, MAI, SESSION, REF, ID, 1, 9, waiting=False),
    events.CopilotRefused(SHOP.id, MAI, REF, Refusal.NOT_FOUND),
)


def operations(declared: dict[Any, Declared]) -> Operations:
    return Operations(cast("Redis", None), cast("Ingress", None), cast("Database", None), declared=declared)


def test_an_unknown_guard_stops_the_process_at_its_start() -> None:
    with pytest.raises(UnknownGuard) as stopped:
        operations({CopilotAsk: Declared(("auth", "ratte"), "ask")})
    assert "CopilotAsk" in str(stopped.value) and "'ratte'" in str(stopped.value)
    assert "rate" in str(stopped.value), "it names those that there are"


@pytest.mark.parametrize("guards", [(), ("rate",), ("rate", "auth")])
def test_an_operation_that_does_not_ask_who_it_is_first_stops_it_too(guards: tuple[str, ...]) -> None:
    with pytest.raises(UnknownGuard):
        operations({CopilotGet: Declared(guards, "get")})


def test_every_operation_declares_its_guards() -> None:
    assert set(OPERATIONS) == set(from_client.OF_COPILOT)
    assert all({"auth", "ownership"} <= set(one.guards) for one in OPERATIONS.values())
    assert {"rate", "validation"} <= set(OPERATIONS[CopilotAsk].guards)
    operations(dict(OPERATIONS))


@pytest.mark.parametrize(
    "frame",
    [CopilotAsk(1, REF, SESSION, "hello"), CopilotStop(1, SESSION, TURN), CopilotGet(1, SESSION)],
)
async def test_a_visitor_is_refused_even_if_the_session_machine_let_it_through(
    frame: CopilotAsk | CopilotStop | CopilotGet, nursery: trio.Nursery
) -> None:
    shop = Shop(nursery)
    await operations(dict(OPERATIONS)).answer(shop.tab, frame)
    (error,) = shop.tab.frames
    assert (error[0], error[2]) == (4, int(ErrorCode.FORBIDDEN))


async def test_the_rate_is_of_an_agent_and_not_of_a_socket(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    rate = Guards(cast("Database", None), per_minute=3).by_name["rate"]
    ask = CopilotAsk(1, REF, SESSION, "hello")
    assert [await rate(peer, ask) for peer in (shop.agent, shop.idle, shop.agent)] == [None] * 3
    refused = await rate(shop.idle, ask)
    assert refused is not None
    assert (refused.code, refused.ref, refused.temporary) == (int(ErrorCode.RATE_LIMITED), REF, True)
    assert refused.retry_ms > 0
    assert await rate(shop.stranger, ask) is None, "another project"


def test_every_signal_of_the_copilot_is_in_this_matrix() -> None:
    assert set(SIGNALS) == set(get_args(CopilotSignal))
    made = {type(frames.streamed(signal)) for signal in SIGNALS.values()} | {copilot_frames.CopilotAsked}
    assert made == set(copilot_frames.OF_COPILOT)
    assert set(copilot_frames.OF_COPILOT) <= set(from_server.TO_AGENTS)


@pytest.mark.parametrize("item", [*SIGNALS.values(), *EVENTS], ids=lambda one: type(one).__name__)
async def test_only_its_own_agents_sockets_get_a_frame(
    item: CopilotSignal | events.CopilotAsked | events.CopilotRefused, nursery: trio.Nursery
) -> None:
    shop = Shop(nursery)
    colleague = Listener()
    shop.hub.enter_agent(colleague, BEN)
    shop.hub.watch_inbox(colleague, on=True)
    shop.hub.watch(colleague, cast("Any", SESSION), ANN)
    shop.unanswered.add(shop.agent, MAI, REF, rid=7)
    await shop.hear(item)
    assert [peer.frames for peer in (shop.tab, shop.other_tab, shop.bob, shop.stranger, colleague)] == [
        []
    ] * 5
    mine = [len(peer.frames) for peer in (shop.agent, shop.idle)]
    assert mine == ([1, 0] if isinstance(item, events.CopilotRefused) else [1, 1])


async def test_a_visitor_whose_id_is_that_of_an_agent_gets_nothing(nursery: trio.Nursery) -> None:
    """Ids of visitors come from their keys, so this cannot happen; a room of agents does not rely on it."""
    shop = Shop(nursery)
    twin = Listener()
    shop.hub.enter_visitor(twin, cast("Any", MAI))
    for signal in SIGNALS.values():
        await shop.hear(signal)
    assert twin.frames == []


# Joining a stream: what was missed, for every token after which a connection may be lost.

PIECES = ("Chào ", "bạn 👋, ", "the ", "order ", "is ", "on ", "its ", "way.")


class Recorded:
    """What a turn shows, in order: each change with the snapshot that it leaves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.changes: list[Change] = []
        monkeypatch.setattr(shown, "show", self._show)

    async def _show(self, _redis: object, changes: Sequence[Change]) -> None:
        self.changes += changes

    async def play(self) -> None:
        lane = Lane(cast("Redis", None), lambda: 1)
        running = asyncio.create_task(lane.run())
        turn = Claimed(ProjectId(SHOP.id), TURN, SESSION, MAI, 1, 1, shown=False, intent="", created_at=1)
        broadcast = Broadcast(lane, turn, _ours)
        await broadcast.start("ask")
        text = ""
        for piece in PIECES:
            text += piece
            await broadcast.finish(text)
        await broadcast.ended(Saved(ID, 2))
        running.cancel()


async def _ours() -> bool:
    return True


class Reader:
    """A client as PROTOCOL.md describes it."""

    def __init__(self) -> None:
        self.text = ""
        self.next = 0
        self.ends = 0

    def read(self, data: bytes) -> None:
        frame = MSGPACK.decode_server(data)
        if isinstance(frame, copilot_frames.CopilotToken) and frame.n >= self.next:
            self.text = self.text[: frame.offset] + frame.text
            self.next = frame.n + 1
        elif isinstance(frame, copilot_frames.CopilotEnd):
            self.ends += 1


@pytest.mark.parametrize("lost", range(1, len(PIECES)))
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_connection_lost_after_any_token_resumes_to_the_whole_text(
    monkeypatch: pytest.MonkeyPatch, lost: int, after: int
) -> None:
    """Lost after `lost` tokens; the answer to `copilotget` comes `after` tokens later, and may overlap."""
    recorded = Recorded(monkeypatch)
    asyncio.run(recorded.play())
    reader = Reader()
    written = [at for at, one in enumerate(recorded.changes) if isinstance(one.signal, CopilotToken)]
    for change in recorded.changes[: written[lost - 1] + 1]:
        reader.read(MSGPACK.encode(frames.streamed(cast("CopilotSignal", change.signal))))
    back = min(written[lost - 1] + after, len(recorded.changes) - 2)
    snapshot = cast("CopilotSnapshot", recorded.changes[back].now)
    for frame in frames.so_far(SESSION, snapshot):
        reader.read(MSGPACK.encode(frame))
    # What was published while the snapshot was read comes again, and is dropped by its number.
    for change in recorded.changes[max(0, back - 1) :]:
        reader.read(MSGPACK.encode(frames.streamed(cast("CopilotSignal", change.signal))))
    assert reader.text == "".join(PIECES)
    assert reader.ends == 1
