"""Visits in Redis: limited in bytes and number, with all that a connected visitor needs."""

from core import ids
from core.bus import names, presence, rooms, visits
from core.bus.connection import Redis
from core.bus.presence import Arrival, Departure
from core.bus.visits import Moved, OpenedPage
from core.ids import ConversationId, NodeId, SocketId, VisitorId
from core.signals import PageSeen
from server.gateway.translate import clean_url
from tests.integration.core.bus_messages import PROJECT, On, people, room_batch

NODE = NodeId(ids.make())
KIB = 1024
SMILE = "\U0001f600"  # four bytes, twelve when escaped
WORST_URL = clean_url("https://shop.test/" + SMILE * 1_950)
WORST_TITLE = SMILE * 300
WORST = OpenedPage(
    url=WORST_URL, title=WORST_TITLE, referrer=WORST_URL, language="x" * 35, browser=SMILE * 200
)
ONE, OTHER = b"1" * 16, b"2" * 16


def arrival(visitor: VisitorId, url: str = "https://shop.test/", tab: bytes = b"") -> Arrival:
    return Arrival(PROJECT, visitor, SocketId(ids.make()), ids.now(), OpenedPage(url=url), tab)


def gone(one: Arrival) -> Departure:
    return Departure(one.project, one.visitor, one.socket)


async def leave(redis: Redis, *tabs: Arrival) -> None:
    departures = [gone(tab) for tab in tabs]
    await presence.closing(redis, NODE, departures)
    await presence.disconnect(redis, NODE, departures)


async def write(redis: Redis, visitor: VisitorId) -> None:
    await rooms.publish(redis, [room_batch(ConversationId(ids.make()), visitor, range(1, 2))])


async def trail(redis: Redis, visitor: VisitorId) -> list[str]:
    return [step.url for step in (await visits.visit(redis, PROJECT, visitor)).trail]


def test_a_visitor_who_never_wrote_takes_little_memory_whatever_the_browser_sends(on: On) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        session, tracks = names.session(PROJECT, visitor), names.trail(PROJECT, visitor)
        tabs = [Arrival(PROJECT, visitor, SocketId(ids.make()), 1, WORST, bytes([n]) * 16) for n in range(5)]
        await presence.connect(redis, NODE, tabs, limit=5)
        for number in range(50):
            seen = PageSeen(PROJECT, visitor, f"{WORST_URL}{number}", WORST_TITLE, ids.now())
            await visits.moved(redis, [Moved(seen, ONE)])
        fields = await redis.hgetall(session)
        assert sum(len(name) + len(value) for name, value in fields.items()) <= KIB
        entries = await redis.lrange(tracks, 0, -1)
        assert len(entries) == visits.TRAIL_UNWRITTEN and sum(map(len, entries)) <= 2 * KIB
        held = [await redis.memory_usage(key) or 0 for key in (session, tracks, *_others(visitor))]
        assert sum(held) <= 6 * KIB
        assert held[0] <= 1.5 * KIB, "what is left after half an hour"

    on(work)


def _others(visitor: VisitorId) -> list[str]:
    return [names.sockets(PROJECT, visitor), names.unwritten(PROJECT)]


def test_the_trail_of_a_visitor_who_never_wrote_expires_half_an_hour_after_the_last_socket(on: On) -> None:
    async def work(redis: Redis) -> None:
        silent, writer = people(2)
        tabs = [arrival(silent), arrival(silent), arrival(writer)]
        await presence.connect(redis, NODE, tabs, limit=5)
        await write(redis, writer)
        await redis.expire(names.trail(PROJECT, silent), 60)
        await leave(redis, tabs[0])
        assert await redis.ttl(names.trail(PROJECT, silent)) <= 60, "another tab is open"
        await leave(redis, *tabs[1:])
        assert 60 < await redis.ttl(names.trail(PROJECT, silent)) <= visits.TRAIL_KEPT
        assert await redis.ttl(names.session(PROJECT, silent)) > visits.TTL - 60
        assert await redis.ttl(names.trail(PROJECT, writer)) > visits.TTL - 60

    on(work)


def test_a_visitor_who_writes_keeps_the_pages_and_gets_room_for_ten_times_as_many(on: On) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        await presence.connect(redis, NODE, [arrival(visitor)], limit=5)

        async def visit(*numbers: int) -> None:
            pages = [PageSeen(PROJECT, visitor, f"https://shop.test/{n}", "", n) for n in numbers]
            await visits.moved(redis, [Moved(page, ONE) for page in pages])

        await visit(*range(20))
        assert len(await trail(redis, visitor)) == visits.TRAIL_UNWRITTEN
        await write(redis, visitor)
        await visit(*range(20, 100))
        assert len(await trail(redis, visitor)) == visits.TRAIL_WRITTEN
        assert await redis.zcard(names.unwritten(PROJECT)) == 0

    on(work)


def test_beyond_the_cap_the_first_to_leave_are_forgotten_unless_they_wrote_or_are_online(on: On) -> None:
    async def work(redis: Redis) -> None:
        here, writer, *others = people(12)
        staying, writing = arrival(here), arrival(writer)
        await presence.connect(redis, NODE, [staying, writing], limit=5, unwritten=5)
        await write(redis, writer)
        await leave(redis, writing)
        for other in others:
            tab = arrival(other)
            await presence.connect(redis, NODE, [tab], limit=5, unwritten=5)
            await leave(redis, tab)

        async def known(visitor: VisitorId) -> bool:
            return bool(await redis.exists([names.session(PROJECT, visitor)]))

        assert [await known(one) for one in (here, writer)] == [True, True]
        assert [await known(other) for other in others] == [False] * 6 + [True] * 4
        assert await redis.zcard(names.unwritten(PROJECT)) == 5
        assert await trail(redis, others[0]) == []

    on(work)


def test_tabs_that_reconnect_on_the_same_pages_add_nothing_to_the_trail(on: On) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        first, second = "https://shop.test/a", "https://shop.test/b"
        for _ in range(3):  # each time as after a restart of the server
            tabs = [arrival(visitor, first, ONE), arrival(visitor, second, OTHER)]
            arrived = await presence.connect(redis, NODE, tabs, limit=5)
            await leave(redis, *tabs)
        assert [one.moved for one in arrived] == [False, False]
        assert await trail(redis, visitor) == [second, first]
        assert (await visits.visit(redis, PROJECT, visitor)).url == second
        # A tab that moves on is noticed, by a page load and by a page change, after a reconnect as well.
        (moved,) = await presence.connect(
            redis, NODE, [arrival(visitor, "https://shop.test/c", ONE)], limit=5
        )
        assert moved.moved
        page = PageSeen(PROJECT, visitor, "https://shop.test/d", "", 9)
        assert await visits.moved(redis, [Moved(page, OTHER)]) == [True]
        tabs = [arrival(visitor, "https://shop.test/c", ONE), arrival(visitor, "https://shop.test/d", OTHER)]
        assert not any(one.moved for one in await presence.connect(redis, NODE, tabs, limit=5))
        assert [url[-1] for url in await trail(redis, visitor)] == ["d", "c", "b", "a"]

    on(work)


def test_nothing_of_a_connected_visitor_expires(on: On) -> None:
    async def work(redis: Redis) -> None:
        silent, writer = people(2)
        tabs = [arrival(silent), arrival(writer)]
        await presence.connect(redis, NODE, tabs, limit=5)
        await write(redis, writer)
        made = (names.sockets, names.session, names.trail)
        for visitor in (silent, writer):
            for key in made:
                assert await redis.expire(key(PROJECT, visitor), 60)
        assert await presence.stay(redis, [gone(tab) for tab in tabs]) == [True, True]
        assert [await redis.ttl(key(PROJECT, writer)) > visits.TTL - 60 for key in made] == [True] * 3
        assert [await redis.ttl(key(PROJECT, silent)) > visits.TTL - 60 for key in made[:2]] == [True] * 2
        assert 60 < await redis.ttl(names.trail(PROJECT, silent)) <= visits.TRAIL_KEPT
        await redis.delete([names.sockets(PROJECT, silent), names.session(PROJECT, writer)])
        assert await presence.stay(redis, [gone(tab) for tab in tabs]) == [False, False]

    on(work)


def test_a_visit_that_an_earlier_release_stored_is_read(on: On) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        kept: dict[str | bytes, str | bytes | int | float] = {
            "first_seen_at": 5,
            "first_url": "https://shop.test/first",
            "referrer": "https://search.test/",
            "language": "vi",
            "browser": "Firefox",
            "url": "https://shop.test/",
        }
        await redis.hset(names.session(PROJECT, visitor), kept)
        await presence.connect(redis, NODE, [arrival(visitor, "https://shop.test/now")], limit=5)
        visit = await visits.visit(redis, PROJECT, visitor)
        assert (visit.first_seen_at, visit.first_url) == (5, "https://shop.test/first")
        assert (visit.referrer, visit.language, visit.browser) == ("https://search.test/", "vi", "Firefox")

    on(work)


def test_a_visit_that_begins_without_a_page_takes_its_first_one(on: On) -> None:
    async def work(redis: Redis) -> None:
        (visitor,) = people(1)
        await presence.connect(redis, NODE, [arrival(visitor, "")], limit=5)
        for number in range(3):
            page = PageSeen(PROJECT, visitor, f"https://shop.test/{number}", "", 9)
            await visits.moved(redis, [Moved(page, ONE)])
        assert (await visits.visit(redis, PROJECT, visitor)).first_url == "https://shop.test/0"

    on(work)
