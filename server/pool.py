"""Postgres for Trio: asyncpg's pool under trio-asyncio. Only this module and `aio` may use asyncio."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, Final, TypeVar, cast

import asyncpg
import trio
from trio_asyncio import aio_as_trio, current_loop

from core.db import codecs, connection_settings
from core.db.connection import Connection
from core.telemetry.log import Log, log
from core.telemetry.metrics import Timing, timed
from core.text import reasons

CONNECT_TIMEOUT: Final = 3.0  # seconds
ACQUIRE_TIMEOUT: Final = 4.0  # seconds to wait for a free connection
STATEMENT_TIMEOUT: Final = 5.0  # seconds
RELEASE_TIMEOUT: Final = 2.0  # seconds; beyond it the connection is terminated

UNAVAILABLE: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that Postgres is just ending
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, our backend was ended, too slow
    asyncpg.InsufficientResourcesError,  # disk full, too many connections
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby, until it is promoted
)
"""Transient errors: Postgres is unavailable, late, stopping or full; a later call may succeed."""

TAKEN: Final = asyncpg.UniqueViolationError
"""Raised by a statement when another transaction was first to store a unique value."""

T = TypeVar("T")
Prepare = Callable[[Connection], Awaitable[None]]

before_commit: Final[ContextVar[Prepare | None]] = ContextVar("before_commit", default=None)
"""What the current task writes in each of its transactions, last: with an error of it nothing is committed.

`commit` does not use it: what runs there belongs to several requests.
"""


class TrioConnection:
    """A connection of asyncpg that can be awaited from Trio; implements the core's `Connection`."""

    __slots__ = ("_link",)

    def __init__(self, link: asyncpg.Connection) -> None:
        self._link = link

    async def execute(self, query: str, *args: Any) -> str:
        return cast("str", await aio_as_trio(self._link.execute)(query, *args))

    async def fetch(self, query: str, *args: Any) -> Sequence[Any]:
        return cast("Sequence[Any]", await aio_as_trio(self._link.fetch)(query, *args))

    async def fetchrow(self, query: str, *args: Any) -> Any:
        return await aio_as_trio(self._link.fetchrow)(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        return await aio_as_trio(self._link.fetchval)(query, *args)


class Database:
    """The pool of one process. Connects lazily, so that the server starts and runs without Postgres."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._is_away = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection outside a transaction. Raises UNAVAILABLE."""
        link = await aio_as_trio(self._acquire)()
        try:
            yield TrioConnection(link)
        finally:
            with trio.CancelScope(shield=True):
                await aio_as_trio(self._release)(link)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside a transaction: committed at the end, rolled back by any exception."""
        async with self.connection() as conn:
            await conn.execute("BEGIN")
            yield conn
            if (write := before_commit.get()) is not None:
                await write(conn)
            # After an exception the pool's release rolls back: it resets the connection.
            await conn.execute("COMMIT")

    async def commit(self, work: Callable[[Connection], Awaitable[T]], *, then: str = "") -> T:
        """Run `work` in a transaction and return its result; roll back when it raises. Raises UNAVAILABLE.

        `then` is a statement for after the commit, sent together with it. An error of `then`, like an error
        of the commit itself, leaves open whether the commit succeeded: the caller must be able to retry.

        All of it runs on asyncio's side: one crossing between the loops instead of one for each statement.
        `work` may await its connection and nothing else.
        """
        return cast("T", await aio_as_trio(self._commit)(work, then))

    async def read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Like `commit`, but outside a transaction."""
        return cast("T", await aio_as_trio(self._read)(work))

    async def _commit(self, work: Callable[[Connection], Awaitable[T]], then: str) -> T:
        link = await self._acquire()
        try:
            await link.execute("BEGIN")
            result = await work(link)
            # As in `transaction`, the release rolls back if this is not reached.
            await link.execute(f"COMMIT; {then}" if then else "COMMIT")
        except BaseException:
            await self._release(link)
            raise
        await self._pool.release(link)
        return result

    async def _read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        link = await self._acquire()
        try:
            result = await work(link)
        except BaseException:
            await self._release(link)
            raise
        await self._pool.release(link)
        return result

    async def _acquire(self) -> asyncpg.Connection:
        """On asyncio's side. Logs when Postgres becomes unavailable, with its reason, and when it is back."""
        try:
            with timed(Timing.DATABASE_WAIT):
                link = await self._pool.acquire(timeout=ACQUIRE_TIMEOUT)
        except (*UNAVAILABLE, asyncpg.PostgresError) as error:
            if not self._is_away:
                log(Log.POSTGRES_AWAY, level=logging.WARNING, error=error)
            self._is_away = True
            if isinstance(error, UNAVAILABLE):
                raise
            raise connection_settings.Refused(reasons.said(error)) from error
        if self._is_away:
            self._is_away = False
            log(Log.POSTGRES_BACK)
        return link

    async def _release(self, link: asyncpg.Connection) -> None:
        """On asyncio's side: release a connection that may be within a statement or a transaction."""
        # Where the release fails, asyncpg has terminated the connection and taken it out of the pool.
        with suppress(*UNAVAILABLE):
            await self._pool.release(link, timeout=RELEASE_TIMEOUT)


@asynccontextmanager
async def open_database(
    url: str,
    *,
    size: int,
    prepare: Prepare = connection_settings.prepare,
    at_most: float = STATEMENT_TIMEOUT,
    name: str = "parley-server",
) -> AsyncIterator[Database]:
    """A pool of at most `size` connections, inside `open_loop()`.

    `prepare` sets up each connection; a statement may take `at_most` seconds; Postgres shows the `name`.
    """
    current_loop.get().set_exception_handler(_left_behind)
    pool = asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        timeout=CONNECT_TIMEOUT,
        command_timeout=at_most,
        # Idle connections stay. Each use would restart their timer, and trio-asyncio keeps a cancelled timer,
        # with the request in whose context it was set, until it is due: 9 KB for five minutes.
        max_inactive_connection_lifetime=0,
        init=partial(_prepare, prepare),
        reset=_keep,
        server_settings={"application_name": name},
    )
    await aio_as_trio(_opened)(pool)
    try:
        yield Database(pool)
    finally:
        pool.terminate()


def _left_behind(_loop: object, context: dict[str, Any]) -> None:
    """Log an exception that no task awaits: asyncpg leaves one when a connection attempt is abandoned.

    trio-asyncio's own handler would raise it and end the whole process.
    """
    error = context.get("exception")
    log(Log.POSTGRES_LEFTOVER, level=logging.DEBUG, error=error, message=context.get("message", ""))


async def _prepare(prepare: Prepare, link: asyncpg.Connection) -> None:
    await codecs.prepare(link)
    await prepare(link)


async def _keep(_link: asyncpg.Connection) -> None:
    """Skip asyncpg's RESET ALL, which costs a round trip: our state ends with the transaction, which asyncpg
    rolls back.
    """


async def _opened(pool: asyncpg.Pool) -> None:
    await pool
