"""Audit entries outside a handler's transaction: they fail no request; without Postgres they are queued."""

import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import msgspec
import trio

from core import ids
from core.db.connection import Connection
from core.db.ops import audit
from core.db.ops.audit import Entry, Result
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from server.api.services.audit_context import AuditContext
from server.api.services.rate_limiter import Limit, RateLimited, RateLimiter
from server.pool import UNAVAILABLE, Database

MAX_QUEUE: Final = 1_000  # entries queued without Postgres; beyond it entries are counted and dropped
BATCH_SIZE: Final = 100
DEADLINE: Final = 1.0  # seconds that a request may wait for its entry
PAUSE: Final = 1.0  # seconds between a failure and the next try
REFUSALS: Final = Limit(60)  # per address: a flood of refused requests must not become a flood of rows
DENIED: Final = {401, 403, 404, 429}

Explain = Callable[[Exception], tuple[str, int]]
"""The code and the status of the problem that the caller gets."""


class Late(NamedTuple):
    """A queued entry; its id makes a retry idempotent."""

    id: bytes
    at: int
    entry: Entry


class AuditQueue:
    """One per process. The next request that passes through `recording` also writes the queued entries."""

    def __init__(self, database: Database, rate_limiter: RateLimiter) -> None:
        self._database = database
        self._rate_limiter = rate_limiter
        self._late: deque[Late] = deque()
        self._running = False
        self._again_at = -1.0

    @asynccontextmanager
    async def recording(self, context: AuditContext, explain: Explain) -> AsyncIterator[None]:
        """Around a request: writes its entry if the route declares one and the handler has not written it."""
        try:
            yield
        except Exception as error:
            logged = context.what is not None and not context.replayed
            if logged and not any(result != "ok" for result in context.written):
                await self._refused(context, *explain(error))
            raise
        if context.replayed:
            return
        if context.items is not None:
            await self._write(*context.items)
        elif context.what is not None and not context.what.security and not context.written:
            await self._write(context.entry("ok", changes=_requested(context)))
        elif self._late:
            await self._flush()

    async def _refused(self, context: AuditContext, reason: str, status: int) -> None:
        what = context.what
        if what is None:
            return
        try:
            await self._rate_limiter.check("audit", REFUSALS, context.address)
        except RateLimited:
            counters[Metric.AUDIT_SKIPPED] += 1
            return
        action = what.refused or what.action
        result: Result = "denied" if status in DENIED else "failed"
        entry = context.entry(result, action=action, changes=_requested(context))
        await self._write(msgspec.structs.replace(entry, changes=entry.changes | {"reason": reason}))

    async def _write(self, *entries: Entry) -> None:
        now = ids.now()
        for entry in entries:
            if len(self._late) >= MAX_QUEUE:
                counters[Metric.AUDIT_LOST] += 1
            else:
                self._late.append(Late(ids.make(now), now, entry))
        await self._flush()

    async def _flush(self) -> None:
        """Write queued entries. Returns at once when another request is writing, or during PAUSE."""
        if self._running or trio.current_time() < self._again_at:
            return
        self._running = True
        try:
            with trio.fail_after(DEADLINE):
                while self._late:
                    await self._oldest()
        except (*UNAVAILABLE, trio.TooSlowError) as error:
            self._again_at = trio.current_time() + PAUSE
            counters[Metric.AUDIT_LATE] += 1
            log(Log.AUDIT_LATE, level=logging.WARNING, error=error, waiting=len(self._late))
        except Exception as error:  # noqa: BLE001  the top of a stage: no entry may fail a request or hold up others
            lost = self._late.popleft()
            counters[Metric.AUDIT_LOST] += 1
            log(Log.AUDIT_LOST, level=logging.ERROR, error=error, action=lost.entry.action)
        finally:
            self._running = False

    async def _oldest(self) -> None:
        """Write the oldest entries in one transaction."""
        some = [self._late[0]] if len(self._late) == 1 else [*self._late][:BATCH_SIZE]

        async def write(conn: Connection) -> None:
            for late in some:
                await audit.add(conn, late.entry, now=late.at, entry_id=late.id)

        await self._database.commit(write)
        for _ in some:
            self._late.popleft()


def _requested(context: AuditContext) -> dict[str, object]:
    """The declared fields of the request's body."""
    fields = context.what.fields if context.what else ()
    given = {name: getattr(context.body, name, msgspec.UNSET) for name in fields}
    return {name: value for name, value in given.items() if value is not msgspec.UNSET}
