"""The processes of a browser, by their session: the memory that they use, and ending them. Linux only."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
_SESSION: Final = 3  # of /proc/PID/stat, counted after the command's name
_OWN: Final = ("RssAnon:", "RssShmem:")  # of /proc/PID/status, in kB: what is not the program itself


def memory(session: int) -> int:
    """Bytes of memory that the session's processes use; 0 without /proc."""
    return sum(_used(pid) for pid in _members(session))


def kill(session: int) -> None:
    """Ends every process of the session at once. It is never our own."""
    if session == os.getsid(0):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(session, signal.SIGKILL)
    for pid in list(_members(session)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def kill_largest_renderer(session: int) -> bool:
    """Ends the process that draws the largest page; False if there is none."""
    renderers = [pid for pid in _members(session) if "--type=renderer" in _read(str(pid), "cmdline")]
    if not renderers:
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(max(renderers, key=_used), signal.SIGKILL)
    return True


def alive(session: int) -> bool:
    """Whether a process of the session is left."""
    return next(_members(session), None) is not None


def _members(session: int) -> Iterator[int]:
    """The process ids, without zombies."""
    if not PROC.is_dir():
        return
    for name in os.listdir(PROC):  # noqa: PTH208  Path objects for every process would cost more than reading
        if not name.isdecimal():
            continue
        fields = _read(name, "stat").rpartition(")")[2].split()
        if fields and fields[0] != "Z" and int(fields[_SESSION]) == session:
            yield int(name)


def _used(pid: int) -> int:
    lines = [line.split() for line in _read(str(pid), "status").splitlines() if line.startswith(_OWN)]
    return sum(int(line[1]) for line in lines) * 1024


def _read(process: str, name: str) -> str:
    try:
        return Path(f"/proc/{process}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # it has ended
