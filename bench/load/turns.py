"""Scheduling: which visitor gets the next reply, and from which agent."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Round robin over a growing sequence: each item once before any item again.

    A counter modulo the length does not do that: both may grow equally fast, and the index stays the same.
    """

    def __init__(self) -> None:
        self._next = 0

    def next(self, items: Sequence[T]) -> T:
        """The next of `items`, which may only grow at its end."""
        if self._next >= len(items):
            self._next = 0
        self._next += 1
        return items[self._next - 1]


class Desks(Generic[T]):
    """Least-loaded scheduling: work goes to the person with the fewest open pieces; ties in turn."""

    def __init__(self, people: Iterable[T]) -> None:
        self._order = deque(people)
        self._open = dict.fromkeys(self._order, 0)

    def take(self) -> T:
        """The person who does the next piece; it is open until `done`."""
        self._order.rotate(-1)
        chosen = min(self._order, key=self._open.__getitem__)
        self._open[chosen] += 1
        return chosen

    def done(self, who: T) -> None:
        """One piece of `who` is done."""
        self._open[who] -= 1
