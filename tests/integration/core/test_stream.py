"""Hops 3 and 4 on a real Valkey, under both event loops."""

import time
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from coredis.exceptions import ResponseError

from core import command_codec, ids
from core.bus import connection, heartbeats, names, stream
from core.bus.connection import Redis
from core.commands import MarkRead
from core.errors import Busy
from core.ids import ConversationId
from tests.integration.core.bus_messages import PROJECT, On, people, post
from tests.patience import PATIENCE
from tests.stack import Stack

SHARDS = 4


async def every(redis: Redis, consumer: str = "me", count: int = 100) -> list[stream.Entry]:
    return await stream.read(redis, consumer, range(SHARDS), count=count, wait=50)


def test_commands_are_read_in_the_order_in_which_they_were_appended(on: On) -> None:
    async def work(redis: Redis) -> None:
        await stream.create_groups(redis, range(SHARDS))
        sent = [post(visitor, body) for visitor in people(20) for body in "ab"]
        assert await stream.Intake(redis, shards=SHARDS, capacity=1000).append(sent) == [None] * 40
        entries = await every(redis)
        for shard in range(SHARDS):
            mine = [
                command_codec.encode_earlier(one) for one in sent if stream.shard_of(one, SHARDS) == shard
            ]
            assert [one.payload for one in entries if one.shard == shard] == mine
        assert await stream.backlog(redis, SHARDS) == 40
        await stream.acknowledge(redis, entries)
        assert await stream.backlog(redis, SHARDS) == 0
        assert [await stream.pending(redis, shard, count=9) for shard in range(SHARDS)] == [[]] * SHARDS

    on(work)


def test_commands_have_todays_form_once_every_living_process_reads_it(on: On) -> None:
    async def work(redis: Redis) -> None:
        await stream.create_groups(redis, range(SHARDS))
        intake, command = stream.Intake(redis, shards=SHARDS, capacity=1000), post(people(1)[0])
        earlier, today = command_codec.encode_earlier(command), command_codec.encode(command)

        async def written() -> bytes | None:
            await intake.choose_form()
            await intake.append([command])
            (entry,) = await every(redis)
            return entry.payload

        assert await written() == earlier, "no worker is known"
        await heartbeats.beat_node(redis, "server")
        assert await written() == earlier
        await heartbeats.beat_worker(redis, "worker", under_share=False)
        assert await written() == today
        for processes, reads in ((names.NODES, names.NODES_READ), (names.WORKERS, names.WORKERS_READ)):
            await redis.zadd(processes, {"of 0.2.0": time.time() * 1000})
            await redis.hset(reads, {"of 0.2.0": 2})
            assert await written() == earlier
            await redis.zrem(processes, ["of 0.2.0"])
            assert await written() == today

    on(work)


def test_commands_have_the_earlier_form_while_nothing_is_known(on: On) -> None:
    async def work(redis: Redis) -> None:
        await heartbeats.beat_worker(redis, "worker", under_share=False)
        intake = stream.Intake(redis, shards=SHARDS, capacity=1000)
        await intake.choose_form()
        assert intake._encode == command_codec.encode
        await redis.set(names.WORKERS, "of another type")
        with pytest.raises(ResponseError):
            await intake.choose_form()
        assert intake._encode == command_codec.encode_earlier

    on(work)


def test_commands_that_were_queued_before_the_group_existed_are_read(on: On) -> None:
    async def work(redis: Redis) -> None:
        await stream.Intake(redis, shards=SHARDS, capacity=1000).append([post(people(1)[0])])
        with pytest.raises(stream.GroupMissing):
            await every(redis)
        await stream.create_groups(redis, range(SHARDS))
        await stream.create_groups(redis, range(SHARDS))
        assert len(await every(redis)) == 1

    on(work)


def test_at_capacity_senders_are_refused_until_there_is_room(on: On) -> None:
    async def work(redis: Redis) -> None:
        await stream.create_groups(redis, range(SHARDS))
        (visitor,) = people(1)
        intake = stream.Intake(redis, shards=SHARDS, capacity=SHARDS * 3)
        *taken, refused = await intake.append([post(visitor)] * 4)
        assert taken == [None] * 3
        assert isinstance(refused, Busy)
        assert refused.retry > 0
        await stream.acknowledge(redis, await every(redis))
        assert await intake.append([post(visitor)]) == [None]

    on(work)


def test_read_marks_are_accepted_by_the_stream_too(on: On) -> None:
    some = ids.make()
    mark = MarkRead(PROJECT, ConversationId(some), "visitor", some, "", 1, 0)

    async def work(redis: Redis) -> None:
        assert await stream.Intake(redis, shards=SHARDS, capacity=10).append([mark]) == [None]

    on(work)


def test_entries_of_a_dead_owner_are_reclaimed_oldest_first(on: On) -> None:
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


def test_an_entry_deleted_before_it_was_acknowledged_does_not_block(on: On) -> None:
    async def work(redis: Redis) -> None:
        await stream.create_groups(redis, range(SHARDS))
        (visitor,) = people(1)
        shard = stream.shard_of(post(visitor), SHARDS)
        await stream.Intake(redis, shards=SHARDS, capacity=1000).append([post(visitor), post(visitor)])
        read = await every(redis, "dead")
        await redis.xdel(names.commands(shard), [read[0].id])
        found = await stream.reclaim(redis, "me", shard, count=100)
        await stream.acknowledge(redis, found)
        assert [one.id for one in found if one.payload is not None] == [read[1].id]
        assert await stream.pending(redis, shard, count=100) == []

    on(work)


def test_without_redis_senders_get_busy_in_time(unused_tcp_port: int, on: Any) -> None:
    async def work(redis: Redis) -> None:
        began = time.monotonic()
        async with connection.client(f"redis://127.0.0.1:{unused_tcp_port}") as unreachable:
            results = await stream.Intake(unreachable, shards=SHARDS, capacity=10).append(
                [post(people(1)[0])]
            )
        assert isinstance(results[0], Busy)
        assert time.monotonic() - began < 5

    on(work)


@pytest.fixture
def unused_tcp_port(stack: Stack) -> int:
    return stack.port()


def test_when_redis_dies_senders_get_busy_and_the_same_client_works_afterwards(stack: Stack, on: On) -> None:
    async def work(redis: Redis) -> None:
        intake = stream.Intake(redis, shards=SHARDS, capacity=1000)
        (visitor,) = people(1)
        assert await intake.append([post(visitor)]) == [None]
        stack.servers.stop_valkey(kill=True)
        for _ in range(50):
            assert isinstance((await intake.append([post(visitor)]))[0], Busy)
        stack.servers.start_valkey()
        with anyio.fail_after(PATIENCE):
            while (await intake.append([post(visitor)]))[0] is not None:
                await anyio.lowlevel.checkpoint()

    on(work)


def test_cancelled_calls_do_not_break_the_client(on: On) -> None:
    async def work(redis: Redis) -> None:
        intake = stream.Intake(redis, shards=SHARDS, capacity=100_000)
        (visitor,) = people(1)
        for _ in range(200):
            with anyio.move_on_after(0.0001):
                await intake.append([post(visitor)] * 5)
        with anyio.fail_after(PATIENCE):
            assert await intake.append([post(visitor)]) == [None]

    on(work)
