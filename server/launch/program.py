"""One program of the stack: how it is started, where it logs, and the leash that ends it with us."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from server.launch.console import LaunchError

MEGABYTES = 1024 * 1024
LOG_KEPT = 16 * MEGABYTES  # a longer log is moved to NAME.log.1 when its program starts
PR_SET_PDEATHSIG = 1


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What to run. `uid` and `gid` are set only where we are root and it must not be."""

    name: str
    argv: Sequence[str]
    cwd: Path
    log: Path
    env: Mapping[str, str] | None = None
    uid: int | None = None
    gid: int | None = None
    stop_signal: int = signal.SIGTERM
    stop_within: float = 5.0  # seconds from the stop signal to SIGKILL
    orphan_signal: int = signal.SIGKILL  # what it gets when the launcher dies without a word


def start(program: Program) -> "subprocess.Popen[bytes]":
    """Start it in a session of its own, so that Ctrl-C reaches the launcher alone and the order of stopping holds."""
    with open_log(program.log) as log:
        try:
            process = subprocess.Popen(
                list(program.argv),
                cwd=program.cwd,
                env=None if program.env is None else dict(program.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=program.uid,
                group=program.gid,
                extra_groups=None if program.uid is None else [],
                # Runs after the change of user, which would clear it.
                preexec_fn=_die_with_parent(program.orphan_signal) if LEASH_BY_KERNEL else None,  # noqa: PLW1509
            )
        except OSError as error:
            raise LaunchError(f"cannot start {program.name} ({program.argv[0]}): {error.strerror}") from None
    if not LEASH_BY_KERNEL:
        _leash().hold(process.pid, program.orphan_signal)
    return process


def released(pid: int) -> None:
    """Say that `pid` has been reaped, so that its number may be used by a stranger."""
    if not LEASH_BY_KERNEL:
        _leash().release(pid)


def open_log(path: Path) -> "subprocess._FILE":
    """The log, open for appending; a long one is set aside first."""
    try:
        if path.exists() and path.stat().st_size > LOG_KEPT:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")
    except OSError as error:
        raise LaunchError(f"cannot write {path}: {error.strerror}; free some space or set PARLEY_DATA") from None


def last_words(path: Path, lines: int = 1) -> str:
    """The last lines that a program wrote, to be quoted in a sentence."""
    try:
        text = path.read_bytes()[-8192:].decode(errors="replace")
    except OSError:
        return ""
    return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])
