"""Reads that may take long: on a standby that keeps up, on the primary otherwise, never without an end."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import trio

from core.config.settings import Settings
from core.db.connection import Connection
from core.telemetry.metrics import Metric, counters
from server.aio import open_loop
from server.pool import UNAVAILABLE, open_database
from server.reading.pool import ReadPool, open_read_pool
from tests.database import sql
from tests.integration.server.standby import Pair, pair
from tests.patience import PATIENCE
from tests.stack import Servers, Stack

ONES = "SELECT count(*) FROM seen WHERE n = 1"


@pytest.fixture(scope="module")
def both(servers: Servers) -> Iterator[Pair]:
    with pair(servers.directory / "replicated") as made:
        yield made


@asynccontextmanager
async def opened(url: str, replica_url: str = "", *, seconds: float = 8.0) -> AsyncIterator[ReadPool]:
    settings = Settings(database_url=url, replica_url=replica_url, read_timeout_seconds=seconds)
    async with open_loop(), open_read_pool(settings) as pool:
        yield pool


async def on_standby(conn: Connection) -> bool:
    found: bool = await conn.fetchval("SELECT pg_is_in_recovery()")
    return found


async def until(pool: ReadPool, *, standby: bool) -> None:
    """Wait until reads are answered there."""
    with trio.fail_after(PATIENCE):
        while await pool.read(on_standby) is not standby:  # noqa: ASYNC110  the servers decide
            await trio.sleep(0.05)


def skipped() -> float:
    return counters[Metric.REPLICA_SKIPPED]


async def test_without_a_replica_reads_go_to_the_primary_and_are_not_counted(stack: Stack) -> None:
    before = skipped()
    async with opened(stack.database_url) as pool:
        assert await pool.read(on_standby) is False
    assert skipped() == before


async def test_the_planner_has_its_defaults_and_the_message_path_keeps_its_settings(stack: Stack) -> None:
    async def asked(conn: Connection) -> list[str]:
        names = (
            "enable_seqscan enable_hashjoin plan_cache_mode default_transaction_read_only statement_timeout"
        )
        return [await conn.fetchval("SELECT current_setting($1)", name) for name in names.split()]

    async with opened(stack.database_url, seconds=2.5) as pool:
        assert await pool.read(asked) == ["on", "on", "force_custom_plan", "on", "2500ms"]
    async with open_loop(), open_database(stack.database_url, size=1) as database:
        assert await database.read(asked) == ["off", "off", "force_generic_plan", "off", "0"]


async def test_a_statement_that_takes_too_long_is_ended_in_postgres(stack: Stack) -> None:
    async with opened(stack.database_url, seconds=0.2) as pool:
        with pytest.raises(asyncpg.QueryCanceledError) as found, trio.fail_after(PATIENCE):
            await pool.read(lambda conn: conn.fetchval("SELECT pg_sleep(100)"))
        assert isinstance(found.value, UNAVAILABLE), "its caller is answered 503"
        assert await pool.read(lambda conn: conn.fetchval("SELECT 1")) == 1
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(100)%' AND state = 'active'"
    assert stack.sql(running + " AND pid <> pg_backend_pid()")[0][0] == 0


async def test_nothing_can_be_written(stack: Stack) -> None:
    async with opened(stack.database_url) as pool:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await pool.read(lambda conn: conn.execute("UPDATE users SET full_name = ''"))


async def test_a_standby_that_keeps_up_answers(both: Pair) -> None:
    async with opened(both.url, both.replica_url) as pool:
        await until(pool, standby=True)
        both.write(1)
        with trio.fail_after(PATIENCE):
            while await pool.read(lambda conn: conn.fetchval(ONES)) != 1:  # noqa: ASYNC110  likewise
                await trio.sleep(0.01)


@pytest.mark.soak
async def test_an_idle_primary_does_not_make_its_standby_late(both: Pair) -> None:
    async with opened(both.url, both.replica_url) as pool:
        await until(pool, standby=True)
        before = skipped()
        with trio.move_on_after(7):  # longer than the lag that is allowed
            while True:
                assert await pool.read(on_standby) is True
                await trio.sleep(0.2)
        assert skipped() == before


@pytest.mark.soak
async def test_a_standby_more_than_five_seconds_behind_is_left_alone_until_it_has_caught_up(
    both: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="parley")
    async with opened(both.url, both.replica_url) as pool:
        await until(pool, standby=True)
        sql(both.replica_owner_url, "SELECT pg_wal_replay_pause()")
        both.write(2)
        wrote = trio.current_time()
        before = skipped()
        await until(pool, standby=False)
        assert 3.0 < trio.current_time() - wrote < 15.0
        assert skipped() > before
        assert await pool.read(lambda conn: conn.fetchval("SELECT count(*) FROM seen WHERE n = 2")) == 1
        with trio.fail_after(PATIENCE):
            while "replica.skipped" not in caplog.messages:  # noqa: ASYNC110  logged by the next check
                await trio.sleep(0.05)
        assert counters[Metric.REPLICA_LAG] > 5
        sql(both.replica_owner_url, "SELECT pg_wal_replay_resume()")
        await until(pool, standby=True)
    assert [line for line in caplog.messages if line.startswith("replica.")] == [
        "replica.used",
        "replica.skipped",
        "replica.used",
    ]


async def test_reads_go_on_while_the_standby_is_killed_and_return_to_it(both: Pair) -> None:
    async with opened(both.url, both.replica_url) as pool:
        await until(pool, standby=True)
        before = skipped()
        answered = 0
        both.kill_standby()
        await until(pool, standby=False)  # a backend outlives its postmaster for a moment
        for _ in range(20):
            with trio.fail_after(5):
                assert await pool.read(on_standby) is False
            answered += 1
        assert answered == 20
        assert skipped() >= before + 20
        both.start_standby()
        await until(pool, standby=True)


async def test_a_read_that_the_standby_ends_in_the_middle_is_repeated_on_the_primary(both: Pair) -> None:
    async with opened(both.url, both.replica_url) as pool:
        await until(pool, standby=True)
        places: list[bool] = []

        async def slow(conn: Connection) -> int:
            places.append(await on_standby(conn))
            if places == [True]:
                await conn.fetchval("SELECT pg_terminate_backend(pg_backend_pid())")
            return 7

        assert await pool.read(slow) == 7
        assert places == [True, False]


async def test_a_statement_too_slow_for_the_standby_is_not_repeated_on_the_primary(both: Pair) -> None:
    async with opened(both.url, both.replica_url, seconds=0.5) as pool:
        await until(pool, standby=True)
        runs: list[bool] = []

        async def slow(conn: Connection) -> None:
            runs.append(await on_standby(conn))
            await conn.fetchval("SELECT pg_sleep(100)")

        with pytest.raises(asyncpg.QueryCanceledError):
            await pool.read(slow)
        assert runs == [True]


async def test_a_server_that_is_no_standby_of_the_primary_is_never_used(both: Pair, stack: Stack) -> None:
    async with opened(both.url, stack.database_url) as pool:
        with trio.move_on_after(2.5):
            while True:
                port = await pool.read(lambda conn: conn.fetchval("SELECT inet_server_port()"))
                assert port == both.postgres.port
                await trio.sleep(0.1)


async def test_a_replica_that_is_not_there_at_the_start_is_no_obstacle(both: Pair) -> None:
    async with opened(both.url, "postgresql://parley_app:wrong@127.0.0.1:1/parley") as pool:
        with trio.fail_after(PATIENCE):
            assert await pool.read(on_standby) is False
