"""`python -m tests.faults.sabotage HOW MODULE [ARG…]`: one of our processes, sabotaged in one way."""

import runpy
import sys
import time
from collections.abc import Callable

from core.db import locks, outbox
from tests.running import Running
from tests.stack import Stack


def clock(seconds: float) -> None:
    """Shift its wall clock by `seconds`; the monotonic clock stays right."""
    real = time.time_ns
    time.time_ns = lambda: real() + round(seconds * 1e9)
    time.time = lambda: time.time_ns() / 1e9


def second_relay() -> None:
    """Give its relay a lease of its own, so that it leads beside the present leader."""
    locks.RELAY += 0x100


def mute() -> None:
    """Send its NOTIFY on a channel without listeners, and do not wake its own relay in memory either."""
    outbox.WAKE = "NOTIFY a_channel_without_listeners"
    outbox.CHANNEL = "a_channel_without_listeners_too"


SABOTAGES: dict[str, Callable[[], None]] = {
    "ten_minutes_fast": lambda: clock(600),
    "ten_minutes_slow": lambda: clock(-600),
    "second_relay": second_relay,
    "mute": mute,
}


def spawn(stack: Stack, how: str, module: str, *args: str, **settings: object) -> Running:
    """Like `stack.spawn`."""
    if module != "server":
        return stack.spawn("tests.faults.sabotage", how, module, *args, **settings)
    port = stack.port()
    running = stack.spawn("tests.faults.sabotage", how, module, port=port, **settings)
    running.port = port
    running.wait_for_path("/livez")
    return running


if __name__ == "__main__":
    how, module, *arguments = sys.argv[1:]
    SABOTAGES[how]()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
