"""Sliding-window rate limits for many keys, counted in this process."""

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

MINUTE: Final = 60.0  # seconds
KEYS: Final = 50_000  # counted at once; beyond it the least recently counted one is evicted

K = TypeVar("K", bound=Hashable)


class Windows(Generic[K]):
    """A sliding window of two fixed ones: the previous one counts by its share still in view."""

    __slots__ = ("_counts", "_keys", "_seconds")

    def __init__(self, *, seconds: float = MINUTE, keys: int = KEYS) -> None:
        self._seconds = seconds
        self._keys = keys
        self._counts: dict[K, list[int]] = {}  # key → slot, count in it, count in the previous; oldest first

    def __len__(self) -> int:
        return len(self._counts)

    def take(self, key: K, now: float, *, limit: int) -> float:
        """Count one hit unless it would exceed `limit`: 0.0, or the seconds to wait, uncounted."""
        slot = int(now // self._seconds)
        count = self._counts.get(key)
        if count is None or count[0] != slot:
            count = self._turn(key, slot)
        # The fast path: every message of every visitor is counted here, mostly far below its limit.
        if count[1] + count[2] >= limit and (wait := self._wait(count[1], count[2], now, limit)):
            return wait
        count[1] += 1
        return 0.0

    def wait(self, key: K, now: float, *, limit: int) -> float:
        """What `take` would return; counts nothing."""
        current, before = self._at(key, now)
        return self._wait(current, before, now, limit)

    def give_back(self, key: K, now: float) -> None:
        """Refund one recent hit."""
        if key not in self._counts:
            return
        count = self._turn(key, int(now // self._seconds))
        if count[1]:
            count[1] -= 1
        elif count[2]:
            count[2] -= 1

    def _turn(self, key: K, slot: int) -> list[int]:
        """The key's counts as of this slot; the key becomes the most recently used."""
        last, current, before = self._counts.pop(key, (slot, 0, 0))
        if last != slot:
            current, before = 0, current if last == slot - 1 else 0
        count = self._counts[key] = [slot, current, before]
        if len(self._counts) > self._keys:
            del self._counts[next(iter(self._counts))]
        return count

    def _at(self, key: K, now: float) -> tuple[int, int]:
        slot = int(now // self._seconds)
        last, current, before = self._counts.get(key, (slot, 0, 0))
        if last == slot:
            return current, before
        return 0, current if last == slot - 1 else 0

    def _wait(self, current: int, before: int, now: float, limit: int) -> float:
        gone = now % self._seconds
        left = self._seconds - gone
        if before * left / self._seconds + current + 1 <= limit:
            return 0.0
        if current + 1 > limit:
            return left
        return max(0.001, left - (limit - current - 1) * self._seconds / before)
