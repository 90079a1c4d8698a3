"""Unknown API keys: a network that sends too many is refused before it costs a query."""

from typing import Final, TypeVar

from server.addresses import network
from server.api.services.rate_limiter import RateLimited

MAX_COUNTED: Final = 20_000  # networks, and keys; beyond it the oldest is evicted

K = TypeVar("K")
V = TypeVar("V")


class WrongKeys:
    """Blocked networks and valid keys of this process; RateLimiter does the counting. Times are trio's."""

    def __init__(self) -> None:
        self._blocked: dict[str, float] = {}  # network → until when
        self._good: dict[bytes, None] = {}  # digests of keys that were found

    def check(self, digest: bytes, address: str, now: float) -> None:
        """Raises RateLimited for an unknown key from a blocked network.

        A key that was found before passes: a working program in the same network is not affected.
        """
        until = self._blocked.get(network(address), 0.0)
        if until > now and digest not in self._good:
            raise RateLimited(until - now)

    def found(self, digest: bytes) -> None:
        """Record that the key exists."""
        _keep(self._good, digest, None)

    def missing(self, digest: bytes) -> None:
        """Record that the key does not exist, or no longer."""
        self._good.pop(digest, None)

    def block(self, address: str, until: float) -> None:
        """Block a network that has sent too many unknown keys."""
        _keep(self._blocked, network(address), until)


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > MAX_COUNTED:
        del kept[next(iter(kept))]
