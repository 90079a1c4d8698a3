"""Shows a turn to its agent while it runs, and exactly one end of it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from core import failpoints
from core.bus import names
from core.bus.copilot.turns import CopilotSnapshot
from core.bus.streaming.shown import Change
from core.copilot.signals import (
    CopilotEnded,
    CopilotFailed,
    CopilotSignal,
    CopilotStarted,
    CopilotStatus,
    CopilotStopped,
    CopilotToken,
    SocialGenerated,
)
from core.db.copilot.turns import Claimed
from worker.streaming.lane import Lane
from worker.streaming.paced import PacedText

CUT: Final = "…"
MAX_TEXT: Final = 10_000  # code points of an answer; what is longer is cut


class Saved(msgspec.Struct, frozen=True):
    """The stored answer; `message` None: there is none."""

    message: bytes | None = None
    number: int = 0


class Broadcast:
    """One turn. What is lost on the way is in the snapshot, and at last in the session."""

    def __init__(self, lane: Lane, turn: Claimed, first: Callable[[], Awaitable[bool]]) -> None:
        self._lane = lane
        self._turn = turn
        self._now = CopilotSnapshot(turn.id, turn.user, turn.number, turn.intent)
        self._paced = PacedText(first, self._token, most=MAX_TEXT - len(CUT), interval=lane.interval)
        self.over = False

    @property
    def shown(self) -> str:
        """What the agent has seen."""
        return self._paced.shown

    def go_on(self, snapshot: CopilotSnapshot) -> None:
        """From what another worker has shown. One that has shown the end leaves nothing to show."""
        self._now, self.over = snapshot, snapshot.over
        self._paced.go_on(snapshot.text, snapshot.n)

    async def start(self, intent: str) -> None:
        self._change(intent=intent)
        await self._show(CopilotStarted(*self._place, self._turn.number, intent))

    async def status(self, stage: str) -> None:
        if stage == self._now.stage:
            return
        self._change(stage=stage)
        await self._show(CopilotStatus(*self._place, stage))

    async def write(self, text: str) -> None:
        """`text`: all that is said so far; it only grows."""
        await self._paced.write(text)

    async def finish(self, text: str) -> None:
        """The rest of the text that will be stored."""
        await self._paced.finish(text)

    async def hush(self) -> None:
        """No token any more."""
        await self._paced.hush()

    async def ended(self, saved: Saved) -> None:
        assert saved.message is not None, "a turn that ends has an answer"
        await self._end(CopilotEnded(*self._place, saved.message, saved.number))

    async def social(self, saved: Saved, *, draft: bytes, version: int, social: dict[str, Any]) -> None:
        assert saved.message is not None, "a turn that ends has an answer"
        await self._end(SocialGenerated(*self._place, saved.message, saved.number, draft, version, social))

    async def stopped(self, saved: Saved) -> None:
        await self._end(CopilotStopped(*self._place, saved.message, saved.number))

    async def failed(self, code: str, *, retryable: bool) -> None:
        await self._end(CopilotFailed(*self._place, code, retryable))

    @property
    def _place(self) -> tuple[Any, Any, bytes, bytes]:
        return self._turn.project, self._turn.user, self._turn.session, self._turn.id

    async def _token(self, text: str, offset: int, n: int) -> None:
        self._change(text=text, n=n + 1, stage="writing")
        await self._show(CopilotToken(*self._place, n, offset, text[offset:]))
        failpoints.hit("copilot.after_first_token")

    async def _end(self, signal: CopilotSignal) -> None:
        """The first end is the only one."""
        if self.over:
            return
        self.over = True
        self._change(over=True)
        await self._show(signal)

    def _change(self, **changes: object) -> None:
        self._now = msgspec.structs.replace(self._now, **changes)

    async def _show(self, signal: CopilotSignal) -> None:
        key = names.copilot_turn(self._turn.project, self._turn.session)
        await self._lane.show(Change(self._turn.project, key, self._now, signal))
