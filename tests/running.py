"""One real process in a test: starting, watching, signalling and ending it."""

import contextlib
import http.client
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server.launch import program
from server.launch.program import Program
from tests.patience import PATIENCE


class Running:
    """One started process; it is ended with its stack at the latest."""

    def __init__(
        self, made: Program, *, port: int | None = None, start: Callable[[Program], Any] = program.start
    ) -> None:
        """Start it by `start`."""
        assert threading.current_thread() is threading.main_thread(), (
            "start processes in the main thread: a child dies with the thread that started it"
        )
        self.program = made
        self.port = port
        self.log = made.log
        self._start = start
        self._process = start(made)

    @property
    def pid(self) -> int:
        """The id of the running process."""
        return self._process.pid

    @property
    def url(self) -> str:
        """The base URL of the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs, minus the signal's number if a signal ended it."""
        return self._process.poll()

    @property
    def text(self) -> str:
        """Its stdout and stderr so far."""
        return self.log.read_text(errors="replace")

    def get(self, path: str, *, timeout: float = 20) -> tuple[int, bytes]:
        """Status and body of a plain GET."""
        assert self.port is not None
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)) as link:
            link.request("GET", path)
            answer = link.getresponse()
            return answer.status, answer.read()

    def wait_until(self, holds: Callable[[], bool], *, within: float = PATIENCE, what: str = "") -> None:
        """Wait for a condition; fails with the end of the log when the process exits or time is up."""
        deadline = time.monotonic() + within
        while not holds():
            ended = self.code is not None
            if ended or time.monotonic() > deadline:
                why = f"ended with {self.code}" if ended else f"not {what or holds} within {within} s"
                raise AssertionError(f"{self.program.name} {why}\n{program.tail(self.log, lines=30)}")
            time.sleep(0.01)

    def wait_for_line(self, text: str, *, within: float = PATIENCE) -> None:
        """Wait until it has written `text`."""
        self.wait_until(lambda: text in self.text, within=within, what=f"saying {text!r}")

    def wait_for_path(self, path: str, *, within: float = PATIENCE) -> None:
        """Wait until `GET path` answers 200."""
        self.wait_until(lambda: self._answers(path), within=within, what=f"answering {path}")

    def wait_for_end(self, *, within: float = PATIENCE) -> int:
        """Wait for its exit; returns the exit code."""
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{self.program.name} did not end\n{program.tail(self.log, lines=30)}"
            ) from None

    def signal(self, number: int) -> None:
        """Send any signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """kill -9, and wait for it."""
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """kill -STOP."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """kill -CONT."""
        self.signal(signal.SIGCONT)

    def stop(self) -> int:
        """SIGTERM, and kill -9 if it does not exit in time; returns the exit code."""
        if self.code is None:
            self.resume()
        program.stop(self.program, self._process)
        return self._process.returncode

    def restart(self) -> None:
        """Start the same command again, after kill or stop."""
        assert self.code is not None, "still running"
        self._process = self._start(self.program)

    def rss(self) -> int:
        """Resident memory in bytes."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def _answers(self, path: str) -> bool:
        try:
            return self.get(path, timeout=5)[0] == 200
        except (OSError, http.client.HTTPException):
            return False
