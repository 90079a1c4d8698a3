"""One PostgreSQL cluster on disk: makes it, runs statements in single-user mode, says how to start it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from server.launch.binaries import PostgresTools
from server.launch.console import LaunchError
from server.launch.postgres.account import Account
from server.launch.program import Program, run, tail

SUPERUSER = "parley"  # owns the schema; migrations run as it
BUILTIN_LOCALE_SINCE = 17
IO_METHOD_SINCE = 18

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # loopback only: no path too long for a socket, no stale one after kill -9
    "max_connections": "200",
    "shared_buffers": "128MB",
    "synchronous_commit": "on",  # `stored` means committed
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "32MB",
    "max_wal_size": "512MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "cluster_name": "parley",
}


class Cluster:
    """The cluster in `data`, whether it exists yet or not; no two objects may use one at the same time."""

    def __init__(self, data: Path, *, tools: PostgresTools, account: Account | None, log: Path) -> None:
        """`account` runs the programs, None: our own user; all of them append to `log`."""
        self.data = data
        self.tools = tools
        self._account = account
        self._log = log

    def beside(self, name: str) -> "Cluster":
        """Another cluster in the same directory, with the same programs."""
        return Cluster(self.data.with_name(name), tools=self.tools, account=self._account, log=self._log)

    def make(self, password: Path) -> None:
        """Run initdb; SUPERUSER gets the password in the file. Collation C, and Unicode's letters.

        What is compared and sorted is bytes, the same order on every machine. LC_CTYPE is C.UTF-8 because
        pg_trgm asks it what a letter is: with C it finds none outside ASCII.
        """
        self.data.mkdir(mode=0o700)
        if self._account is not None:
            self._account.owns(self.data)
            self._account.owns(password)
        options = ["-U", SUPERUSER, "--encoding=UTF8", "--auth=scram-sha-256", f"--pwfile={password}"]
        self.run("initdb", "-D", str(self.data), *options, *locale_options(self.tools.major))

    def single(self, *statements: str) -> None:
        """Run statements, one per line, in single-user mode; no server may run on the data."""
        given = "".join(f"{statement};\n" for statement in statements)
        self.run("postgres", "--single", "-D", str(self.data), "template1", given=given)

    def run(self, name: str, *args: str, given: str = "") -> None:
        """Run a program of PostgreSQL with `given` as its stdin; raises LaunchError when it fails."""
        if run(self.command(name, *args), said=given) != 0:
            raise LaunchError(f"the database could not be created; {name} says: {tail(self._log)}")

    def command(self, name: str, *args: str, env: Mapping[str, str] | None = None) -> Program:
        """A program of PostgreSQL, run as the cluster's account; `env` is added to a clean environment."""
        return Program(
            name=name,
            argv=[str(self.tools.directory / name), *args],
            cwd=self.data.parent,
            log=self._log,
            env=environment() | dict(env or {}),
            uid=self._account.uid if self._account else None,
            gid=self._account.gid if self._account else None,
        )

    def server(self, port: int, settings: Mapping[str, str]) -> Program:
        """The server on this port of the loopback address; `settings` override SETTINGS."""
        given = {**SETTINGS, **settings, "port": str(port)}
        flags = [f"--{name}={value}" for name, value in given.items()]
        if self.tools.major >= IO_METHOD_SINCE:
            flags.append("--io_method=sync")  # saves three helper processes
        return Program(
            name="postgres",
            argv=[str(self.tools.directory / "postgres"), "-D", str(self.data), *flags],
            cwd=self.data,
            log=self._log,
            env=environment(),
            uid=self._account.uid if self._account else None,
            gid=self._account.gid if self._account else None,
            stop_signal=signal.SIGINT,  # "fast": ends the sessions, writes a checkpoint
            stop_within=8.0,
            orphan_signal=signal.SIGQUIT,  # "immediate": the next start recovers
        )

    def ready(self, pid: int) -> bool:
        """Whether the server of this pid accepts connections: the last line of its pid file says so."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def clear_left_behind(self) -> None:
        """End the server that an earlier launcher left, and remove its pid file. We hold the lock, so no
        other launcher uses that server.

        A pid file whose number now belongs to another program would prevent Postgres from starting.
        """
        path = self.data / "postmaster.pid"
        try:
            pid = int(path.read_text().splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            path.unlink(missing_ok=True)
            return
        for number, timeout in ((signal.SIGINT, 5.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)):
            if not _is_postgres(pid):
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + timeout
            while time.monotonic() < deadline and _is_postgres(pid):
                time.sleep(0.02)
        path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the data, and end a server that runs on it."""
        if self.data.exists():
            self.clear_left_behind()
        shutil.rmtree(self.data, ignore_errors=True)


def locale_options(major: int) -> Sequence[str]:
    """The options of initdb for order by bytes and letters by Unicode."""
    letters = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    options = ["--locale=C", f"--lc-ctype={letters}"]
    if major >= BUILTIN_LOCALE_SINCE:  # lower() is the same on every machine, whatever its C library
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", *options]
    return options


def environment() -> dict[str, str]:
    """The environment of all programs of PostgreSQL."""
    kept = ("PATH", "TMPDIR", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def _is_postgres(pid: int) -> bool:
    if Path("/proc/self/stat").exists():  # Debian's smallest images have no ps
        try:
            status = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return False
        return "(postgres) " in status and "(postgres) Z" not in status
    said = subprocess.run(
        ["ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return "postgres" in said and not said.startswith("Z")
