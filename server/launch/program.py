"""One program of the stack: starts it, opens its log, stops it."""

import functools
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from server.launch import parent_death
from server.launch.console import LaunchError

MEGABYTES = 1024 * 1024
LOG_KEPT = 16 * MEGABYTES  # a longer log is moved to NAME.log.1 when its program starts

Process = subprocess.Popen[bytes]
Ready = Callable[[int], bool]  # is the process of this pid ready to serve?


class EndedAtOnce(LaunchError):
    """A program ended before it was ready."""


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What to run. `uid` and `gid` are set only when we are root and the program must not be."""

    name: str
    argv: Sequence[str]
    cwd: Path
    log: Path
    env: Mapping[str, str] | None = None
    uid: int | None = None
    gid: int | None = None
    stop_signal: int = signal.SIGTERM
    stop_within: float = 5.0  # seconds from the stop signal to SIGKILL
    orphan_signal: int = signal.SIGKILL  # sent when the launcher dies unexpectedly


def start(program: Program, *, given: BinaryIO | None = None, into: BinaryIO | None = None) -> Process:
    """Start a program in its own session: Ctrl-C must reach only the launcher, which stops all in order.

    `given` is its stdin; `into` takes its stdout instead of the log.
    """
    arm = parent_death.die_with_parent(program.orphan_signal) if parent_death.BY_KERNEL else None
    with open_log(program.log) as log:
        try:
            process = subprocess.Popen(
                list(program.argv),
                cwd=program.cwd,
                env=None if program.env is None else dict(program.env),
                stdin=given or subprocess.DEVNULL,
                stdout=into or log,
                stderr=log,
                start_new_session=True,
                user=program.uid,
                group=program.gid,
                extra_groups=None if program.uid is None else [],
                # It runs after the change of user, which would reset it; it makes only system calls.
                preexec_fn=arm,  # noqa: PLW1509
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise LaunchError(f"cannot start {program.name} ({program.argv[0]}): {error}") from None
    if not parent_death.BY_KERNEL:
        _watcher().hold(process.pid, program.orphan_signal)
    return process


def run(program: Program, *, said: str = "") -> int:
    """Start a program with `said` as its stdin, wait for its end, return its exit code."""
    with tempfile.TemporaryFile() as given:
        given.write(said.encode())
        given.seek(0)
        process = start(program, given=given)
    process.wait()
    reap(process)
    return process.returncode


def output(program: Program, *, said: str = "", within: float = 1800.0) -> str:
    """Like `run`, but returns what the program has written to stdout; raises LaunchError when it fails.

    `within` seconds: a program that takes longer is ended, and has failed.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as into:
        given.write(said.encode())
        given.seek(0)
        process = start(program, given=given, into=into)
        try:
            process.wait(within)
        except subprocess.TimeoutExpired:
            stop(program, process)
            raise LaunchError(f"{program.name} did not end within {within:g} s") from None
        reap(process)
        into.seek(0)
        written = into.read().decode(errors="replace")
    if process.returncode != 0:
        raise LaunchError(f"{program.name} failed with code {process.returncode}: {tail(program.log)}")
    return written


def pipe(source: Program, target: Program) -> tuple[Process, Process]:
    """Start both programs; the output of `source` is the input of `target`."""
    read, write = os.pipe()
    with os.fdopen(read, "rb") as given, os.fdopen(write, "wb") as into:
        receiving = start(target, given=given)
        try:
            return start(source, into=into), receiving
        except LaunchError:
            stop(target, receiving)
            raise


def reap(process: Process) -> int | None:
    """The exit code of a process that has ended, None while it runs."""
    code = process.poll()
    if code is not None and not parent_death.BY_KERNEL:
        _watcher().release(process.pid)
    return code


def stop(program: Program, process: Process) -> None:
    """Send the stop signal, wait for `stop_within` seconds, then kill."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
        try:
            process.wait(program.stop_within)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    reap(process)


def wait_until_ready(program: Program, process: Process, ready: Ready, *, within: float) -> None:
    """Poll `ready` until it is true; raises LaunchError when the program ends, or after `within` seconds."""
    deadline = time.monotonic() + within
    while not ready(process.pid):
        code = process.poll()
        if code is not None:
            said = tail(program.log)
            raise EndedAtOnce(f"{program.name} exited at once with code {code}: {said or program.log}")
        if time.monotonic() > deadline:
            stop(program, process)
            raise LaunchError(
                f"{program.name} was not ready after {within:.0f} seconds; its log is {program.log}"
            )
        time.sleep(0.01)


def open_log(path: Path) -> BinaryIO:
    """Open the log for appending; a log longer than LOG_KEPT is rotated first."""
    try:
        if path.exists() and path.stat().st_size > LOG_KEPT:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")
    except OSError as error:
        raise LaunchError(f"cannot write {path}: {error.strerror}; free space or set PARLEY_DATA") from None


def tail(path: Path, *, lines: int = 1) -> str:
    """The last lines of a log, without empty ones; "" if it cannot be read."""
    try:
        text = path.read_bytes()[-8192:].decode(errors="replace")
    except OSError:
        return ""
    return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])


@functools.cache
def _watcher() -> parent_death.Watcher:
    return parent_death.Watcher()
