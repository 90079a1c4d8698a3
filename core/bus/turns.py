"""The assistant's turns on the ephemeral lane: what each has said so far, and who wants it stopped.

Everything here may be lost: the turn's row and its message are the truth.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.bus import names, rooms
from core.bus.connection import Redis
from core.errors import UNREADABLE
from core.ids import ConversationId, ProjectId, VisitorId
from core.signals import TurnCalled

ASKED_FOR: Final = 120  # seconds that a request to stop waits for a worker


class Snapshot(msgspec.Struct, array_like=True, frozen=True):
    """A turn as somebody sees it who joins now. `n`: the number of the next token."""

    turn: bytes
    visitor: VisitorId
    name: str  # the assistant's
    n: int = 0
    text: str = ""
    stage: str = "thinking"
    over: bool = False
    intent: str = ""  # what the visitor wants, as far as it is known


class StopRequest(msgspec.Struct, array_like=True, frozen=True):
    """`party`: of the person who wants it."""

    turn: bytes
    party: str


_encode = msgspec.msgpack.Encoder().encode
_snapshot = msgspec.msgpack.Decoder(Snapshot).decode
_request = msgspec.msgpack.Decoder(StopRequest).decode


async def snapshot(redis: Redis, project: ProjectId, conversation: ConversationId) -> Snapshot | None:
    """The latest turn that was shown; None: none for a while (core.bus.streaming)."""
    found = await redis.get(names.turn(project, conversation))
    try:
        return None if found is None else _snapshot(found)
    except UNREADABLE:
        return None


async def ask_to_stop(
    redis: Redis, project: ProjectId, conversation: ConversationId, *, turn: bytes, party: str
) -> None:
    """For the worker that runs the turn, wherever it is."""
    wanted = _encode(StopRequest(turn, party))
    await redis.set(names.turn_stop(project, conversation), wanted, ex=ASKED_FOR)
    await call(redis, project, conversation)


async def stop_requests(
    redis: Redis, places: Sequence[tuple[ProjectId, ConversationId]]
) -> list[StopRequest | None]:
    """Who wants the turn of each of these conversations stopped, in one pipeline."""
    async with redis.pipeline(transaction=False) as pipe:
        for project, conversation in places:
            pipe.get(names.turn_stop(project, conversation))
    return [_read(found) for found in pipe.results or ()]


async def call(redis: Redis, project: ProjectId, conversation: ConversationId) -> None:
    """The worker that runs a turn of the conversation looks at once at what concerns it."""
    await rooms.announce(redis, [TurnCalled(project, conversation)])


def _read(found: object) -> StopRequest | None:
    try:
        return _request(found) if isinstance(found, bytes) else None
    except UNREADABLE:
        return None
