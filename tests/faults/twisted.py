"""`python -m tests.faults.twisted HOW MODULE [ARG…]`: a process of ours with one thing wrong inside it."""

import runpy
import sys
import time
from collections.abc import Callable

from core.db import locks, outbox
from tests.running import Running
from tests.stack import Stack


def clock(seconds: float) -> None:
    """Its wall clock is wrong. What measures time, the monotonic clock, is not the wall's and stays."""
    real = time.time_ns
    time.time_ns = lambda: real() + round(seconds * 1e9)
    time.time = lambda: time.time_ns() / 1e9


def second_relay() -> None:
    """Its relay takes a lease of its own, and leads beside the one that leads already."""
    locks.RELAY += 0x100


def mute() -> None:
    """It wakes nobody: its NOTIFY goes where nobody listens, and no relay of its own hears it in memory."""
    outbox.WAKE = "NOTIFY a_channel_without_listeners"
    outbox.CHANNEL = "a_channel_without_listeners_too"


TWISTS: dict[str, Callable[[], None]] = {
    "ten_minutes_fast": lambda: clock(600),
    "ten_minutes_slow": lambda: clock(-600),
    "second_relay": second_relay,
    "mute": mute,
}


def spawn(stack: Stack, how: str, module: str, *args: str, **settings: object) -> Running:
    """Like `stack.spawn`."""
    if module != "server":
        return stack.spawn("tests.faults.twisted", how, module, *args, **settings)
    port = stack.port()
    running = stack.spawn("tests.faults.twisted", how, module, port=port, **settings)
    running.port = port
    running.wait_for_path("/livez")
    return running


if __name__ == "__main__":
    how, module, *arguments = sys.argv[1:]
    TWISTS[how]()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
