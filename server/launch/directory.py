"""The data directory: locked, writable, with the files run.json and demo.json for other programs."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import Any, TextIO

import msgspec

from server.launch import secrets
from server.launch.console import LaunchError

MEGABYTES = 1024 * 1024
ROOM_NEEDED = 200 * MEGABYTES  # an empty cluster is 40 MB, its log up to 512 MB later
ROOM_TO_GO_ON = 32 * MEGABYTES


class Demo(msgspec.Struct, frozen=True):
    """demo.json: the demo project and how to sign in to it."""

    email: str
    password: str
    project: str
    user: str


class Directory:
    """The directory, locked for as long as this object lives."""

    def __init__(self, path: Path) -> None:
        """Make it and lock it; raises LaunchError when that cannot be done."""
        self.path = path.absolute()
        try:
            # If we are root, Postgres runs as another user and needs to pass through; secrets are 0600 each.
            self.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            self.log("launcher").parent.mkdir(mode=0o700, exist_ok=True)
            self._lock = (self.path / "lock").open("a+")
        except OSError as error:
            raise LaunchError(
                f"cannot write to the data directory {self.path} ({error.strerror}):"
                " give it to this user, or set PARLEY_DATA to another directory"
            ) from None
        _lock(self._lock, self.path)
        _require_room(self.path)

    def close(self) -> None:
        """Release the lock."""
        self._lock.close()

    def log(self, name: str) -> Path:
        """The log file of a program."""
        return self.path / "log" / f"{name}.log"

    def keep_run(self, state: dict[str, Any]) -> None:
        """Write run.json for scripts; it contains database passwords, so only our user may read it."""
        secrets.write(self.path / "run.json", _readable(state))

    def nothing_runs(self) -> None:
        """Remove run.json."""
        (self.path / "run.json").unlink(missing_ok=True)


def read_demo(directory: Path) -> Demo | None:
    """The demo sign-in, None before the demo is seeded."""
    try:
        return msgspec.json.decode((directory / "demo.json").read_bytes(), type=Demo)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def keep_demo(directory: Path, demo: Demo) -> None:
    """Write the demo sign-in."""
    secrets.write(directory / "demo.json", _readable(demo))


def _lock(file: TextIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise LaunchError(
            f"Parley already runs on {path} (launcher pid {holder}):"
            " stop it, or set PARLEY_DATA and PARLEY_PORT for a second one"
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()


def _require_room(path: Path) -> None:
    needed = ROOM_TO_GO_ON if (path / "run.json").exists() or (path / "postgres").exists() else ROOM_NEEDED
    room = shutil.disk_usage(path).free
    if room < needed:
        raise LaunchError(
            f"only {room // MEGABYTES} MB are free for {path} and {needed // MEGABYTES} MB are needed:"
            " free some space, or set PARLEY_DATA to a directory on another disk"
        )


def _readable(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
