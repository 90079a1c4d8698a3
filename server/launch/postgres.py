"""The embedded PostgreSQL: its cluster, its program, its readiness check."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from server.launch import account, binaries, ports, secrets
from server.launch.console import LaunchError
from server.launch.program import Program, run, tail

SUPERUSER = "parley"  # owns the schema; migrations run as it
APP_ROLE = "parley_app"  # servers and workers: reads and writes rows, owns nothing
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


class Postgres:
    """One cluster under `home`, on a port of its own for as long as this object lives."""

    def __init__(self, home: Path, *, log: Path, settings: Mapping[str, str] | None = None) -> None:
        """Find or make the cluster and clean up after a crash. `settings` override SETTINGS."""
        made_by = _major(home / "data")
        self._account = account.needed() if made_by is None else account.owner(home / "data")
        self._uid = self._account.uid if self._account else None
        self._gid = self._account.gid if self._account else None
        tools = binaries.postgres(made_by)
        self._home = home.resolve() if home.exists() else account.make_home(home, self._account)
        self._tools = account.reachable(tools, self._account, self._home)
        self._data = self._home / "data"
        self._password = secrets.kept(self._home / "password")
        if made_by is None:
            self._make_cluster(log)
        self.clear_left_behind()
        self._app_password = self._keep_app_role(log)
        self.port = ports.free()
        self.program = self._program(log, {**SETTINGS, **(settings or {})})

    @property
    def version(self) -> str:
        """The major version."""
        return str(self._tools.major)

    def url(self, database: str = "parley") -> str:
        """The URL of `database` for servers and workers, with a role that owns nothing."""
        return f"postgresql://{APP_ROLE}:{self._app_password}@127.0.0.1:{self.port}/{database}"

    def owner_url(self, database: str = "parley") -> str:
        """The URL of `database` for migrations and administrators, with its owner's role."""
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def ready(self, pid: int) -> bool:
        """Whether the server of this pid accepts connections: the last line of its pid file says so."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def clear_left_behind(self) -> None:
        """End the server that an earlier launcher left, and remove its pid file. We hold the lock, so no
        other launcher uses that server.

        A pid file whose number now belongs to another program would prevent Postgres from starting.
        """
        path = self._data / "postmaster.pid"
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

    def _program(self, log: Path, settings: Mapping[str, str]) -> Program:
        flags = [f"--{name}={value}" for name, value in {**settings, "port": str(self.port)}.items()]
        if self._tools.major >= IO_METHOD_SINCE:
            flags.append("--io_method=sync")  # saves three helper processes
        return Program(
            name="postgres",
            argv=[str(self._tools.directory / "postgres"), "-D", str(self._data), *flags],
            cwd=self._data,
            log=log,
            env=_environment(),
            uid=self._uid,
            gid=self._gid,
            stop_signal=signal.SIGINT,  # "fast": ends the sessions, writes a checkpoint
            stop_within=8.0,
            orphan_signal=signal.SIGQUIT,  # "immediate": the next start recovers
        )

    def _make_cluster(self, log: Path) -> None:
        """Make the cluster in a temporary directory and rename it: a half-made cluster is never used."""
        half = self._home / "data.half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        password = self._home / "password"
        if self._account is not None:
            self._account.owns(half)
            self._account.owns(password)
        options = ["-U", SUPERUSER, "--encoding=UTF8", "--auth=scram-sha-256", f"--pwfile={password}"]
        self._run("initdb", "-D", str(half), *options, *_locale(self._tools.major), log=log)
        # In single-user mode, so that the database exists as soon as the cluster does.
        self._single(half, f"CREATE DATABASE {SUPERUSER}", log=log)
        half.rename(self._data)

    def _keep_app_role(self, log: Path) -> str:
        """The application role's password; makes the role if the cluster, however old, does not have it.

        The password file is written last: after a crash before that, the role is made again.
        """
        path = self._home / "app_password"
        if path.exists():
            return secrets.kept(path)
        password = secrets.fresh()
        self._single(
            self._data,
            f"DO $$BEGIN IF to_regrole('{APP_ROLE}') IS NULL THEN CREATE ROLE {APP_ROLE}; END IF; END$$",
            f"ALTER ROLE {APP_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'",
            log=log,
        )
        secrets.write(path, password + "\n")
        return password

    def _single(self, data: Path, *statements: str, log: Path) -> None:
        """Run statements, one per line, in single-user mode; no server may run on `data`."""
        said = "".join(f"{statement};\n" for statement in statements)
        self._run("postgres", "--single", "-D", str(data), "template1", log=log, said=said)

    def _run(self, name: str, *args: str, log: Path, said: str = "") -> None:
        made = Program(
            name=name,
            argv=[str(self._tools.directory / name), *args],
            cwd=self._home,
            log=log,
            env=_environment(),
            uid=self._uid,
            gid=self._gid,
        )
        if run(made, said=said) != 0:
            raise LaunchError(f"the database could not be made; {name} says: {tail(log)}")


def _major(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise LaunchError(f"{data} is not a readable database ({error}): set another PARLEY_DATA") from None


def _locale(major: int) -> list[str]:
    if major >= BUILTIN_LOCALE_SINCE:  # the same order on every machine, whatever its C library
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=en_US.UTF-8" if sys.platform == "darwin" else "--locale=C.UTF-8"]


def _environment() -> dict[str, str]:
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
