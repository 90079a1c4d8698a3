"""Parent death: every program that the launcher started ends when the launcher ends, also by kill -9.

On Linux the kernel does it (PR_SET_PDEATHSIG). Elsewhere this file runs as a small process: it reads a pipe
that only the launcher writes to, and end of file on the pipe means that the launcher has ended.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

BY_KERNEL = sys.platform == "linux"
PR_SET_PDEATHSIG = 1


def die_with_parent(number: int) -> Callable[[], None]:
    """For `preexec_fn`: the child gets signal `number` when the thread that started it ends."""
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def arm() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # the parent ended between fork and prctl
            os.kill(os.getpid(), number)

    return arm


class Watcher:
    """The launcher's end of the pipe."""

    def __init__(self) -> None:
        """Start the watching process."""
        self._watch = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def hold(self, pid: int, number: int) -> None:
        """From now on `pid` gets signal `number` when the launcher ends."""
        self._write(f"hold {pid} {number}\n")

    def release(self, pid: int) -> None:
        """`pid` has been reaped; the system may reuse its number."""
        self._write(f"release {pid} 0\n")

    def close(self) -> None:
        """Close the pipe: the processes still held are ended now."""
        self._watch.communicate()

    def _write(self, line: str) -> None:
        assert self._watch.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._watch.stdin.write(line.encode())
            self._watch.stdin.flush()


def watch() -> None:
    """Read the pipe to its end, then end the processes still held."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    held: dict[int, int] = {}
    for line in sys.stdin:
        verb, pid, given = line.split()
        if verb == "hold":
            held[int(pid)] = int(given)
        else:
            held.pop(int(pid), None)
    for pid, number in held.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


if __name__ == "__main__":
    watch()
