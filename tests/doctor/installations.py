"""A sound installation of real parts: Postgres and Valkey as they are started for people, server, worker."""

import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import trio

from core.config.settings import Settings, read
from server.aio import open_loop
from server.doctor.findings import Finding
from server.doctor.installation import Installation
from server.doctor.postgres import examine as postgres_part
from server.launch.postgres.embedded import APP_ROLE, Postgres
from server.launch.program import Program
from server.launch.valkey import Valkey, ask
from tests import ports
from tests.database import sql
from tests.patience import PATIENCE
from tests.running import Running
from tests.stack import ROOT, SECRET, clean_environment

HOST = "chat.example.com"
IDLE = 0.5  # seconds of silence where a test is not about it


class Sound:
    """Two databases: `parley`, which the processes use, and `spare`, in which faults are planted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o711)
        self._reserved = []
        self.postgres = Postgres(folder / "postgres", log=folder / "postgres.log")
        self._reserved.append(ports.reserved(self.postgres.port))
        self._running = [Running(self.postgres.program)]
        self._running[0].wait_until(
            lambda: self.postgres.ready(self._running[0].pid), within=PATIENCE, what="ready"
        )
        self.valkey = self._start_valkey("valkey")
        self.sql("CREATE DATABASE spare")
        for database in ("parley", "spare"):
            self.migrate(database)
        self._reserved.append(ports.reserved())
        self.port = ports.number(self._reserved[-1])
        self.data = folder / "data"
        self.data.mkdir()

    @cached_property
    def spare_valkey(self) -> Valkey:
        """That no process uses."""
        return self._start_valkey("spare-valkey")

    def _start_valkey(self, name: str) -> Valkey:
        made = Valkey(self.folder / name, log=self.folder / f"{name}.log")
        self._reserved.append(ports.reserved(made.port))
        running = Running(made.program)
        self._running.append(running)
        running.wait_until(lambda: made.ready(running.pid), within=PATIENCE, what="ready")
        return made

    def migrate(self, database: str) -> None:
        owner = {
            "PARLEY_DATABASE_URL": self.postgres.owner_url(database),
            "PARLEY_DATABASE_APP_ROLE": APP_ROLE,
        }
        subprocess.run(
            [sys.executable, "-m", "migrations"],
            cwd=ROOT,
            env=clean_environment() | owner,
            check=True,
            capture_output=True,
        )

    def environment(self, **changed: object) -> dict[str, str]:
        """The settings of a process; a changed one replaces that of the sound installation."""
        given: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "public_url": f"https://{HOST}",
            "trusted_proxies": "127.0.0.1",
            "database_url": self.postgres.url(),
            "redis_url": self.valkey.url,
            "secret_key": SECRET,
            "data": self.data,
            "max_connections": 5_000,
            **changed,
        }
        return {f"PARLEY_{name.upper()}": str(value) for name, value in given.items()}

    def settings(self, **changed: object) -> Settings:
        return read(self.environment(**changed))

    def spawn(self, module: str, **changed: object) -> Running:
        number = len(self._running)
        made = Program(
            name=module,
            argv=[sys.executable, "-m", module],
            cwd=ROOT,
            log=self.folder / f"{module}-{number}.log",
            env=clean_environment() | self.environment(**changed),
        )
        port = int(str(changed.get("port", self.port))) if module == "server" else None
        self._running.append(Running(made, port=port))
        return self._running[-1]

    def start(self) -> None:
        """Server and worker, until a message would be delivered."""
        self.spawn("worker", screenshot_browser="off")
        self.spawn("server").wait_for_path("/readyz")

    def sql(self, query: str, *args: object, database: str = "parley") -> list[Any]:
        return sql(self.postgres.owner_url(database), query, *args)

    def redis(self, *words: str) -> bytes:
        return ask(self.valkey.url, *words)

    def close(self) -> None:
        for running in reversed(self._running):
            if running.code is None:
                running.stop()
        for reserved in self._reserved:
            reserved.close()


def codes(findings: Iterable[Finding]) -> set[str]:
    return {one.code for one in findings}


def of_postgres(settings: Settings) -> set[str]:
    """What is found in the database of the settings."""

    async def run() -> list[Finding]:
        async with open_loop():
            return await postgres_part.examine(Installation(settings=settings))

    return codes(trio.run(run))


def doctor(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as an operator runs it."""
    return subprocess.run(
        [sys.executable, "-m", "server.command", "doctor", *words],
        cwd=ROOT,
        env=clean_environment() | {"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def port_of(url: str) -> int:
    return urlsplit(url).port or 0
