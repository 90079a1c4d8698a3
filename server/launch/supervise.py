"""The supervisor: restarts programs that exit, with exponential backoff, and stops them in order."""

import contextlib
import functools
import os
import select
import signal
import time
from collections.abc import Callable

from server.launch import program
from server.launch.console import LaunchError, say
from server.launch.program import Process, Program, Ready

FIRST_PAUSE = 0.2  # seconds before the first restart; doubled for each further early exit
LONGEST_PAUSE = 15.0  # seconds
GROWN_UP = 30.0  # seconds; an exit after that resets the backoff
TRIES_AT_START = 3  # exits before the stack has ever been ready, after which the launcher gives up
IDLE = 3600.0


class Child:
    """One supervised program."""

    def __init__(self, made: Program, *, before: Callable[[], None] | None = None) -> None:
        """Start the program. `before` runs before each restart, to clean up after a crash."""
        self.program = made
        self.deaths = 0  # early exits in a row
        self._before = before
        self._start_again_at: float | None = None
        self._launch()

    @property
    def pid(self) -> int | None:
        """None while the program waits for its restart."""
        return None if self._start_again_at is not None else self._process.pid

    def await_ready(self, ready: Ready, *, within: float) -> None:
        """Wait until the program is first ready, with retries: after a crash the system may need a moment to
        release memory and files.
        """
        for _ in range(TRIES_AT_START - 1):
            try:
                return program.wait_until_ready(self.program, self._process, ready, within=within)
            except program.EndedAtOnce:
                time.sleep(FIRST_PAUSE)
                self._launch()
        return program.wait_until_ready(self.program, self._process, ready, within=within)

    def tend(self, now: float) -> bool:
        """Notice an exit, or restart when the pause is over; True when either happened."""
        if self._start_again_at is not None:
            if now < self._start_again_at:
                return False
            try:
                if self._before is not None:
                    self._before()
                self._launch()
            except LaunchError as error:  # for example a full disk, which may be temporary
                self._put_off(now, str(error))
            return True
        code = program.reap(self._process)
        if code is None:
            return False
        if now - self._began > GROWN_UP:
            self.deaths = 0
        self._put_off(now, f"{self.program.name} ended ({_cause(code)}); its log is {self.program.log}")
        return True

    def wait(self, now: float) -> float:
        """Seconds until `tend` has something to do without a signal."""
        return IDLE if self._start_again_at is None else max(0.0, self._start_again_at - now)

    def stop(self) -> None:
        """Stop the program and wait for its end."""
        if self._start_again_at is None:
            program.stop(self.program, self._process)

    def kill(self) -> None:
        """Kill the program."""
        if self._start_again_at is None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def ask_to_stop(self) -> None:
        """Send the stop signal without waiting, so that several programs of a group stop in parallel."""
        if self._start_again_at is None and self._process.poll() is None:
            self._process.send_signal(self.program.stop_signal)

    def _put_off(self, now: float, why: str) -> None:
        self.deaths += 1
        pause = min(FIRST_PAUSE * 2 ** (self.deaths - 1), LONGEST_PAUSE)
        self._start_again_at = now + pause
        say(f"  {why}; restarting in {pause:.1f} s")

    def _launch(self) -> None:
        self._process: Process = program.start(self.program)
        self._began = time.monotonic()
        self._start_again_at = None


class Supervisor:
    """All programs, in the order they were started; each group stops together."""

    def __init__(self, *, changed: Callable[[], None]) -> None:
        """`changed` is called whenever a pid has changed."""
        self._groups: dict[str, list[Child]] = {}
        self._changed = changed
        self._wake, bell = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(bell, False)
        # Without a handler nothing is written to the wake-up pipe.
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(bell, warn_on_full_buffer=False)

    def add(self, group: str, made: Program, *, before: Callable[[], None] | None = None) -> Child:
        """Start a program and keep it running."""
        child = Child(made, before=before)
        self._groups.setdefault(group, []).append(child)
        return child

    def pids(self, group: str) -> list[int]:
        """The pids of the group's running programs."""
        return [child.pid for child in self._groups.get(group, []) if child.pid is not None]

    def tend(self, *, longest: float = IDLE) -> None:
        """Sleep until a child exits or `longest` seconds have passed, then tend all children."""
        now = time.monotonic()
        timeout = min([longest, *(child.wait(now) for child in self._children)])
        if select.select([self._wake], [], [], timeout)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake, 4096)
        now = time.monotonic()
        # A list, not a generator: every child is tended, not only those up to the first that changed.
        if any([child.tend(now) for child in self._children]):  # noqa: C419
            try:
                self._changed()
            except LaunchError as error:  # the running programs matter more than run.json
                say(f"  {error}")

    def fail_if_crash_looping(self) -> None:
        """During the start, raise LaunchError for a child that keeps exiting, with its last log line."""
        for child in self._children:
            if child.deaths >= TRIES_AT_START:
                said = program.tail(child.program.log)
                name = child.program.name
                raise LaunchError(f"{name} exits right after its start: {said} ({child.program.log})")

    def stop(self) -> None:
        """Stop the groups in reverse order of their start; a second Ctrl-C kills them."""
        try:
            for children in reversed(self._groups.values()):
                for child in children:
                    child.ask_to_stop()
                for child in children:
                    child.stop()
        except KeyboardInterrupt:
            for child in reversed(self._children):
                child.kill()

    @property
    def _children(self) -> list[Child]:
        return [child for children in self._groups.values() for child in children]


def stop_signals_interrupt() -> None:
    """Make SIGTERM and SIGHUP raise KeyboardInterrupt, as Ctrl-C does."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


@functools.cache
def _cause(code: int) -> str:
    return f"code {code}" if code >= 0 else signal.Signals(-code).name
