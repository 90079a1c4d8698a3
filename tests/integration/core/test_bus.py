"""The bus on a real Valkey, under both event loops."""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
import trio

from core import events, ids
from core.bus import connection, heartbeats, keys, limits, log, presence, rooms, stream, tickets, visits
from core.bus.connection import Redis
from core.bus.presence import Arrival, Departure
from core.bus.rooms import Telling, Told
from core.bus.visits import OpenedPage
from core.commands import MarkRead, PostMessage
from core.errors import Busy
from core.events import MessagePosted
from core.ids import ConversationId, MessageId, NodeId, ProjectId, Ref, SocketId, UserId, VisitorId
from core.signals import AgentsChanged, PageSeen, PresenceChanged, decode_batch
from tests.stack import Stack
from worker.janitor import bury

Work = Callable[[Redis], Awaitable[None]]
PROJECT = ProjectId(ids.make())
SHARDS = 4


@pytest.fixture(params=[trio.run, asyncio.run], ids=["trio", "asyncio"])
def on(request: pytest.FixtureRequest, stack: Stack) -> Callable[[Work], None]:
    """Runs a test's work with a client, on an emptied Valkey."""
    stack.redis("FLUSHALL")
    stack.redis("SCRIPT", "FLUSH")

    def run(work: Work) -> None:
        async def main() -> None:
            async with connection.client(stack.redis_url) as redis:
                await work(redis)

        request.param(main if request.param is trio.run else main())

    return run


def post(visitor: VisitorId, body: str = "hello") -> PostMessage:
    some = ids.make()
    return PostMessage(
        PROJECT, visitor, Ref(some), MessageId(some), None, "text", body, {}, 0, SocketId(some), 1
    )


def people(count: int) -> list[VisitorId]:
    return [VisitorId(ids.make()) for _ in range(count)]


async def every(redis: Redis, consumer: str = "me", count: int = 100) -> list[stream.Entry]:
    return await stream.read(redis, consumer, range(SHARDS), count=count, wait=50)


def test_commands_come_out_as_they_went_in(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        await stream.create_groups(redis, range(SHARDS))
        sent = [post(visitor, body) for visitor in people(20) for body in "ab"]
        assert await stream.Intake(redis, shards=SHARDS, capacity=1000).append(sent) == [None] * 40
        entries = await every(redis)
        for shard in range(SHARDS):
            mine = [events.encode(one) for one in sent if stream.shard_of(one, SHARDS) == shard]
            assert [one.payload for one in entries if one.shard == shard] == mine
        assert await stream.backlog(redis, SHARDS) == 40
        await stream.acknowledge(redis, entries)
        assert await stream.backlog(redis, SHARDS) == 0
        assert [await stream.pending(redis, shard, count=9) for shard in range(SHARDS)] == [[]] * SHARDS

    on(work)


def test_what_was_queued_before_the_group_was_made_is_read(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        await stream.Intake(redis, shards=SHARDS, capacity=1000).append([post(people(1)[0])])
        with pytest.raises(stream.GroupMissing):
            await every(redis)
        await stream.create_groups(redis, range(SHARDS))
        await stream.create_groups(redis, range(SHARDS))
        assert len(await every(redis)) == 1

    on(work)


def test_at_capacity_senders_are_refused_until_there_is_room(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        await stream.create_groups(redis, range(SHARDS))
        (visitor,) = people(1)
        intake = stream.Intake(redis, shards=SHARDS, capacity=SHARDS * 3)
        assert await intake.append([post(visitor)] * 3) == [None] * 3
        (refused,) = await intake.append([post(visitor)])
        assert isinstance(refused, Busy)
        assert refused.retry > 0
        await stream.acknowledge(redis, await every(redis))
        assert isinstance((await intake.append([post(visitor)]))[0], Busy)  # it learns that there is room
        assert await intake.append([post(visitor)]) == [None]

    on(work)


def test_read_marks_come_by_the_stream_too_and_a_reply_does_not(on: Callable[[Work], None]) -> None:
    some = ids.make()
    mark = MarkRead(PROJECT, ConversationId(some), "visitor", some, "", 1, 0)

    async def work(redis: Redis) -> None:
        assert await stream.Intake(redis, shards=SHARDS, capacity=10).append([mark]) == [None]

    on(work)


def test_what_a_dead_owner_left_is_reclaimed_oldest_first(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        await stream.create_groups(redis, range(SHARDS))
        (visitor,) = people(1)
        sent = [post(visitor, str(n)) for n in range(10)]
        shard = stream.shard_of(sent[0], SHARDS)
        await stream.Intake(redis, shards=SHARDS, capacity=1000).append(sent)
        read = await every(redis, "dead")
        assert [one.tries for one in await stream.pending(redis, shard, count=100)] == [1] * 10
        first = await stream.reclaim(redis, "me", shard, count=4)
        assert first == read[:4]
        await stream.acknowledge(redis, first)
        rest = await stream.reclaim(redis, "me", shard, count=100)
        assert rest == read[4:]
        assert [one.tries for one in await stream.pending(redis, shard, count=100)] == [2] * 6
        await stream.acknowledge(redis, rest)
        assert await stream.reclaim(redis, "me", shard, count=100) == []

    on(work)


def test_an_entry_deleted_before_it_was_acknowledged_does_not_block(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        await stream.create_groups(redis, range(SHARDS))
        (visitor,) = people(1)
        shard = stream.shard_of(post(visitor), SHARDS)
        await stream.Intake(redis, shards=SHARDS, capacity=1000).append([post(visitor), post(visitor)])
        read = await every(redis, "dead")
        await redis.xdel(keys.commands(shard), [read[0].id])
        found = await stream.reclaim(redis, "me", shard, count=100)
        await stream.acknowledge(redis, found)
        assert [one.id for one in found if one.payload is not None] == [read[1].id]
        assert await stream.pending(redis, shard, count=100) == []

    on(work)


def test_with_redis_away_senders_are_told_busy_in_time(unused_tcp_port: int, on: Any) -> None:
    async def work(redis: Redis) -> None:
        began = time.monotonic()
        async with connection.client(f"redis://127.0.0.1:{unused_tcp_port}") as nobody:
            results = await stream.Intake(nobody, shards=SHARDS, capacity=10).append([post(people(1)[0])])
        assert isinstance(results[0], Busy)
        assert time.monotonic() - began < 5

    on(work)


@pytest.fixture
def unused_tcp_port() -> int:
    from server.launch import ports

    return ports.free()


def posted(conversation: ConversationId, visitor: VisitorId, seq: int) -> bytes:
    some = ids.make()
    return events.encode(
        MessagePosted(
            PROJECT,
            conversation,
            seq,
            visitor,
            MessageId(some),
            Ref(some),
            "visitor",
            visitor,
            "V",
            0,
            "text",
            "t",
            {},
            None,
        )
    )


def told(conversation: ConversationId, visitor: VisitorId, seqs: range) -> Telling:
    items = [posted(conversation, visitor, seq) for seq in seqs]
    return Telling(PROJECT, items, [Told(conversation, visitor, seqs[-1], items)])


def test_a_room_hears_what_is_told_in_order_and_the_log_keeps_the_last(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        conversation, (visitor,) = ConversationId(ids.make()), people(1)
        async with redis.pubsub() as room:
            await room.subscribe(keys.room(PROJECT))
            await rooms.tell(
                redis, [told(conversation, visitor, range(1, 41)), told(conversation, visitor, range(41, 43))]
            )
            await rooms.publish(redis, [AgentsChanged(PROJECT, 2), AgentsChanged(PROJECT, 3)])
            heard: list[Any] = []
            with anyio.fail_after(5):
                while len(heard) < 44:
                    message = await room.get_message(timeout=1)
                    if message and message["type"] == "message":
                        heard += decode_batch(message["data"])  # type: ignore[arg-type]
        assert [one.seq for one in heard[:42]] == list(range(1, 43))
        assert heard[42:] == [AgentsChanged(PROJECT, 2), AgentsChanged(PROJECT, 3)]
        other = ConversationId(ids.make())
        whole, gap, same, unknown = await log.since(
            redis, PROJECT, [(conversation, 11), (conversation, 3), (conversation, 42), (other, 1)]
        )
        assert (whole.whole, whole.last_seq) == (True, 42)
        assert [one.seq for one in whole.events] == list(range(12, 43))
        assert [gap.whole, same.whole, unknown.whole] == [False, True, False]
        assert same.events == []

    on(work)


def test_a_log_that_expired_still_knows_whether_something_is_missing(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        conversation, (visitor,) = ConversationId(ids.make()), people(1)
        await rooms.tell(redis, [told(conversation, visitor, range(1, 4))])
        await redis.delete([keys.log(PROJECT, conversation)])
        same, less = await log.since(redis, PROJECT, [(conversation, 3), (conversation, 2)])
        assert (same.whole, less.whole) == (True, False)

    on(work)


def test_a_repeated_telling_does_not_turn_the_last_seq_back(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        conversation, (visitor,) = ConversationId(ids.make()), people(1)
        await rooms.tell(redis, [told(conversation, visitor, range(1, 4))])
        await rooms.tell(redis, [told(conversation, visitor, range(2, 3))])
        (answer,) = await log.since(redis, PROJECT, [(conversation, 3)])
        assert (answer.whole, answer.last_seq) == (True, 3)

    on(work)


NODE = NodeId(ids.make())


def arrival(visitor: VisitorId, at: int = 1, url: str = "https://shop.test/") -> Arrival:
    page = OpenedPage(
        url=url, title="Shop", referrer="https://search.test/", language="vi", browser="Firefox"
    )
    return Arrival(PROJECT, visitor, SocketId(ids.make()), at, page)


def gone(one: Arrival) -> Departure:
    return Departure(one.project, one.visitor, one.socket)


def test_a_visitor_is_here_while_any_socket_is(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        one, other = people(2)
        tabs = [arrival(one, 1), arrival(one, 2), arrival(other, 3)]
        first, second, third = await presence.connect(redis, NODE, tabs, limit=5)
        assert [first.was_online, second.was_online, third.was_online] == [False, True, False]
        assert [here.online for here in await visits.here(redis, PROJECT, [one, other, *people(1)])] == [
            True,
            True,
            False,
        ]
        await presence.closing(redis, NODE, [gone(tabs[0])])
        assert await presence.disconnect(redis, NODE, [gone(tabs[0])]) == [False]
        await presence.closing(redis, NODE, [gone(tabs[1])])
        assert (await visits.here(redis, PROJECT, [one]))[0].online  # the grace
        assert await presence.disconnect(redis, NODE, [gone(tabs[1])]) == [True]
        assert await presence.disconnect(redis, NODE, [gone(tabs[1])]) == [False]
        assert [here.online for here in await visits.here(redis, PROJECT, [one, other])] == [False, True]

    on(work)


def test_of_too_many_sockets_the_oldest_leaves_and_closing_ones_first(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        tabs = [arrival(visitor, at) for at in range(10, 17)]
        for tab in tabs[:5]:
            assert (await presence.connect(redis, NODE, [tab], limit=5))[0].evicted == []
        assert (await presence.connect(redis, NODE, [tabs[5]], limit=5))[0].evicted == [tabs[0].socket]
        await presence.closing(redis, NODE, [gone(tabs[3])])
        assert (await presence.connect(redis, NODE, [tabs[6]], limit=5))[0].evicted == [tabs[3].socket]

    on(work)


def test_registering_again_changes_nothing(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        tab = arrival(visitor)
        for _ in range(3):
            assert (await presence.connect(redis, NODE, [tab], limit=1))[0].evicted == []
        assert len(await presence.held_by(redis, NODE.hex(), count=10)) == 1
        assert len((await visits.visit(redis, PROJECT, visitor)).trail) == 1

    on(work)


def test_a_visit_is_remembered_with_its_trail(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        await presence.connect(redis, NODE, [arrival(visitor, 5)], limit=5)
        pages = [PageSeen(PROJECT, visitor, f"https://shop.test/{n}", f"Page {n}", n) for n in range(60)]
        assert await visits.moved(redis, [*pages, pages[-1]]) == [True] * 60 + [False]
        visit = await visits.visit(redis, PROJECT, visitor)
        assert (visit.online, visit.url, visit.title) == (True, "https://shop.test/59", "Page 59")
        assert (visit.first_url, visit.referrer) == ("https://shop.test/", "https://search.test/")
        assert (visit.first_seen_at, visit.language, visit.browser) == (5, "vi", "Firefox")
        assert [step.at for step in visit.trail] == list(range(59, 9, -1))
        assert await visits.visit(redis, PROJECT, people(1)[0]) == visits.Visit()

    on(work)


def test_who_comes_back_learns_of_the_conversation_and_its_last_seq(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        conversation = ConversationId(bytes(range(250, 256)) + bytes(10))
        (first,) = await presence.connect(redis, NODE, [arrival(visitor)], limit=5)
        assert (first.conversation, first.last_seq) == (None, 0)
        await rooms.tell(redis, [told(conversation, visitor, range(1, 8))])
        (again,) = await presence.connect(redis, NODE, [arrival(visitor)], limit=5)
        assert (again.conversation, again.last_seq) == (conversation, 7)

    on(work)


def test_agents_are_counted_as_people(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        ann, bob = UserId(ids.make()), UserId(ids.make())
        sockets = [SocketId(ids.make()) for _ in range(3)]
        add = functools.partial(presence.connect_agent, redis, NODE, project=PROJECT)
        assert await add(user=ann, socket=sockets[0]) == (1, True)
        assert await add(user=ann, socket=sockets[1]) == (1, False)
        assert await add(user=bob, socket=sockets[2]) == (2, True)
        assert await presence.agents_online(redis, PROJECT) == 2
        (arrived,) = await presence.connect(redis, NODE, [arrival(people(1)[0])], limit=5)
        assert arrived.agents_online == 2
        leave = functools.partial(presence.disconnect_agent, redis, NODE, project=PROJECT)
        assert await leave(socket=sockets[0]) == (2, False)
        assert await leave(socket=sockets[1]) == (1, True)

    on(work)


def test_a_dead_nodes_sockets_stop_counting_and_agents_are_told(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        writer, silent = people(2)
        other = NodeId(ids.make())
        assert await heartbeats.beat_node(redis, NODE.hex()) is False
        assert await heartbeats.beat_node(redis, NODE.hex()) is True
        tabs = [arrival(writer), arrival(silent)]
        await presence.connect(redis, NODE, tabs, limit=5)
        await presence.connect(redis, other, [arrival(silent)], limit=5)
        await presence.connect_agent(
            redis, NODE, project=PROJECT, user=UserId(ids.make()), socket=SocketId(ids.make())
        )
        await rooms.tell(redis, [told(ConversationId(ids.make()), writer, range(1, 2))])
        assert await heartbeats.dead_nodes(redis) == []
        await redis.zadd(keys.NODES, {NODE.hex(): 1.0})
        assert await heartbeats.dead_nodes(redis) == [NODE.hex()]
        async with redis.pubsub() as room:
            await room.subscribe(keys.room(PROJECT))
            await bury(redis, NODE.hex())
            heard: list[Any] = []
            with anyio.fail_after(5):
                while len(heard) < 2:
                    message = await room.get_message(timeout=1)
                    if message and message["type"] == "message":
                        heard += decode_batch(message["data"])  # type: ignore[arg-type]
        assert heard == [PresenceChanged(PROJECT, [(writer, False)]), AgentsChanged(PROJECT, 0)]
        assert [here.online for here in await visits.here(redis, PROJECT, [writer, silent])] == [False, True]
        assert await heartbeats.dead_nodes(redis) == []
        assert await heartbeats.beat_node(redis, NODE.hex()) is False  # it lives after all: register again

    on(work)


def test_workers_know_how_many_they_are_and_who_is_hungry(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        assert await heartbeats.beat_worker(redis, "a", hungry=True) == (1, 0)
        assert await heartbeats.beat_worker(redis, "b", hungry=False) == (2, 1)
        assert await heartbeats.beat_worker(redis, "a", hungry=False) == (2, 0)
        assert await heartbeats.workers(redis) == 2
        await heartbeats.leave(redis, worker="a")
        assert await heartbeats.workers(redis) == 1

    on(work)


def test_a_limit_lets_so_many_through_and_says_how_long_to_wait(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        allow = functools.partial(limits.allow, redis, what="login", limit=3, window=60.0)
        waits = [await allow(who="a") for _ in range(5)]
        assert waits[:3] == [0.0] * 3
        assert all(0 < wait <= 120 for wait in waits[3:])
        assert await allow(who="b") == 0.0

    on(work)


def test_a_ticket_is_used_once(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        assert [await tickets.use(redis, "one") for _ in range(3)] == [True, False, False]
        assert await tickets.use(redis, "two")

    on(work)


def test_scripts_forgotten_in_the_middle_are_loaded_again(on: Callable[[Work], None]) -> None:
    async def work(redis: Redis) -> None:
        visitors = people(3)
        await presence.connect(redis, NODE, [arrival(one) for one in visitors], limit=5)
        await redis.script_flush()
        again = await presence.connect(redis, NODE, [arrival(one) for one in visitors], limit=5)
        assert [one.was_online for one in again] == [True] * 3

    on(work)
