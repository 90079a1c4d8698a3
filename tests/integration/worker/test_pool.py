"""The worker's pool on a real Postgres: bounded, with the settings of a stage, whole after any failure."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from core.telemetry.metrics import Timing, timings
from tests.patience import PATIENCE
from tests.stack import Stack
from worker import pool
from worker.pool import Database

SIZE = 2
MINE = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'parley worker' AND datname = $1"


def with_database(stack: Stack, work: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asyncio.timeout(PATIENCE), pool.open_database(stack.database_url, size=SIZE) as database:
            await work(database)

    asyncio.run(run())


def connections(stack: Stack) -> int:
    count: int = stack.sql(MINE, stack.database_url.rsplit("/", 1)[1].split("?")[0])[0][0]
    return count


def test_it_connects_when_needed_and_to_its_limit(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(database: Database) -> None:
        assert connections(stack) == 0
        waits = sum(timings[Timing.DATABASE_WAIT].buckets)
        async with database.connection(), database.connection():
            # Only now: connecting counts towards it, and takes longer beside other tests.
            monkeypatch.setattr(pool, "ACQUIRE_TIMEOUT", 0.2)
            with pytest.raises(pool.UNAVAILABLE):
                async with database.connection():
                    pass
            monkeypatch.undo()
            assert connections(stack) == SIZE
        assert sum(timings[Timing.DATABASE_WAIT].buckets) == waits + SIZE + 1
        async with database.connection() as conn:
            assert await conn.fetchval("SELECT 1") == 1

    with_database(stack, work)
    assert connections(stack) == 0


def test_its_connections_keep_the_settings_of_a_stage_and_roll_back(stack: Stack) -> None:
    async def settings(conn: pool.Driver) -> list[str]:
        return [
            await conn.fetchval(f"SHOW {name}")
            for name in ("synchronous_commit", "statement_timeout", "plan_cache_mode")
        ]

    async def work(database: Database) -> None:
        for _ in range(3):
            async with database.connection() as conn:
                assert await settings(conn) == ["on", "15s", "force_generic_plan"]
                await conn.execute("BEGIN")
                await conn.execute("SET LOCAL synchronous_commit = off")
        assert connections(stack) == 1

    with_database(stack, work)


def test_a_connection_that_dies_is_replaced(stack: Stack) -> None:
    async def work(database: Database) -> None:
        for _ in range(2 * SIZE):
            with pytest.raises((*pool.UNAVAILABLE, asyncpg.PostgresError)):
                async with database.connection() as conn:
                    await conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        async with database.connection() as first, database.connection() as second:
            assert await first.fetchval("SELECT 1") + await second.fetchval("SELECT 1") == 2

    with_database(stack, work)


def test_two_hundred_cancelled_calls_leave_it_whole(stack: Stack) -> None:
    async def call(database: Database) -> None:
        async with database.connection() as conn:
            await conn.execute("SELECT pg_sleep(60)")

    async def work(database: Database) -> None:
        for round_ in range(20):
            calls = [asyncio.create_task(call(database)) for _ in range(10)]
            await asyncio.sleep(0.002 * round_)  # some wait, some connect, some run a statement
            for one in calls:
                one.cancel()
            await asyncio.wait(calls)
        async with database.connection() as first, database.connection() as second:
            assert await first.fetchval("SELECT 1") + await second.fetchval("SELECT 1") == 2

    with_database(stack, work)


def test_a_call_stays_cancelled_though_its_release_takes_too_long(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "CLOSE_TIMEOUT", 0.0)

    async def work(database: Database) -> None:
        async def call() -> None:
            async with database.connection() as conn:
                await conn.execute("SELECT pg_sleep(60)")

        task = asyncio.create_task(call())
        asleep = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%' AND datname = $1"
        name = stack.database_url.rsplit("/", 1)[1].split("?")[0]
        while not await asyncio.to_thread(stack.sql, asleep, name):  # noqa: ASYNC110  a row of Postgres
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with_database(stack, work)


def test_a_refused_connection_says_why(stack: Stack) -> None:
    async def run() -> None:
        url = stack.database_url.rsplit("/", 1)[0] + "/no_such_database"
        async with pool.open_database(url, size=SIZE) as database:
            with pytest.raises(pool.UNAVAILABLE, match="no_such_database"):
                async with database.connection():
                    pass

    asyncio.run(run())
