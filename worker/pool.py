"""Connections to Postgres: a pool for short work, and one of its own for a stage that holds something in it.

An advisory lock and a LISTEN belong to their connection, and a lease must end with the connection that works
under it, so that a holder that was ended cannot commit. The pool's connections hold neither.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from core.db import codecs, connection_settings
from core.telemetry.metrics import Timing, timed
from core.text import reasons

Driver = Any
"""asyncpg's Connection; asyncpg has no types."""

CONNECT_TIMEOUT = 5.0  # seconds
ACQUIRE_TIMEOUT = 5.0  # seconds to wait for a free connection of the pool
ANSWER_TIMEOUT = 20.0  # seconds for one statement; after that the server counts as gone
CLOSE_TIMEOUT = 3.0  # seconds

UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that Postgres is just ending
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, our backend was terminated
    asyncpg.InsufficientResourcesError,  # disk full, too many connections
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby, until it is promoted
)
"""Transient errors: nothing is wrong with the statement, and a retry may succeed."""


class Database:
    """The pool of one process. Connects when a connection is needed."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Driver]:
        """A durable connection outside a transaction; raises UNAVAILABLE, also when none is free in time.

        Whatever it is left with stays: take no session lock, and change no setting but by SET LOCAL.
        """
        try:
            with timed(Timing.DATABASE_WAIT):
                conn = await self._pool.acquire(timeout=ACQUIRE_TIMEOUT)
        except UNAVAILABLE:
            raise
        except asyncpg.PostgresError as error:
            raise connection_settings.Refused(reasons.said(error)) from error
        try:
            yield conn
        finally:
            # Where the release fails, asyncpg has terminated the connection and taken it out of the pool.
            # Its error must not replace the caller's, which may be a cancellation.
            with suppress(*UNAVAILABLE):
                await self._pool.release(conn, timeout=CLOSE_TIMEOUT)


@asynccontextmanager
async def open_database(url: str, *, size: int) -> AsyncGenerator[Database]:
    """A pool of at most `size` connections."""
    pool = asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        timeout=CONNECT_TIMEOUT,
        command_timeout=ANSWER_TIMEOUT,
        init=_prepare,
        reset=_keep,
        server_settings={"application_name": "parley worker"},
    )
    await pool
    try:
        yield Database(pool)
    finally:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await pool.close()
        except (*UNAVAILABLE, asyncpg.PostgresError):
            pool.terminate()


@asynccontextmanager
async def connection(url: str, *, name: str, durable: bool = True) -> AsyncGenerator[Driver]:
    """A connection with our codecs and settings; raises one of UNAVAILABLE when it cannot be made.

    `durable` False: a crash of Postgres may lose its last commits.
    """
    try:
        conn = await asyncpg.connect(
            url,
            timeout=CONNECT_TIMEOUT,
            command_timeout=ANSWER_TIMEOUT,
            server_settings={"application_name": name},
        )
    except asyncpg.PostgresError as error:
        raise connection_settings.Refused(reasons.said(error)) from error
    try:
        try:
            await _prepare(conn, durable=durable)
        except asyncpg.PostgresError as error:
            raise connection_settings.Refused(reasons.said(error)) from error
        yield conn
    finally:
        try:
            await conn.close(timeout=CLOSE_TIMEOUT)
        except (*UNAVAILABLE, asyncpg.PostgresError):
            conn.terminate()


async def _prepare(conn: Driver, *, durable: bool = True) -> None:
    await codecs.prepare(conn)
    await connection_settings.prepare_stage(conn, durable=durable)


async def _keep(_conn: Driver) -> None:
    """Skip asyncpg's RESET ALL: it would undo the settings. asyncpg itself rolls an open transaction back."""
