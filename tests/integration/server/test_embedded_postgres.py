"""The embedded cluster has the role that servers use, however old the data directory is."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.launch.postgres import APP_ROLE, Postgres
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


def test_a_role_whose_password_was_lost_gets_a_new_one(servers: Servers) -> None:
    home = servers.directory / "lost"
    with started(home) as postgres:
        before = postgres.url()
    (home / "app_password").unlink()
    with started(home) as postgres:
        assert postgres.url().partition("@")[0] != before.partition("@")[0]
        assert sql(postgres.url(), "SELECT current_user")[0][0] == APP_ROLE
