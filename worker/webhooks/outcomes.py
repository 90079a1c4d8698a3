"""What follows from an attempt: the delivery, the receiver's circuit breaker, and switching a webhook off."""

import random
from collections.abc import Sequence
from typing import Final, Literal

from core import ids
from core.db.ops import mails
from core.db.webhooks import sending, webhooks
from core.db.webhooks.sending import Due, Finished
from core.identity.encryption import Sealer
from core.ids import ProjectId
from core.mail import WebhookDisabled
from core.signals import Resource, ResourceChanged
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from worker import pool
from worker.webhooks.attempt import Outcome

SECONDS: Final = 1000  # ms
OPENS_AFTER: Final = 5  # failures in a row
FIRST_PAUSE: Final = 30 * SECONDS
MAX_PAUSE: Final = 10 * 60 * SECONDS
DISABLED_AFTER: Final = 5 * 24 * 3600 * SECONDS  # of failures only


class Outcomes:
    """Stores them, each in one transaction."""

    def __init__(self, sealer: Sealer, *, origin: str, factor: float = 1) -> None:
        """`origin`: of the links in mails. `factor`: of pauses."""
        self._sealer = sealer
        self._origin = origin
        self._factor = factor

    async def store(self, conn: pool.Driver, due: Due, outcome: Outcome) -> ResourceChanged | None:
        """Returns what to publish after the commit, if the webhook was switched off."""
        now = ids.now()
        async with conn.transaction():
            ours = await sending.finish(
                conn, due, outcome.attempt, state=outcome.state, wait=outcome.wait, now=now
            )
            if not ours:
                return None  # our lease was over, and another worker has tried it again
            disabled = await self._receiver(conn, due, outcome, now=now)
        _count(due, outcome)
        return ResourceChanged(due.project, Resource.WEBHOOKS, due.webhook) if disabled else None

    @staticmethod
    async def store_delivered(
        conn: pool.Driver, sent: Sequence[tuple[Due, Outcome]]
    ) -> list[Finished | None]:
        """Stores many at once, in their order; None: this one is left to `store`."""
        attempts = [(due, outcome.attempt) for due, outcome in sent]
        stored = {one.key: one for one in await sending.delivered(conn, attempts, now=ids.now())}
        counters[Metric.WEBHOOKS_DELIVERED] += len(stored)
        return [stored.get(due.key) for due, _ in sent]

    async def _receiver(self, conn: pool.Driver, due: Due, outcome: Outcome, *, now: int) -> bool:
        """Counts failures in a row; whether the webhook is switched off by this one."""
        if outcome.delivered:
            await webhooks.works(conn, due.project, due.webhook)
            return False
        failure = await webhooks.failed(conn, due.project, due.webhook, now=now)
        if failure is None:
            return False
        if outcome.gone:
            return await self._disable(conn, due, "gone", now=now)
        if now - failure.failing_since >= DISABLED_AFTER:
            return await self._disable(conn, due, "failing", now=now)
        if failure.failures >= OPENS_AFTER:
            pause = round(_pause(failure.failures) * self._factor)
            await webhooks.pause(conn, due.project, due.webhook, wait=pause)
        return False

    async def _disable(
        self, conn: pool.Driver, due: Due, reason: Literal["failing", "gone"], *, now: int
    ) -> bool:
        if not await webhooks.disable(conn, due.project, due.webhook, reason=reason, now=now):
            return False
        name = await webhooks.project_name(conn, due.project)
        link = f"{self._origin}/app/p/{ids.text(due.project)}/settings/webhooks"
        for manager in await webhooks.managers(conn, due.project):
            await mails.add(
                conn,
                id=ids.derived(due.id, reason.encode(), manager.email.encode(), now.to_bytes(8, "big")),
                mail=WebhookDisabled(
                    link=link, full_name=manager.full_name, project=name, url=due.url, reason=reason
                ),
                recipient=manager.email,
                language=manager.language,
                timezone=manager.timezone,
                sealer=self._sealer,
                now=now,
                project=ProjectId(due.project),
            )
        log(Log.WEBHOOK_DISABLED, project=due.project, webhook=due.webhook, reason=reason)
        return True


def _pause(failures: int) -> float:
    """ms, doubled with each failure, with jitter."""
    longest = float(min(MAX_PAUSE, FIRST_PAUSE << min(failures - OPENS_AFTER, 10)))
    return longest * random.uniform(0.8, 1.2)  # noqa: S311  not a secret


def _count(due: Due, outcome: Outcome) -> None:
    if outcome.delivered:
        counters[Metric.WEBHOOKS_DELIVERED] += 1
        return
    counters[Metric.WEBHOOKS_DEAD if outcome.state == "dead" else Metric.WEBHOOKS_FAILED] += 1
    log(
        Log.WEBHOOK_FAILED,
        project=due.project,
        webhook=due.webhook,
        delivery=due.id,
        tries=due.tries,
        state=outcome.state,
        status=outcome.attempt.status,
    )
