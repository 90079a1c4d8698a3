"""A visitor that behaves like the widget: one text in flight until `stored`, resumes by key and position."""

import os
import time
from typing import Final
from uuid import UUID

from bench.load.client_socket import ClientSocket
from bench.load.contact import Contact
from bench.target import Unfit
from bench.verdict.ledger import Reception
from protocol import from_client, from_server
from protocol.codes import ErrorCode

RESEND: Final = 5.0  # seconds without `stored` before the text is sent again


class Visitor(ClientSocket):
    """A visitor of `crowd`; `number` is its index there."""

    __slots__ = (
        "_crowd", "_hold_until", "_sent_at", "conversation", "gap", "key", "number", "project",
        "reception", "waiting",
    )  # fmt: skip

    def __init__(self, crowd: Contact, number: int, *, project: int) -> None:
        super().__init__()
        self._crowd = crowd
        self.number = number
        self.project = project
        self.key: str | None = None
        self.conversation: bytes | None = None
        self.reception = Reception()
        self.waiting: list[int] = []  # numbers of texts; the first is in flight
        self.gap = False
        self._sent_at = 0.0
        self._hold_until = 0.0

    @property
    def place(self) -> str:
        """The id of its project."""
        return self._crowd.target.projects[self.project]

    def write(self, number: int) -> None:
        """A text is due: sends it, or queues it."""
        self.waiting.append(number)
        if len(self.waiting) == 1:
            self._send()

    def tend(self, now: float) -> None:
        """Called about every second: resends a text that waited too long for `stored`."""
        if self.waiting and self.online and now > self._hold_until and now - self._sent_at > RESEND:
            self._crowd.ledger.resent += 1
            self._send()

    def hello(self) -> from_client.Greeting:
        have = (
            [(self.conversation, self.reception.upto.get(self.conversation, 0))] if self.conversation else []
        )
        return from_client.Greeting(
            project=UUID(self.place).bytes, tab=os.urandom(16), key=self.key, have=have
        )

    def welcome(self, greeted: from_server.Greeted) -> None:
        self.key = greeted.key or self.key
        self.gap = self.gap or not greeted.recovered
        self._crowd.arrived(self)
        if self.waiting:
            self._send()

    def take(self, frame: from_server.ServerFrame) -> None:
        if type(frame) is from_server.Stored:
            self._stored(frame)
        elif type(frame) is from_server.Message:
            self._shown(frame)
        elif type(frame) is from_server.Error:
            self._refused(frame)
        elif type(frame) is from_server.Resync:
            self.gap = self.conversation is not None
        elif type(frame) is from_server.Drain:
            self._crowd.move(self, frame)

    def gone(self, code: int) -> None:
        self._crowd.lost(self, code)

    def received(self, conversation: bytes, seq: int, *, live: bool = True) -> bool:
        """True for a message that is new to it."""
        new = self.reception.take(conversation, seq, live=live)
        if self.reception.ahead:
            self.gap = True
        return new

    def _send(self) -> None:
        if self.online:
            book, number = self._crowd.ledger.texts, self.waiting[0]
            self._sent_at = time.perf_counter()
            self.send(from_client.Send(1, book.ref(number), None, "text", book.body(number)))

    def _stored(self, frame: from_server.Stored) -> None:
        ledger = self._crowd.ledger
        number = ledger.texts.number(frame.ref)
        self.conversation = frame.conversation
        self.received(frame.conversation, frame.seq)
        if ledger.acknowledge(ledger.texts, number, frame.conversation, frame.seq, project=self.project):
            assert number is not None
            self._crowd.stored(number, first=self.reception.count == 1)
            if number in self.waiting:
                self.waiting.remove(number)
            if self.waiting:
                self._send()

    def _shown(self, frame: from_server.Message) -> None:
        sent = self._crowd.ledger.sent(frame.ref, frame.body)
        if sent is None:
            return
        book, number = sent
        self._crowd.ledger.seen.crossed += book.owner[number] != self.number
        self.conversation = frame.conversation
        if self.received(frame.conversation, frame.seq) and book is self._crowd.ledger.replies:
            self._crowd.answered(number)

    def _refused(self, frame: from_server.Error) -> None:
        if frame.code == ErrorCode.RATE_LIMITED:
            self._crowd.stop(
                Unfit(
                    "the server's rate limit refuses messages (107): start it with PARLEY_MESSAGES_PER_MINUTE"
                    " above what the profile sends per visitor, and above a 60th of what it sends in all"
                )
            )
        self._crowd.ledger.refused += 1
        if frame.temporary:  # `tend` resends it soon after the wait
            self._hold_until = time.perf_counter() + frame.retry_ms / 1000
            self._sent_at = self._hold_until - RESEND
        elif frame.ref is not None:
            self._crowd.stop(Unfit(f"the server refused a message with code {frame.code}: {frame.message}"))
