"""Sends what is due to webhooks: at least once each, many at a time, and a slow receiver delays no other."""

import asyncio
import contextlib
import resource
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import asyncpg

from core import failpoints
from core.bus import connection as bus
from core.bus import rooms
from core.db.consumers import WEBHOOKS, ConsumerEvent
from core.db.webhooks import sending
from core.db.webhooks.sending import Due, Finished, Webhook
from core.db.webhooks.webhooks import any_active
from core.outbound.fetch import Fetcher
from core.signals import ConsumersCalled
from core.text import networks
from worker import consumer_events, pool
from worker.batcher import Batcher
from worker.process import Process
from worker.resolve import resolve
from worker.supervision import Health
from worker.waiting import cancelled, first_of
from worker.webhooks import expand
from worker.webhooks.attempt import Outcome, attempt
from worker.webhooks.outcomes import Outcomes

SECONDS: Final = 1000  # ms
INTERVAL: Final = 0.25  # seconds between polls; a call comes earlier
IDLE: Final = 2.0  # seconds between polls while no project has a webhook
LEASE: Final = 60 * SECONDS  # how long a claimed delivery belongs to one worker; longer than an attempt
MAX_SENDING: Final = 400  # at a time in this process
MAX_PER_WEBHOOK: Final = 4
MAX_STORED: Final = 100  # results of one statement
MAX_KEPT: Final = 1_024  # connections that wait for another delivery


Storing = Batcher[tuple[Due, Outcome], Finished | None]


class WebhooksStage:
    """The stage. Any number of workers share the work."""

    def __init__(self, process: Process) -> None:
        """Opens nothing yet."""
        self._settings = settings = process.settings
        self._database = process.database
        self._stop = process.stop
        self._sealer = process.sealer
        self._fetcher = Fetcher(
            resolve, allowed=networks.listed(settings.outbound_networks), kept=_kept_connections()
        )
        self._outcomes = Outcomes(process.sealer, origin=settings.origin, factor=settings.webhook_wait_factor)
        self._sending: Counter[bytes] = Counter()  # webhook → attempts under way
        self._under_way = 0  # their sum
        self._failing: set[bytes] = set()  # webhooks whose last attempt here failed
        self._due: set[Webhook] = set()  # those that something may be due for, before the next poll finds it
        self._poll_at = 0.0  # of time.monotonic
        self._changed = asyncio.Event()  # there is something in `_due`, or room for it
        self._events = asyncio.Event()  # there may be events to make deliveries of
        self._expanding = False  # whether making deliveries works
        process.control.listen(ConsumersCalled, self._called, missed=self._events.set)

    async def run(self, health: Health) -> None:
        """Runs until `stop`, and then finishes the attempts under way, which take at most 5 s."""
        self._sending.clear()
        self._under_way = 0
        self._due.clear()
        self._poll_at = 0.0
        self._expanding = False
        url = self._settings.database_url
        storing = Batcher(self._store, at_once=MAX_STORED)
        async with (
            pool.connection(url, name="parley webhooks") as conn,
            pool.connection(url, name="parley webhook events") as beside,
            bus.client(self._settings.redis_url, connections=2) as redis,
            contextlib.aclosing(self._fetcher),
            asyncio.TaskGroup() as group,
        ):
            stores = group.create_task(storing.run())
            async with asyncio.TaskGroup() as attempts:
                # Beside sending: many events, or one whose rows are locked, must delay no delivery.
                attempts.create_task(self._expand(beside))
                while not self._stop.is_set():
                    self._changed.clear()
                    for one in await self._claim(conn):
                        self._sending[one.webhook] += 1
                        self._under_way += 1
                        attempts.create_task(self._deliver(redis, storing, one))
                    if self._expanding:
                        health.works()
                    await self._fetcher.close_idle()
                    await self._pause()
            await cancelled(stores)

    async def _expand(self, conn: pool.Driver) -> None:
        made: set[Webhook] = set()  # those with new deliveries, which may not be committed yet

        async def work(conn: pool.Driver, row: ConsumerEvent) -> None:
            await expand.work(conn, row)
            made.add((row.project, row.subscriber))

        async def together(conn: pool.Driver, rows: Sequence[ConsumerEvent]) -> Sequence[ConsumerEvent]:
            made.update((row.project, row.subscriber) for row in rows)
            return await expand.work_together(conn, rows)

        while not self._stop.is_set():
            self._events.clear()
            found = await consumer_events.work_off(
                conn, WEBHOOKS, work, together=together, stopped=self._stop.is_set
            )
            self._expanding = True
            if found:
                self._add(made)
                made.clear()
            else:
                await first_of(self._stop, self._events, within=await _interval(conn))

    def _called(self, _message: ConsumersCalled) -> None:
        self._events.set()

    def _add(self, webhooks: Iterable[Webhook]) -> None:
        """Something may be due for them."""
        self._due.update(webhooks)
        self._changed.set()

    async def _claim(self, conn: pool.Driver) -> list[Due]:
        """What is due for `_due`, and at a poll for all."""
        room = MAX_SENDING - self._under_way
        if room <= 0:
            return []
        busy = [hook for hook, count in self._sending.items() if count >= self._share(hook)]
        if time.monotonic() >= self._poll_at:
            self._due.update(await sending.webhooks_due(conn, busy=busy, limit=room))
            interval = INTERVAL if self._under_way else await _interval(conn)
            self._poll_at = time.monotonic() + interval
        if not self._due:
            return []
        asked = sorted(self._due)
        self._due.clear()
        rows = await sending.claim(conn, asked, share=MAX_PER_WEBHOOK, busy=busy, lease=LEASE, limit=room)
        if len(rows) == room:
            self._due.update(asked)  # for when there is room again
        return rows

    def _share(self, webhook: bytes) -> int:
        return 1 if webhook in self._failing else MAX_PER_WEBHOOK

    async def _deliver(self, redis: bus.Redis, storing: Storing, due: Due) -> None:
        more = True
        try:
            factor = self._settings.webhook_wait_factor
            outcome = await attempt(self._fetcher, self._sealer, due, factor=factor)
            failpoints.hit("webhook.after_sent")
            (self._failing.discard if outcome.delivered else self._failing.add)(due.webhook)
            # A crash before the commit sends it again, with the same id. The other order loses deliveries.
            finished = await storing.ask((due, outcome)) if outcome.delivered else None
            if finished is not None:
                more = finished.more
            else:
                await self._store_alone(redis, due, outcome)
        finally:
            self._sending[due.webhook] -= 1
            if not self._sending[due.webhook]:
                del self._sending[due.webhook]
            if self._under_way == MAX_SENDING:
                self._changed.set()
            self._under_way -= 1
            if more:
                self._add([due.receiver])

    async def _store(self, sent: Sequence[tuple[Due, Outcome]]) -> Sequence[Finished | None]:
        """Work of the batcher."""
        try:
            async with self._database.connection() as conn:
                return await self._outcomes.store_delivered(conn, sent)
        except pool.UNAVAILABLE:
            raise
        except asyncpg.PostgresError:
            return [None] * len(sent)  # the fault of one: alone it raises it again

    async def _store_alone(self, redis: bus.Redis, due: Due, outcome: Outcome) -> None:
        async with self._database.connection() as conn:
            changed = await self._outcomes.store(conn, due, outcome)
        if changed is not None:
            await rooms.publish_signals(redis, [changed])

    async def _pause(self) -> None:
        """Until the next poll; ends early at `stop`, or when there may be something to claim."""
        left = self._poll_at - time.monotonic()
        await first_of(self._stop, self._changed, within=left if left > 0 else INTERVAL)


async def _interval(conn: pool.Driver) -> float:
    """Seconds between polls."""
    return INTERVAL if await any_active(conn) else IDLE


def _kept_connections() -> int:
    """At most half of the files that this process may open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_KEPT if soft == resource.RLIM_INFINITY else min(MAX_KEPT, soft // 2)
