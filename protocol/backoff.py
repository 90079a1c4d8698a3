"""Reconnect backoff of a client: random waits of 0.5 s to 30 s, without end; for the bench and the tests.

The widget's own is widget/src/wire/backoff.ts; both follow PROTOCOL.md, "Reconnect".
"""

from collections.abc import Callable
from typing import Final

from protocol.codes import CloseCode, come_back
from protocol.limits import SECONDS

FIRST: Final = 0.5 * SECONDS
MAX_DELAY: Final = 30 * SECONDS
LOST: Final = 1006
"""RFC 6455's code for a connection that ended without a close frame."""


class Backoff:
    """The waits of one client. `chance` returns a float in [0, 1), so that tests are deterministic."""

    __slots__ = ("_attempt", "_chance", "_floor")

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._attempt = 0
        self._floor = 0.0

    def told_to_wait(self, retry_ms: int) -> None:
        """An error frame carried `retry_ms`: the next wait is at least that."""
        self._floor = max(self._floor, retry_ms / 1000)

    def after_close(self, code: int) -> float | None:
        """Seconds until the next attempt; None: do not reconnect."""
        if not come_back(code):
            return None
        return self.after_failure()

    def after_failure(self) -> float:
        """Likewise after an attempt that failed to connect."""
        # Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015): of the known methods
        # it makes the fewest calls when all clients reconnect at once. Never below FIRST: an immediate
        # attempt finds the server still unavailable, and the next wait is twice as long.
        ceiling = min(MAX_DELAY, FIRST * 2.0 ** min(self._attempt + 1, 16))
        self._attempt += 1
        floor, self._floor = self._floor, 0.0
        return floor + FIRST + self._chance() * (ceiling - FIRST)

    def after_drain(self, min_ms: int, max_ms: int) -> float:
        """Seconds until the reconnect that a `drain` frame asks for; the old socket serves until then."""
        return (min_ms + self._chance() * max(0, max_ms - min_ms)) / 1000

    def welcomed(self) -> None:
        """Resets the backoff after a `welcome`, not after connecting: a server may accept and then close."""
        self._attempt = 0
        self._floor = 0.0


def needs_new_credential(code: int) -> bool:
    """Whether the client must get a new ticket before it reconnects."""
    return code == CloseCode.CREDENTIAL_EXPIRED
