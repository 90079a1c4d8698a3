"""Presence: the grace period, batches, and retries until Redis accepts them; the node's heartbeat."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import pytest
import trio
from trio.testing import MockClock

from core.bus import heartbeats, presence, visits
from core.bus.connection import Redis
from core.bus.presence import GRACE, Arrival, Arrived, Departure
from core.config.settings import Settings
from core.ids import NodeId, ProjectId, SocketId, VisitorId
from core.signals import AgentsChanged, PageSeen, PresenceChanged, Signal, SocketsClosed
from protocol.session import State
from server.gateway import presence_reporter
from server.gateway.hub import Hub
from server.gateway.ingress import SignalPublisher
from server.gateway.presence_reporter import DEADLINE, PresenceReporter
from tests.unit.server.gateway.peers import ANN, BOB, MAI, SHOP, TALK, Listener

NODE = NodeId(b"n" * 16)


class FakeRedis:
    """The presence that Redis would hold. While `away` every call fails."""

    def __init__(self) -> None:
        self.away = False
        self.stuck = False
        self.online: dict[VisitorId, set[SocketId]] = {}
        self.grace: set[SocketId] = set()
        self.agents: set[SocketId] = set()
        self.talking: set[VisitorId] = set()
        self.nodes: set[str] = set()
        self.pages: set[str] = {""}  # that the visitor's tab had opened before
        self.calls: list[str] = []

    async def answer(self, call: str) -> None:
        self.calls.append(call)
        await trio.lowlevel.checkpoint()
        if self.stuck:
            await trio.sleep_forever()
        if self.away:
            raise ConnectionError("Redis is away")

    async def connect(
        self, _: object, node: NodeId, arrivals: Sequence[Arrival], *, limit: int, unwritten: int
    ) -> list[Arrived]:
        await self.answer(f"connect {len(arrivals)}")
        return [self._arrived(one, limit) for one in arrivals]

    def _arrived(self, one: Arrival, limit: int) -> Arrived:
        sockets = self.online.setdefault(one.visitor, set())
        before = bool(sockets)
        sockets.add(one.socket)
        surplus = sorted(sockets - {one.socket})[: max(0, len(sockets) - limit)]
        sockets.difference_update(surplus)
        talk = TALK if one.visitor in self.talking else None
        return Arrived(before, surplus, talk, 0, len(self.agents), one.page.url not in self.pages)

    async def closing(self, _: object, node: NodeId, departures: Sequence[Departure]) -> None:
        await self.answer(f"closing {len(departures)}")
        self.grace |= {one.socket for one in departures}

    async def disconnect(self, _: object, node: NodeId, departures: Sequence[Departure]) -> list[bool]:
        await self.answer(f"disconnect {len(departures)}")
        absent = []
        for one in departures:
            sockets = self.online.get(one.visitor, set())
            was = one.socket in sockets
            sockets.discard(one.socket)
            absent.append(was and not sockets)
        return absent

    async def stay(self, _: object, sockets: Sequence[Departure]) -> list[bool]:
        await self.answer(f"stay {len(sockets)}")
        return [one.socket in self.online.get(one.visitor, set()) for one in sockets]

    async def connect_agent(
        self, _: object, node: NodeId, *, project: ProjectId, user: object, socket: SocketId
    ) -> tuple[int, bool]:
        await self.answer("connect agent")
        self.agents.add(socket)
        return len(self.agents), True

    async def disconnect_agent(
        self, _: object, node: NodeId, *, project: ProjectId, socket: SocketId
    ) -> tuple[int, bool]:
        await self.answer("disconnect agent")
        self.agents.discard(socket)
        return len(self.agents), True

    async def with_conversation(
        self, _: object, visitors: Sequence[tuple[ProjectId, VisitorId]]
    ) -> list[tuple[ProjectId, VisitorId]]:
        return [one for one in visitors if one[1] in self.talking]

    async def beat_node(self, _: object, node: str) -> bool:
        await self.answer("beat")
        known = node in self.nodes
        self.nodes.add(node)
        return known

    async def leave(self, _: object, *, node: str | None = None, worker: str | None = None) -> None:
        await self.answer("leave")
        self.nodes.discard(node or "")


class Signals:
    """Collects what would be published."""

    def __init__(self) -> None:
        self.published: list[Signal] = []

    def publish(self, signal: Signal) -> None:
        self.published.append(signal)

    def presence(self) -> list[tuple[VisitorId, bool]]:
        changes = [signal for signal in self.published if isinstance(signal, PresenceChanged)]
        return [visitor for change in changes for visitor in change.visitors]

    def of(self, kind: type[Any]) -> list[Any]:
        return [signal for signal in self.published if isinstance(signal, kind)]


class Reporter:
    """A presence reporter with running stages."""

    def __init__(self, redis: FakeRedis) -> None:
        self.redis = redis
        self.hub = Hub()
        self.signals = Signals()
        settings = Settings(sockets_per_visitor=2)
        self.presence = PresenceReporter(
            cast("Redis", None), self.hub, cast("SignalPublisher", self.signals), settings, node=NODE
        )

    async def arrive(self, visitor: VisitorId = ANN) -> Listener:
        peer = Listener()
        self.hub.enter_visitor(peer, visitor)
        await self.presence.arrive(Arrival(SHOP.id, visitor, peer.id, 9, visits.OpenedPage()), quiet=False)
        return peer

    def depart(self, peer: Listener) -> None:
        self.hub.leave(peer)
        assert peer.visitor is not None
        self.presence.depart(SHOP.id, peer.visitor, peer)


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> FakeRedis:
    made = FakeRedis()
    for name in ("connect", "closing", "disconnect", "stay", "connect_agent", "disconnect_agent"):
        monkeypatch.setattr(presence, name, getattr(made, name))
    monkeypatch.setattr(visits, "with_conversation", made.with_conversation)
    for name in ("beat_node", "leave"):
        monkeypatch.setattr(heartbeats, name, getattr(made, name))
    return made


@pytest.fixture
async def reporter(redis: FakeRedis, nursery: trio.Nursery) -> Reporter:
    made = Reporter(redis)
    stages: list[Callable[[], Awaitable[None]]] = [made.presence.register, made.presence.sweep]
    for stage in stages:
        nursery.start_soon(stage)
    return made


async def test_visitors_who_arrive_at_once_are_registered_in_one_batch(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis
) -> None:
    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(reporter.arrive)
    assert redis.calls == ["connect 100"]


async def test_a_page_change_is_not_reported_as_an_absence(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis
) -> None:
    redis.talking.add(ANN)
    first = await reporter.arrive()
    await trio.sleep(3)
    reporter.signals.published.clear()
    reporter.depart(first)
    await trio.sleep(GRACE - 2)
    await reporter.arrive()
    await trio.sleep(GRACE * 3)
    assert reporter.signals.presence() == []
    assert len(redis.online[ANN]) == 1


async def test_a_visitor_who_stays_away_longer_than_the_grace_is_reported_absent(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis
) -> None:
    redis.talking.add(ANN)
    peer = await reporter.arrive()
    await trio.sleep(3)
    assert reporter.signals.presence() == [(ANN, True)]
    reporter.depart(peer)
    await trio.sleep(GRACE - 1)
    assert peer.id in redis.grace and reporter.signals.presence() == [(ANN, True)]
    await trio.sleep(3)
    assert reporter.signals.presence() == [(ANN, True), (ANN, False)]


async def test_the_presence_of_visitors_who_have_never_written_is_not_published(
    autojump_clock: MockClock, reporter: Reporter
) -> None:
    reporter.depart(await reporter.arrive())
    await trio.sleep(GRACE * 3)
    assert reporter.signals.published == []


async def test_a_page_load_is_published_and_a_page_that_a_tab_had_before_is_not(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis
) -> None:
    redis.talking.add(ANN)
    redis.pages.add("https://shop.example/old")
    for name in ("old", "new", ""):
        page = visits.OpenedPage(url=f"https://shop.example/{name}" if name else "", title=name)
        await reporter.presence.arrive(Arrival(SHOP.id, ANN, Listener().id, 9, page), quiet=False)
    assert [seen.title for seen in reporter.signals.of(PageSeen)] == ["new"]


async def test_the_surplus_socket_of_a_visitor_is_closed_on_whichever_node_it_is(
    autojump_clock: MockClock, reporter: Reporter
) -> None:
    peers = [await reporter.arrive() for _ in range(3)]
    (closed,) = reporter.signals.of(SocketsClosed)
    assert closed.code == 4010 and closed.sockets == [min(peers[0].id, peers[1].id)]


async def test_while_redis_is_away_arrivals_fail_and_later_ones_are_registered(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis
) -> None:
    redis.away = True
    with pytest.raises(TimeoutError):
        await reporter.arrive()
    redis.away = False
    await reporter.arrive()


async def test_a_bug_in_a_batch_fails_its_own_peers_and_no_others(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> list[Arrived]:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(presence, "connect", broken)
        with pytest.raises(TimeoutError):
            await reporter.arrive()
    await reporter.arrive()


async def test_a_departure_that_redis_did_not_accept_is_retried(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis
) -> None:
    redis.talking |= {ANN, BOB}
    ann, bob = await reporter.arrive(ANN), await reporter.arrive(BOB)
    await trio.sleep(3)
    redis.away = True
    reporter.depart(ann)
    await trio.sleep(GRACE * 4)
    reporter.depart(bob)
    redis.away = False
    await trio.sleep(GRACE * 2)
    assert redis.online == {ANN: set(), BOB: set()}
    assert {ann.id, bob.id} <= redis.grace
    assert reporter.signals.presence()[-2:] == [(ANN, False), (BOB, False)]


async def test_a_redis_that_hangs_delays_the_sweep_by_its_timeout_only(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis
) -> None:
    redis.talking.add(ANN)
    peer = await reporter.arrive()
    redis.stuck = True
    reporter.depart(peer)
    await trio.sleep(DEADLINE * 3)
    redis.stuck = False
    await trio.sleep(DEADLINE * 2)
    assert redis.online == {ANN: set()}


async def test_an_arrival_that_was_cancelled_is_unregistered_later(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis
) -> None:
    redis.stuck = True
    with trio.move_on_after(1):
        await reporter.arrive(BOB)  # in the pipeline that hangs
    with trio.move_on_after(1):
        await reporter.arrive(ANN)  # queued behind it
    redis.stuck = False
    await trio.sleep(DEADLINE + GRACE * 3)
    assert redis.online.get(ANN, set()) == set()


async def test_an_agent_whose_departure_failed_stops_counting_later(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis
) -> None:
    peer = Listener()
    reporter.hub.enter_agent(peer, MAI)
    assert await reporter.presence.agent_arrives(peer) == 1
    redis.away = True
    reporter.hub.leave(peer)
    await reporter.presence.agent_departs(peer)
    assert redis.agents == {peer.id}
    redis.away = False
    await trio.sleep(5)
    assert redis.agents == set()
    assert [signal.online for signal in reporter.signals.of(AgentsChanged)] == [1, 0]


async def test_everything_is_registered_again_and_retried_after_redis_lost_its_data(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis, nursery: trio.Nursery
) -> None:
    nursery.start_soon(reporter.presence.beat)
    visitor, agent = await reporter.arrive(), Listener()
    reporter.hub.enter_agent(agent, MAI)
    await reporter.presence.agent_arrives(agent)
    await trio.sleep(heartbeats.INTERVAL * 2)
    redis.online.clear()
    redis.agents.clear()
    redis.nodes.clear()
    tries = 0

    async def fails_once(call: str, then: Callable[[str], Awaitable[None]] = redis.answer) -> None:
        nonlocal tries
        if call.startswith("connect 1"):
            tries += 1
            if tries == 1:
                raise ConnectionError("Redis is away")
        await then(call)

    redis.answer = fails_once  # type: ignore[method-assign]
    await trio.sleep(heartbeats.INTERVAL * 3)
    assert redis.online == {ANN: {visitor.id}} and redis.agents == {agent.id} and tries == 2


async def test_the_keys_of_open_sockets_are_refreshed_and_lost_ones_are_registered_again(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis, nursery: trio.Nursery
) -> None:
    nursery.start_soon(reporter.presence.refresh)
    ann, bob, closing = await reporter.arrive(ANN), await reporter.arrive(BOB), await reporter.arrive(BOB)
    for peer in (ann, bob):
        peer.session.state = State.OPEN
    closing.session.state = State.CLOSING
    del redis.online[ANN]
    redis.calls.clear()
    await trio.sleep(presence_reporter.REFRESH * 2.5)
    assert redis.online[ANN] == {ann.id}
    assert redis.calls == ["stay 2", "connect 1", "stay 2"], "each socket once per interval"


async def test_an_orderly_shutdown_unregisters_every_visitor_at_once(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis
) -> None:
    redis.talking.add(ANN)
    redis.nodes.add(NODE.hex())
    peers = [
        await reporter.arrive(VisitorId(number.to_bytes(16, "big")))
        for number in range(presence_reporter.BATCH * 2)
    ]
    ann = await reporter.arrive(ANN)
    for peer in (*peers, ann):
        reporter.depart(peer)
    await reporter.presence.leave()
    assert not any(redis.online.values()) and redis.nodes == set()
    assert reporter.signals.presence()[-1] == (ANN, False)


async def test_a_shutdown_does_not_wait_for_a_redis_that_hangs(
    autojump_clock: MockClock, reporter: Reporter, redis: FakeRedis
) -> None:
    reporter.depart(await reporter.arrive())
    redis.stuck = True
    began = trio.current_time()
    await reporter.presence.leave()
    assert trio.current_time() - began <= DEADLINE + 0.01
