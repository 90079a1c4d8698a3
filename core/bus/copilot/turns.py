"""The copilot's turns on the ephemeral lane: what each has said so far, and which one is to stop."""

from typing import Final

import msgspec

from core.bus import names, rooms
from core.bus.connection import Redis
from core.errors import UNREADABLE
from core.ids import ProjectId, UserId
from core.signals import CopilotCalled

ASKED_FOR: Final = 120  # seconds that a request to stop waits for a worker


class CopilotSnapshot(msgspec.Struct, array_like=True, frozen=True):
    """A turn as its agent would see it now. `n`: the number of the next token. `number`: of the question."""

    turn: bytes
    user: UserId
    number: int
    intent: str
    n: int = 0
    text: str = ""
    stage: str = "thinking"
    over: bool = False


_snapshot = msgspec.msgpack.Decoder(CopilotSnapshot).decode


async def snapshot(redis: Redis, project: ProjectId, session: bytes) -> CopilotSnapshot | None:
    """The session's latest turn that was shown; None: none for a while (core.bus.streaming)."""
    found = await redis.get(names.copilot_turn(project, session))
    try:
        return None if found is None else _snapshot(found)
    except UNREADABLE:
        return None


async def ask_to_stop(redis: Redis, project: ProjectId, session: bytes, *, turn: bytes) -> None:
    """For the worker that runs the turn, wherever it is."""
    await redis.set(names.copilot_stop(project, session), turn, ex=ASKED_FOR)
    await rooms.announce(redis, [CopilotCalled(project, session)])


async def is_to_stop(redis: Redis, project: ProjectId, session: bytes, *, turn: bytes) -> bool:
    """Whether the agent wants this turn to end."""
    return bool(await redis.get(names.copilot_stop(project, session)) == turn)


async def forget(redis: Redis, project: ProjectId, session: bytes) -> None:
    """The session was deleted."""
    await redis.unlink([names.copilot_turn(project, session), names.copilot_stop(project, session)])
