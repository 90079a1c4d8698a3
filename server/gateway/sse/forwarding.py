"""Brings frames to the server that holds their stream, by Redis: a POST may reach any server."""

import itertools
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from math import inf
from typing import Final, NamedTuple

import msgspec
import trio

from core.bus.connection import UNAVAILABLE, Redis
from core.bus.sse import forwards
from core.bus.subscription import Channels, Subscription
from core.ids import NodeId
from core.telemetry.metrics import Metric, counters

ANSWER_TIMEOUT: Final = 3.0  # seconds for the other server to answer
PUBLISH_TIMEOUT: Final = 3.0  # seconds
MAX_WAITING: Final = 1_000  # requests, and messages to publish; more are refused, and their clients try again


class Outcome(IntEnum):
    """What became of the frames of a POST; a number on the wire between servers."""

    TAKEN = 0
    GONE = 1  # there is no such stream
    GAP = 2


class Taken(NamedTuple):
    """The answer of the server that holds a stream; `last`: the number of the last frame it has taken."""

    outcome: Outcome
    last: int = 0


class NoAnswer(Exception):
    """The other server, or Redis, did not answer in time: the same frames may be sent again."""


class Forward(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """Frames for a stream of the receiver. Releases read each other's: fields are added at the end."""

    asker: bytes
    number: int
    stream: bytes
    first: int
    frames: list[bytes]


class Answer(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """The receiver's answer to the request `number` of the asker."""

    number: int
    outcome: int
    last: int


_decode = msgspec.msgpack.Decoder(Forward | Answer).decode
_encode = msgspec.msgpack.Encoder().encode

Take = Callable[[bytes, int, list[bytes]], Taken]


class _Waiting:
    """A request that waits for its answer."""

    __slots__ = ("answer", "news")

    def __init__(self) -> None:
        self.answer: Taken | None = None
        self.news = trio.Event()


class Forwarder:
    """One per process, with a subscription of its own: the rooms' has nothing to do with these messages."""

    def __init__(self, url: str, redis: Redis, *, node: NodeId, take: Take) -> None:
        """`take(stream, first, frames)` gives frames to a stream of this process; it never waits."""
        self._redis = redis
        self._node = node
        self._take = take
        self._numbers = itertools.count(1)
        self._asked: dict[int, _Waiting] = {}
        self._unpublished: list[tuple[NodeId, bytes]] = []
        self._news = trio.Event()
        self._subscription = Subscription(
            url, [forwards.channel(node)], self, sleep=trio.sleep, stopping=_stopping
        )

    async def ask(self, node: NodeId, stream: bytes, first: int, frames: list[bytes]) -> Taken:
        """Have another server take the frames; raises NoAnswer."""
        if len(self._asked) >= MAX_WAITING:
            raise NoAnswer
        number = next(self._numbers)
        waiting = self._asked[number] = _Waiting()
        counters[Metric.POSTS_FORWARDED] += 1
        try:
            self._publish(node, Forward(self._node, number, stream, first, frames))
            with trio.move_on_after(ANSWER_TIMEOUT):
                await waiting.news.wait()
        finally:
            del self._asked[number]
        if waiting.answer is None:
            raise NoAnswer
        return waiting.answer

    async def listen(self) -> None:
        """Receive until cancelled, and reconnect with backoff."""
        await self._subscription.run()

    async def publish(self) -> None:
        """Publish what is queued, until cancelled; what is queued meanwhile is the next batch."""
        while True:
            await self._news.wait()
            self._news = trio.Event()
            batch, self._unpublished = self._unpublished, []
            with trio.move_on_after(PUBLISH_TIMEOUT), suppress(*UNAVAILABLE):  # the clients send again
                await forwards.publish(self._redis, batch)

    async def opened(self, channels: Channels, *, missed: bool) -> None:
        """Nothing to do: who waits for a lost answer asks again."""

    async def receive(self, channel: bytes, payload: bytes) -> None:
        """A request of another server, or its answer to one of ours."""
        del channel
        try:
            message = _decode(payload)
        except msgspec.MsgspecError:
            return  # of a later release, which gets no answer and has its client send again
        match message:
            case Forward(asker, number, stream, first, frames):
                taken = self._take(stream, first, frames)
                self._publish(NodeId(asker), Answer(number, taken.outcome, taken.last))
            case Answer(number, outcome, last):
                if (waiting := self._asked.get(number)) is not None and outcome in list(Outcome):
                    waiting.answer = Taken(Outcome(outcome), last)
                    waiting.news.set()

    def closed(self) -> None:
        """The connection ended: who waits for an answer gets none in time."""

    def _publish(self, node: NodeId, message: Forward | Answer) -> None:
        if len(self._unpublished) < MAX_WAITING:
            self._unpublished.append((node, _encode(message)))
            self._news.set()


def _stopping() -> bool:
    return trio.current_effective_deadline() == -inf
