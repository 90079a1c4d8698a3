"""The embedded cluster has the servers' role and Unicode's letters, however old the data directory is."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.launch.binaries import PostgresTools
from server.launch.console import LaunchError
from server.launch.postgres import carry_over, cluster
from server.launch.postgres.cluster import Cluster
from server.launch.postgres.embedded import APP_ROLE, Postgres
from tests.database import sql
from tests.patience import PATIENCE
from tests.running import Running
from tests.stack import Servers


@contextmanager
def started(home: Path) -> Iterator[Postgres]:
    postgres = Postgres(home, log=home.with_suffix(".log"), settings={"fsync": "off"})
    running = Running(postgres.program)
    running.wait_until(lambda: postgres.ready(running.pid), within=PATIENCE, what="ready")
    yield postgres
    running.signal(signal.SIGQUIT)  # as in a crash: the next start recovers first
    running.wait_for_end()


def test_an_old_data_directory_gets_the_servers_role_and_keeps_its_rows(servers: Servers) -> None:
    home = servers.directory / "old"
    with started(home) as postgres:
        sql(postgres.owner_url(), "CREATE TABLE kept (n int)")
        sql(postgres.owner_url(), "INSERT INTO kept VALUES (7)")
        sql(postgres.owner_url(), f"DROP ROLE {APP_ROLE}")
    (home / "app_password").unlink()

    with started(home) as postgres:
        sql(postgres.owner_url(), f"GRANT SELECT ON kept TO {APP_ROLE}")
        assert [row["n"] for row in sql(postgres.url(), "SELECT n FROM kept")] == [7]
        (role,) = sql(postgres.url(), "SELECT * FROM pg_roles WHERE rolname = current_user")
        assert (role["rolname"], role["rolsuper"]) == (APP_ROLE, False)
    assert (home / "app_password").stat().st_mode & 0o777 == 0o600


@pytest.mark.soak
def test_a_role_whose_password_was_lost_gets_a_new_one(servers: Servers) -> None:
    home = servers.directory / "lost"
    with started(home) as postgres:
        before = postgres.url()
    (home / "app_password").unlink()
    with started(home) as postgres:
        assert postgres.url().partition("@")[0] != before.partition("@")[0]
        assert sql(postgres.url(), "SELECT current_user")[0][0] == APP_ROLE


ASCII_ONLY = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
"""The options of initdb until release 0.2.0, for PostgreSQL 17 and later."""


def old_cluster(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as then:
        then.setattr(cluster, "locale_options", lambda _major: ASCII_ONLY)
        with started(home) as postgres:
            sql(postgres.owner_url(), "CREATE TABLE kept AS SELECT 7 AS n")
            if sql(postgres.owner_url(), "SELECT current_setting('server_version_num')::int < 170000")[0][0]:
                pytest.skip("this PostgreSQL has no builtin locale")
    (home / "data" / carry_over.MARK).unlink()


def letters(url: str) -> tuple[str, str, int]:
    """Collation and ctype, and how many trigrams pg_trgm finds in a Russian word."""
    sql(url, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    (row,) = sql(
        url,
        "SELECT datcollate, datctype, cardinality(show_trgm('Привет'))"
        " FROM pg_database WHERE datname = current_database()",
    )
    return row[0], row[1], row[2]


def test_a_new_cluster_orders_by_bytes_and_knows_letters_outside_ascii(servers: Servers) -> None:
    home = servers.directory / "letters"
    with started(home) as postgres:
        assert letters(postgres.owner_url()) == ("C", "C.UTF-8", 7)
        assert sql(postgres.owner_url(), "SELECT 'B' < 'a', lower('ĐƠN')")[0][:] == (True, "đơn")
    (home / "data" / carry_over.MARK).unlink()
    with started(home):
        assert (home / "data" / carry_over.MARK).exists(), "it was looked at once, and not copied"
    assert not (home / carry_over.KEPT).exists()


def test_the_tests_own_databases_know_letters_outside_ascii(servers: Servers) -> None:
    assert letters(servers.url(servers.database())) == ("C", "C.UTF-8", 7)


@pytest.mark.soak
def test_an_old_cluster_is_carried_over_and_nothing_kept_before_is_overwritten(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = servers.directory / "ascii"
    old_cluster(home, monkeypatch)
    (home / carry_over.KEPT).mkdir()
    (home / carry_over.KEPT / "precious").touch()
    with started(home) as postgres:
        assert letters(postgres.owner_url()) == ("C", "C.UTF-8", 7)
        assert sql(postgres.owner_url(), "SELECT n FROM kept")[0][0] == 7
    assert (home / carry_over.KEPT / "precious").exists()
    assert (home / f"{carry_over.KEPT}-2" / "PG_VERSION").exists()


@pytest.mark.soak
def test_an_old_cluster_without_room_for_its_copy_is_refused_and_unchanged(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = servers.directory / "narrow"
    old_cluster(home, monkeypatch)
    with monkeypatch.context() as then:
        usage = shutil.disk_usage(home)._replace(free=1024)
        then.setattr(shutil, "disk_usage", lambda _path: usage)
        with pytest.raises(LaunchError, match="MB are needed for that and 0 MB are free"), started(home):
            pass
    assert not (home / carry_over.NEW).exists()
    with started(home) as postgres:
        assert sql(postgres.owner_url(), "SELECT n FROM kept")[0][0] == 7


@pytest.mark.soak
def test_an_old_cluster_without_pg_dump_is_refused_with_what_to_install(tmp_path: Path) -> None:
    found = Cluster(
        tmp_path / "data", tools=PostgresTools(tmp_path, 16), account=None, log=tmp_path / "postgres.log"
    )
    with pytest.raises(LaunchError, match="install the client programs of PostgreSQL 16"):
        carry_over.carry_over(found, tmp_path / "password", {})


@pytest.mark.soak
def test_a_copy_that_fails_leaves_the_old_cluster_as_it_was(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = servers.directory / "differs"
    old_cluster(home, monkeypatch)
    with monkeypatch.context() as then:
        # The check after the copy reads the rows of the new one, too: there it finds another number.
        answers = iter([["public.kept|1"], ["public.kept|2"]])
        then.setattr(carry_over, "_rows", lambda *_: next(answers))
        with pytest.raises(LaunchError, match="differs from the old one"), started(home):
            pass
    assert not (home / carry_over.NEW).exists()
    with started(home) as postgres:
        assert sql(postgres.owner_url(), "SELECT n FROM kept")[0][0] == 7
