"""The source addresses of clients."""

import itertools
import random
from typing import Final

VISITORS_PER_ADDRESS: Final = 5  # few enough for reconnects within the default limit per minute


class Addresses:
    """Source addresses: many addresses of the loopback network for a local target, else only our own."""

    def __init__(self, *, local: bool) -> None:
        self._local = local
        # Far from those of the last run, whose handshakes still count in the rate limit.
        self._first = random.SystemRandom().randrange(1 << 17, 1 << 23)
        self._others = itertools.count(self._first - 1, -1)

    def of(self, visitor: int) -> str | None:
        return self._text(self._first + visitor // VISITORS_PER_ADDRESS)

    def next(self) -> str | None:
        """An address that no visitor uses."""
        return self._text(next(self._others))

    def _text(self, number: int) -> str | None:
        return f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}" if self._local else None
