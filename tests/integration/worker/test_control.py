"""Control messages reach every worker; a stage that missed some reads Postgres; a stop never hangs."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final
from uuid import UUID

import asyncpg
import pytest
import uvloop

from core import ids
from core.bus import connection, names, rooms
from core.config import settings
from core.db import codecs, locks
from core.db.projects import project_deletion
from core.identity.encryption import Sealer
from core.ids import ProjectId
from core.signals import ProjectChanged, ProjectDeleted, batch, encode
from core.telemetry.metrics import Metric, counters
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import SECRET, Stack
from worker import pool
from worker.control import Control
from worker.janitor import prompt_deletion
from worker.janitor.prompt_deletion import PromptDeletion
from worker.process import Process
from worker.supervision import Health
from worker.wakeup import Wakeup

WITHIN: Final = 0.25  # seconds from the publication to the stage
STOPS_WITHIN: Final = 15.0  # seconds: less than the worker's last resort, which ends it with code 1
SOME_ROWS: Final = 700  # more than one portion


class Stage:
    """Records what it receives."""

    def __init__(self, control: Control) -> None:
        self.deleted: list[ProjectId] = []
        self.misses = 0
        control.listen(ProjectDeleted, self.hear, missed=self.miss)

    def hear(self, message: ProjectDeleted) -> None:
        self.deleted.append(message.project)

    def miss(self) -> None:
        self.misses += 1

    async def until(self, holds: Callable[[], bool], *, within: float = PATIENCE) -> None:
        async with asyncio.timeout(within):
            while not holds():  # noqa: ASYNC110  the stage has no event for it
                await asyncio.sleep(0.002)


@asynccontextmanager
async def running(control: Control, stop: asyncio.Event) -> AsyncIterator[None]:
    task = asyncio.create_task(control.run(Health("control")))
    yield
    stop.set()
    async with asyncio.timeout(PATIENCE):
        await task


async def publish(url: str, *news: ProjectChanged | ProjectDeleted) -> None:
    async with connection.client(url, connections=1) as redis, redis.pipeline(transaction=False) as pipe:
        for one in news:
            pipe.publish(names.NEWS, batch([encode(one)]))


def project() -> ProjectId:
    return ProjectId(ids.make())


@pytest.mark.alone
def test_a_stage_hears_a_message_within_a_quarter_of_a_second(stack: Stack) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        control = Control(stack.redis_url, stop)
        stages = [Stage(control), Stage(control)]
        async with running(control, stop), connection.client(stack.redis_url, connections=1) as redis:
            await stages[0].until(lambda: stages[0].misses == 1)
            for _ in range(20):
                gone = project()
                await rooms.announce(redis, [ProjectChanged(gone), ProjectDeleted(gone)])
                for stage in stages:
                    await stage.until(
                        lambda stage=stage, gone=gone: stage.deleted[-1:] == [gone], within=WITHIN
                    )  # type: ignore[misc]
        assert [len(stage.deleted) for stage in stages] == [20, 20], "each message once, and no other kind"

    uvloop.run(run())


def test_a_restart_of_redis_is_a_gap_that_each_stage_is_told_of(fresh_stack: Stack) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        control = Control(fresh_stack.redis_url, stop)
        stage = Stage(control)
        async with running(control, stop):
            await stage.until(lambda: stage.misses == 1)
            fresh_stack.servers.restart_valkey(kill=True)
            await stage.until(lambda: stage.misses == 2)
            gone = project()
            await publish(fresh_stack.redis_url, ProjectDeleted(gone))
            await stage.until(lambda: stage.deleted == [gone])

    uvloop.run(run())


def test_what_cannot_be_read_and_what_a_stage_raises_stop_nothing(stack: Stack) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        control = Control(stack.redis_url, stop)

        def fail(_: ProjectDeleted) -> None:
            raise KeyError("a fault of ours")

        control.listen(ProjectDeleted, fail, missed=lambda: None)
        stage = Stage(control)
        async with running(control, stop), connection.client(stack.redis_url, connections=1) as redis:
            await stage.until(lambda: stage.misses == 1)
            await redis.publish(names.NEWS, b"not ours")
            await redis.publish(names.NEWS, b"\x91\x92\xcd\x0f\xff\xc4\x10" + bytes(16))  # of a later release
            gone = project()
            await rooms.announce(redis, [ProjectDeleted(gone)])
            await stage.until(lambda: stage.deleted == [gone])

    uvloop.run(run())


def test_a_thousand_messages_are_heard_and_a_bounded_number_is_kept(stack: Stack) -> None:
    async def run() -> None:
        stop, before = asyncio.Event(), counters[Metric.CONTROL_MESSAGES]
        control = Control(stack.redis_url, stop)
        sealer = Sealer.of(settings.read({"PARLEY_SECRET_KEY": SECRET}))
        async with pool.open_database(stack.database_url, size=1) as database:
            process = Process(settings.read({}), sealer, "w", database, control, Wakeup(), stop)
            deletion = PromptDeletion(process)  # it does not run, so that it keeps all that it may
            stage = Stage(control)
            async with running(control, stop):
                await stage.until(lambda: stage.misses == 1)
                await publish(stack.redis_url, *[ProjectDeleted(project()) for _ in range(1_000)])
                await stage.until(lambda: len(stage.deleted) == 1_000)
            kept = deletion._deleted  # how much it keeps cannot be seen from outside
            assert list(kept) == stage.deleted[: prompt_deletion.MAX_QUEUE]
            assert counters[Metric.CONTROL_MESSAGES] == before + 1_000

    uvloop.run(run())


@contextmanager
def no_rounds(stack: Stack) -> Iterator[None]:
    """Holds the janitor's lease, so that no worker runs a round: what is removed was removed at a message."""
    loop = asyncio.new_event_loop()
    held = loop.run_until_complete(asyncpg.connect(stack.owner_url))
    try:
        assert loop.run_until_complete(locks.take(held, locks.JANITOR, [0])) == {0}
        yield
    finally:
        loop.run_until_complete(held.close())
        loop.close()


def delete(stack: Stack, *projects: bytes) -> None:
    """Deletes projects as the API does, but without the control message."""

    async def run() -> None:
        conn = await asyncpg.connect(stack.database_url)
        await codecs.prepare(conn)
        for one in projects:
            async with conn.transaction():
                await project_deletion.begin(conn, ProjectId(one), now=ids.now())
        await conn.close()

    asyncio.run(run())


def filled(stack: Stack) -> bytes:
    """A project with conversations and queued mail."""
    made = add_project(stack)
    stack.sql(
        "WITH v AS (INSERT INTO visitors (project_id, id) SELECT $1, gen_random_uuid() "
        "FROM generate_series(1, $2::int) RETURNING id) "
        "INSERT INTO conversations (project_id, id, visitor_id, last_message_at) "
        "SELECT $1, gen_random_uuid(), id, now() FROM v",
        UUID(bytes=made),
        SOME_ROWS,
    )
    stack.sql(
        "INSERT INTO mails (id, project_id, recipient, template, language, sealed, due_at, created_at) "
        "SELECT gen_random_uuid(), $1, 'a@b.example', 'invitation', 'en', '', now() + interval '1 h', now()",
        UUID(bytes=made),
    )
    return made


def rows(stack: Stack, made: bytes) -> int:
    count: int = stack.sql(
        "SELECT (SELECT count(*) FROM conversations WHERE project_id = $1) "
        "+ (SELECT count(*) FROM visitors WHERE project_id = $1) "
        "+ (SELECT count(*) FROM mails WHERE project_id = $1)",
        UUID(bytes=made),
    )[0][0]
    return count


def send_deleted(stack: Stack, *projects: bytes) -> None:
    asyncio.run(publish(stack.redis_url, *[ProjectDeleted(ProjectId(one)) for one in projects]))


def subscribers(stack: Stack) -> int:
    async def count() -> int:
        async with connection.client(stack.redis_url, connections=1) as redis:
            return sum((await redis.pubsub_numsub(names.NEWS)).values())

    return asyncio.run(count())


def test_the_rows_of_a_deleted_project_go_at_the_message_and_those_of_others_stay(
    fresh_stack: Stack,
) -> None:
    stack = fresh_stack
    gone, alive = filled(stack), filled(stack)
    with no_rounds(stack):
        workers = [stack.spawn("worker", "janitor") for _ in range(2)]
        workers[0].wait_until(lambda: subscribers(stack) == len(workers), what="subscribed")
        delete(stack, gone)
        send_deleted(stack, alive, gone)  # a message that is wrong, or forged, deletes nothing
        workers[0].wait_until(lambda: rows(stack, gone) == 0, what="clearing the project")
        assert rows(stack, alive) == 2 * SOME_ROWS + 1
        assert stack.sql("SELECT count(*) FROM projects WHERE id = $1", UUID(bytes=gone))[0][0] == 1, (
            "its own row is the rounds' to remove, when all work in progress has ended"
        )
        for worker in workers:
            assert worker.stop() == 0 and "stage.failed" not in worker.text


def test_a_project_deleted_while_redis_is_away_is_cleared_when_it_is_back(fresh_stack: Stack) -> None:
    stack = fresh_stack
    gone = filled(stack)
    with no_rounds(stack):
        worker = stack.spawn("worker", "janitor")
        worker.wait_until(lambda: subscribers(stack) == 1, what="subscribed")
        stack.servers.stop_valkey(kill=True)
        delete(stack, gone)
        worker.wait_for_line("subscription.lost")
        stack.servers.start_valkey()
        worker.wait_until(lambda: rows(stack, gone) == 0, what="clearing the project")
        worker.wait_for_line("subscription.back")
        assert worker.stop() == 0


@pytest.mark.parametrize("redis_is", ["there", "dead", "stopped"])
@pytest.mark.soak
def test_a_worker_stops_cleanly_whatever_redis_does(fresh_stack: Stack, redis_is: str) -> None:
    stack = fresh_stack
    worker = stack.spawn("worker")
    worker.wait_until(lambda: subscribers(stack) == 1, what="subscribed")
    try:
        if redis_is == "dead":
            stack.servers.stop_valkey(kill=True)
        elif redis_is == "stopped":
            stack.servers.valkey.pause()
        began = time.monotonic()
        assert worker.stop() == 0
        assert time.monotonic() - began < STOPS_WITHIN
        assert "worker.stopped" in worker.text
    finally:
        stack.servers.valkey.resume()
        if redis_is == "dead":
            stack.servers.start_valkey()


def test_a_worker_whose_stages_listen_to_nothing_does_not_subscribe(fresh_stack: Stack) -> None:
    worker = fresh_stack.spawn("worker", "inbound", "relay")
    worker.wait_for_line("relay.leads")
    assert subscribers(fresh_stack) == 0
    assert worker.stop() == 0
