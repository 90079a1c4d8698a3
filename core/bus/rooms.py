"""Hop 7: rooms, one per project, where all that happens is told; lossy by design, `seq` makes it whole."""

from collections.abc import Sequence

import msgspec

from core.bus import names
from core.bus.connection import Redis
from core.bus.scripts import Call, Script, Value, run_all
from core.ids import ConversationId, ProjectId, VisitorId
from core.signals import News, Signal, batch, encode

KEPT = 32  # events per conversation
KEPT_FOR = 2 * 60 * 60  # seconds
VISIT = 3 * 24 * 60 * 60  # seconds a visit is remembered
UNPACKED = 1_000  # arguments that Lua may unpack at once, far below its limit of about 8,000

SCANNED = 1_000  # keys looked at by one call

_publish = Script("publish")
_NUMBERED = 0xCF  # msgpack's uint64


class LogEntry(msgspec.Struct, frozen=True):
    """Events of one conversation, oldest first, with its last `seq` after them.

    `agent_read_seq`: how far an agent has read, as the events say; 0 where none does.
    """

    conversation: ConversationId
    visitor: VisitorId
    last_seq: int
    events: list[bytes]
    agent_read_seq: int = 0


class RoomBatch(msgspec.Struct, frozen=True):
    """What one project is told now: everything, in order, and of it what is kept for resuming."""

    project: ProjectId
    items: list[bytes]
    kept: list[LogEntry]


async def publish(redis: Redis, room_batches: Sequence[RoomBatch]) -> None:
    """Keeps and publishes in one pipeline. Returns only when Redis has done all of it; else raises."""
    await run_all(redis, [_call(room_batch) for room_batch in room_batches])


async def publish_signals(redis: Redis, signals: Sequence[Signal]) -> None:
    """The ephemeral lane: one pipeline, one payload per project. May be lost."""
    by_project: dict[ProjectId, list[bytes]] = {}
    for signal in signals:
        by_project.setdefault(signal.project, []).append(encode(signal))
    async with redis.pipeline(transaction=False) as pipe:
        for project, items in by_project.items():
            pipe.publish(names.room(project), batch(items))


async def announce(redis: Redis, news: Sequence[News]) -> None:
    """To every server, whatever rooms it listens to. May be lost."""
    await redis.publish(names.NEWS, batch([encode(one) for one in news]))


async def forget(redis: Redis, project: ProjectId) -> int:
    """Deletes every key of a project; how many. Walks through all keys of Redis, in small steps."""
    gone = 0
    cursor = 0
    while True:
        cursor, found = await redis.scan(cursor, match=names.everything(project), count=SCANNED)
        if found:
            gone += await redis.unlink(found)
        if cursor == 0:
            return gone


async def last_published(redis: Redis, projects: Sequence[ProjectId]) -> list[int]:
    """The number of the last payload that each room was told; 0 for none, or where Redis has forgotten."""
    async with redis.pipeline(transaction=False) as pipe:
        for project in projects:
            pipe.get(names.published(project))
    return [int(answer or 0) for answer in pipe.results or ()]


def numbered(payload: bytes) -> tuple[int | None, bytes]:
    """Its number among those of its room, and the batch itself; signals have none, they may be lost."""
    if payload[:1] != bytes([_NUMBERED]):
        return None, payload
    return int.from_bytes(payload[1:9], "big"), payload[9:]


def _call(room_batch: RoomBatch) -> Call:
    project = room_batch.project
    args: list[Value] = [batch(room_batch.items), KEPT, KEPT_FOR, VISIT, len(room_batch.kept)]
    for entry in room_batch.kept:
        events = entry.events[-min(KEPT, UNPACKED) :]
        args += [
            names.log(project, entry.conversation),
            names.last(project, entry.conversation),
            names.session(project, entry.visitor),
            entry.conversation,
            entry.last_seq,
            entry.agent_read_seq,
            len(events),
            *events,
        ]
    return Call(_publish, [names.room(project), names.published(project), names.unwritten(project)], args)
