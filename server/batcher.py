"""Batching: calls that arrive while a batch is under way form the next one, so load makes batches larger."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import outcome
import trio

T = TypeVar("T")
R = TypeVar("R")
Outcomes = list[outcome.Maybe[R]]


class _Place(Generic[T, R]):
    """A waiting caller: it waits for its outcome, or for its turn to run the next batch."""

    __slots__ = ("item", "news", "outcome")

    def __init__(self, item: T) -> None:
        self.item = item
        self.outcome: outcome.Maybe[R] | None = None
        self.news = trio.Event()


class Batcher(Generic[T, R]):
    """Owns no task: one of the waiting callers runs the batch for all.

    `work` gets at most `max_batch` items and returns an outcome for each; an exception of `work` is raised to
    every caller of the batch. It runs shielded, because it serves several callers, so it must end by itself
    within a deadline. Batches begin at least `min_interval` seconds apart. At most `max_queue` callers wait;
    beyond that `TooMany` is raised at once.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Outcomes[R]]],
        *,
        max_batch: int,
        max_queue: int,
        min_interval: float = 0.0,
    ) -> None:
        self._work = work
        self._max_batch = max_batch
        self._max_queue = max_queue
        self._queue: list[_Place[T, R]] = []
        self._min_interval = min_interval
        self._not_before = 0.0
        self._under_way = False

    async def call(self, item: T) -> R:
        """The result for `item`; raises `TooMany` and what `work` raises. After cancellation the item may
        still have been processed.
        """
        if len(self._queue) >= self._max_queue:
            raise TooMany
        place: _Place[T, R] = _Place(item)
        self._queue.append(place)
        try:
            while place.outcome is None:
                if self._under_way:
                    await place.news.wait()
                    place.news = trio.Event()
                else:
                    await self._carry_out()
        except trio.Cancelled:
            self._give_up(place)
            raise
        return place.outcome.unwrap()

    async def _carry_out(self) -> None:
        self._under_way = True
        outcomes: Outcomes[R]
        batch: list[_Place[T, R]] = []
        try:
            with trio.CancelScope(shield=True):
                await trio.sleep_until(self._not_before)
                self._not_before = trio.current_time() + self._min_interval
                batch, self._queue = self._queue[: self._max_batch], self._queue[self._max_batch :]
                outcomes = await self._work([place.item for place in batch])
        except Exception as error:  # noqa: BLE001  it is raised to every caller of the batch
            outcomes = [outcome.Error(error) for _ in batch]
        finally:
            self._under_way = False
        for place, each in zip(batch, outcomes, strict=True):
            place.outcome = each
            place.news.set()
        self._next()

    def _give_up(self, place: _Place[T, R]) -> None:
        if place in self._queue:
            self._queue.remove(place)
        if not self._under_way:
            self._next()  # this caller may have been the one to run the next batch

    def _next(self) -> None:
        if self._queue:
            self._queue[0].news.set()


class TooMany(Exception):
    """The queue is full."""
