"""The numbered files give schema.sql, once, even if several runners start at the same time."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from migrations import files, runner
from migrations.files import Migration, MigrationError
from tests.database import sql
from tests.integration.migrations.databases import on

# Everything that makes a schema: columns, constraints, indexes, storage options, triggers, the functions that
# these run, rows that were seeded.
PICTURE = """
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
       || coalesce(column_default, '') || ' ' || ordinal_position || ' ' || is_identity
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_migrations'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  AND conrelid::regclass::text <> 'schema_migrations'
UNION ALL
SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_migrations'
UNION ALL
SELECT 'options ' || relname || ' ' || coalesce(reloptions::text, '')
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'schema_migrations%'
UNION ALL
SELECT 'partition ' || relname || ' ' || pg_get_expr(relpartbound, oid) FROM pg_class
WHERE relispartition AND relkind = 'r'
UNION ALL
SELECT 'key ' || relname || ' ' || pg_get_partkeydef(oid) FROM pg_class WHERE relkind = 'p'
UNION ALL
SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function ' || pg_get_functiondef(p.oid)
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE pronamespace = 'public'::regnamespace AND l.lanname IN ('plpgsql', 'sql')
UNION ALL
SELECT 'user ' || id || ' ' || email || ' ' || full_name FROM users
ORDER BY 1
"""


def picture(url: str) -> list[str]:
    return [row[0] for row in sql(url, PICTURE)]


def test_the_sum_of_the_files_is_the_schema(empty: Callable[[], str]) -> None:
    summed, written = empty(), empty()
    on(summed, lambda conn: runner.up(conn, files.found()))
    on(written, lambda conn: conn.execute(files.schema()))
    assert picture(summed) == picture(written)
    assert len(picture(summed)) > 60


@pytest.mark.soak
def test_rows_that_an_earlier_release_left_in_the_outbox_survive_the_columns_for_consumers(
    empty: Callable[[], str],
) -> None:
    url = empty()
    before = [one for one in files.found() if one.name < "0007"]
    on(url, lambda conn: runner.up(conn, before))
    old = "INSERT INTO outbox (project_id, conversation_id, payload) SELECT gen_random_uuid(), NULL, '\\x01'"
    sql(url, old)
    sql(url, "INSERT INTO users (id, email, full_name) VALUES (gen_random_uuid(), 'mai@x.test', 'Mai')")
    on(url, lambda conn: runner.up(conn, files.found()))
    sql(url, old)  # an earlier release goes on writing
    rows = sql(url, "SELECT payload, event_id, kind, visitor_id, seq FROM outbox ORDER BY id")
    assert [tuple(row) for row in rows] == [(b"\x01", None, None, None, None)] * 2
    assert {row[0] for row in sql(url, "SELECT mail_on_assignment FROM users")} == {True}


@pytest.mark.soak
def test_what_was_spent_today_before_the_counter_of_tokens_counts(empty: Callable[[], str]) -> None:
    url = empty()
    before = [one for one in files.found() if one.name < "0039"]
    on(url, lambda conn: runner.up(conn, before))
    sql(url, "INSERT INTO projects (id, name, domains) VALUES (gen_random_uuid(), 'Shop', '{shop.example}')")
    sql(url, "INSERT INTO visitors (project_id, id) SELECT id, id FROM projects")
    sql(
        url,
        "INSERT INTO conversations (project_id, id, visitor_id, last_message_at) "
        "SELECT project_id, id, id, now() FROM visitors",
    )
    turn = (
        "INSERT INTO assistant_turns (project_id, id, conversation_id, state, owner_version, lease_until, "
        "created_at, prompt_tokens, answer_tokens) SELECT project_id, gen_random_uuid(), id, 'completed', 0, "
        "now(), now() - $1 * interval '1 day', $2, 1 FROM conversations"
    )
    for days, tokens in ((0, 29), (0, 11), (9, 1_000)):
        sql(url, turn, days, tokens)
    on(url, lambda conn: runner.up(conn, files.found()))
    rows = sql(url, "SELECT spender, day = (now() AT TIME ZONE 'UTC')::date, tokens FROM daily_tokens")
    assert [tuple(row) for row in rows] == [("assistant", True, 42)]


def test_a_second_run_does_nothing(empty: Callable[[], str]) -> None:
    url = empty()
    assert on(url, lambda conn: runner.up(conn, files.found())) == [one.name for one in files.found()]
    assert on(url, lambda conn: runner.up(conn, files.found())) == []


@pytest.mark.soak
def test_of_two_runners_at_once_one_applies_and_the_other_waits(empty: Callable[[], str]) -> None:
    url = empty()

    async def both() -> list[list[str]]:
        async def one() -> list[str]:
            conn = await asyncpg.connect(url)
            try:
                return await runner.up(conn, files.found())
            finally:
                await conn.close()

        return await asyncio.gather(*(one() for _ in range(4)))

    applied = asyncio.run(both())
    assert sorted(map(len, applied)) == [0, 0, 0, len(files.found())]


def made(name: str, sql_text: str, checksum: str = "x") -> Migration:
    return Migration(name, sql_text, checksum)


def test_a_changed_file_is_refused(empty: Callable[[], str]) -> None:
    url = empty()
    on(url, lambda conn: runner.up(conn, [made("0001_pre_a.sql", "SELECT 1")]))
    with pytest.raises(MigrationError, match=r"0001_pre_a\.sql was changed after it was applied"):
        on(url, lambda conn: runner.up(conn, [made("0001_pre_a.sql", "SELECT 2", "y")]))


def test_a_database_of_a_newer_version_is_refused(empty: Callable[[], str]) -> None:
    url = empty()
    on(url, lambda conn: runner.up(conn, [made("0001_pre_a.sql", "SELECT 1")]))
    with pytest.raises(MigrationError, match="this version does not have it"):
        on(url, lambda conn: runner.up(conn, []))


def test_a_file_squeezed_in_before_the_last_is_refused(empty: Callable[[], str]) -> None:
    url = empty()
    second = made("0002_pre_b.sql", "SELECT 1")
    on(url, lambda conn: runner.up(conn, [second]))
    with pytest.raises(MigrationError, match="older than what is applied"):
        on(url, lambda conn: runner.up(conn, [made("0001_pre_a.sql", "SELECT 1"), second]))


def test_a_failing_file_leaves_no_trace_and_the_ones_before_it_stay(empty: Callable[[], str]) -> None:
    url = empty()
    good = made("0001_pre_a.sql", "CREATE TABLE kept (n int)")
    bad = made("0002_pre_b.sql", "CREATE TABLE gone (n int); SELECT 1 / 0")
    with pytest.raises(MigrationError, match=r"0002_pre_b\.sql failed and was rolled back"):
        on(url, lambda conn: runner.up(conn, [good, bad]))
    tables = sql(url, "SELECT to_regclass('kept') IS NULL, to_regclass('gone') IS NULL")
    assert tuple(tables[0]) == (False, True)
    assert on(url, lambda conn: runner.pending(conn, [good, bad])) == [bad]


def test_a_file_that_cannot_get_its_lock_gives_up(
    empty: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty()
    monkeypatch.setattr(runner, "WAIT_FOR_TABLE", "50ms")
    sql(url, "CREATE TABLE busy (n int)")

    async def blocked() -> None:
        holder, conn = await asyncpg.connect(url), await asyncpg.connect(url)
        try:
            async with holder.transaction():
                await holder.execute("LOCK TABLE busy")
                await runner.up(conn, [made("0001_pre_a.sql", "ALTER TABLE busy ADD COLUMN m int")])
        finally:
            await conn.close()
            await holder.close()

    with pytest.raises(MigrationError, match="lock timeout"):
        asyncio.run(blocked())


@pytest.mark.parametrize("name", ["1_pre_a.sql", "0001_a.sql", "0001_mid_a.sql", "0001_pre_A.sql"])
def test_a_file_named_out_of_line_is_refused(tmp_path: Any, name: str) -> None:
    (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(MigrationError):
        files.found(tmp_path)


def test_two_files_with_one_number_are_refused(tmp_path: Any) -> None:
    (tmp_path / "0001_pre_a.sql").write_text("SELECT 1")
    (tmp_path / "0001_post_b.sql").write_text("SELECT 1")
    with pytest.raises(MigrationError, match="0001"):
        files.found(tmp_path)
