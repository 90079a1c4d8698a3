"""Forks servers and workers from a process that has imported them: an import costs a second of CPU each time.

Hundreds of processes start in one run of the tests. tests/flow/test_launch.py and the tests of releases start
`python -m server` itself. PARLEY_TEST_FORK=0 starts every process by itself, as do systems without
pidfd_open.
"""

import gc
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from socket import AF_UNIX, SOCK_SEQPACKET, socket, socketpair
from typing import Any, Final

from server.launch import parent_death, program
from server.launch.program import Program

IS_USED: Final = hasattr(os, "pidfd_open") and os.environ.get("PARLEY_TEST_FORK") != "0"
# One fork server each, as trio-asyncio of the server changes asyncio when it is imported.
IMPORTED: Final = {"server": ("server.process",), "worker": ("worker.__main__",)}
LONGEST: Final = 1024 * 1024  # bytes of one request: an environment
ROOT: Final = Path(__file__).resolve().parent.parent


class ForkServer:
    """One of a test session and module; the processes that it has started die with it."""

    def __init__(self, module: str, log: Path, env: Mapping[str, str]) -> None:
        """Start it; it imports while the caller goes on."""
        self._link, theirs = socketpair(AF_UNIX, SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs, theirs.makefile("rb") as given:
            argv = [sys.executable, "-m", "tests.fork_server", module]
            self._program = Program(name=f"fork of {module}", argv=argv, cwd=ROOT, log=log, env=env)
            self._process = program.start(self._program, given=given)  # type: ignore[arg-type]

    def start(self, made: Program) -> "Forked":
        """Like `program.start` for `python -m MODULE args…`."""
        program.open_log(made.log).close()
        request = {
            "args": list(made.argv)[3:],
            "cwd": str(made.cwd),
            "log": str(made.log),
            "env": dict(made.env or {}),
            "orphan_signal": int(made.orphan_signal),
        }
        return Forked(self, self.ask(request))

    def ask(self, request: object) -> int:
        """The number that it answers; it answers at once."""
        with self._lock:
            self._link.send(json.dumps(request).encode())
            return int(self._link.recv(LONGEST))

    def close(self) -> None:
        """End it."""
        self._link.close()
        self._process.wait()


class Forked:
    """A process of a fork server, with the methods of Popen that tests use; `poll` and `wait` reap it."""

    def __init__(self, server: ForkServer, pid: int) -> None:
        self._server = server
        self._pidfd = os.pidfd_open(pid)
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        return self._end(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; raises TimeoutExpired after `timeout` seconds."""
        code = self._end(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send it, unless the process has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)

    def _end(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            poll = select.poll()
            poll.register(self._pidfd, select.POLLIN)
            if poll.poll(None if timeout is None else timeout * 1000):
                self.returncode = self._server.ask({"ended": self.pid})
                os.close(self._pidfd)
        return self.returncode


def main(module: str) -> None:
    """Fork for each request until the caller is gone. Returns in each child, as `python -m MODULE args…`."""
    gc.disable()
    for name in IMPORTED[module]:
        import_module(name)
    sys.modules.pop(f"{module}.__main__", None)
    gc.freeze()
    link = socket(fileno=os.dup(0))
    while request := link.recv(LONGEST):
        asked: dict[str, Any] = json.loads(request)
        if "ended" in asked:
            _, status = os.waitpid(asked["ended"], 0)
            link.send(b"%d" % os.waitstatus_to_exitcode(status))
            continue
        die_with_parent = parent_death.die_with_parent(asked["orphan_signal"])
        pid = os.fork()
        if pid == 0:
            die_with_parent()
            link.close()
            become(module, asked)
            return
        link.send(b"%d" % pid)
    sys.exit()


def become(module: str, asked: dict[str, Any]) -> None:
    """Take the place of a process that was started with these arguments."""
    os.setsid()
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(asked["log"], os.O_WRONLY | os.O_APPEND)
    for kept, fd in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(kept, fd)
    os.close(nothing)
    os.close(log)
    sys.argv = [module, *asked["args"]]
    from core import ids

    ids._SEQUENCE = ids.Sequence()
    gc.enable()


if __name__ == "__main__":
    import runpy

    main(sys.argv[1])
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
