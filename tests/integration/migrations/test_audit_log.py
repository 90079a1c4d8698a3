"""The audit log gets a partition for each month: from a table with entries, and then month after month."""

import asyncio
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest

from migrations import files, runner
from server.launch.postgres.embedded import APP_ROLE
from tests.database import sql
from tests.integration.migrations.databases import on
from tests.patience import PATIENCE
from tests.stack import Servers

FILES: Final = files.found()
BEFORE: Final = [one for one in FILES if one.name < "0036"]
CHECKED: Final = [one for one in FILES if one.name < "0038"]
CARRIED: Final = [one for one in FILES if one.name < "0039"]
ADD: Final = """
INSERT INTO audit_log (id, at, actor_kind, action, entity, result)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || repeat('1', 19))::uuid, at,
       'nobody', 'session.refused', 'session', 'denied'
FROM (SELECT date_trunc('milliseconds', now() + $1 * interval '1 month') AS at) moment
RETURNING id
"""
"""An entry of so many months from now."""
WAITING: Final = "SELECT FROM pg_locks WHERE relation = 'audit_log'::regclass AND NOT granted"


@pytest.fixture
def database(empty: Callable[[], str]) -> str:
    """The owner's URL of an empty database with the present schema."""
    url = empty()
    on(url, lambda conn: runner.up(conn, FILES, app_role=APP_ROLE))
    return url


def as_app(servers: Servers, url: str) -> str:
    return servers.app_url(urlsplit(url).path[1:])


def added(url: str, *, months: int) -> UUID:
    made: UUID = sql(url, ADD, months)[0][0]
    return made


def stands_in(url: str, entry: UUID) -> str:
    found: str = sql(url, "SELECT tableoid::regclass::text FROM audit_log WHERE id = $1", entry)[0][0]
    return found


def ahead(url: str) -> int:
    found: int = sql(url, "SELECT audit_log_months_ahead()")[0][0]
    return found


def months(url: str) -> list[str]:
    """The names of the partitions for months, the first first."""
    rows = sql(
        url, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_log'::regclass"
    )
    return sorted(row[0] for row in rows if row[0].startswith("audit_log_2"))


def test_a_table_with_entries_becomes_the_first_partition_without_being_read(
    empty: Callable[[], str],
) -> None:
    url = empty()
    on(url, lambda conn: runner.up(conn, BEFORE))
    sql(url, "CREATE ROLE reporting")
    sql(url, "GRANT SELECT ON audit_log TO reporting")
    try:
        past, later = [added(url, months=-number) for number in range(14)], added(url, months=5)
        on(url, lambda conn: runner.up(conn, CHECKED))
        said: list[str] = []

        async def attach(conn: Any) -> None:
            conn.add_log_listener(lambda _, message: said.append(message.message))
            await conn.execute("SET client_min_messages = debug1")
            await runner.up(conn, CARRIED)

        on(url, attach)
        assert any('constraint for table "audit_log_first" is implied by existing' in one for one in said)
        assert {stands_in(url, entry) for entry in past} == {"audit_log_first"}
        assert stands_in(url, later) == "audit_log_default"
        assert added(url, months=1) is not None and ahead(url) == 3
        assert sql(url, "SELECT has_table_privilege('reporting', 'audit_log', 'SELECT')")[0][0]
    finally:
        sql(url, "DROP OWNED BY reporting")
        sql(url, "DROP ROLE reporting")


def test_a_transaction_that_holds_one_table_and_wants_the_other_delays_the_last_step_alone(
    empty: Callable[[], str],
) -> None:
    url = empty()
    on(url, lambda conn: runner.up(conn, CHECKED))

    async def both() -> list[str]:
        writer, reader, owner = [await asyncpg.connect(url) for _ in range(3)]
        try:
            async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
                held = writer.transaction()
                await held.start()
                await writer.fetch(ADD, 0)
                migration = group.create_task(runner.up(owner, CARRIED))
                while not await reader.fetch(WAITING):
                    await reader.execute("SELECT pg_sleep(0.01)")
                await writer.execute("UPDATE projects SET name = name")
                assert not migration.done()
                await held.commit()
            return migration.result()
        finally:
            for conn in (writer, reader, owner):
                await conn.close()

    assert asyncio.run(both()) == ["0038_pre_audit_log_months.sql"]


def test_months_are_made_ahead_and_what_went_astray_moves_into_its_month(
    database: str, servers: Servers
) -> None:
    first, *others = months(database)
    assert len(others) == 3 and ahead(database) == 3
    for name in others[1:]:  # as when no worker ran for two months
        sql(database, f"DROP TABLE {name}")
    assert ahead(database) == 1
    astray, kept = added(database, months=3), added(database, months=30)
    assert {stands_in(database, entry) for entry in (astray, kept)} == {"audit_log_default"}
    assert sql(as_app(servers, database), "SELECT audit_log_make_months()")[0][0] == 2
    assert months(database) == [first, *others]
    assert stands_in(database, astray) == others[2]
    assert stands_in(database, kept) == "audit_log_default"
    assert sql(as_app(servers, database), "SELECT audit_log_make_months()")[0][0] == 0


def test_a_missing_month_in_the_middle_counts_and_is_made(database: str) -> None:
    sql(database, f"DROP TABLE {months(database)[1]}")
    assert ahead(database) == 0
    assert sql(database, "SELECT audit_log_make_months()")[0][0] == 1
    assert ahead(database) == 3


def test_only_months_that_ended_a_day_before_are_dropped(database: str, servers: Servers) -> None:
    app = as_app(servers, database)
    for number in (3, 2, 1):
        month = sql(
            database,
            "SELECT to_char(m, 'YYYY_MM'), audit_log_bound(m), audit_log_bound(m + interval '1 month') FROM "
            "(SELECT date_trunc('month', now() AT TIME ZONE 'UTC') - $1 * interval '1 month' AS m) month",
            number,
        )[0]
        sql(
            database,
            f"CREATE TABLE audit_log_{month[0]} PARTITION OF audit_log "
            f"FOR VALUES FROM ('{month[1]}') TO ('{month[2]}')",
        )
    *past, now, _, _, _ = names = months(database)
    assert len(past) == 3
    before = "date_trunc('month', now(), 'UTC') - interval '1 month'"
    assert sql(app, f"SELECT audit_log_drop_months({before} + interval '23 hours')")[0][0] == 1
    assert months(database) == names[1:], "the one that ended a day before that is gone"
    assert sql(app, f"SELECT audit_log_drop_months({before} + interval '25 hours')")[0][0] == 1
    assert months(database) == names[2:]
    for never in ("'infinity'", "now() + interval '10 years'"):
        sql(app, f"SELECT audit_log_drop_months({never})")
        assert now in months(database) and ahead(database) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE audit_log_2001_01 (LIKE audit_log)",
        "ALTER TABLE audit_log DETACH PARTITION audit_log_default",
        "DROP TABLE audit_log_default",
        "TRUNCATE audit_log",
        "ALTER FUNCTION audit_log_make_months() SET search_path = public",
        "ALTER FUNCTION audit_log_bound(timestamp) RENAME TO bound",
    ],
)
def test_the_role_of_servers_can_do_it_by_the_functions_alone(
    database: str, servers: Servers, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        sql(as_app(servers, database), statement)


def test_a_session_cannot_make_the_functions_mean_its_own_tables(database: str, servers: Servers) -> None:
    sql(database, f"DROP TABLE {months(database)[-1]}")

    async def tricked(conn: Any) -> None:
        await conn.execute("CREATE TEMP TABLE pg_inherits (inhrelid oid, inhparent oid)")
        await conn.execute("CREATE TEMP TABLE audit_log_default (id uuid)")
        await conn.execute("SET search_path = pg_temp, pg_catalog, public")
        await conn.execute("SET lock_timeout = 0")
        assert await conn.fetchval("SELECT public.audit_log_make_months()") == 1

    on(as_app(servers, database), tricked)
    assert ahead(database) == 3


@pytest.mark.parametrize("call", ["audit_log_make_months()", "audit_log_drop_months(now())"])
def test_another_role_cannot_call_them_not_even_after_a_restore_without_rights(
    database: str, call: str
) -> None:
    sql(database, f"GRANT EXECUTE ON FUNCTION {call.replace('now()', 'timestamptz')} TO PUBLIC")
    on(database, lambda conn: runner.up(conn, FILES, app_role=APP_ROLE))

    async def another(conn: Any) -> None:
        await conn.execute("CREATE ROLE another")
        try:
            await conn.execute("SET ROLE another")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(f"SELECT {call}")
        finally:
            await conn.execute("RESET ROLE")
            await conn.execute("DROP ROLE another")

    on(database, another)


def test_a_reader_of_the_log_delays_a_drop_but_the_drop_does_not_delay_writers(
    database: str, servers: Servers
) -> None:
    app = as_app(servers, database)
    low, high = "00000000-0000-0000-0000-000000000000", "00000001-0000-0000-0000-000000000000"
    sql(
        database,
        f"CREATE TABLE audit_log_1970_01 PARTITION OF audit_log FOR VALUES FROM ('{low}') TO ('{high}')",
    )

    async def beside() -> None:
        reader, janitor = [await asyncpg.connect(app) for _ in range(2)]
        try:
            async with reader.transaction():
                await reader.fetch("SELECT id FROM audit_log LIMIT 1")
                with pytest.raises(asyncpg.LockNotAvailableError):
                    await janitor.execute("SELECT audit_log_drop_months(now())", timeout=PATIENCE)
            assert await janitor.fetchval("SELECT audit_log_drop_months(now())") == 1
        finally:
            await reader.close()
            await janitor.close()

    asyncio.run(beside())


def test_dropping_a_month_locks_no_table_of_the_message_path(database: str) -> None:
    low, high = "00000000-0000-0000-0000-000000000000", "00000001-0000-0000-0000-000000000000"
    sql(
        database,
        f"CREATE TABLE audit_log_1970_01 PARTITION OF audit_log FOR VALUES FROM ('{low}') TO ('{high}')",
    )

    async def held(conn: Any) -> dict[str, str]:
        async with conn.transaction():
            assert await conn.fetchval("SELECT audit_log_drop_months(now())") == 1
            rows = await conn.fetch(
                "SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
                " WHERE l.pid = pg_backend_pid() AND c.relname IN ('projects', 'messages', 'audit_log')"
            )
            return {row[0]: row[1] for row in rows}

    assert on(database, held) == {"audit_log": "AccessExclusiveLock"}
