"""Hop 7: publishes all events to rooms, one per project. Pub/Sub may lose some; `seq` makes that visible."""

from collections.abc import Sequence

import msgspec

from core.bus import names
from core.bus.connection import Redis, node_of
from core.bus.scripts import Call, Script, Value, run_all
from core.ids import ConversationId, ProjectId, VisitorId
from core.signals import News, Signal, batch, encode

MAX_LOGGED = 32  # events per conversation
KEPT_FOR = 2 * 60 * 60  # seconds
VISIT = 3 * 24 * 60 * 60  # seconds; the TTL of a visit
UNPACKED = 1_000  # arguments that Lua unpacks at once, far below its limit of about 8,000

SCANNED = 1_000  # keys per SCAN call

_publish = Script("publish")
_NUMBERED = 0xCF  # msgpack's uint64


class LogEntry(msgspec.Struct, frozen=True):
    """Events of one conversation for its resume log, oldest first, with the last `seq` after them.

    `agent_read_seq`: how far an agent has read according to the events; 0 when none says. `last_change`: the
    number of its last change; None: unknown, because a release before 0.3 wrote one of the events. `cleared`:
    what the log has so far must go, because a message was redacted, or a filled form corrected or removed.
    """

    conversation: ConversationId
    visitor: VisitorId
    last_seq: int
    events: list[bytes]
    agent_read_seq: int = 0
    last_change: int | None = None
    cleared: bool = False


class RoomBatch(msgspec.Struct, frozen=True):
    """One publication to a project's room: all events, in order, and those kept in resume logs."""

    project: ProjectId
    items: list[bytes]
    kept: list[LogEntry]


async def publish(redis: Redis, room_batches: Sequence[RoomBatch]) -> None:
    """Stores and publishes in one pipeline. Returns only when Redis has done all of it; else raises."""
    if any(entry.cleared for room_batch in room_batches for entry in room_batch.kept):
        # One after the other: an earlier batch may have the text that a later one redacts.
        for room_batch in room_batches:
            await _clear(redis, room_batch)
            await run_all(redis, [_call(room_batch)])
    else:
        await run_all(redis, [_call(room_batch) for room_batch in room_batches])


async def publish_signals(redis: Redis, signals: Sequence[Signal]) -> None:
    """Publishes ephemeral signals: one pipeline, one payload per project. They may be lost."""
    by_project: dict[ProjectId, list[bytes]] = {}
    for signal in signals:
        by_project.setdefault(signal.project, []).append(encode(signal))
    async with redis.pipeline(transaction=False) as pipe:
        for project, items in by_project.items():
            pipe.publish(names.room(project), batch(items))


async def announce(redis: Redis, news: Sequence[News]) -> None:
    """Publishes to every server, whatever rooms it subscribes to, and to every worker. May be lost."""
    await redis.publish(names.NEWS, batch([encode(one) for one in news]))


async def forget(redis: Redis, project: ProjectId) -> int:
    """Deletes every key of a project; returns how many. Scans all keys of Redis, in small steps."""
    gone = 0
    cursor = 0
    async with node_of(redis, names.room(project)) as node:
        while True:
            cursor, found = await node.scan(cursor, match=names.everything(project), count=SCANNED)
            if found:
                gone += await node.unlink(found)
            if cursor == 0:
                return gone


async def last_published(redis: Redis, projects: Sequence[ProjectId]) -> list[int]:
    """The number of the last payload published to each room; 0 for none, or when Redis has lost it."""
    async with redis.pipeline(transaction=False) as pipe:
        for project in projects:
            pipe.get(names.published(project))
    return [int(answer or 0) for answer in pipe.results or ()]


def numbered(payload: bytes) -> tuple[int | None, bytes]:
    """Splits a payload into its number within the room and the batch. Signals have none: they may be lost."""
    if payload[:1] != bytes([_NUMBERED]):
        return None, payload
    return int.from_bytes(payload[1:9], "big"), payload[9:]


async def _clear(redis: Redis, room_batch: RoomBatch) -> None:
    """Before its events are logged: after a crash in between clients fetch, and no redacted text is kept."""
    for entry in room_batch.kept:
        if entry.cleared:
            await redis.unlink([names.log(room_batch.project, entry.conversation)])


def _call(room_batch: RoomBatch) -> Call:
    project = room_batch.project
    args: list[Value] = [batch(room_batch.items), MAX_LOGGED, KEPT_FOR, VISIT, len(room_batch.kept)]
    for entry in room_batch.kept:
        events = entry.events[-min(MAX_LOGGED, UNPACKED) :]
        args += [
            names.log(project, entry.conversation),
            names.last(project, entry.conversation),
            names.session(project, entry.visitor),
            entry.conversation,
            entry.last_seq,
            entry.agent_read_seq,
            names.change(project, entry.conversation),
            "" if entry.last_change is None else entry.last_change,
            len(events),
            *events,
        ]
    return Call(_publish, [names.room(project), names.published(project), names.unwritten(project)], args)
