"""What is set in Postgres: durability, vacuum, time limits, characters, connections, clock."""

from collections.abc import Iterator
from typing import Any, Final

from core.db.connection import Connection
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation, clock_difference

OLDEST: Final = 150_000
SERVER_SPARE: Final = 2  # connections for an operator and a backup
OF_STAGES: Final = 16  # connections of a worker's stages, beside its pool: a test compares their table
SHORTEST_STATEMENT: Final = 15_000  # ms, which the stages of workers set themselves
SHORTEST_IDLE: Final = 60_000  # ms
MUST_BE_ON: Final = {
    "fsync": (Code.FSYNC_OFF, "after a power failure the whole database may be lost"),
    "full_page_writes": (Code.PAGE_WRITES_OFF, "after a power failure pages may be half written"),
    "autovacuum": (Code.AUTOVACUUM_OFF, "tables grow without end, and statements get slower"),
    "track_counts": (Code.AUTOVACUUM_OFF, "autovacuum does not see which tables need it"),
}

READ: Final = [
    *MUST_BE_ON,
    "synchronous_commit",
    "server_version_num",
    "server_version",
    "statement_timeout",
    "idle_session_timeout",
    "max_connections",
    "superuser_reserved_connections",
]


async def examine(conn: Connection, installation: Installation) -> list[Finding]:
    """As the role of servers and workers sees it."""
    read = await conn.fetch("SELECT name, setting, source FROM pg_settings WHERE name = ANY($1)", READ)
    values = {row["name"]: row["setting"] for row in read}
    sources = {row["name"]: row["source"] for row in read}
    database = await conn.fetchrow(
        "SELECT pg_encoding_to_char(d.encoding) AS encoding, d.datctype, d.datlocprovider, d.datconnlimit,"
        " r.rolconnlimit, extract(epoch FROM clock_timestamp())::float8 AS now"
        " FROM pg_stat_activity a JOIN pg_database d ON d.oid = a.datid JOIN pg_roles r ON r.oid = a.usesysid"
        " WHERE a.pid = pg_backend_pid()"
    )
    return [
        *_durability(values, sources),
        *_timeouts(values, sources),
        *_characters(database),
        *_connections(values, database, installation),
        *_clock(database["now"]),
    ]


def _where(name: str, source: str, value: str) -> str:
    """The statement that sets it where it was set."""
    if source in {"database", "user", "database user"}:
        return (
            f"ALTER ROLE … RESET {name}; or ALTER DATABASE … RESET {name} (it is set for the {source}),"
            f" then postgresql.conf: {name} = {value}"
        )
    return f"postgresql.conf: {name} = {value}"


def _durability(values: dict[str, str], sources: dict[str, str]) -> Iterator[Finding]:
    if int(values["server_version_num"]) < OLDEST:
        yield found(
            Code.POSTGRES_OLD,
            f"Postgres {values['server_version']} is too old",
            "install PostgreSQL 15 or newer",
        )
    for name, (code, why) in MUST_BE_ON.items():
        if values[name] != "on":
            yield found(code, f"{name} is off: {why}", _where(name, sources[name], "on"))
    if values["synchronous_commit"] == "off":
        yield found(
            Code.COMMIT_NOT_DURABLE,
            "synchronous_commit is off: a crash of Postgres loses messages that were shown as sent",
            _where("synchronous_commit", sources["synchronous_commit"], "on"),
        )


def _timeouts(values: dict[str, str], sources: dict[str, str]) -> Iterator[Finding]:
    statement, idle = int(values["statement_timeout"]), int(values["idle_session_timeout"])
    if 0 < statement < SHORTEST_STATEMENT:
        yield found(
            Code.STATEMENT_TIMEOUT,
            f"statement_timeout is {statement} ms: migrations and the deletion of projects are cut off",
            _where("statement_timeout", sources["statement_timeout"], "0"),
        )
    if 0 < idle < SHORTEST_IDLE:
        yield found(
            Code.IDLE_TIMEOUT,
            f"idle_session_timeout is {idle} ms: pools and the listener of the relay reconnect all the time",
            _where("idle_session_timeout", sources["idle_session_timeout"], "0"),
        )


def _characters(database: Any) -> Iterator[Finding]:
    create = (
        "CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8', then restore"
    )
    if database["encoding"] != "UTF8":
        yield found(
            Code.NOT_UTF8,
            f"the encoding of the database is {database['encoding']}: most languages cannot be stored",
            create,
        )
    elif database["datctype"] in {"C", "POSIX"} and database["datlocprovider"] in {"c", b"c"}:  # libc's
        yield found(
            Code.ASCII_ONLY,
            f"LC_CTYPE of the database is {database['datctype']}: search finds ASCII letters only",
            create,
        )


def _connections(values: dict[str, str], database: Any, installation: Installation) -> Iterator[Finding]:
    settings = installation.settings
    servers, workers = max(1, settings.server_processes), max(1, settings.worker_processes)
    needed = servers * (settings.database_pool + settings.read_pool) + workers * (
        OF_STAGES + settings.database_pool
    )
    free = int(values["max_connections"]) - int(values["superuser_reserved_connections"]) - SERVER_SPARE
    limits = {
        "max_connections": free,
        "the limit of the database": database["datconnlimit"],
        "the limit of the role": database["rolconnlimit"],
    }
    for name, limit in limits.items():
        if 0 <= limit < needed:
            yield found(
                Code.TOO_FEW_CONNECTIONS,
                f"{name} leaves {limit} connections; {servers} servers and {workers} workers need {needed}",
                f"postgresql.conf: max_connections = {needed + SERVER_SPARE + 20}"
                if name == "max_connections"
                else "ALTER ROLE … CONNECTION LIMIT -1; ALTER DATABASE … CONNECTION LIMIT -1",
            )


def _clock(now: float) -> Iterator[Finding]:
    if difference := clock_difference(now):
        yield found(
            Code.CLOCK_POSTGRES,
            f"the clock of Postgres differs from this machine's by {difference:+.0f} s",
            "run chrony or systemd-timesyncd on both machines",
        )
