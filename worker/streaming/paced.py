"""The text of a turn as people see it: it only grows, and is shown only so often."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress


class NotOurs(Exception):
    """Another worker has the turn."""


class PacedText:
    """`first`: called before the first words are shown, so that it is known, whatever happens to this
    process, that people have seen a part; False: the turn is not ours any more. `show` publishes: the whole
    text, the offset from which it is new, and the number of the token.
    """

    def __init__(
        self,
        first: Callable[[], Awaitable[bool]],
        show: Callable[[str, int, int], Awaitable[None]],
        *,
        most: int,
        interval: Callable[[], float],
    ) -> None:
        """`most`: code points that may be shown before the end. `interval`: seconds between two frames."""
        self._first = first
        self._show = show
        self._most = most
        self._interval = interval
        self._text = ""  # all that may be shown
        self._sent_at = 0.0
        self._flushing: asyncio.Task[None] | None = None
        self._settling = asyncio.Event()
        self._lock = asyncio.Lock()
        self.shown = ""  # what people have seen
        self.n = 0  # of the next token

    def go_on(self, shown: str, n: int) -> None:
        """From what another worker has shown."""
        self.shown, self.n = shown, n

    async def write(self, text: str) -> None:
        """`text`: all that is said so far. What may still be cut off the end is held back."""
        text = text.rstrip()[: self._most]
        if len(text) <= len(self._text):
            return
        self._text = text
        wait = self._sent_at + self._interval() - time.monotonic()
        if wait <= 0:
            await self._flush()
        elif self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush_after(wait))

    async def finish(self, text: str) -> None:
        """The rest of the text that will be stored."""
        await self._settle()
        self._text = text
        await self._flush()

    async def untouched(self) -> bool:
        """Whether people have seen nothing of it. Nothing is shown before the caller waits again."""
        async with self._lock:
            return not self.shown

    async def hush(self) -> None:
        """No token any more: the turn ends, or begins again."""
        with suppress(NotOurs):
            await self._settle()

    async def _settle(self) -> None:
        """Ends the wait of a flush, without it; one under way is finished."""
        if self._flushing is not None:
            self._settling.set()
            try:
                await self._flushing
            finally:
                self._flushing = None
                self._settling.clear()

    async def _flush_after(self, wait: float) -> None:
        try:
            async with asyncio.timeout(wait):
                await self._settling.wait()
        except TimeoutError:
            await self._flush()

    async def _flush(self) -> None:
        async with self._lock:
            before = self.shown
            if len(self._text) <= len(before) or not self._text.startswith(before):
                return
            if not before and not await self._first():
                raise NotOurs
            number, self.n, self.shown = self.n, self.n + 1, self._text
            await self._show(self.shown, len(before), number)
            self._sent_at = time.monotonic()
