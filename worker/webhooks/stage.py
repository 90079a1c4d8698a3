"""Sends what is due to webhooks: at least once each, many at a time, and a slow receiver delays no other."""

import asyncio
import contextlib
from collections import Counter
from typing import Final

from core import failpoints, ids
from core.bus import connection as bus
from core.bus import rooms
from core.db import claims
from core.db.consumers import WEBHOOKS
from core.db.webhooks import deliveries
from core.db.webhooks.deliveries import Due
from core.db.webhooks.webhooks import any_active
from core.outbound.fetch import Fetcher
from core.text import networks
from worker import consumer_events, pool
from worker.process import Process
from worker.resolve import resolve
from worker.supervision import Health, pause
from worker.waiting import first_of
from worker.webhooks import expand
from worker.webhooks.attempt import attempt
from worker.webhooks.outcomes import Outcomes

SECONDS: Final = 1000  # ms
INTERVAL: Final = 0.25  # seconds between polls
IDLE: Final = 2.0  # seconds between polls while no project has a webhook
LEASE: Final = 60 * SECONDS  # how long a claimed delivery belongs to one worker; longer than an attempt
MAX_SENDING: Final = 400  # at a time in this process
MAX_PER_WEBHOOK: Final = 4


class WebhooksStage:
    """The stage. Any number of workers share the work."""

    def __init__(self, process: Process) -> None:
        """Opens nothing yet."""
        self._settings = settings = process.settings
        self._database = process.database
        self._stop = process.stop
        self._sealer = process.sealer
        self._fetcher = Fetcher(resolve, allowed=networks.listed(settings.outbound_networks))
        self._outcomes = Outcomes(process.sealer, origin=settings.origin, factor=settings.webhook_wait_factor)
        self._sending: Counter[bytes] = Counter()  # webhook → attempts under way
        self._failing: set[bytes] = set()  # webhooks whose last attempt here failed
        self._changed = asyncio.Event()  # an attempt has ended, or there are new deliveries
        self._expanding = False  # whether making deliveries works

    async def run(self, health: Health) -> None:
        """Runs until `stop`, and then finishes the attempts under way, which take at most 5 s."""
        self._sending.clear()
        self._expanding = False
        url = self._settings.database_url
        async with (
            pool.connection(url, name="parley webhooks") as conn,
            pool.connection(url, name="parley webhook events") as beside,
            bus.client(self._settings.redis_url, connections=2) as redis,
            contextlib.aclosing(self._fetcher),
            asyncio.TaskGroup() as group,
        ):
            # Beside sending: many events, or one whose rows are locked, must delay no delivery.
            group.create_task(self._expand(beside))
            while not self._stop.is_set():
                self._changed.clear()
                due = await self._claim(conn)
                for one in due:
                    self._sending[one.webhook] += 1
                    group.create_task(self._deliver(redis, one))
                if self._expanding:
                    health.works()
                await self._fetcher.close_idle()
                if not due:
                    await self._pause(INTERVAL if self._sending else await _interval(conn))

    async def _expand(self, conn: pool.Driver) -> None:
        while not self._stop.is_set():
            if await consumer_events.work_off(conn, WEBHOOKS, expand.work, stopped=self._stop.is_set):
                self._changed.set()
            else:
                await pause(self._stop, await _interval(conn))
            self._expanding = True

    async def _claim(self, conn: pool.Driver) -> list[Due]:
        room = MAX_SENDING - self._sending.total()
        if room <= 0:
            return []
        busy = [hook for hook, count in self._sending.items() if count >= self._share(hook)]
        now = ids.now()
        rows = await claims.claim(
            conn, deliveries.CLAIMS, MAX_PER_WEBHOOK, busy, now=now, until=now + LEASE, limit=room
        )
        return [Due(*row) for row in rows]

    def _share(self, webhook: bytes) -> int:
        return 1 if webhook in self._failing else MAX_PER_WEBHOOK

    async def _deliver(self, redis: bus.Redis, due: Due) -> None:
        try:
            factor = self._settings.webhook_wait_factor
            outcome = await attempt(self._fetcher, self._sealer, due, factor=factor)
            failpoints.hit("webhook.after_sent")
            (self._failing.discard if outcome.delivered else self._failing.add)(due.webhook)
            # A crash before the commit sends it again, with the same id. The other order loses deliveries.
            async with self._database.connection() as conn:
                changed = await self._outcomes.store(conn, due, outcome)
            if changed is not None:
                await rooms.publish_signals(redis, [changed])
        finally:
            self._sending[due.webhook] -= 1
            if not self._sending[due.webhook]:
                del self._sending[due.webhook]
            self._changed.set()

    async def _pause(self, seconds: float) -> None:
        """Ends early at `stop`, or when an attempt has ended: the next delivery of its order may be due."""
        await first_of(self._stop, self._changed, within=seconds)


async def _interval(conn: pool.Driver) -> float:
    """Seconds between polls."""
    return INTERVAL if await any_active(conn) else IDLE
