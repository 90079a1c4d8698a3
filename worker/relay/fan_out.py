"""Hop 7: fan-out of published events to consumers' rows; failed events go into quarantine, no room waits."""

import logging
from collections.abc import Sequence
from typing import Final

import asyncpg

from core import ids
from core.db import claims, outbox, quarantine
from core.model import OutboxRow
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from core.text import reasons
from worker import pool

SECONDS: Final = 1000  # ms
RETRY_AFTER: Final = 60 * SECONDS
LEASE: Final = 60 * SECONDS
MAX_RETRIES: Final = 20  # events in quarantine per round

_TOOK_TOO_LONG: Final = (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError)
"""A consumer's SQL is slow, or a table is locked. Halves of the batch would each take as long."""


async def fan_out(conn: pool.Driver, published: Sequence[OutboxRow]) -> Sequence[int]:
    """Deletes published rows and makes their consumers' rows. A batch that fails is bisected to the bad rows.

    Of most batches no consumer wants anything: returns their numbers, to be deleted with the next claim.
    Raises one of pool.UNAVAILABLE; what is not done then is still in the outbox, and is published again.
    """
    numbers = [row.id for row in published]
    if not any(row.wanted for row in published):
        return numbers
    wanted = {row.id for row in published if row.wanted}
    parts = [numbers]
    while parts:
        part = parts.pop()
        try:
            await outbox.fan_out(conn, part, now=ids.now())
        except _TOOK_TOO_LONG as error:
            await _set_aside(conn, part, wanted, error)
        except pool.UNAVAILABLE:
            raise
        except asyncpg.PostgresError as error:
            if len(part) == 1:
                await _set_aside(conn, part, wanted, error)
            else:
                half = len(part) // 2
                parts += [part[half:], part[:half]]
    return ()


async def _set_aside(conn: pool.Driver, part: Sequence[int], wanted: set[int], error: Exception) -> None:
    now = ids.now()
    reason = reasons.said(error)
    kept = await outbox.quarantine(
        conn,
        part,
        wanted=[number for number in part if number in wanted],
        reason=reason,
        now=now,
        wait=RETRY_AFTER,
    )
    if kept:
        counters[Metric.EVENTS_QUARANTINED] += kept
        log(Log.EVENT_QUARANTINED, level=logging.ERROR, events=kept, reason=reason)


async def retry_quarantined(conn: pool.Driver) -> None:
    """Makes the consumers' rows of events in quarantine that are due; those that fail again wait longer.

    The claim need not be durable: the rows are all in this database.
    """
    now = ids.now()
    for one in await quarantine.claim(conn, lease=LEASE, limit=MAX_RETRIES):
        try:
            await quarantine.fan_out(conn, one, now=now)
        except _TOOK_TOO_LONG as error:
            # Not the others in this round: each may take as long, and the rooms wait meanwhile.
            await _failed_again(conn, one, error)
            return
        except pool.UNAVAILABLE:
            raise
        except asyncpg.PostgresError as error:
            await _failed_again(conn, one, error)
        else:
            log(Log.EVENT_RELEASED, event_id=one.event, kind=one.kind, tries=one.tries)


async def _failed_again(conn: pool.Driver, one: quarantine.Quarantined, error: Exception) -> None:
    reason = reasons.said(error)
    wait = await claims.failed(conn, quarantine.CLAIMS, one.key, tries=one.tries, reason=reason)
    log(
        Log.EVENT_QUARANTINED,
        level=logging.WARNING if wait else logging.ERROR,
        event_id=one.event,
        kind=one.kind,
        tries=one.tries,
        reason=reason,
    )
