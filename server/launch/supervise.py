"""Keeps programs running: what dies is started again, later each time it dies young; stops them in order."""

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

FIRST_PAUSE = 0.2  # seconds before the first restart; doubled for each further death at a young age
LONGEST_PAUSE = 15.0
GROWN_UP = 30.0  # seconds after which a death is a first one again
TRIES_AT_START = 3  # deaths before the stack has ever been ready that make us give up
IDLE = 3600.0


class Child:
    """One program and its life so far."""

    def __init__(self, made: Program, *, before: Callable[[], None] | None = None) -> None:
        """Start it. `before` runs before each restart, to clear away what a crash leaves."""
        self.program = made
        self.deaths = 0  # in a row, at a young age
        self._before = before
        self._start_again_at: float | None = None
        self._launch()

    @property
    def pid(self) -> int | None:
        """None while it waits to be started again."""
        return None if self._start_again_at is not None else self._process.pid

    def await_ready(self, ready: Ready, *, within: float) -> None:
        """Wait for the first time; a crash just before may need a moment to let go of memory and files."""
        for _ in range(TRIES_AT_START - 1):
            try:
                return program.wait_until_ready(self.program, self._process, ready, within=within)
            except program.EndedAtOnce:
                time.sleep(FIRST_PAUSE)
                self._launch()
        return program.wait_until_ready(self.program, self._process, ready, within=within)

    def tend(self, now: float) -> bool:
        """Notice a death, or start again when the pause is over; True when either happened."""
        if self._start_again_at is not None:
            if now < self._start_again_at:
                return False
            try:
                if self._before is not None:
                    self._before()
                self._launch()
            except LaunchError as error:  # a full disk, say: it may pass
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
        """End it for good."""
        if self._start_again_at is None:
            program.stop(self.program, self._process)

    def kill(self) -> None:
        """End it now."""
        if self._start_again_at is None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def ask_to_stop(self) -> None:
        """Send the stop signal and do not wait: several programs of one kind stop together."""
        if self._start_again_at is None and self._process.poll() is None:
            self._process.send_signal(self.program.stop_signal)

    def _put_off(self, now: float, why: str) -> None:
        self.deaths += 1
        pause = min(FIRST_PAUSE * 2 ** (self.deaths - 1), LONGEST_PAUSE)
        self._start_again_at = now + pause
        say(f"  {why}; starting again in {pause:.1f} s")

    def _launch(self) -> None:
        self._process: Process = program.start(self.program)
        self._began = time.monotonic()
        self._start_again_at = None


class Supervisor:
    """All children, in the order they were started; each kind is a group that stops together."""

    def __init__(self, *, changed: Callable[[], None]) -> None:
        """`changed` is called whenever a pid has changed."""
        self._groups: dict[str, list[Child]] = {}
        self._changed = changed
        self._wake, bell = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(bell, False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # without a handler nothing rings
        signal.set_wakeup_fd(bell, warn_on_full_buffer=False)

    def add(self, group: str, made: Program, *, before: Callable[[], None] | None = None) -> Child:
        """Start it and keep it running."""
        child = Child(made, before=before)
        self._groups.setdefault(group, []).append(child)
        return child

    def pids(self, group: str) -> list[int]:
        """Of the group's members that run."""
        return [child.pid for child in self._groups.get(group, []) if child.pid is not None]

    def tend(self, *, longest: float = IDLE) -> None:
        """Sleep until something happens or `longest` seconds have passed, then see to the children."""
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
            except LaunchError as error:  # what runs matters more than the file that says so
                say(f"  {error}")

    def fail_if_crash_looping(self) -> None:
        """While starting: raise LaunchError for a child that keeps dying, with its last words."""
        for child in self._children:
            if child.deaths >= TRIES_AT_START:
                said = program.tail(child.program.log)
                name = child.program.name
                raise LaunchError(f"{name} ends right after its start: {said} ({child.program.log})")

    def stop(self) -> None:
        """Stop the groups, the last one started first; a second Ctrl-C cuts it short."""
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
    """SIGTERM and a closed terminal are what Ctrl-C is: KeyboardInterrupt."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


@functools.cache
def _cause(code: int) -> str:
    return f"code {code}" if code >= 0 else signal.Signals(-code).name
