"""How often each of many keys did something within the last minute, counted in this process."""

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

MINUTE: Final = 60.0  # seconds
KEYS: Final = 50_000  # counted at once; beyond it the one that was counted least recently is forgotten

K = TypeVar("K", bound=Hashable)


class Windows(Generic[K]):
    """A sliding window made of two fixed ones: the one before counts by the share that is still in view."""

    def __init__(self, *, seconds: float = MINUTE, keys: int = KEYS) -> None:
        self._seconds = seconds
        self._keys = keys
        self._counts: dict[K, tuple[int, int, int]] = {}  # key → slot, counted in it, in the one before

    def __len__(self) -> int:
        return len(self._counts)

    def take(self, key: K, now: float, *, limit: int) -> float:
        """Counts one more unless that would pass `limit`: 0.0, or the seconds to wait, uncounted."""
        slot, current, before = self._at(key, now)
        wait = self._wait(current, before, now, limit)
        self._counts.pop(key, None)  # to the end: it is the most recent
        self._counts[key] = (slot, current + (wait == 0.0), before)
        if len(self._counts) > self._keys:
            del self._counts[next(iter(self._counts))]
        return wait

    def wait(self, key: K, now: float, *, limit: int) -> float:
        """What `take` would answer; counts nothing."""
        _, current, before = self._at(key, now)
        return self._wait(current, before, now, limit)

    def give_back(self, key: K, now: float) -> None:
        """One that was counted lately does not count after all."""
        slot, current, before = self._at(key, now)
        if key in self._counts:
            taken = current > 0
            self._counts[key] = (slot, current - taken, max(0, before - (not taken)))

    def _at(self, key: K, now: float) -> tuple[int, int, int]:
        slot = int(now // self._seconds)
        last, current, before = self._counts.get(key, (slot, 0, 0))
        if last == slot:
            return slot, current, before
        return slot, 0, current if last == slot - 1 else 0

    def _wait(self, current: int, before: int, now: float, limit: int) -> float:
        gone = now % self._seconds
        left = self._seconds - gone
        if before * left / self._seconds + current + 1 <= limit:
            return 0.0
        if current + 1 > limit:
            return left
        return max(0.001, left - (limit - current - 1) * self._seconds / before)
