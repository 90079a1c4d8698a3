"""Checks what a visitor sees of the assistant's turns: tokens, message and end of each are of one piece."""

from typing import Final
from uuid import UUID

import msgspec

from protocol import from_server

Frame = (
    from_server.StreamStart
    | from_server.StreamToken
    | from_server.StreamStatus
    | from_server.StreamEnd
    | from_server.StreamStopped
    | from_server.StreamFailed
)
LAST: Final = (from_server.StreamEnd, from_server.StreamStopped, from_server.StreamFailed)


class TurnVerdict(msgspec.Struct, kw_only=True):
    """Counts of violations; all zero is a clean run."""

    unanswered: int = 0  # questions without a last frame or without its message
    doubled: int = 0  # further last frames or messages of a turn
    gaps: int = 0  # tokens that are missing or out of order
    altered: int = 0  # messages that differ from their tokens, or do not answer the question
    late: int = 0  # frames of a turn after its last one
    failed: int = 0  # turns that failed
    left: int = 0  # turns that are still running in the database, or that nobody asked for

    @property
    def clean(self) -> bool:
        return not any(msgspec.structs.astuple(self))


class Answer:
    """One turn as its visitor sees it. The message and the last frame may come in any order.

    `former`: the conversation's turn before it, of which nothing may come any more.
    """

    def __init__(self, expected: str, verdict: TurnVerdict, *, former: bytes | None = None) -> None:
        self._expected = expected
        self._verdict = verdict
        self._former = former
        self.turn: bytes | None = None
        self.tokens = 0
        self.shown = ""
        self.last: from_server.StreamEnd | from_server.StreamStopped | from_server.StreamFailed | None = None
        self._message: from_server.Message | None = None

    @property
    def over(self) -> bool:
        """Whether the last frame has come, with the message that it names."""
        if self.last is None:
            return False
        if isinstance(self.last, from_server.StreamFailed):
            return self._message is not None
        return self.last.message is None or self._message is not None

    def take(self, frame: Frame) -> None:
        """A frame of a stream. The first one says which turn it is."""
        if self.turn is None and frame.turn != self._former:
            self.turn = frame.turn
        if frame.turn != self.turn or self.last is not None:
            doubled = frame.turn == self.turn and isinstance(frame, LAST)
            self._verdict.doubled += doubled
            self._verdict.late += not doubled
        elif isinstance(frame, from_server.StreamToken):
            self._verdict.gaps += frame.n != self.tokens or frame.offset != len(self.shown)
            self.tokens += 1
            self.shown += frame.text
        elif isinstance(frame, LAST):
            self.last = frame
            self._verdict.failed += isinstance(frame, from_server.StreamFailed)

    def say(self, message: from_server.Message) -> None:
        """A message of the assistant."""
        if self._message is not None or (message.content or {}).get("turn") == _text(self._former):
            self._verdict.doubled += 1
            return
        self._message = message

    def judge(self) -> None:
        """Adds what is wrong with it, when nothing more is to come."""
        if not self.over:
            self._verdict.unanswered += 1
        elif not isinstance(self.last, from_server.StreamFailed) and not self._true():
            self._verdict.altered += 1

    def _true(self) -> bool:
        """Whether tokens, message and question fit."""
        assert self.last is not None
        assert not isinstance(self.last, from_server.StreamFailed)
        message, stopped = self._message, isinstance(self.last, from_server.StreamStopped)
        if message is None:
            return stopped and not self.shown
        whole = self._expected.startswith(self.shown) if stopped else self.shown == self._expected
        content = message.content or {}
        named = content.get("turn") == _text(self.turn) and bool(content.get("stopped")) == stopped
        return whole and named and message.body == self.shown and message.message == self.last.message


def _text(turn: bytes | None) -> str:
    return "" if turn is None else str(UUID(bytes=turn))
