"""Shows a turn to people while it runs: tokens on the ephemeral lane."""

from collections.abc import Awaitable, Callable

import msgspec

from core import failpoints
from core.assistant.turn import CUT, MAX_TEXT
from core.bus import names
from core.bus.streaming.shown import Change
from core.bus.turns import Snapshot
from core.db.assistant.turns import Claimed
from core.ids import MessageId
from core.signals import (
    Signal,
    TurnEnded,
    TurnFailed,
    TurnStarted,
    TurnStatus,
    TurnStopped,
    TurnToken,
)
from worker.streaming.lane import Lane
from worker.streaming.paced import PacedText


class Broadcast:
    """One turn. What is lost on the way is in the snapshot, and at last in the message.

    `first`: called before the first token is published, so that it is known, whatever happens to this
    process, that people have seen a part; False: the turn is not ours any more.
    """

    def __init__(self, lane: Lane, turn: Claimed, name: str, first: Callable[[], Awaitable[bool]]) -> None:
        self._lane = lane
        self._turn = turn
        self._now = Snapshot(turn.id, turn.visitor, name)
        self._paced = PacedText(first, self._token, most=MAX_TEXT - len(CUT), interval=lane.interval)

    @property
    def shown(self) -> str:
        """What people have seen."""
        return self._paced.shown

    def name(self, name: str) -> None:
        """The assistant's, before `start`."""
        self._change(name=name)

    def go_on(self, snapshot: Snapshot) -> None:
        """From what another worker has shown."""
        self._now = snapshot
        self._paced.go_on(snapshot.text, snapshot.n)

    async def start(self) -> None:
        """Announces the turn."""
        await self.intent("")

    async def intent(self, intent: str) -> None:
        """Announces it again, with what the visitor wants."""
        self._change(intent=intent)
        turn, now = self._turn, self._now
        await self._show(
            TurnStarted(turn.project, turn.conversation, turn.visitor, turn.id, now.name, intent)
        )

    async def status(self, stage: str) -> None:
        """What the assistant does before it writes."""
        if stage == self._now.stage:
            return
        self._change(stage=stage)
        turn = self._turn
        await self._show(TurnStatus(turn.project, turn.conversation, turn.visitor, turn.id, stage))

    async def write(self, text: str) -> None:
        """`text`: all that is said so far; it only grows. What may still be cut off the end is held back."""
        await self._paced.write(text)

    async def finish(self, text: str) -> None:
        """The rest of the text that will be stored."""
        await self._paced.finish(text)

    async def ended(self, message: MessageId | None, *, seq: int) -> None:
        turn = self._turn
        await self._over(TurnEnded(turn.project, turn.conversation, turn.visitor, turn.id, message, seq))

    async def stopped(self, by: str, message: MessageId | None) -> None:
        turn = self._turn
        await self._over(TurnStopped(turn.project, turn.conversation, turn.visitor, turn.id, by, message))

    async def failed(self, code: str, *, retryable: bool) -> None:
        turn = self._turn
        await self._over(TurnFailed(turn.project, turn.conversation, turn.visitor, turn.id, code, retryable))

    async def untouched(self) -> bool:
        """Whether people have seen nothing of it. Nothing is shown before the caller waits again."""
        return await self._paced.untouched()

    async def hush(self) -> None:
        """No token any more: the turn ends, or begins again."""
        await self._paced.hush()

    async def _token(self, text: str, offset: int, n: int) -> None:
        turn = self._turn
        self._change(text=text, n=n + 1, stage="writing")
        await self._show(
            TurnToken(turn.project, turn.conversation, turn.visitor, turn.id, n, offset, text[offset:])
        )
        failpoints.hit("assistant.after_first_token")

    async def _over(self, signal: Signal) -> None:
        self._change(over=True)
        await self._show(signal)

    def _change(self, **changes: object) -> None:
        self._now = msgspec.structs.replace(self._now, **changes)

    async def _show(self, signal: Signal) -> None:
        turn = self._turn
        key = names.turn(turn.project, turn.conversation)
        await self._lane.show(Change(turn.project, key, self._now, signal))
