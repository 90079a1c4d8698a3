"""Connections to Postgres, one per stage: a lease ends with the connection that works under it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from core.db import codecs, connection_settings
from core.text import reasons

Driver = Any
"""asyncpg's Connection; asyncpg has no types."""

CONNECT_TIMEOUT = 5.0  # seconds
ANSWER_TIMEOUT = 20.0  # seconds for one statement; after that the server counts as gone
CLOSE_TIMEOUT = 3.0  # seconds

UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, our backend was terminated
    asyncpg.InsufficientResourcesError,  # disk full, too many connections
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby, until it is promoted
)
"""Transient errors: nothing is wrong with the statement, and a retry may succeed."""


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
            await codecs.prepare(conn)
            await connection_settings.prepare_stage(conn, durable=durable)
        except asyncpg.PostgresError as error:
            raise connection_settings.Refused(reasons.said(error)) from error
        yield conn
    finally:
        try:
            await conn.close(timeout=CLOSE_TIMEOUT)
        except (*UNAVAILABLE, asyncpg.PostgresError):
            conn.terminate()
