"""Hops 6 and 7: publishes outbox rows to the rooms, then fans them out to consumers' rows.

A row is deleted only after Redis has acknowledged it.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence

import msgspec

from core import failpoints
from core.bus import connection as bus
from core.bus import resume_log, rooms, turns
from core.bus.resume_log import Place
from core.bus.rooms import LogEntry, RoomBatch
from core.db import connection_settings, locks, outbox
from core.db.ops import health as db_health
from core.errors import UNREADABLE
from core.events import (
    COPILOT,
    DELETED,
    OWNER,
    AnswerChanged,
    ConversationRead,
    Head,
    MessageRedacted,
    decode_head,
)
from core.ids import ConversationId, ProjectId, VisitorId
from core.model import OutboxRow
from core.signals import ConsumersCalled, CopilotCalled
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, Timing, counters, timed
from worker import pool
from worker.process import Process
from worker.relay import fan_out
from worker.supervision import Health, pause

MIN_INTERVAL = 0.002  # minimum seconds between two claims: each one wakes every subscriber
MEASURE_INTERVAL = 5.0  # seconds
POLL = 0.2  # seconds; NOTIFY only shortens the wait
LINGER = 0.02  # seconds at most until published rows are deleted; a crash before that publishes them again
CLAIM = 500  # rows
PAYLOAD = 256 * 1024  # bytes of one room payload, beyond which a new one begins
ELECTION_INTERVAL = 1.0  # seconds between two attempts to become the leader
SILENCE = 8.0  # seconds after which a silent leader is ended
# A consumer's slow SQL must end by itself, and go into quarantine, before another relay ends its connection.
STATEMENT_TIMEOUT = 4.0  # seconds


class Relay:
    """The stage. A lease elects one leader among all workers' relays."""

    def __init__(self, process: Process) -> None:
        """Opens nothing yet."""
        self._settings = process.settings
        self._stop = process.stop
        self._wakeup = process.wakeup

    async def run(self, health: Health) -> None:
        """Runs until `stop`; raises any failure, with every row either published or still in the outbox."""
        async with (
            bus.client(self._settings.redis_url, connections=2) as redis,
            # Publishing twice is harmless, so a crash of Postgres may lose a deletion. It then loses the
            # consumers' rows of the same statement too, unless a consumer has claimed one: its commit is
            # durable.
            pool.connection(self._settings.database_url, name="parley relay", durable=False) as conn,
        ):
            await connection_settings.limit(conn, at_most=STATEMENT_TIMEOUT)
            while not self._stop.is_set() and not await locks.take(conn, locks.RELAY, [0]):
                health.works()
                await locks.end_silent(conn, locks.RELAY, silence=SILENCE)
                await pause(self._stop, ELECTION_INTERVAL)
            if self._stop.is_set():
                return
            log(Log.RELAY_LEADS)
            await conn.add_listener(outbox.CHANNEL, self._notified)
            self._wakeup.leads = True
            try:
                await self._lead(conn, redis, health)
            finally:
                self._wakeup.leads = False
                counters[Metric.RELAY_LAG] = 0

    async def _lead(self, conn: pool.Driver, redis: bus.Redis, health: Health) -> None:
        measure_at = 0.0
        published: Sequence[int] = ()
        while True:
            began = time.monotonic()
            self._wakeup.events.clear()
            rows = await outbox.oldest(conn, limit=CLAIM, published=published)
            published = ()
            if rows:
                failpoints.hit("relay.before_publish")
                with timed(Timing.PUBLISH):
                    await rooms.publish(redis, list(room_batches(rows)))
                await self._call_turns(redis, rows)
                await self._call_copilot(redis, rows)
                if gone := [row for row in rows if row.kind == DELETED]:
                    await resume_log.forget(redis, _places(gone))
                failpoints.hit("relay.after_publish")
                published = await fan_out.fan_out(conn, rows)
                await self._call_consumers(redis, rows)
                failpoints.hit("relay.after_fan_out")
                counters[Metric.EVENTS_PUBLISHED] += len(rows)
            health.works()
            if began >= measure_at:
                counters[Metric.RELAY_LAG] = await db_health.relay_lag(conn)
                await fan_out.retry_quarantined(conn)
                measure_at = began + MEASURE_INTERVAL
            if len(rows) == CLAIM:
                continue
            if self._stop.is_set() and not rows:
                return
            await asyncio.sleep(max(0.0, began + MIN_INTERVAL - time.monotonic()))
            await self._wait(LINGER if published else POLL)

    @staticmethod
    async def _call_turns(redis: bus.Redis, rows: Sequence[OutboxRow]) -> None:
        """A person acted: the assistant's turn under way ends within a quarter of a second."""
        for row in rows:
            if row.kind == OWNER and row.conversation is not None:
                await turns.call(redis, row.project, row.conversation)

    @staticmethod
    async def _call_copilot(redis: bus.Redis, rows: Sequence[OutboxRow]) -> None:
        """A question was stored: a worker begins its turn now, not at the next poll."""
        asked = next((row for row in rows if row.kind == COPILOT), None)
        if asked is not None:
            await rooms.announce(redis, [CopilotCalled(asked.project, b"")])

    @staticmethod
    async def _call_consumers(redis: bus.Redis, rows: Sequence[OutboxRow]) -> None:
        """Most batches are wanted by nobody. Workers poll anyway."""
        wanted = next((row for row in rows if row.wanted), None)
        if wanted is not None:
            await rooms.announce(redis, [ConsumersCalled(wanted.project)])

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(0 if self._stop.is_set() else seconds):
                await self._wakeup.events.wait()
        except TimeoutError:
            return

    def _notified(self, *_: object) -> None:
        self._wakeup.events.set()


READ: int = ConversationRead.__struct_config__.tag  # type: ignore[assignment]  # events have numbers
CLEARING = frozenset({AnswerChanged.__struct_config__.tag, MessageRedacted.__struct_config__.tag})
NO_VISITOR = VisitorId(bytes(16))


class _ReadHead(Head, array_like=True, frozen=True):
    """The first fields of a read mark."""

    reader_kind: str


_decode_read = msgspec.msgpack.Decoder(_ReadHead).decode


def room_batches(rows: Sequence[OutboxRow]) -> Iterator[RoomBatch]:
    """Rows by project, each project's in order, in payloads of at most PAYLOAD bytes (but at least one row).

    The bound keeps a payload from overflowing a subscriber's buffer.
    """
    by_project: dict[ProjectId, list[OutboxRow]] = {}
    for row in rows:
        by_project.setdefault(row.project, []).append(row)
    for project, own in by_project.items():
        for portion in _portions(own):
            yield RoomBatch(project, [row.payload for row in portion], _kept(portion))


def _portions(rows: Sequence[OutboxRow]) -> Iterator[list[OutboxRow]]:
    portion: list[OutboxRow] = []
    size = 0
    for row in rows:
        if portion and size + len(row.payload) > PAYLOAD:
            yield portion
            portion, size = [], 0
        portion.append(row)
        size += len(row.payload)
    yield portion


def _kept(rows: Sequence[OutboxRow]) -> list[LogEntry]:
    kept: dict[ConversationId, LogEntry] = {}
    for row in rows:
        if row.conversation is None:
            continue
        head = _head(row, row.conversation)
        before = kept.get(row.conversation)
        cleared = head.type in CLEARING
        # What was published before may have the text that the event removes.
        earlier = [] if before is None or cleared else before.events
        events = [*earlier, row.payload]
        # A read mark does not change the last seq.
        seq = 0 if head.type == READ else head.seq
        read_seq = _agent_read_seq(head, row)
        visitor, change = head.visitor, row.last_change
        if before is not None:
            seq, read_seq = max(seq, before.last_seq), max(read_seq, before.agent_read_seq)
            visitor = before.visitor if visitor == NO_VISITOR else visitor
            change = None if before.last_change is None or change is None else max(change, before.last_change)
            cleared = cleared or before.cleared
        kept[row.conversation] = LogEntry(row.conversation, visitor, seq, events, read_seq, change, cleared)
    return list(kept.values())


def _head(row: OutboxRow, conversation: ConversationId) -> Head:
    """The fields of an event that the resume log needs; the rest of the payload is opaque.

    An event of a later release that begins differently is published and kept all the same: a resume that
    finds it in the log sends its client to the history. It gives neither the last seq nor the visitor.
    """
    try:
        return decode_head(row.payload)
    except UNREADABLE:
        return Head(READ, row.project, conversation, 0, NO_VISITOR)


def _places(deleted: Sequence[OutboxRow]) -> list[Place]:
    """The conversations of such rows. What this misses, the janitor finds."""
    heads = [_head(row, row.conversation) for row in deleted if row.conversation is not None]
    return [
        Place(head.project, head.conversation, head.visitor) for head in heads if head.visitor != NO_VISITOR
    ]


def _agent_read_seq(head: Head, row: OutboxRow) -> int:
    """How far an agent has read according to this event; 0 for events that do not say."""
    if head.type != READ or head.visitor == NO_VISITOR:
        return 0
    try:
        return head.seq if _decode_read(row.payload).reader_kind == "agent" else 0
    except UNREADABLE:
        return 0
