"""The stack: starts Postgres, Valkey, migrations, demo, assistant, workers and servers, in this order."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.config.settings import Settings
from server.launch import cluster, program, secrets
from server.launch.assistant import Scripted
from server.launch.console import LaunchError, step
from server.launch.directory import Directory, read_demo
from server.launch.postgres.embedded import APP_ROLE, Postgres
from server.launch.program import Program
from server.launch.supervise import Supervisor
from server.launch.valkey import LEAST_MEMORY, Valkey, memory_limit

ROOT = Path(__file__).resolve().parent.parent.parent
SLOWEST_START = 60.0  # seconds: a crash recovery or a long append-only file
SERVER_GRACE = 3.0  # seconds on top of the drain before a server is killed
WORKER_STOP = 5.0  # seconds
MESSAGES = ("inbound", "relay")  # the stages on the way of a message, which no other work may delay


class Stack:
    """All programs that one launcher starts."""

    def __init__(self, settings: Settings, data: Directory) -> None:
        self._settings = settings
        self._data = data
        self._database_url = settings.database_url
        self._owner_url = settings.database_url
        self._app_role = settings.database_app_role
        self._redis_url = settings.redis_url
        self._ai = settings.ai
        self._project: str | None = None
        self.supervisor = Supervisor(changed=self.keep_run)

    def start(self) -> None:
        """Start everything up to the servers; raises LaunchError. The caller waits for /readyz."""
        with step("postgres") as notes:
            notes.append(self._start_postgres())
        with step("valkey") as notes:
            notes.append(self._start_valkey())
        scripted = None if self._ai.strip() else self._start_scripted()
        self._environment = self._make_environment()
        with step("migrations") as notes:
            notes.append(self._migrate())
        with step("server, worker") as notes:
            seeding = program.start(self._program("seed", "server.launch.seed", str(self._data.path)))
            self._start_ours()
            notes.append(f"{self._settings.server_processes} and {self._settings.worker_processes}")
        with step("demo project") as notes:
            notes.append(self._finish_seed(seeding))
        if scripted is not None:
            with step("assistant") as notes:
                notes.append(scripted())
        self.keep_run()

    def stop(self) -> None:
        """Stop servers first, which drain; then workers, Valkey, Postgres."""
        self.supervisor.stop()
        self._data.nothing_runs()

    def keep_run(self) -> None:
        """Write run.json with the current pids."""
        self._data.keep_run(self._state())

    def _state(self) -> dict[str, Any]:
        pids = self.supervisor.pids
        return {
            "host": self._settings.host,
            "port": self._settings.port,
            "dsn": self._owner_url,  # for scripts: the bench makes projects and vacuums
            "redis_url": self._redis_url,
            "project": self._project,
            "pids": {
                "launcher": os.getpid(),
                "postgres": next(iter(pids("postgres")), None),
                "redis": pids("valkey")
                if self._settings.embedded_cluster
                else next(iter(pids("valkey")), None),
                "servers": pids("server"),
                "workers": pids("worker"),
                "assistant": pids("assistant"),
            },
        }

    def _start_postgres(self) -> str:
        if self._database_url:
            return "from PARLEY_DATABASE_URL"
        postgres = Postgres(self._data.path / "postgres", log=self._data.log("postgres"))
        child = self.supervisor.add("postgres", postgres.program, before=postgres.clear_left_behind)
        child.await_ready(postgres.ready, within=SLOWEST_START)
        self._database_url, self._owner_url = postgres.url(), postgres.owner_url()
        self._app_role = APP_ROLE
        return f"{postgres.version} on port {postgres.port}"

    def _start_valkey(self) -> str:
        if self._redis_url:
            return "from PARLEY_REDIS_URL"
        if self._settings.embedded_cluster:
            return self._start_cluster()
        valkey = Valkey(self._data.path / "valkey", log=self._data.log("valkey"))
        self.supervisor.add("valkey", valkey.program).await_ready(valkey.ready, within=SLOWEST_START)
        self._redis_url = valkey.url
        return f"on port {valkey.port}"

    def _start_cluster(self) -> str:
        most = max(LEAST_MEMORY, memory_limit() // cluster.PRIMARIES)
        made = cluster.Cluster(self._data.path / "cluster", log=self._data.log, options={"maxmemory": most})
        children = [self.supervisor.add("valkey", node.valkey.program) for node in made.nodes]
        for child, node in zip(children, made.nodes, strict=True):
            child.await_ready(node.valkey.ready, within=SLOWEST_START)
        made.form()
        self._redis_url = made.url
        return f"a cluster of {cluster.PRIMARIES} with replicas, from port {made.nodes[0].valkey.port}"

    def _start_scripted(self) -> Callable[[], str]:
        """Start it while the rest starts; the result waits until it is ready."""
        scripted = Scripted(ROOT, log=self._data.log("assistant"))
        child = self.supervisor.add("assistant", scripted.program)
        self._ai = scripted.setting

        def wait() -> str:
            child.await_ready(scripted.ready, within=SLOWEST_START)
            return f"scripted, on port {scripted.port}"

        return wait

    def _make_environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PARLEY_DATABASE_URL": self._database_url,
            "PARLEY_REDIS_URL": self._redis_url,
            "PARLEY_SECRET_KEY": self._settings.secret_key or secrets.kept(self._data.path / "secret"),
            "PARLEY_DATA": str(self._data.path),
            "PARLEY_AI": self._ai,
            "PARLEY_DEMO": "true",
        }

    def _migrate(self) -> str:
        owner = {"PARLEY_DATABASE_URL": self._owner_url, "PARLEY_DATABASE_APP_ROLE": self._app_role}
        made = self._program("migrations", "migrations", settings=owner)
        if program.run(made) != 0:
            said = program.tail(made.log, lines=30).splitlines()
            why = next((line for line in reversed(said) if line.startswith("migrations:")), said[-1:])
            raise LaunchError(f"the database could not be migrated: {why} ({made.log})")
        return program.tail(made.log)

    def _start_ours(self) -> None:
        servers, workers = self._settings.server_processes, self._settings.worker_processes
        for number in range(1, workers + 2):
            # A turn of the assistant costs as much as 20 messages: people would wait for it in one loop.
            others = () if number <= workers else ("--except",)
            settings = self._metrics(servers + number - 1)
            made = self._program(
                "worker-others" if others else f"worker-{number}",
                "worker",
                *others,
                *MESSAGES,
                stop_within=WORKER_STOP,
                settings=settings,
            )
            self.supervisor.add("worker", made)
        for number in range(1, servers + 1):
            patience, settings = self._settings.drain_seconds + SERVER_GRACE, self._metrics(number - 1)
            made = self._program(f"server-{number}", "server", stop_within=patience, settings=settings)
            self.supervisor.add("server", made)

    def _metrics(self, index: int) -> dict[str, str]:
        """Each process needs a port of its own: those after the one that was set, servers first."""
        host, _, port = self._settings.metrics_bind.rpartition(":")
        return {"PARLEY_METRICS_BIND": f"{host}:{int(port) + index}"} if port else {}

    def _finish_seed(self, seeding: program.Process) -> str:
        try:
            failed = seeding.wait(SLOWEST_START) != 0
        except subprocess.TimeoutExpired:
            failed = True
        program.reap(seeding)
        demo = read_demo(self._data.path)
        if failed or demo is None:
            raise LaunchError(f"the demo is missing: {program.tail(self._data.log('seed'))}")
        self._project = demo.project
        return demo.project

    def _program(
        self,
        name: str,
        module: str,
        *args: str,
        stop_within: float = 5.0,
        settings: Mapping[str, str] | None = None,
    ) -> Program:
        return Program(
            name=name,
            argv=[sys.executable, "-m", module, *args],
            cwd=ROOT,
            log=self._data.log(name),
            env={**self._environment, **(settings or {})},
            stop_within=stop_within,
        )
