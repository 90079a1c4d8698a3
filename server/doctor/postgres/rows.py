"""What stands in the database: migrations, what waits or failed, dead rows, forgotten transactions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from core.db.connection import Connection
from core.db.ops import audit_months, examination, health
from core.db.ops.examination import Failures
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation
from server.doctor.machine import is_local

FOLDER: Final = Path(__file__).parents[3] / "migrations"
RELAY_LAG: Final = 5.0  # seconds, as for /readyz
DEAD_ROWS: Final = 20_000  # of a table, if they are
DEAD_SHARE: Final = 0.4  # of its rows
IDLE: Final = 60.0  # seconds in a transaction


async def examine(conn: Connection, installation: Installation) -> list[Finding]:
    """The rows of other tables are read only once every migration has been applied."""
    if pending := sorted({path.name for path in FOLDER.glob("[0-9]*.sql")} - await health.migrations(conn)):
        return [
            found(
                Code.MIGRATIONS,
                f"{len(pending)} migrations are not applied, the first is {pending[0]}",
                "parley migrate, as the owner of the schema",
            )
        ]
    return [
        *_lag(await health.relay_lag(conn)),
        *_failed(await examination.failures(conn)),
        *_partitions(await audit_months.missing(conn)),
        *_bloat(await conn.fetch(BLOAT)),
        *_idle(await conn.fetch(TRANSACTIONS)),
        *_domains(await examination.domains(conn), installation),
    ]


BLOAT: Final = """
    SELECT relname, n_dead_tup AS dead, n_live_tup AS live FROM pg_stat_user_tables
    ORDER BY n_dead_tup DESC LIMIT 20
"""
# Of the role's own sessions: Postgres hides the state of others.
TRANSACTIONS: Final = """
    SELECT usename, application_name, extract(epoch FROM clock_timestamp() - state_change)::float8 AS idle
    FROM pg_stat_activity
    WHERE datname = current_database() AND starts_with(state, 'idle in transaction')
    ORDER BY state_change LIMIT 1
"""


def _lag(lag: float) -> Iterator[Finding]:
    if lag > RELAY_LAG:
        yield found(
            Code.RELAY_LAG,
            f"the oldest event has waited {lag:.0f} s to be published: new messages do not appear",
            "start a worker with the stage relay; its log says why it fails (stage.failed)",
        )


def _failed(counts: Failures) -> Iterator[Finding]:
    if counts.dead_letters:
        yield found(
            Code.DEAD_LETTERS,
            f"{counts.dead_letters} commands failed five times and are set aside",
            "parley dead-letters list, then parley dead-letters requeue --all",
        )
    if counts.mails:
        yield found(
            Code.DEAD_MAILS,
            f"{counts.mails} emails could not be sent",
            "parley dead-letters mails list, then parley dead-letters mails retry --all",
        )
    if counts.events:
        yield found(
            Code.DEAD_EVENTS,
            f"{counts.events} events did not reach a consumer",
            "parley dead-letters events list, then parley dead-letters events retry --all",
        )


def _partitions(missing: int) -> Iterator[Finding]:
    if missing:
        yield found(
            Code.PARTITIONS,
            f"the audit log has no partition for {'this month' if missing > 1 else 'the next month'}:"
            " its entries go to audit_log_default, which is slower to read and to clean",
            "start a worker with the stage janitor; its log says why it fails (partitions.failed)",
        )


def _bloat(tables: Any) -> Iterator[Finding]:
    for row in tables:
        if row["dead"] > DEAD_ROWS and row["dead"] > DEAD_SHARE * (row["live"] + row["dead"]):
            yield found(
                Code.BLOAT,
                f"{row['dead']:,} of {row['live'] + row['dead']:,} rows of {row['relname']} are dead",
                f"run VACUUM on {row['relname']}; then look why autovacuum does not: a long transaction,"
                " a replication slot, or its settings",
            )


def _idle(sessions: Any) -> Iterator[Finding]:
    for row in sessions:
        if row["idle"] > IDLE:
            yield found(
                Code.IDLE_TRANSACTION,
                f"a session of {row['usename']} ({row['application_name'] or 'unnamed'}) is idle in a"
                f" transaction for {row['idle']:.0f} s: vacuum cannot remove rows, migrations wait",
                "end that program, or SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state LIKE"
                " 'idle in transaction%'",
            )


def _domains(projects: list[tuple[str, list[str]]], installation: Installation) -> Iterator[Finding]:
    settings = installation.settings
    if not settings.secure or settings.demo:
        return
    for name, domains in projects:
        hosts = [domain.rpartition(":")[0] or domain for domain in domains]
        if all(is_local(host.removeprefix("*.")) for host in hosts):
            yield found(
                Code.LOCAL_DOMAINS,
                f"the project {name!r} allows its widget on {', '.join(domains)} only",
                "add the domain of the website: Settings → Project → Domains",
            )
