"""Planted: Postgres' configuration, roles, rows, and a pooler before it."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from server.doctor.postgres import configuration, rows
from server.launch.postgres.embedded import APP_ROLE
from tests import ports
from tests.database import Session
from tests.deploy.install import program
from tests.doctor.installations import Sound, codes, of_postgres
from tests.patience import PATIENCE
from worker.assistant.stage import ADMITTING
from worker.stages import STAGES

PGBOUNCER = program("pgbouncer")
ID = UUID(int=7)
OF_STAGES = """
    SELECT count(*) FROM pg_stat_activity
    WHERE application_name LIKE 'parley %' AND application_name <> 'parley worker'
"""


def of_spare(sound: Sound, **changed: object) -> set[str]:
    return of_postgres(sound.settings(**{"database_url": sound.postgres.url("spare"), **changed}))


def spare(sound: Sound, query: str, *args: object) -> None:
    sound.sql(query, *args, database="spare")


@contextmanager
def planted(sound: Sound, query: str, undo: str) -> Iterator[None]:
    assert of_spare(sound) == set()
    spare(sound, query)
    try:
        yield
    finally:
        spare(sound, undo)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("fsync = off", "postgres.fsync_off"),
        ("full_page_writes = off", "postgres.full_page_writes_off"),
        ("autovacuum = off", "postgres.autovacuum_off"),
        ("track_counts = off", "postgres.autovacuum_off"),
    ],
)
def test_a_planted_line_of_postgresql_conf_is_found(sound: Sound, line: str, expected: str) -> None:
    name = line.split(" ", maxsplit=1)[0]
    with planted(sound, f"ALTER SYSTEM SET {line}", f"ALTER SYSTEM RESET {name}"):
        reload(sound, line.replace(" = ", ":").split(":")[1], name)
        assert of_spare(sound) == {expected}
    reload(sound, "on", name)


def reload(sound: Sound, expected: str, name: str) -> None:
    sound.sql("SELECT pg_reload_conf()")
    deadline = time.monotonic() + PATIENCE
    while sound.sql(f"SHOW {name}")[0][0] != expected:
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    ("query", "undo", "expected"),
    [
        (
            f"ALTER ROLE {APP_ROLE} SET synchronous_commit = off",
            f"ALTER ROLE {APP_ROLE} RESET synchronous_commit",
            "postgres.synchronous_commit_off",
        ),
        (
            "ALTER DATABASE spare SET statement_timeout = '5s'",
            "ALTER DATABASE spare RESET statement_timeout",
            "postgres.statement_timeout",
        ),
        (
            f"ALTER ROLE {APP_ROLE} SET idle_session_timeout = '30s'",
            f"ALTER ROLE {APP_ROLE} RESET idle_session_timeout",
            "postgres.idle_session_timeout",
        ),
        (  # all are taken
            f"ALTER ROLE {APP_ROLE} CONNECTION LIMIT 1",
            f"ALTER ROLE {APP_ROLE} CONNECTION LIMIT -1",
            "postgres.too_few_connections",
        ),
        (  # fewer than the processes need, and more than they have now
            f"ALTER ROLE {APP_ROLE} CONNECTION LIMIT 30",
            f"ALTER ROLE {APP_ROLE} CONNECTION LIMIT -1",
            "postgres.too_few_connections",
        ),
        (
            f"REVOKE INSERT ON messages FROM {APP_ROLE}",
            f"GRANT INSERT ON messages TO {APP_ROLE}",
            "postgres.rights_missing",
        ),
    ],
    ids=lambda one: one.split(" SET ")[-1][:42] if " " in one else one,
)
def test_a_planted_setting_of_role_or_database_is_found(
    sound: Sound, query: str, undo: str, expected: str
) -> None:
    with planted(sound, query, undo):
        assert of_spare(sound) == {expected}


def test_the_connections_of_all_stages_are_counted(sound: Sound) -> None:
    """One for each stage, with those beside it of `webhooks` and `assistant`."""
    assert len(STAGES) + 1 + ADMITTING == configuration.OF_STAGES
    expected = configuration.OF_STAGES - 1  # that of the screenshots, which only takes them from the pool
    deadline = time.monotonic() + PATIENCE
    while (taken := sound.sql(OF_STAGES)[0][0]) != expected:
        assert time.monotonic() < deadline, taken


def test_a_superuser_and_an_owner_are_found(sound: Sound) -> None:
    assert of_spare(sound, database_url=sound.postgres.owner_url("spare")) == {"postgres.superuser"}
    spare(sound, "CREATE TABLE planted (id int)")
    spare(sound, f"ALTER TABLE planted OWNER TO {APP_ROLE}")
    try:
        assert of_spare(sound) == {"postgres.owner"}
    finally:
        spare(sound, "DROP TABLE planted")


def test_a_pending_migration_is_found(sound: Sound) -> None:
    saved = sound.sql("SELECT * FROM schema_migrations ORDER BY name DESC LIMIT 1", database="spare")[0]
    spare(sound, "DELETE FROM schema_migrations WHERE name = $1", saved["name"])
    try:
        assert of_spare(sound) == {"postgres.migrations_pending"}
    finally:
        columns = ", ".join(saved.keys())
        marks = ", ".join(f"${number + 1}" for number in range(len(saved)))
        spare(sound, f"INSERT INTO schema_migrations ({columns}) VALUES ({marks})", *saved.values())


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'", "postgres.not_utf8"),
        ("ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'", "postgres.ascii_only"),
    ],
)
def test_the_wrong_characters_are_found(sound: Sound, options: str, expected: str) -> None:
    sound.sql(f"CREATE DATABASE planted TEMPLATE template0 {options}")
    try:
        found = of_postgres(sound.settings(database_url=sound.postgres.url("planted")))
        assert found == {expected, "postgres.migrations_pending"}
    finally:
        sound.sql("DROP DATABASE planted WITH (FORCE)")


def test_an_old_postgres_is_found() -> None:
    values = dict.fromkeys([*configuration.MUST_BE_ON, "synchronous_commit"], "on")
    values |= {"server_version_num": "140011", "server_version": "14.11"}
    assert codes(configuration._durability(values, {})) == {"postgres.too_old"}


def test_a_missing_month_of_the_audit_log_is_found(sound: Sound) -> None:
    assert of_spare(sound) == set()
    spare(sound, "ALTER TABLE audit_log RENAME TO saved")
    try:
        spare(sound, "CREATE TABLE audit_log (LIKE saved) PARTITION BY RANGE (id)")
        spare(sound, f"GRANT SELECT, INSERT ON audit_log TO {APP_ROLE}")
        assert of_spare(sound) == {"postgres.partitions_missing"}
    finally:
        spare(sound, "DROP TABLE audit_log")
        spare(sound, "ALTER TABLE saved RENAME TO audit_log")


def test_dead_rows_are_found(sound: Sound) -> None:
    spare(sound, "CREATE TABLE planted (id int) WITH (autovacuum_enabled = off)")
    spare(sound, f"GRANT SELECT, INSERT ON planted TO {APP_ROLE}")
    try:
        spare(sound, "INSERT INTO planted SELECT generate_series(1, 50000)")
        spare(sound, "DELETE FROM planted WHERE id > 10000")
        spare(sound, "ANALYZE planted")
        assert of_spare(sound) == {"postgres.bloat"}
    finally:
        spare(sound, "DROP TABLE planted")


def test_a_forgotten_transaction_is_found(sound: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "IDLE", 0.0)
    session = Session(sound.postgres.url("spare"))
    try:
        session.fetch("BEGIN")
        assert of_spare(sound) == {"postgres.idle_in_transaction"}
    finally:
        session.close()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            (
                "INSERT INTO dead_letters (id, shard, entry_id, payload, reason, tries)"
                " VALUES ($1, 1, '1-0', '', '', 5)"
            ),
            "work.dead_letters",
        ),
        (
            (
                "INSERT INTO mails (id, recipient, template, language, sealed, dead)"
                " VALUES ($1, '', '', '', '', 'x')"
            ),
            "work.dead_mails",
        ),
        (
            (
                "INSERT INTO quarantined_events (project_id, event_id, kind, reason, due_at, created_at)"
                " VALUES ($1, $1, '', '', now(), now())"
            ),
            "work.dead_events",
        ),
        (
            (
                "INSERT INTO outbox (project_id, payload, created_at)"
                " VALUES ($1, '', now() - interval '1 minute')"
            ),
            "work.relay_lag",
        ),
        (
            "INSERT INTO projects (id, name, domains) VALUES ($1, 'Shop', '{localhost,127.0.0.1:8000}')",
            "projects.local_domains",
        ),
    ],
    ids=lambda one: one if one.startswith(("work", "projects")) else "",
)
def test_work_that_failed_or_stands_still_is_found(sound: Sound, query: str, expected: str) -> None:
    assert of_spare(sound) == set()
    spare(sound, query, ID)
    try:
        assert of_spare(sound) == {expected}
    finally:
        spare(sound, f"DELETE FROM {query.split(' ')[2]}")


def test_a_database_that_is_away_is_found(sound: Sound) -> None:
    assert of_spare(sound, database_url="postgresql://parley:x@127.0.0.1:9/parley") == {
        "postgres.unavailable"
    }


def test_a_wrong_password_is_found(sound: Sound) -> None:
    parts = urlsplit(sound.postgres.url("spare"))
    wrong = parts._replace(netloc=f"{APP_ROLE}:wrong@127.0.0.1:{parts.port}").geturl()
    assert of_spare(sound, database_url=wrong) == {"postgres.unavailable"}


def test_a_replica_that_is_none_or_is_away_is_found(sound: Sound) -> None:
    assert of_spare(sound, replica_url=sound.postgres.url("parley")) == {"postgres.replica_is_no_standby"}
    away = "postgresql://parley:x@127.0.0.1:9/parley"
    assert of_spare(sound, replica_url=away) == {"postgres.replica_unavailable"}


@pytest.mark.skipif(PGBOUNCER is None, reason="no PgBouncer: python -m tests.deploy.install")
@pytest.mark.parametrize(
    ("mode", "expected"),
    [("session", set()), ("transaction", {"postgres.pooled_by_transaction"})],
)
def test_a_pooler_by_transaction_is_found(
    sound: Sound, tmp_path: Path, mode: str, expected: set[str]
) -> None:
    parts = urlsplit(sound.postgres.url("spare"))
    reserved = ports.reserved()
    port = ports.number(reserved)
    (tmp_path / "users").write_text(f'"{APP_ROLE}" "{parts.password}"\n')
    (tmp_path / "pgbouncer.ini").write_text(
        f"[databases]\nspare = host=127.0.0.1 port={parts.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nauth_type = plain\nauth_file = {tmp_path}/users\npool_mode = {mode}\n"
        "unix_socket_dir =\nso_reuseport = 1\nmax_client_conn = 50\n"
        + ("user = nobody\n" if os.geteuid() == 0 else "")
    )
    for path in (tmp_path, *tmp_path.iterdir()):
        path.chmod(0o755)
    with (
        reserved,
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen([str(PGBOUNCER), str(tmp_path / "pgbouncer.ini")], stderr=log, stdout=log) as pooler,
    ):
        try:
            url = parts._replace(netloc=f"{APP_ROLE}:{parts.password}@127.0.0.1:{port}").geturl()
            deadline = time.monotonic() + PATIENCE
            while "postgres.unavailable" in (found := of_spare(sound, database_url=url)):
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            assert found == expected
        finally:
            pooler.terminate()
