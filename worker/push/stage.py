"""Hop 7: consumer `push`: sends what an agent should hear of to the browsers that are subscribed.

At least once each, under one id; many at a time, one per browser, and a slow push service delays no other.
"""

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Final

from core import failpoints, ids
from core.bus import connection as bus
from core.bus.notifications import attention
from core.config import mail_server
from core.db import claims, consumers
from core.db.consumers import PUSH, ConsumerEvent
from core.db.notifications import pushes, subscriptions
from core.db.notifications.pushes import CLAIMS, Push
from core.db.ops import queues
from core.identity.encryption import Unsealable
from core.notifications import keys, payloads
from core.notifications import subscriptions as rules
from core.notifications.payloads import Payload
from core.notifications.preferences import is_quiet
from core.outbound.fetch import Fetcher
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from core.text import networks
from worker import pool
from worker.process import Process
from worker.push import attempt, texts
from worker.push.attempt import Message, Outcome, Signer
from worker.resolve import resolve
from worker.supervision import Health
from worker.waiting import first_of

SECONDS: Final = 1000  # ms
INTERVAL: Final = 0.25  # seconds between polls
IDLE_INTERVAL: Final = 2.0  # seconds between polls while no browser is subscribed
MEASURE_INTERVAL: Final = 10.0  # seconds between measurements of the queue
LEASE: Final = 120 * SECONDS  # how long claimed rows belong to one worker
TTL: Final = 4 * 3600 * SECONDS  # a message that is older is not pushed, nor kept by the push service
MAX_SENDING: Final = 50  # browsers at a time in this process
MAX_CLAIM: Final = 200  # rows
MAX_ATTEMPTS: Final = 8  # requests to one browser within a lease, which is longer than their timeouts
WATCHED_WAIT: Final = attention.FOCUS_LOST_AFTER + 5 * SECONDS
REDIS_TIMEOUT: Final = 1.0  # seconds
MAX_REFUSALS: Final = 10  # in a row, after which a browser is forgotten


class PushStage:
    """The stage. Any number of workers share the work."""

    def __init__(self, process: Process) -> None:
        """Opens nothing yet."""
        self._settings = settings = process.settings
        self._database = process.database
        self._stop = process.stop
        self._sealer = process.sealer
        mailbox = mail_server.sender(settings.mail_from).addr_spec if settings.mail_from else ""
        self._contact = attempt.contact(mailbox, settings.origin)
        self._fetcher = Fetcher(resolve, allowed=networks.listed(settings.outbound_networks))
        self._sending: set[bytes] = set()  # subscriptions
        self._changed = asyncio.Event()  # one is done
        self._loaded = False
        self._redis: bus.Redis | None = None
        self._measure_at = 0.0

    async def run(self, health: Health) -> None:
        """Runs until `stop`, and then finishes the attempts under way."""
        self._sending.clear()
        async with (
            pool.connection(self._settings.database_url, name="parley push") as conn,
            bus.client(self._settings.redis_url, connections=2) as redis,
            contextlib.aclosing(self._fetcher),
            asyncio.TaskGroup() as group,
        ):
            self._redis = redis
            while not self._stop.is_set():
                self._changed.clear()
                await self._measure(conn)
                rows = await self._claim(conn)
                if rows and not self._loaded:
                    await asyncio.to_thread(attempt.load)
                    self._loaded = True
                for subscription, own in _by_subscription(rows):
                    self._sending.add(subscription)
                    group.create_task(self._work_on(subscription, own))
                health.works()
                if not rows:
                    idle = not self._sending and not await pushes.any_subscription(conn)
                    await first_of(self._stop, self._changed, within=IDLE_INTERVAL if idle else INTERVAL)

    async def _measure(self, conn: pool.Driver) -> None:
        """Every MEASURE_INTERVAL: how many messages are due, of all workers."""
        if time.monotonic() < self._measure_at:
            return
        self._measure_at = time.monotonic() + MEASURE_INTERVAL
        depth = await queues.pushes(conn)
        counters[Metric.PUSHES_QUEUED], counters[Metric.PUSHES_OLDEST] = depth.rows, depth.oldest

    async def _claim(self, conn: pool.Driver) -> list[ConsumerEvent]:
        room = MAX_SENDING - len(self._sending)
        if room <= 0:
            return []
        busy = list(self._sending)
        return await pushes.claim(conn, busy=busy, lease=LEASE, limit=min(MAX_CLAIM, room * 4))

    async def _work_on(self, subscription: bytes, rows: Sequence[ConsumerEvent]) -> None:
        """One browser's rows, one after the other; after a failure the others wait as long."""
        waiting = list(rows)
        attempts, wait = 0, 0
        try:
            while waiting and attempts < MAX_ATTEMPTS:
                row = waiting.pop(0)
                push = await self._due(row)
                if push is None:
                    continue
                attempts += 1
                outcome = await self._send(row, push)
                failpoints.hit("push.after_sent")
                async with self._database.connection() as conn, conn.transaction():
                    wait = await self._store(conn, row, outcome)
                if outcome.state == "later":
                    break
                # Those of the same conversation have gone with it.
                waiting = [one for one in waiting if one.conversation != row.conversation]
            if waiting:
                async with self._database.connection() as conn:
                    for row in waiting:
                        await claims.release(conn, CLAIMS, row.key, wait=wait)
        finally:
            self._sending.discard(subscription)
            self._changed.set()

    async def _due(self, row: ConsumerEvent) -> Push | None:
        """None, and the row is gone, if there is nothing to say or it is quiet."""
        now = ids.now()
        async with self._database.connection() as conn:
            push = None
            if now - row.created_at < TTL:
                push = await pushes.still_due(conn, row, now=now)
            quiet = push is None or is_quiet(push.preferences, timezone=push.timezone, now=now)
            if push is not None and not quiet:
                if not await self._is_watched(push):
                    return push
                if now - row.created_at < WATCHED_WAIT:
                    # A tab that was just closed still counts as watched: ask again when it does not.
                    await claims.release(conn, CLAIMS, row.key, wait=row.created_at + WATCHED_WAIT - now)
                    return None
            await claims.done(conn, CLAIMS, row.key)
        counters[Metric.PUSHES_DROPPED] += 1
        return None

    async def _is_watched(self, push: Push) -> bool:
        """Whether the agent looks at the project. Without Redis it is not known: then it is pushed."""
        if self._redis is None:
            return False
        try:
            async with asyncio.timeout(REDIS_TIMEOUT):
                return await attention.is_focused(self._redis, push.project, push.user)
        except (TimeoutError, *bus.UNAVAILABLE):
            return False

    async def _send(self, row: ConsumerEvent, push: Push) -> Outcome:
        try:
            to = rules.unseal(self._sealer, push.sealed, row.subscriber)
            private = self._sealer.open(push.key_sealed, purpose=keys.purpose(push.key))
        except Unsealable:
            # Its browser subscribes again when the dashboard is opened there.
            return Outcome("gone", "an encryption key is missing")
        title, body = texts.title_and_body(push)
        left = max(0, row.created_at + TTL - ids.now()) // SECONDS
        payload = Payload(
            id=ids.text(ids.derived(push.message, PUSH.encode(), row.subscriber)),
            project=ids.text(push.project),
            conversation=ids.text(push.conversation),
            title=title,
            body=body,
            tag=ids.text(push.conversation),
            at=row.created_at,
        )
        message = Message(
            payload=payloads.encode(payload),
            ttl=left,
            topic=attempt.topic(push.conversation, row.subscriber),
        )
        signer = Signer(private=private, contact=self._contact)
        try:
            return await attempt.attempt(self._fetcher, to, message, signer)
        except Exception as error:  # noqa: BLE001  the top of one message: the others must not wait for it
            return Outcome("refused", type(error).__name__)

    async def _store(self, conn: pool.Driver, row: ConsumerEvent, outcome: Outcome) -> int:
        """Returns in how many ms the browser's next message is due."""
        now, removed, wait = ids.now(), False, 0
        match outcome.state:
            case "sent":
                await consumers.done_with_alike(conn, row)
                await subscriptions.worked(conn, row.subscriber, now=now)
                counters[Metric.PUSHES_SENT] += 1
                return 0
            case "gone":
                await claims.done(conn, CLAIMS, row.key)
                removed = await subscriptions.remove_dead(conn, row.subscriber)
            case "refused":
                await consumers.done_with_alike(conn, row)
                removed = await subscriptions.failed(conn, row.subscriber, most=MAX_REFUSALS)
            case "later":
                wait = await self._postpone(conn, row, outcome, now=now)
        counters[Metric.PUSHES_FAILED] += 1
        log(
            Log.PUSH_SUBSCRIPTION_REMOVED if removed else Log.PUSH_FAILED,
            level=logging.INFO if removed or outcome.state == "later" else logging.WARNING,
            subscription=row.subscriber,
            tries=row.tries,
            state=outcome.state,
            reason=outcome.reason,
        )
        return wait

    async def _postpone(self, conn: pool.Driver, row: ConsumerEvent, outcome: Outcome, *, now: int) -> int:
        """As long as the push service asks for, within the TTL; after the last attempt there is none."""
        backoff = claims.backoff(CLAIMS, tries=row.tries)
        wait = round(max(backoff or CLAIMS.waits[-1], outcome.wait) * SECONDS)
        if backoff is None or now + wait >= row.created_at + TTL:
            await claims.done(conn, CLAIMS, row.key)
        else:
            await claims.postpone(conn, CLAIMS, row.key, wait=wait)
        return wait


def _by_subscription(rows: Sequence[ConsumerEvent]) -> Iterator[tuple[bytes, list[ConsumerEvent]]]:
    """Each browser's rows, the oldest first."""
    ordered = sorted(rows, key=lambda row: (row.subscriber, row.event_number))
    for subscription, own in itertools.groupby(ordered, key=lambda row: row.subscriber):
        yield subscription, list(own)
