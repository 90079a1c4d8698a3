"""A visitor who asks the assistant: one question at a time, and the next one when it is answered."""

import os
import time
from typing import Protocol
from uuid import UUID

from bench.load.assistant import model
from bench.load.client_socket import ClientSocket
from bench.target import Unfit
from bench.verdict.answers import Answer, Frame, TurnVerdict
from protocol import from_client, from_server


class Asking(Protocol):
    """The interface of all askers to each one."""

    verdict: TurnVerdict
    project: str

    def first(self, asker: "Asker", waited: float) -> None: ...
    def stopped(self, waited: float) -> None: ...
    def answered(self, asker: "Asker") -> None: ...
    def stop(self, why: Unfit) -> None: ...


class Asker(ClientSocket):
    """Times are of perf_counter."""

    __slots__ = ("_all", "_stopped_at", "_stored_at", "answer", "conversation", "number", "parted")

    def __init__(self, everyone: Asking, number: int) -> None:
        super().__init__()
        self._all = everyone
        self.number = number
        self.answer: Answer | None = None
        self.conversation: bytes | None = None
        self.parted = False
        self._stored_at = 0.0
        self._stopped_at = 0.0

    @property
    def streaming(self) -> bool:
        """Whether a turn of its runs, as far as it knows."""
        return self.answer is not None and self.answer.turn is not None and self.answer.last is None

    def ask(self, ref: bytes, question: str) -> None:
        former = self.answer.turn if self.answer else None
        self.answer = Answer(model.answer(question), self._all.verdict, former=former)
        self._stored_at = self._stopped_at = 0.0
        self.send(from_client.Send(1, ref, self.conversation, "text", question))

    def ask_to_stop(self, answer: Answer) -> None:
        """Stops the turn of that answer, unless it is over."""
        if answer is self.answer and self.streaming and self.conversation and answer.turn:
            self._stopped_at = time.perf_counter()
            self.send(from_client.Stop(2, self.conversation, answer.turn))

    def part(self) -> None:
        """Disconnects for good."""
        self.parted = True
        self.disconnect()

    def hello(self) -> from_client.Greeting:
        return from_client.Greeting(project=UUID(self._all.project).bytes, tab=os.urandom(16))

    def welcome(self, greeted: from_server.Greeted) -> None:
        """Nothing in it is news."""

    def take(self, frame: from_server.ServerFrame) -> None:
        if isinstance(frame, from_server.OF_ASSISTANT):
            self._streamed(frame)
        elif type(frame) is from_server.Stored:
            self.conversation = frame.conversation
            self._stored_at = self._stored_at or time.perf_counter()
        elif type(frame) is from_server.Message and frame.author.party == "assistant":
            self._said(frame)
        elif type(frame) is from_server.Error:
            self._all.stop(Unfit(f"the server refused a question with code {frame.code}: {frame.message}"))
        elif type(frame) is from_server.Drain:
            self.gone(0)

    def gone(self, code: int) -> None:
        """What the lane carried meanwhile is lost: the run would not say what it is to say."""
        if not self.parted:
            self._all.stop(Unfit(f"a visitor of the assistant was disconnected, with code {code}"))

    def _streamed(self, frame: Frame) -> None:
        if (answer := self.answer) is None:
            self._all.verdict.late += 1
            return
        now, before, over = time.perf_counter(), answer.tokens, answer.over
        answer.take(frame)
        if before == 0 and answer.tokens == 1:
            self._all.first(self, now - self._stored_at if self._stored_at else 0.0)
        if type(frame) is from_server.StreamStopped and self._stopped_at:
            self._all.stopped(now - self._stopped_at)
        if answer.over and not over:
            self._all.answered(self)

    def _said(self, message: from_server.Message) -> None:
        if (answer := self.answer) is None:
            self._all.verdict.doubled += 1
            return
        over = answer.over
        answer.say(message)
        if answer.over and not over:
            self._all.answered(self)
