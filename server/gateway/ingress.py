"""Hop 3: commands to the stream, signals to the rooms. While one pipeline is under way the next one fills."""

import logging
from contextlib import suppress
from typing import Final, NamedTuple

import trio

from core import failpoints
from core.bus import rooms, visits
from core.bus.connection import UNAVAILABLE, Redis
from core.bus.stream import FORM_EVERY, Intake
from core.bus.visits import Moved
from core.commands import (
    AnswerForm,
    AskCopilot,
    ChangeOwner,
    IdentifyVisitor,
    MarkRead,
    PostFiles,
    PostMessage,
)
from core.errors import Busy
from core.ids import ProjectId, SocketId, UserId, VisitorId
from core.signals import Signal
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, Timing, counters, timed
from protocol.codes import ErrorCode
from protocol.from_server import error
from server.gateway.hub import Peer
from server.gateway.message_limits import MessageLimits
from server.gateway.unanswered import Unanswered

BATCH: Final = 500  # commands in one pipeline
MIN_INTERVAL: Final = (
    0.002  # seconds between two pipelines: one command alone costs as much as twenty together
)
MAX_QUEUE: Final = 20_000  # queued commands; beyond it senders are answered `busy`
SIGNALS: Final = 5_000  # signals; beyond it the newest are dropped, they are ephemeral
RETRY: Final = 2.0  # seconds
DEADLINE: Final = 5.0  # seconds

Queueable = PostMessage | PostFiles | AnswerForm | AskCopilot | MarkRead | IdentifyVisitor | ChangeOwner
Answered = PostMessage | PostFiles | AnswerForm | AskCopilot
"""Commands whose senders wait for an answer, under a `ref`."""


class Waiting(NamedTuple):
    """A queued command, and the peer and its `rid` that get the answer, if any."""

    peer: Peer | None
    command: Queueable
    rid: int = 0


class Ingress:
    """The commands of all peers of the process."""

    def __init__(self, intake: Intake, unanswered: Unanswered, limits: MessageLimits) -> None:
        self._intake = intake
        self._limits = limits
        self._unanswered = unanswered
        self._waiting: list[Waiting] = []
        self._latest: dict[tuple[SocketId, bytes], MarkRead | IdentifyVisitor | ChangeOwner] = {}
        self._news = trio.Event()
        self._idle = trio.Event()
        self._idle.set()

    def submit(self, peer: Peer, command: Answered, *, rid: int) -> None:
        """Queue a message; if Redis does not accept it, the sender gets `busy` and keeps the text."""
        peer.session.queued()
        if not self._is_read(command):
            # A worker of an earlier release would hold its shard up for it.
            self._refuse(peer, command, Busy("a worker of an earlier release runs", retry=RETRY), rid=rid)
            return
        if len(self._waiting) >= MAX_QUEUE:
            self._refuse(peer, command, Busy("the queue is full", retry=RETRY), rid=rid)
            return
        # Before it is appended: its answer may come before Redis's own.
        self._unanswered.add(peer, _sender(command), command.ref, rid=rid)
        self._waiting.append(Waiting(peer, command, rid))
        self._wake()

    def mark(self, peer: Peer, command: MarkRead) -> None:
        """Queue a read mark; coalesced to the furthest one for each socket and conversation.

        Dropped when the queue is full or Redis is unavailable: the next read mark includes it.
        """
        key = (peer.id, command.conversation)
        waiting = self._latest.get(key)
        if waiting is None and len(self._latest) >= MAX_QUEUE:
            return
        if not isinstance(waiting, MarkRead) or waiting.seq < command.seq:
            self._latest[key] = command
            self._wake()

    def identify(self, peer: Peer, command: IdentifyVisitor) -> None:
        """Queue what a page reports about its visitor; coalesced to the latest for each socket.

        Dropped like a read mark: the visitor's next message carries the same.
        """
        key = (peer.id, command.visitor)
        if key in self._latest or len(self._latest) < MAX_QUEUE:
            self._latest[key] = command
            self._wake()

    def choose_owner(self, peer: Peer, command: ChangeOwner) -> None:
        """Queue a visitor's choice; coalesced to the latest for each socket.

        Dropped like a read mark, and while a worker lives that does not know it: the visitor sees that
        nothing changed, and chooses again.
        """
        key = (peer.id, b"owner")
        if self._intake.all_read_owners and (key in self._latest or len(self._latest) < MAX_QUEUE):
            self._latest[key] = command
            self._wake()

    async def run(self) -> None:
        """Append queued commands until cancelled."""
        while True:
            await self._news.wait()
            batch = self._take()
            failpoints.hit("gateway.before_append")
            with timed(Timing.APPEND):
                results = await self._append([one.command for one in batch])
            failpoints.hit("gateway.after_append")
            for (peer, command, rid), busy in zip(batch, results, strict=True):
                if peer is None or not isinstance(command, Answered):
                    continue
                if busy is None:
                    self._taken(peer, command)
                else:
                    self._refuse(peer, command, busy, rid=rid)
            await trio.sleep(MIN_INTERVAL)
            if not self._waiting and not self._latest:
                self._news = trio.Event()
                self._idle.set()

    async def choose_form(self) -> None:
        """Write commands in the form that every living process reads, until cancelled."""
        while True:
            with trio.move_on_after(DEADLINE), suppress(*UNAVAILABLE):
                await self._intake.choose_form()
            await trio.sleep(FORM_EVERY)

    async def emptied(self) -> None:
        """Returns once everything that was submitted has been answered."""
        await self._idle.wait()

    def _taken(self, peer: Peer, command: Answered) -> None:
        counters[Metric.COMMANDS_APPENDED] += 1
        peer.settle()
        self._unanswered.accepted(_sender(command), command.ref)

    def _refuse(self, peer: Peer, command: Answered, busy: Busy, *, rid: int) -> None:
        counters[Metric.COMMANDS_BUSY] += 1
        peer.settle()
        self._unanswered.withdraw(peer, _sender(command), command.ref, rid=rid)
        if not isinstance(command, AskCopilot):
            self._limits.give_back(peer, trio.current_time())
        retry_ms = round(busy.retry * 1000)
        peer.send(error(ErrorCode.BUSY, "try later", rid=rid, retry_ms=retry_ms, ref=command.ref))

    def _is_read(self, command: Answered) -> bool:
        """Whether every worker knows the command."""
        match command:
            case AnswerForm():
                return self._intake.all_read_forms
            case PostFiles():
                return self._intake.all_read_files
            case AskCopilot():
                return self._intake.all_read_copilot
            case _:
                return True

    def _wake(self) -> None:
        if self._idle.is_set():
            self._idle = trio.Event()
        self._news.set()

    def _take(self) -> list[Waiting]:
        batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        for key in list(self._latest)[: BATCH - len(batch)]:
            batch.append(Waiting(None, self._latest.pop(key)))
        return batch

    async def _append(self, commands: list[Queueable]) -> list[Busy | None]:
        try:
            return list(await self._intake.append(commands))
        except Exception as error:  # noqa: BLE001  the top of a stage: every waiting sender must be answered
            log(Log.STAGE_FAILED, level=logging.ERROR, error=error, stage="ingress")
            return [Busy("internal", retry=RETRY)] * len(commands)


def _sender(command: Answered) -> VisitorId | UserId:
    return command.user if isinstance(command, AskCopilot) else command.visitor


class SignalPublisher:
    """Publishes the signals of all peers of the process. Ephemeral: they are lost if Redis is unavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._signals: list[Signal] = []
        self._pages: list[Moved] = []
        self._names: list[tuple[ProjectId, VisitorId, str]] = []
        self._news = trio.Event()

    def publish(self, signal: Signal) -> None:
        """Queue a signal for its project's room."""
        if len(self._signals) < SIGNALS:
            self._signals.append(signal)
            self._news.set()

    def move(self, move: Moved) -> None:
        """Queue a page change for its visitor's visit."""
        if len(self._pages) < SIGNALS:
            self._pages.append(move)
            self._news.set()

    def name(self, project: ProjectId, visitor: VisitorId, name: str) -> None:
        """Queue a visitor's name for their visit."""
        if len(self._names) < SIGNALS:
            self._names.append((project, visitor, name))
            self._news.set()

    async def run(self) -> None:
        """Publish queued signals until cancelled."""
        while True:
            await self._news.wait()
            self._news = trio.Event()
            await self.finish()

    async def finish(self) -> None:
        """Publish what is queued now; within DEADLINE."""
        signals, self._signals = self._signals, []
        pages, self._pages = self._pages, []
        names, self._names = self._names, []
        with trio.move_on_after(DEADLINE):
            try:
                if pages:
                    await visits.moved(self._redis, pages)
                if names:
                    await visits.name(self._redis, names)
                if signals:
                    await rooms.publish_signals(self._redis, signals)
            except UNAVAILABLE:
                return
