"""Postgres: whether it can be reached and how, then everything else of this folder."""

from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg

from core.db.connection import Connection
from core.text import reasons
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation
from server.doctor.postgres import configuration, rights, rows
from server.pool import UNAVAILABLE, Database, open_database

CHANGE: Final = "start Postgres, or correct PARLEY_DATABASE_URL"
Part = Callable[[Connection, Installation], Awaitable[list[Finding]]]
PARTS: Final[tuple[Part, ...]] = (configuration.examine, rights.examine, rows.examine)


async def examine(installation: Installation) -> list[Finding]:
    """Inside `open_loop()`. Writes nothing."""
    settings = installation.settings
    findings: list[Finding] = []
    try:
        async with open_database(
            settings.database_url, size=2, prepare=_as_it_is, name="parley-doctor"
        ) as database:
            findings += await _pooled(database)
            async with database.connection() as conn:
                for part in PARTS:
                    findings += await part(conn, installation)
    except asyncpg.InvalidSQLStatementNameError as error:
        return [*findings, _is_pooled(str(error))]
    except (*UNAVAILABLE, asyncpg.PostgresError) as error:
        if isinstance(error, asyncpg.DuplicatePreparedStatementError):
            return [*findings, _is_pooled(str(error))]
        findings.append(_unreachable(error))
    if settings.replica_url:
        findings += await _replica(settings.replica_url)
    return findings


async def _as_it_is(_conn: Connection) -> None:
    """Keep what role and database set, to see it."""


async def _pooled(database: Database) -> list[Finding]:
    """Whether a connection gets another backend as soon as another client has used its own."""
    async with database.connection() as conn:
        before = await _backend(conn)
        async with database.transaction() as other:
            await _backend(other)
            after = await _backend(conn)
    if before == after:
        return []
    return [_is_pooled("two statements of a connection ran in different backends")]


async def _backend(conn: Connection) -> int:
    found_pid: int = await conn.fetchval("SELECT pg_backend_pid()")
    return found_pid


def _is_pooled(why: str) -> Finding:
    return found(
        Code.POSTGRES_POOLED,
        f"a pooler in transaction or statement mode is before Postgres ({why}): locks and LISTEN of workers"
        " cannot work",
        "pgbouncer.ini: pool_mode = session; or PARLEY_DATABASE_URL= with Postgres itself",
    )


def _unreachable(error: Exception) -> Finding:
    if isinstance(error, asyncpg.TooManyConnectionsError):
        return found(
            Code.TOO_FEW_CONNECTIONS,
            f"every connection is taken ({error}): nothing else of Postgres was examined",
            "end what is not Parley's (SELECT application_name, count(*) FROM pg_stat_activity GROUP BY 1),"
            " or raise max_connections, or the CONNECTION LIMIT of the role or of the database",
        )
    return found(Code.POSTGRES_AWAY, f"Postgres does not answer: {reasons.said(error)}", CHANGE)


async def _replica(url: str) -> list[Finding]:
    try:
        async with (
            open_database(url, size=1, prepare=_as_it_is, name="parley-doctor") as database,
            database.connection() as conn,
        ):
            if await conn.fetchval("SELECT pg_is_in_recovery()"):
                return []
    except (*UNAVAILABLE, asyncpg.PostgresError) as error:
        return [
            found(
                Code.REPLICA_AWAY,
                f"the standby does not answer, so the primary serves its reads: {reasons.said(error)}",
                "start the standby, or remove PARLEY_REPLICA_URL",
            )
        ]
    return [
        found(
            Code.REPLICA_IS_PRIMARY,
            "PARLEY_REPLICA_URL is no standby: what is read there may never have been stored here",
            "PARLEY_REPLICA_URL= with a streaming standby of PARLEY_DATABASE_URL",
        )
    ]
