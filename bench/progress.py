"""Shows the progress of a run: one updated line on a terminal, else a line from time to time."""

import sys
import time
from typing import Final

QUIETLY: Final = 10.0  # seconds between lines without a terminal


class Progress:
    """Writes to stderr, so that stdout has only the result."""

    def __init__(self) -> None:
        self._moving = sys.stderr.isatty()
        self._last = -QUIETLY

    def say(self, line: str) -> None:
        if self._moving:
            sys.stderr.write(f"\r\x1b[K{line}")
        elif (now := time.monotonic()) - self._last >= QUIETLY:
            self._last = now
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def end(self) -> None:
        if self._moving:
            sys.stderr.write("\r\x1b[K")
