"""A primary of a test's own and a streaming standby of it, made by pg_basebackup."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.launch import binaries, ports, program
from server.launch.postgres import account
from server.launch.postgres.cluster import Cluster
from server.launch.postgres.embedded import Postgres
from tests.database import sql
from tests.patience import PATIENCE
from tests.running import Running

SETTINGS = {"fsync": "off", "wal_level": "replica", "max_wal_senders": "4", "shared_buffers": "32MB"}
TABLE = "CREATE TABLE seen (n int)"


class Pair:
    """Two running servers. The standby can be paused, killed and started again."""

    def __init__(self, home: Path) -> None:
        log = home.with_suffix(".log")
        self.postgres = Postgres(home, log=log, settings=SETTINGS)
        self.primary = Running(self.postgres.program)
        self.primary.wait_until(lambda: self.postgres.ready(self.primary.pid), within=PATIENCE, what="ready")
        self.write_url = self.postgres.owner_url()
        sql(self.write_url, TABLE)
        sql(self.write_url, "GRANT SELECT, INSERT ON seen TO parley_app")
        home = home.resolve()
        made_by = account.needed()
        tools = account.reachable(binaries.postgres(None), made_by, home)
        self._cluster = Cluster(home / "standby", tools=tools, account=made_by, log=log)
        env = {"PGPASSWORD": (home / "password").read_text().strip()}
        place = (
            "-h",
            "127.0.0.1",
            "-p",
            str(self.postgres.port),
            "-U",
            "parley",
            "-D",
            str(home / "standby"),
        )
        copy = ("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast")
        program.output(self._cluster.command("pg_basebackup", *place, *copy, env=env))
        self._reserved = ports.free()
        self.standby = Running(self._cluster.server(self._reserved, SETTINGS))
        self._until_ready()

    @property
    def url(self) -> str:
        """The primary, for servers."""
        return self.postgres.url()

    @property
    def replica_url(self) -> str:
        """The standby, for servers."""
        return self.url.replace(f":{self.postgres.port}/", f":{self._reserved}/")

    @property
    def replica_owner_url(self) -> str:
        return self.write_url.replace(f":{self.postgres.port}/", f":{self._reserved}/")

    def write(self, number: int) -> None:
        sql(self.write_url, "INSERT INTO seen VALUES ($1)", number)

    def kill_standby(self) -> None:
        """As by a crash of its machine."""
        self.standby.signal(signal.SIGKILL)
        self.standby.wait_for_end()

    def start_standby(self) -> None:
        self._cluster.clear_left_behind()
        self.standby.restart()
        self._until_ready()

    def stop(self) -> None:
        for running in (self.standby, self.primary):
            if running.code is None:
                running.signal(signal.SIGQUIT)
                running.wait_for_end()

    def _until_ready(self) -> None:
        self.standby.wait_until(
            lambda: self._cluster.ready(self.standby.pid), within=PATIENCE, what="ready for readers"
        )


@contextmanager
def pair(home: Path) -> Iterator[Pair]:
    made = Pair(home)
    try:
        yield made
    finally:
        made.stop()
