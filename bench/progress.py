"""One line that moves while a run goes on; a line now and then where nobody watches."""

import sys
import time
from typing import Final

QUIETLY: Final = 10.0  # seconds between lines that go to a file


class Progress:
    """Writes to stderr, so that stdout holds the result alone."""

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
