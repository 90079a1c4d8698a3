"""The gateway's part in tests of the worker: appends commands, listens to the room, reads what is stored."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from core import ids
from core.bus import connection, names, rooms, stream
from core.bus.connection import Redis
from core.commands import Command, PostMessage
from core.ids import MessageId, ProjectId, Ref, VisitorId
from core.model import Author
from core.signals import RoomItem, decode_batch
from tests.patience import PATIENCE
from tests.running import Running
from tests.stack import Stack

SHARDS = 8


class Gateway:
    """One project and its stream."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.project = ProjectId(ids.make())
        stack.sql(
            "INSERT INTO projects (id, name, domains) VALUES ($1, 'Shop', '{localhost}')",
            ids.text(self.project),
        )

    def post(self, visitor: VisitorId, body: str) -> PostMessage:
        some = ids.make()
        return PostMessage(
            self.project,
            Author("visitor", visitor),
            Ref(some),
            MessageId(some),
            None,
            "text",
            body,
            {},
            now(),
        )

    def append(self, commands: Sequence[Command]) -> None:
        """Appends commands; each must be accepted."""
        assert self.try_append(commands) == []

    def try_append(self, commands: Sequence[Command]) -> list[Command]:
        """Appends commands; returns those that were refused."""

        async def once(redis: Redis) -> list[Command]:
            intake = stream.Intake(redis, shards=SHARDS, capacity=100_000)
            with suppress(*connection.UNAVAILABLE):
                await intake.choose_form()
            results = await intake.append(commands)
            return [command for command, busy in zip(commands, results, strict=True) if busy]

        refused: list[Command] = self.with_redis(once)
        return refused

    def append_until_accepted(self, commands: Sequence[Command], *, within: float = PATIENCE) -> None:
        """Appends as clients do: a command that is refused is sent again."""
        deadline = time.monotonic() + within
        while commands:
            assert time.monotonic() < deadline, "Redis did not come back"
            try:
                commands = self.try_append(commands)
            except (*connection.UNAVAILABLE, BaseExceptionGroup):
                continue

    def append_raw(self, shard: int, payload: bytes) -> None:
        self.with_redis(lambda redis: stream.append_raw(redis, shard, payload))

    def backlog(self) -> int:
        count: int = self.with_redis(lambda redis: stream.backlog(redis, SHARDS))
        return count

    def pending(self) -> int:
        async def count(redis: Redis) -> int:
            return sum([len(await stream.pending(redis, shard, count=100)) for shard in range(SHARDS)])

        found: int = self.with_redis(count)
        return found

    def with_redis(self, work: Callable[[Redis], Any]) -> Any:
        async def run() -> Any:
            async with connection.client(self.stack.redis_url, connections=2) as redis:
                return await work(redis)

        return asyncio.run(run())

    def listen(self, done: Callable[[list[RoomItem]], bool], begin: Callable[[], None]) -> list[RoomItem]:
        """The items that the room gets from `begin` until `done` accepts them; fails after PATIENCE."""
        heard: list[RoomItem] = []
        ready = threading.Event()

        async def run() -> None:
            async with (
                asyncio.timeout(PATIENCE),
                connection.client(self.stack.redis_url) as redis,
                redis.pubsub() as room,
            ):
                await room.subscribe(names.room(self.project))
                ready.set()
                async for message in room:
                    if message["type"] == "message":
                        heard.extend(decode_batch(rooms.numbered(message["data"])[1]))
                        if done(heard):
                            return

        # Not the other way round: a process must be started from the main thread.
        with ThreadPoolExecutor(1) as elsewhere:
            listening = elsewhere.submit(asyncio.run, run())
            assert ready.wait(PATIENCE)
            begin()
            listening.result()
        return heard

    def stored(self) -> list[tuple[bytes, int, str]]:
        """Visitor, seq and body of every message, in order."""
        rows = self.stack.sql(
            "SELECT sender_id, seq, body FROM messages WHERE project_id = $1 ORDER BY sender_id, seq",
            ids.text(self.project),
        )
        return [(row[0].bytes, row[1], row[2]) for row in rows]

    def count(self, table: str) -> int:
        queries = {
            "messages": "SELECT count(*) FROM messages",
            "outbox": "SELECT count(*) FROM outbox",
            "dead_letters": "SELECT count(*) FROM dead_letters",
        }
        found: int = self.stack.sql(queries[table])[0][0]
        return found

    def wait_until_stored(self, worker: Running, count: int, *, within: float = PATIENCE) -> None:
        worker.wait_until(lambda: self.count("messages") >= count, within=within, what=f"storing {count}")

    def wait_until_quiet(self, worker: Running, *, within: float = PATIENCE) -> None:
        """Waits until every command is processed, acknowledged and published."""
        worker.wait_until(
            lambda: self.count("outbox") == 0 and self.backlog() == 0,
            within=within,
            what="done with everything",
        )

    def assert_each_visitors_order(self, visitors: Sequence[VisitorId], bodies: Sequence[str]) -> None:
        """Each visitor has exactly these messages, once, in this order, with a dense seq."""
        expected = [
            (visitor, seq, body) for visitor in sorted(visitors) for seq, body in enumerate(bodies, start=1)
        ]
        assert self.stored() == expected


def now() -> int:
    return time.time_ns() // 1_000_000


def people(count: int) -> list[VisitorId]:
    return [VisitorId(ids.make()) for _ in range(count)]
