"""Console output: progress while the stack starts, and one clear sentence when it cannot."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class LaunchError(Exception):
    """The stack cannot start or go on; the text is one sentence that says what to do."""


def say(text: str) -> None:
    """Print one line to stdout, unbuffered."""
    print(text, flush=True)


@contextmanager
def step(name: str) -> Iterator[list[str]]:
    """Time one step and print its duration, with the notes that the body appends to the list."""
    if sys.stdout.isatty():
        print(f"  {name} …", end="\r", flush=True)
    began = time.monotonic()
    notes: list[str] = []
    yield notes
    say(f"  {name:<22}{time.monotonic() - began:6.2f} s  {', '.join(notes)}".rstrip())
