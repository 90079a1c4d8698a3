"""The bridge to Postgres: cancelled calls break nothing, and a restart is survived."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio

from core.db.connection import Connection
from server import pool
from server.aio import open_loop
from server.pool import UNAVAILABLE, Database, open_database
from tests.patience import PATIENCE
from tests.stack import Stack


@asynccontextmanager
async def opened(stack: Stack, *, size: int = 4) -> AsyncIterator[Database]:
    async with open_loop(), open_database(stack.database_url, size=size) as database:
        yield database


async def test_two_hundred_cancelled_calls_leave_the_pool_as_it_was(stack: Stack) -> None:
    async with opened(stack) as database:

        async def cancelled(after: float) -> None:
            with trio.move_on_after(after):
                async with database.connection() as conn:
                    await conn.fetchval("SELECT pg_sleep(100)")

        async with trio.open_nursery() as nursery:
            for number in range(200):
                nursery.start_soon(cancelled, number / 400)
        with trio.fail_after(PATIENCE):
            async with database.connection() as one, database.connection() as two:
                assert await one.fetchval("SELECT 1") == await two.fetchval("SELECT 1") == 1


async def test_two_hundred_cancelled_transactions_leave_the_pool_as_it_was(stack: Stack) -> None:
    async with opened(stack) as database:

        async def cancelled(number: int) -> None:
            work = database.commit if number % 2 else database.read
            with trio.move_on_after(number / 400):
                await work(lambda conn: conn.fetchval("SELECT pg_sleep(100)"))

        async with trio.open_nursery() as nursery:
            for number in range(200):
                nursery.start_soon(cancelled, number)
        with trio.fail_after(PATIENCE):
            async with database.connection() as one, database.connection() as two:
                assert await one.fetchval("SELECT 1") == await two.fetchval("SELECT 1") == 1


async def test_a_release_that_takes_too_long_replaces_the_connection(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that was cancelled waits for Postgres to end its statement; here there is no time for that."""
    async with opened(stack, size=1) as database:

        async def held() -> None:
            async with database.connection() as conn:
                await conn.fetchval("SELECT pg_sleep(100)")

        for call in (held, partial(database.read, lambda conn: conn.fetchval("SELECT pg_sleep(100)"))):
            async with database.connection() as conn:
                process = await conn.fetchval("SELECT pg_backend_pid()")
            with monkeypatch.context() as patch, trio.move_on_after(0.2):
                patch.setattr(pool, "RELEASE_TIMEOUT", 0.0)
                await call()
            async with database.connection() as conn:
                assert await conn.fetchval("SELECT pg_backend_pid()") != process


async def test_work_that_fails_or_is_cancelled_is_rolled_back(stack: Stack) -> None:
    async def insert(conn: Connection, number: int, *, then: str) -> int:
        await conn.execute("INSERT INTO written VALUES ($1)", number)
        if then == "fail":
            raise ZeroDivisionError
        if then == "stay":
            await conn.fetchval("SELECT pg_sleep(100)")
        return number

    async with opened(stack, size=1) as database:
        stack.sql("CREATE TABLE written (n int)")
        with pytest.raises(ZeroDivisionError):
            await database.commit(lambda conn: insert(conn, 1, then="fail"))
        with trio.move_on_after(0.2):
            await database.commit(lambda conn: insert(conn, 2, then="stay"))
        assert await database.commit(lambda conn: insert(conn, 3, then="go")) == 3
        assert await database.read(lambda conn: conn.fetchval("SELECT array_agg(n) FROM written")) == [3]


async def test_a_cancelled_transaction_is_rolled_back(stack: Stack) -> None:
    async with opened(stack, size=1) as database:
        stack.sql("CREATE TABLE kept (n int)")
        with trio.move_on_after(0.2):
            async with database.transaction() as conn:
                await conn.execute("INSERT INTO kept VALUES (1)")
                await trio.sleep_forever()
        with contextlib.suppress(ZeroDivisionError):
            async with database.transaction() as conn:
                await conn.execute("INSERT INTO kept VALUES (2)")
                raise ZeroDivisionError
        async with database.transaction() as conn:
            await conn.execute("INSERT INTO kept VALUES (3)")
        async with database.connection() as conn:
            assert await conn.fetchval("SELECT array_agg(n) FROM kept") == [3]


async def test_after_a_restart_of_postgres_the_next_calls_succeed(fresh_stack: Stack) -> None:
    async with opened(fresh_stack) as database:
        async with database.connection() as one, database.connection():
            assert await one.fetchval("SELECT 1") == 1
        fresh_stack.servers.stop_postgres()
        try:
            with pytest.raises(UNAVAILABLE), trio.fail_after(PATIENCE):
                async with database.connection() as conn:
                    await conn.fetchval("SELECT 1")
        finally:
            fresh_stack.servers.start_postgres()
        with trio.fail_after(PATIENCE):
            async with database.connection() as conn:
                assert await conn.fetchval("SELECT 1") == 1


async def test_waiting_for_a_free_connection_has_a_timeout(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(stack, size=1) as database, database.connection():
        monkeypatch.setattr("server.pool.ACQUIRE_TIMEOUT", 0.1)
        with pytest.raises(UNAVAILABLE):
            async with database.connection():
                pass


@pytest.mark.parametrize(
    ("trouble", "sqlstate"),
    [("disk full", "53100"), ("shutting down", "57P01"), ("deadlock", "40P01"), ("a standby", "25006")],
)
async def test_a_temporary_error_counts_as_unavailable(stack: Stack, trouble: str, sqlstate: str) -> None:
    raised = f"DO $$ BEGIN RAISE EXCEPTION '{trouble}' USING ERRCODE = '{sqlstate}'; END $$"
    async with opened(stack, size=1) as database, database.connection() as conn:
        with pytest.raises(UNAVAILABLE, match=trouble):
            await conn.execute(raised)
