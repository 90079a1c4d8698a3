"""Natural batching: what is asked during one call goes together into the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Over(Exception):
    """The batcher does not run any more."""


class Batcher(Generic[Asked, Answer]):
    """`work` answers several at once, in their order. What it raises, each of them raises.

    Unbounded: each caller waits for its answer, so that there are hardly more of them than callers.
    """

    def __init__(
        self, work: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]], *, at_once: int
    ) -> None:
        self._work = work
        self._at_once = at_once
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._due = asyncio.Event()
        self._over = False

    async def run(self) -> None:
        """Until cancelled: from then on nothing is done, and no caller waits."""
        try:
            while True:
                await self._due.wait()
                self._due.clear()
                while self._waiting:
                    together = self._waiting[: self._at_once]
                    del self._waiting[: self._at_once]
                    await self._answer(together)
        finally:
            self._over = True
            _fail(self._waiting, Over())

    async def ask(self, one: Asked) -> Answer:
        """Cancelled, it is done all the same. Raises Over."""
        if self._over:
            raise Over
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, answer))
        self._due.set()
        return await answer

    async def _answer(self, together: Sequence[tuple[Asked, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._work([one for one, _ in together])
        except Exception as error:  # noqa: BLE001  it is the callers'
            _fail(together, error)
        except BaseException:
            _fail(together, Over())
            raise
        else:
            for (_, waiting), answer in zip(together, answers, strict=True):
                if not waiting.done():
                    waiting.set_result(answer)


def _fail(waiting: Sequence[tuple[Asked, asyncio.Future[Answer]]], error: Exception) -> None:
    for _, answer in waiting:
        if not answer.done():
            answer.set_exception(error)
