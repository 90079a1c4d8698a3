"""Who is next: which visitor is answered, and by which agent."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Everybody once before anybody again, also while those who wait become more.

    A count modulo their number does not do that: it grows as fast as they do, and stays with one of them.
    """

    def __init__(self) -> None:
        """The first is next."""
        self._next = 0

    def next(self, everybody: Sequence[T]) -> T:
        """One of `everybody`, which only ever grows at its end."""
        if self._next >= len(everybody):
            self._next = 0
        self._next += 1
        return everybody[self._next - 1]


class Desks(Generic[T]):
    """Work goes to who has the least of it; where several have, in turn."""

    def __init__(self, people: Iterable[T]) -> None:
        """Nobody has anything to do."""
        self._order = deque(people)
        self._open = dict.fromkeys(self._order, 0)

    def take(self) -> T:
        """Who does the next piece; it is open until `done`."""
        self._order.rotate(-1)
        chosen = min(self._order, key=self._open.__getitem__)
        self._open[chosen] += 1
        return chosen

    def done(self, who: T) -> None:
        """One piece is no longer open."""
        self._open[who] -= 1
