"""Hops 4 and 5: reads commands from the stream and applies each read in one transaction."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from core import command_codec, failpoints, ids, rules
from core.apply.apply import apply
from core.bus import connection as bus
from core.bus import stream
from core.bus.connection import Redis
from core.bus.stream import Entry
from core.commands import Command
from core.db import connection_settings
from core.db.chat import dead_letters
from core.errors import CoreError, LaterCommand, Poison
from core.telemetry.log import Log, log, trace
from core.telemetry.metrics import Metric, Timing, counters, timed, timings
from worker import pool
from worker.inbound.acknowledging import Acknowledging
from worker.inbound.reading import PER_SHARD, Reading
from worker.inbound.shards import Shards
from worker.process import Process
from worker.supervision import Health, pause

# Minimum seconds between two reads: commands that arrive meanwhile share a transaction. At 1,000 messages/s
# this takes a quarter less CPU than no pause; p50 rises by 3 ms (docs/adr/0020-minimum-batch-interval.md).
MIN_INTERVAL = 0.006
IDLE = 0.5  # seconds between two looks for a free shard
CONNECTIONS = 80  # at most; one in use, and one for each slot of a cluster in which commands are waited for
SUSPECT = 2  # deliveries after which an entry is processed alone
MAX_FORGIVEN = 10_000  # entries whose tries are forgiven
MEASURE_INTERVAL = 5.0  # seconds
FIRST_PLANS = 250  # commands after which statements are planned again, and then after twice as many each time
MAX_ATTEMPTS = 5  # then it becomes a dead letter, even if it killed the process each time
NEWER_WITHIN = 60.0  # seconds that a command of a later release waits for a worker that knows it

Wake = Callable[[pool.Driver], Awaitable[None]]


class Inbound:
    """The stage."""

    def __init__(self, process: Process) -> None:
        """Opens nothing yet."""
        self._settings = process.settings
        self._worker = process.worker
        self._wake = process.wakeup.wake
        self._stop = process.stop
        # Attempts that do not count against an entry, because Postgres or Redis was unavailable.
        self._forgiven: Counter[str] = Counter()

    async def run(self, health: Health) -> None:
        """Runs until `stop`; raises any failure of Postgres or Redis, with no transaction half done."""
        total = self._settings.stream_shards
        async with (
            bus.client(self._settings.redis_url, connections=CONNECTIONS) as redis,
            pool.connection(self._settings.database_url, name="parley inbound") as conn,
        ):
            reading = Reading(redis, self._worker, shards=total, slots=self._settings.stream_slots)
            work = _Work(conn, redis, reading, total, self._worker, self._wake, self._forgiven)
            shards = Shards(conn, redis, worker=self._worker, total=total, finish=work.finish)
            await work.create_groups()
            try:
                await self._turns(health, shards, work, reading)
            finally:
                await reading.stop()
                await work.stop()

    async def _turns(self, health: Health, shards: Shards, work: "_Work", reading: Reading) -> None:
        while not self._stop.is_set():
            for slots in await reading.look():
                await work.begin(slots, shards.owned)
            for shard in await shards.balance():
                if not await work.take_over(shard):
                    await shards.leave_to_newer([shard])
            health.works()
            await work.measure(shards.owned)
            if shards.owned:
                began = time.monotonic()
                if later := await work.step(shards.owned):
                    await shards.leave_to_newer(later)
                await asyncio.sleep(max(0.0, began + MIN_INTERVAL - time.monotonic()))
            else:
                await pause(self._stop, IDLE)
        await shards.release()


class _Work:
    """The work on one pair of connections, to Postgres and to Redis."""

    def __init__(
        self,
        conn: pool.Driver,
        redis: Redis,
        reading: Reading,
        total: int,
        consumer: str,
        wake: Wake,
        forgiven: Counter[str],
    ) -> None:
        self._conn = conn
        self._redis = redis
        self._reading = reading
        self._total = total
        self._consumer = consumer
        self._wake = wake
        self._forgiven = forgiven
        self._acknowledging = Acknowledging(redis)
        self._measure_at = 0.0
        self._applied = 0  # commands on this connection
        self._plan_at = FIRST_PLANS

    async def step(self, shards: Sequence[int]) -> set[int]:
        """Reads once and processes the entries. Returns the shards that wait for a newer worker."""
        entries = await self._reading.next(shards)
        self._acknowledging.check()
        if not entries:
            return set()
        timings[Timing.STREAM_WAIT].observe(max(0.0, time.time() - entries[0].appended_at))
        return await self._process(entries)

    async def finish(self) -> None:
        """Processes what was read and not processed yet: nobody else gets it while this worker lives."""
        if entries := await self._reading.finish():
            await self._process(entries)
        await self._acknowledging.flush()

    async def stop(self) -> None:
        """Ends what runs beside the turns."""
        await self._acknowledging.stop()

    async def create_groups(self) -> None:
        """Those that are missing."""
        for slots in self._reading.spreads:
            await stream.create_groups(self._redis, range(self._total), slots=slots)

    async def begin(self, slots: int, owned: Sequence[int]) -> None:
        """With a spread that is new to this worker; another one may have read of it."""
        await stream.create_groups(self._redis, range(self._total), slots=slots)
        for shard in owned:
            await self._take_over(shard, slots)

    async def measure(self, shards: Sequence[int]) -> None:
        """Every MEASURE_INTERVAL: how many commands are queued in `shards`, and the age of the oldest."""
        if time.monotonic() < self._measure_at:
            return
        self._measure_at = time.monotonic() + MEASURE_INTERVAL
        counters[Metric.STREAM_ENTRIES], counters[Metric.STREAM_OLDEST] = await stream.depth(
            self._redis, shards, spreads=self._reading.spreads
        )

    async def take_over(self, shard: int) -> bool:
        """Processes what the previous owner read and did not acknowledge, before anything new.

        False when the shard waits for a newer worker.
        """
        for slots in self._reading.spreads:
            if not await self._take_over(shard, slots):
                return False
        return True

    async def _take_over(self, shard: int, slots: int) -> bool:
        await self._acknowledging.flush()  # else it would be taken for pending
        while waiting := await stream.pending(self._redis, shard, count=PER_SHARD, slots=slots):
            # Peek instead of claiming: workers that pass the shard on must not use up the entry's attempts.
            first = await stream.peek(self._redis, shard, waiting[0].id, slots=slots)
            if first is not None and await self._waits_for_newer(first):
                return False
            tries = [one.tries - self._forgiven[f"{shard}:{one.id}"] for one in waiting]
            suspect = max(tries) > SUSPECT
            entries = await stream.reclaim(
                self._redis, self._consumer, shard, count=1 if suspect else PER_SHARD, slots=slots
            )
            if not entries:
                return True
            counters[Metric.COMMANDS_RECLAIMED] += len(entries)
            if suspect and tries[0] >= MAX_ATTEMPTS:
                await self._dead_letter(entries[0], "it crashed the process that applied it", tries[0])
                continue
            later = await self._process(entries)
            # Before the next one, which may kill the process: its attempts must not count against these.
            await self._acknowledging.flush()
            if later:
                return False
        return True

    async def _waits_for_newer(self, entry: Entry) -> bool:
        """Whether only a newer worker can process it, and the wait for one is not over."""
        try:
            _parsed(entry)
        except LaterCommand:
            return await stream.age(self._redis, entry.id) < NEWER_WITHIN
        except Poison:
            pass
        return False

    async def _process(self, entries: Sequence[Entry]) -> set[int]:
        """As `_decide`; log lines written meanwhile name the batch, later ones do not."""
        token = trace.set(f"{entries[0].shard}:{entries[0].id}")
        try:
            return await self._decide(entries)
        finally:
            trace.reset(token)

    async def _decide(self, entries: Sequence[Entry]) -> set[int]:
        """Processes `entries`: when it returns, each is committed or a dead letter.

        Except in the shards that are returned: from the first command of a later release on, their entries
        stay pending, in order, for a newer worker. After NEWER_WITHIN without one that command is dead.
        """
        valid: list[tuple[Entry, Command]] = []
        later: set[int] = set()
        for entry in entries:
            if entry.shard in later:
                continue
            try:
                valid.append((entry, _parsed(entry)))
            except LaterCommand as unknown:
                if await stream.age(self._redis, entry.id) < NEWER_WITHIN:
                    later.add(entry.shard)
                    log(Log.COMMAND_LATER, level=logging.WARNING, shard=entry.shard, entry=entry.id)
                else:
                    reason = f"{unknown}, and no newer worker started within {NEWER_WITHIN:g} s"
                    await self._dead_letter(entry, reason, 1)
            except Poison as poison:
                await self._dead_letter(entry, str(poison), 1)
        if valid:
            await self._settle(valid)
        return later

    async def _settle(self, valid: Sequence[tuple[Entry, Command]]) -> None:
        try:
            await self._commit(valid)
        except asyncpg.QueryCanceledError:
            raise  # counts as an attempt: after five timeouts it is a dead letter
        except (*pool.UNAVAILABLE, *bus.UNAVAILABLE):
            self._forgive_attempts(valid)
            raise
        except (asyncpg.PostgresError, CoreError, ValueError, TypeError, OverflowError) as error:
            counters[Metric.BATCH_FAILURES] += 1
            if len(valid) == 1:
                await self._dead_letter(valid[0][0], _reason(error), 2)
                return
            # One command fails the transaction of all: run each alone, in order, to commit the others.
            for one in valid:
                await self._settle([one])

    async def _commit(self, valid: Sequence[tuple[Entry, Command]]) -> None:
        with timed(Timing.APPLY):
            await self._transaction(valid)
        failpoints.hit("inbound.after_commit")
        await self._wake(self._conn)
        # Acknowledge after the commit: a crash in between repeats the command, and the ref makes that
        # harmless. The opposite order loses messages.
        self._acknowledging.add([entry for entry, _ in valid])
        counters[Metric.BATCHES] += 1
        counters[Metric.COMMANDS_APPLIED] += len(valid)
        self._applied += len(valid)
        if self._applied >= self._plan_at:
            self._plan_at = 2 * self._applied
            await connection_settings.plan_again(self._conn)

    async def _transaction(self, valid: Sequence[tuple[Entry, Command]]) -> None:
        async with self._conn.transaction():
            await apply(self._conn, [command for _, command in valid], now=time.time_ns() // 1_000_000)
            failpoints.hit("inbound.before_commit")

    def _forgive_attempts(self, valid: Sequence[tuple[Entry, Command]]) -> None:
        if len(self._forgiven) > MAX_FORGIVEN:
            self._forgiven.clear()
        self._forgiven.update(f"{entry.shard}:{entry.id}" for entry, _ in valid)

    async def _dead_letter(self, entry: Entry, reason: str, tries: int) -> None:
        counters[Metric.COMMANDS_DEAD] += 1
        log(Log.COMMAND_DEAD, level=logging.ERROR, shard=entry.shard, entry=entry.id, reason=reason)
        if entry.payload is not None:
            await dead_letters.add(
                self._conn,
                dead_letter=ids.make(),
                shard=entry.shard,
                entry_id=entry.id,
                payload=entry.payload,
                reason=reason,
                tries=tries,
            )
        await stream.acknowledge(self._redis, [entry])


def _reason(error: Exception) -> str:
    """Never the error's own text: Postgres quotes the row, and with it the text of a message."""
    where = getattr(error, "constraint_name", None) or getattr(error, "sqlstate", None)
    return f"{type(error).__name__} {where}" if where else type(error).__name__


def _parsed(entry: Entry) -> Command:
    if entry.payload is None:
        raise Poison("an entry without a command")
    command = command_codec.decode(entry.payload)
    rules.check(command)
    return command
