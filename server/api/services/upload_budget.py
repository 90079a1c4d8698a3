"""How many bytes of uploads a process takes at once, in total and from one network."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from server.addresses import network
from server.batcher import TooMany

MEGABYTES: Final = 1024 * 1024
TOTAL: Final = 64 * MEGABYTES
PER_NETWORK: Final = 32 * MEGABYTES


class UploadBudget:
    """One per process. An upload that does not fit is refused; nothing queues."""

    def __init__(self, *, total: int = TOTAL, per_network: int = PER_NETWORK) -> None:
        self._total = total
        self._per_network = per_network
        self._used: Counter[str] = Counter()

    @property
    def used(self) -> int:
        """Bytes that are reserved."""
        return self._used.total()

    @contextmanager
    def reserved(self, address: str, size: int) -> Iterator[None]:
        """Reserve `size` bytes for the block; raises TooMany when the network or the process has no room."""
        of = network(address)
        if self.used + size > self._total or self._used[of] + size > self._per_network:
            raise TooMany
        self._used[of] += size
        try:
            yield
        finally:
            self._used[of] -= size
            if not self._used[of]:
                del self._used[of]
