"""Presence on a real Valkey, under both event loops."""

import functools
from typing import Any

import anyio
import pytest

from core import ids
from core.bus import heartbeats, names, presence, rooms, visits
from core.bus.connection import Redis
from core.bus.presence import Arrival, Departure
from core.bus.visits import Moved, OpenedPage
from core.ids import ConversationId, NodeId, SocketId, UserId, VisitorId
from core.signals import AgentsChanged, PageSeen, PresenceChanged, decode_batch
from tests.integration.core.bus_messages import PROJECT, On, people, room_batch
from tests.patience import PATIENCE
from worker.janitor.stage import remove_node

NODE = NodeId(ids.make())


def arrival(visitor: VisitorId, at: int = 1, url: str = "https://shop.test/", tab: bytes = b"") -> Arrival:
    page = OpenedPage(
        url=url, title="Shop", referrer="https://search.test/", language="vi", browser="Firefox"
    )
    return Arrival(PROJECT, visitor, SocketId(ids.make()), at, page, tab)


def gone(one: Arrival) -> Departure:
    return Departure(one.project, one.visitor, one.socket)


@pytest.mark.soak
def test_a_visitor_is_online_while_any_socket_is(on: On) -> None:
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


def test_of_too_many_sockets_the_oldest_is_evicted_and_closing_ones_first(on: On) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        tabs = [arrival(visitor, at) for at in range(10, 17)]
        for tab in tabs[:5]:
            assert (await presence.connect(redis, NODE, [tab], limit=5))[0].evicted == []
        assert (await presence.connect(redis, NODE, [tabs[5]], limit=5))[0].evicted == [tabs[0].socket]
        await presence.closing(redis, NODE, [gone(tabs[3])])
        assert (await presence.connect(redis, NODE, [tabs[6]], limit=5))[0].evicted == [tabs[3].socket]

    on(work)


def test_registering_again_changes_nothing(on: On) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        tab = arrival(visitor)
        for _ in range(3):
            assert (await presence.connect(redis, NODE, [tab], limit=1))[0].evicted == []
        assert len(await presence.held_by(redis, NODE.hex(), count=10)) == 1
        assert len((await visits.visit(redis, PROJECT, visitor)).trail) == 1

    on(work)


def test_a_visit_is_stored_with_its_trail(on: On) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        await presence.connect(redis, NODE, [arrival(visitor, 5)], limit=5)
        await rooms.publish(redis, [room_batch(ConversationId(ids.make()), visitor, range(1, 2))])
        pages = [
            Moved(PageSeen(PROJECT, visitor, f"https://shop.test/{n}", f"Page {n}", n)) for n in range(60)
        ]
        assert await visits.moved(redis, [*pages, pages[-1]]) == [True] * 60 + [False]
        visit = await visits.visit(redis, PROJECT, visitor)
        assert (visit.online, visit.url, visit.title) == (True, "https://shop.test/59", "Page 59")
        assert (visit.first_url, visit.referrer) == ("https://shop.test/", "https://search.test/")
        assert (visit.first_seen_at, visit.language, visit.browser) == (5, "vi", "Firefox")
        assert [step.at for step in visit.trail] == list(range(59, 9, -1))
        assert await visits.visit(redis, PROJECT, people(1)[0]) == visits.Visit()

    on(work)


def test_a_returning_visitor_gets_the_conversation_and_its_last_seq(on: On) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        conversation = ConversationId(bytes(range(250, 256)) + bytes(10))
        (first,) = await presence.connect(redis, NODE, [arrival(visitor)], limit=5)
        assert (first.conversation, first.last_seq) == (None, 0)
        await rooms.publish(redis, [room_batch(conversation, visitor, range(1, 8))])
        (again,) = await presence.connect(redis, NODE, [arrival(visitor)], limit=5)
        assert (again.conversation, again.last_seq) == (conversation, 7)

    on(work)


def test_agents_are_counted_by_person_and_not_by_socket(on: On) -> None:
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


def test_a_dead_nodes_sockets_stop_counting_and_agents_are_notified(on: On) -> None:
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
        await rooms.publish(redis, [room_batch(ConversationId(ids.make()), writer, range(1, 2))])
        assert await heartbeats.dead_nodes(redis) == []
        await redis.zadd(names.NODES, {NODE.hex(): 1.0})
        assert await heartbeats.dead_nodes(redis) == [NODE.hex()]
        async with redis.pubsub() as room:
            await room.subscribe(names.room(PROJECT))
            await remove_node(redis, NODE.hex())
            heard: list[Any] = []
            with anyio.fail_after(PATIENCE):
                while len(heard) < 2:
                    message = await room.get_message(timeout=1)
                    if message and message["type"] == "message":
                        heard += decode_batch(message["data"])  # type: ignore[arg-type]
        assert heard == [PresenceChanged(PROJECT, [(writer, False)]), AgentsChanged(PROJECT, 0)]
        assert [here.online for here in await visits.here(redis, PROJECT, [writer, silent])] == [False, True]
        assert await heartbeats.dead_nodes(redis) == []
        assert await heartbeats.beat_node(redis, NODE.hex()) is False  # it is alive: register again

    on(work)


def test_workers_count_each_other_and_those_under_their_share(on: On) -> None:
    async def work(redis: Redis) -> None:
        assert await heartbeats.beat_worker(redis, "a", under_share=True) == (1, 0)
        assert await heartbeats.beat_worker(redis, "b", under_share=False) == (2, 1)
        assert await heartbeats.beat_worker(redis, "a", under_share=False) == (2, 0)
        assert await heartbeats.workers(redis) == 2
        await heartbeats.leave(redis, worker="a")
        assert await heartbeats.workers(redis) == 1

    on(work)


def test_flushed_scripts_are_loaded_again(on: On) -> None:
    async def work(redis: Redis) -> None:
        visitors = people(3)
        await presence.connect(redis, NODE, [arrival(one) for one in visitors], limit=5)
        await redis.script_flush()
        again = await presence.connect(redis, NODE, [arrival(one) for one in visitors], limit=5)
        assert [one.was_online for one in again] == [True] * 3

    on(work)
