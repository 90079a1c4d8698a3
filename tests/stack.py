"""Real servers for tests: one Postgres and one Valkey a session, fresh databases, processes, clean shutdown.

Everything here is synchronous, so that trio, asyncio and plain tests can use it. Call it from
the main thread: a child dies with the *thread* that started it.

    def test_something(fresh_stack):
        server = fresh_stack.spawn("server")            # python -m server, on a free port, waits for /livez
        worker = fresh_stack.spawn("worker", "relay", failpoint="relay_after_publish")
        rows = fresh_stack.sql("SELECT seq FROM messages WHERE project_id = $1", project)
        worker.kill(); fresh_stack.servers.restart_postgres()

PARLEY_TEST_DATABASE_URL and PARLEY_TEST_REDIS_URL use servers that already run (tests that restart them are
skipped); PARLEY_TEST_SYSTEM=1 starts the system's PostgreSQL and Redis in place of the embedded ones, and
PARLEY_TEST_CLUSTER=1 a Valkey cluster in place of one Valkey (tests that restart it are skipped).
PARLEY_TEST_FORK=0 starts each server and worker as `python -m` does, and not by tests/fork_server.py.
"""

import atexit
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import pytest

from server.launch import binaries, program
from server.launch.postgres.embedded import APP_ROLE, Postgres
from server.launch.program import Program
from server.launch.valkey import Valkey, ask
from tests import canaries, fork_server, ports
from tests.cluster import ValkeyCluster
from tests.database import Session, sql
from tests.fork_server import ForkServer
from tests.patience import PATIENCE
from tests.running import Running

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "parley_template"
APP_PASSWORD = "of servers that the tests did not start"
MAKE_APP_ROLE = f"DO $$BEGIN IF to_regrole('{APP_ROLE}') IS NULL THEN CREATE ROLE {APP_ROLE}; END IF; END$$"
SECRET = "a secret for tests that is long enough"
canaries.plant(SECRET)
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}  # tests crash programs, not machines


class Servers:
    """Postgres and Valkey of a test session, and the migrated template that databases are cloned from."""

    def __init__(self) -> None:
        """Start what the environment does not provide."""
        if os.environ.get("PYTEST_XDIST_WORKER") and os.environ.get("PARLEY_TEST_REDIS_URL"):
            pytest.fail("parallel tests would empty each other's Redis: run them with WORKERS=0")
        if os.environ.get("PARLEY_TEST_SYSTEM"):
            binaries.EMBEDDED = False
        self.directory = Path(tempfile.mkdtemp(prefix="parley-test-"))
        # As root, Postgres runs under another account, which must be able to enter the directory.
        self.directory.chmod(0o711)
        atexit.register(self.close)
        self._postgres: tuple[Postgres, Running] | None = None
        self._valkey: tuple[Valkey, Running] | None = None
        self.cluster: ValkeyCluster | None = None
        self._counter = itertools.count(1)
        self._reserved: list[socket] = []
        self._fork_servers: dict[str, ForkServer] = {}
        self.admin_url = os.environ.get("PARLEY_TEST_DATABASE_URL") or self._start_postgres()
        self.redis_url = os.environ.get("PARLEY_TEST_REDIS_URL") or (
            self._start_cluster() if os.environ.get("PARLEY_TEST_CLUSTER") else self._start_valkey()
        )
        self._prefix = f"test_{os.getpid()}_"
        self._template = f"{self._prefix}{TEMPLATE}"
        self._made: list[str] = []
        self._make_template()

    def database(self) -> str:
        """The name of a fresh, migrated, empty database."""
        name = f"{self._prefix}{next(self._counter)}"
        self._create(name, template=self._template)
        return name

    def drop(self, url: str) -> None:
        """Drop a database, and end the connections to it."""
        name = urlsplit(url).path.strip("/")
        sql(self.admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if name in self._made:
            self._made.remove(name)

    def url(self, database: str) -> str:
        """The URL of a database for its owner."""
        return urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{database}"))

    def app_url(self, database: str) -> str:
        """The URL of a database for the role of servers and workers."""
        if self._postgres is not None:
            return self._postgres[0].url(database)
        parts = urlsplit(self.admin_url)
        place = parts.netloc.rpartition("@")[2]
        return urlunsplit(
            parts._replace(netloc=f"{APP_ROLE}:{quote(APP_PASSWORD)}@{place}", path=f"/{database}")
        )

    def starts(self, module: str) -> Callable[[Program], Any]:
        """What starts `python -m module` with the code of this clone."""
        if not fork_server.IS_USED or module not in fork_server.IMPORTED:
            return program.start
        if module not in self._fork_servers:
            log = self.directory / f"fork-{module}.log"
            self._fork_servers[module] = ForkServer(module, log, clean_environment())
        return self._fork_servers[module].start

    def stop_postgres(self, *, immediate: bool = True) -> None:
        """Stop Postgres, by default like a crash; skips the test when the server is not ours."""
        _, running = self._own(self._postgres)
        running.signal(signal.SIGQUIT if immediate else signal.SIGINT)
        running.wait_for_end()

    def start_postgres(self) -> None:
        """Start Postgres again on the same port."""
        postgres, running = self._own(self._postgres)
        running.restart()
        running.wait_until(lambda: postgres.ready(running.pid), within=PATIENCE, what="ready")

    def restart_postgres(self, *, immediate: bool = True) -> None:
        """`pg_ctl restart -m immediate`, or fast."""
        self.stop_postgres(immediate=immediate)
        self.start_postgres()

    def stop_valkey(self, *, kill: bool = False) -> None:
        """Stop Valkey by SIGTERM or kill -9; skips the test when the server is not ours."""
        _, running = self._own(self._valkey)
        if kill:
            running.kill()
        else:
            running.stop()

    def start_valkey(self) -> None:
        """Start Valkey again on the same port, with the data of its append-only file."""
        valkey, running = self._own(self._valkey)
        running.restart()
        running.wait_until(lambda: valkey.ready(running.pid), within=PATIENCE, what="ready")

    def restart_valkey(self, *, kill: bool = False) -> None:
        """Stop and start Valkey."""
        self.stop_valkey(kill=kill)
        self.start_valkey()

    @property
    def postgres(self) -> Running:
        """The Postgres process, to pause, resume or kill; skips the test when it is not ours."""
        return self._own(self._postgres)[1]

    @property
    def valkey(self) -> Running:
        """The Valkey process, to pause, resume or kill; skips the test when it is not ours."""
        return self._own(self._valkey)[1]

    def close(self) -> None:
        """End everything and remove the directory."""
        atexit.unregister(self.close)
        for forking in self._fork_servers.values():
            forking.close()
        canaries.search_logs(self.directory)  # Postgres quotes statements that fail
        if self._postgres is None:
            for name in [*self._made]:
                self.drop(self.url(name))
        if self.cluster is not None:
            self.cluster.close()
        for pair in (self._valkey, self._postgres):
            if pair is not None:
                pair[1].stop()
        for reserved in self._reserved:
            reserved.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _start_postgres(self) -> str:
        log = self.directory / "postgres.log"
        postgres = Postgres(self.directory / "postgres", log=log, settings=SETTINGS)
        self._reserved.append(ports.reserved(postgres.port))
        running = Running(postgres.program)
        running.wait_until(lambda: postgres.ready(running.pid), within=PATIENCE, what="ready")
        self._postgres = postgres, running
        return postgres.owner_url("postgres")

    def _start_valkey(self) -> str:
        valkey = Valkey(self.directory / "valkey", log=self.directory / "valkey.log")
        self._reserved.append(ports.reserved(valkey.port))
        running = Running(valkey.program)
        running.wait_until(lambda: valkey.ready(running.pid), within=PATIENCE, what="ready")
        self._valkey = valkey, running
        return valkey.url

    def _start_cluster(self) -> str:
        directory = self.directory / "cluster"
        directory.mkdir()
        self.cluster = ValkeyCluster(directory)
        return self.cluster.url

    def _make_template(self) -> None:
        if self._postgres is None:
            sql(self.admin_url, MAKE_APP_ROLE)
            sql(self.admin_url, f"ALTER ROLE {APP_ROLE} LOGIN PASSWORD '{APP_PASSWORD}'")
        self._create(self._template, template="template0")
        done = subprocess.run(
            [sys.executable, "-m", "migrations"],
            cwd=ROOT,
            env=clean_environment()
            | {"PARLEY_DATABASE_URL": self.url(self._template), "PARLEY_DATABASE_APP_ROLE": APP_ROLE},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"python -m migrations failed:\n{done.stdout}{done.stderr}"

    def _create(self, name: str, *, template: str) -> None:
        how = f'TEMPLATE "{template}" ENCODING UTF8 STRATEGY file_copy'
        sql(self.admin_url, f'CREATE DATABASE "{name}" {how}')
        self._made.append(name)

    @staticmethod
    def _own(pair: tuple[Any, Running] | None) -> tuple[Any, Running]:
        if pair is None:
            pytest.skip("the server is not ours to stop (PARLEY_TEST_*_URL)")
        return pair


class Stack:
    """A fresh database, an emptied Redis, and the processes of one test or one test module."""

    def __init__(self, servers: Servers, cluster: ValkeyCluster | None = None) -> None:
        """Clone the database and empty Redis; a `cluster` takes the place of the Redis of all tests."""
        self.servers = servers
        self.cluster = cluster or servers.cluster
        name = servers.database()
        self.database_url = servers.app_url(name)  # for the servers and workers of this stack
        self.owner_url = servers.url(name)
        self._session = Session(self.owner_url)
        self.redis_url = servers.redis_url if cluster is None else cluster.url
        self.data = Path(tempfile.mkdtemp(prefix="stack-", dir=servers.directory))
        self.processes: list[Running] = []
        self._counter = itertools.count(1)
        self._reserved: list[socket] = []
        self.redis("FLUSHALL")

    def spawn(
        self, module: str, *args: str, wait: bool = True, root: Path = ROOT, **settings: object
    ) -> Running:
        """Start `python -m module args…` in `root`; `port=8123` becomes PARLEY_PORT=8123.

        A `server` gets a free port unless one is given, and is waited for at /livez unless `wait` is false.
        """
        if module == "server" and "port" not in settings:
            settings["port"] = self.port()
        port = settings["port"] if module == "server" else None
        name = f"{module}-{next(self._counter)}"
        made = Program(
            name=name,
            argv=[sys.executable, "-m", module, *args],
            cwd=root,
            log=self.data / f"{name}.log",
            env=self.environment(**settings),
            stop_within=20.0,
        )
        start = self.servers.starts(module) if root == ROOT else program.start
        running = Running(made, port=int(str(port)) if port is not None else None, start=start)
        self.processes.append(running)
        if wait and port is not None:
            running.wait_for_path("/livez")
        return running

    def port(self) -> int:
        """A port reserved for the servers of this stack, also while none of them runs."""
        self._reserved.append(ports.reserved())
        return ports.number(self._reserved[-1])

    def environment(self, **settings: object) -> dict[str, str]:
        """The environment of a process of ours on this stack."""
        given = {f"PARLEY_{name.upper()}": str(value) for name, value in settings.items()}
        return {
            **clean_environment(),
            "PARLEY_DATABASE_URL": self.database_url,
            "PARLEY_REDIS_URL": self.redis_url,
            "PARLEY_SECRET_KEY": SECRET,
            "PARLEY_DATA": str(self.data),
            **given,
        }

    def sql(self, query: str, *args: object) -> list[Any]:
        """Run one statement as the owner, and return its rows."""
        return self._session.fetch(query, *args)

    def redis(self, *words: str) -> bytes:
        """The first line of the reply to one command, such as b':3' or b'+OK'."""
        if self.cluster is not None:
            return self.cluster.ask(*words)
        return ask(self.redis_url, *words)

    def close(self) -> None:
        """End the spawned processes, newest first, and drop the database."""
        for running in reversed(self.processes):
            if running.code is None:
                running.resume()
                running.kill()
        self.processes.clear()
        for reserved in self._reserved:
            reserved.close()
        canaries.search_logs(self.data)
        self._session.close()
        self.servers.drop(self.database_url)
        shutil.rmtree(self.data, ignore_errors=True)


def clean_environment() -> dict[str, str]:
    """Our environment without PARLEY_ variables, so that a test sets all that apply."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
