"""Which addresses clients call from."""

import itertools
import random
from typing import Final

VISITORS_PER_ADDRESS: Final = 5  # so that each comes back a few times within the default limit of a minute


class Addresses:
    """Where clients call from: here from many addresses of the loopback network, elsewhere from our own."""

    def __init__(self, *, local: bool) -> None:
        self._local = local
        # Far from the last run's, whose handshakes are still counted.
        self._first = random.SystemRandom().randrange(1 << 17, 1 << 23)
        self._others = itertools.count(self._first - 1, -1)

    def of(self, visitor: int) -> str | None:
        return self._text(self._first + visitor // VISITORS_PER_ADDRESS)

    def next(self) -> str | None:
        """One that no visitor has."""
        return self._text(next(self._others))

    def _text(self, number: int) -> str | None:
        return f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}" if self._local else None
