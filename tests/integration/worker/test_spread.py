"""Command streams over several slots of a real cluster: chosen by servers, read by workers, changed."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator

import pytest

from core import command_codec
from core.bus import connection, heartbeats, names, stream
from core.bus.connection import Redis
from core.bus.queue import spread
from core.bus.stream import Entry, Intake
from core.commands import PostMessage
from core.errors import Busy
from tests.cluster import ValkeyCluster, valkey_cluster
from tests.integration.core.bus_messages import people, post
from tests.patience import PATIENCE
from worker.inbound.reading import Reading

SHARDS = 8
SLOTS = 3
WRITTEN = 400


@pytest.fixture(scope="module")
def cluster() -> Iterator[ValkeyCluster]:
    with valkey_cluster() as made:
        yield made


@pytest.fixture
def on(cluster: ValkeyCluster, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs work on an empty cluster."""
    monkeypatch.setattr(spread, "KNOWN_FOR", 0.0)

    async def run(work: Callable[[Redis], Awaitable[None]]) -> None:
        async with connection.client(cluster.url, connections=20) as redis:
            await redis.flushall()
            for slots in (1, SLOTS):
                await stream.create_groups(redis, range(SHARDS), slots=slots)
            async with asyncio.timeout(PATIENCE):
                await work(redis)

    return lambda work: asyncio.run(run(work))


def intake(redis: Redis, slots: int) -> Intake:
    return Intake(redis, shards=SHARDS, capacity=100_000, slots=slots)


async def chosen(redis: Redis, slots: int) -> Intake:
    made = intake(redis, slots)
    await made.choose_form()
    return made


def reading(redis: Redis, slots: int = SLOTS) -> Reading:
    return Reading(redis, "me", shards=SHARDS, slots=slots)


def body(entry: Entry) -> tuple[bytes, str]:
    command = command_codec.decode(entry.payload or b"")
    assert isinstance(command, PostMessage)
    return command.author.id, command.body


async def lengths(redis: Redis) -> tuple[int, int]:
    return await stream.backlog(redis, SHARDS), await stream.backlog(redis, SHARDS, slots=SLOTS)


def test_a_server_spreads_once_every_process_reads_it(on: Callable[..., None]) -> None:
    async def work(redis: Redis) -> None:
        made, commands = intake(redis, SLOTS), [post(one) for one in people(30)]
        assert all(isinstance(one, Busy) for one in await made.append(commands)), "nothing is known yet"
        await made.choose_form()
        await made.append(commands)
        assert await lengths(redis) == (30, 0), "no worker lives, which may be an earlier one"
        await heartbeats.beat_worker(redis, "present", under_share=False)
        await made.choose_form()
        await made.append(commands)
        assert await lengths(redis) == (30, 30)
        await heartbeats.leave(redis, worker="present")
        await made.choose_form()
        await made.append(commands)
        assert await lengths(redis) == (30, 60), "the next workers are like the last ones"
        await heartbeats.beat_worker(redis, "earlier", under_share=False)
        await redis.hset(names.WORKERS_READ, {"earlier": heartbeats.SPREAD - 1})
        await made.choose_form()
        await made.append(commands)
        assert await lengths(redis) == (60, 60)

    on(work)


def test_each_primary_gets_its_part_and_one_that_is_full_refuses_only_that(
    on: Callable[..., None], cluster: ValkeyCluster
) -> None:
    async def work(redis: Redis) -> None:
        await heartbeats.beat_worker(redis, "present", under_share=False)
        made = await chosen(redis, SLOTS)
        ports = {cluster.primary_of(names.commands(number, SLOTS)).port for number in range(SLOTS)}
        assert len(ports) == SLOTS
        full = cluster.primary_of(names.commands(0, SLOTS))
        full.ask("CONFIG", "SET", "maxmemory", "1")
        try:
            commands = [post(one) for one in people(60)]
            results = await made.append(commands)
        finally:
            full.ask("CONFIG", "SET", "maxmemory", "256mb")
        refused = [stream.shard_of(one, SHARDS) % SLOTS == 0 for one in commands]
        assert [isinstance(one, Busy) for one in results] == refused

    on(work)


def test_what_waiting_calls_have_found_is_not_lost_when_shards_are_given_back(
    on: Callable[..., None],
) -> None:
    async def work(redis: Redis) -> None:
        await heartbeats.beat_worker(redis, "present", under_share=False)
        made, read = await chosen(redis, SLOTS), reading(redis)
        assert await read.look() == []
        first = asyncio.create_task(read.next(range(SHARDS)))
        commands = [post(one) for one in people(60)]
        await made.append(commands)
        found = await first
        while len(found) < len(commands):
            rest = await read.finish()
            found += rest or await read.next(range(SHARDS))
        await stream.acknowledge(redis, found)
        await read.stop()
        assert len(found) == len(commands)
        assert await lengths(redis) == (0, 0)

    on(work)


def test_a_visitors_commands_stay_in_order_while_two_servers_write_to_different_spreads(
    on: Callable[..., None],
) -> None:
    """The visitor changes the server from message to message, as with a proxy that balances requests."""

    async def work(redis: Redis) -> None:
        await heartbeats.beat_worker(redis, "present", under_share=False)
        servers = [await chosen(redis, slots) for slots in (1, SLOTS)]
        read, visitors = reading(redis, slots=1), people(5)
        assert await read.look() == [SLOTS]
        dice = random.Random(7)

        async def write() -> None:
            for number in range(WRITTEN):
                command = post(visitors[number % len(visitors)], str(number))
                assert await dice.choice(servers).append([command]) == [None]

        found: list[Entry] = []
        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            while len(found) < WRITTEN:
                batch = await read.next(range(SHARDS))
                await stream.acknowledge(redis, batch)
                found += batch
        for visitor in visitors:
            numbers = [int(text) for sender, text in map(body, found) if sender == visitor]
            assert numbers == sorted(numbers)
        assert {entry.slots for entry in found} == {1, SLOTS}
        assert await lengths(redis) == (0, 0)
        await read.stop()

    on(work)


def test_a_spread_that_nobody_writes_to_is_forgotten_once_it_is_empty(on: Callable[..., None]) -> None:
    async def work(redis: Redis) -> None:
        now = await redis.time()
        await redis.zadd(names.LAYOUTS, {str(SLOTS): now.timestamp() - spread.FORGOTTEN_AFTER - 1})
        await redis.xadd(names.commands(0, SLOTS), field_values={stream.FIELD: b"x"})
        await reading(redis, slots=1).look()
        assert list(await spread.in_use(redis)) == [SLOTS], "something is in it"
        await redis.delete([names.commands(0, SLOTS)])
        await reading(redis, slots=1).look()
        assert await spread.in_use(redis) == {}

    on(work)
