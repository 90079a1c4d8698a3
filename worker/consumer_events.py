"""Hop 7: what every consumer does with its rows: claim, work, done; retry later, or give up."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import asyncpg

from core import failpoints
from core.db import claims, consumers
from core.db.consumers import ConsumerEvent
from core.ids import ConversationId
from core.telemetry.log import Log, innermost, log
from core.telemetry.metrics import Metric, counters
from core.text import reasons
from worker import pool

SECONDS: Final = 1000  # ms
LEASE: Final = 15 * SECONDS
"""A visitor waits for the assistant as long when a worker dies, or loses its connection, with the row."""
BEGIN_WITHIN: Final = 8.0  # seconds
"""Rows of a claim that were not begun by then are given back: their lease would end in the middle."""
BATCH_SIZE: Final = 50  # rows of one claim
BATCHES: Final = 4  # of one call: its caller has other work, and comes back for the rest

_OF_THE_ROW: Final = (
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
)
"""Postgres is well: this row's work was slow, or collided with another's. It counts as an attempt."""

Work = Callable[[pool.Driver, ConsumerEvent], Awaitable[None]]
"""Does one row's work, and calls `claims.done` in the transaction of it. `conn` has a transaction open."""


Together = Callable[[pool.Driver, Sequence[ConsumerEvent]], Awaitable[Sequence[ConsumerEvent]]]
"""As Work, for many rows in one transaction, without waiting for a lock; returns those that it left out."""


async def work_off(
    conn: pool.Driver,
    consumer: str,
    work: Work,
    *,
    stopped: Callable[[], bool],
    together: Together | None = None,
    beside: Sequence[pool.Driver] = (),
) -> int:
    """Works off a part of what is due, each row in a transaction; the work stays within Postgres.

    Returns how many rows that were. With `together` the rows of a claim share a transaction, and only those
    that it leaves out, or all if it fails, get one of their own. With the connections `beside`, rows of
    different conversations are worked on at the same time: a transaction mostly waits.

    `conn` is durable. Raises one of pool.UNAVAILABLE. A row that fails in another way is tried again later,
    and no other row waits for it.
    """
    count = 0
    for _ in range(BATCHES):
        if stopped():
            break
        began = time.monotonic()
        rows: Sequence[ConsumerEvent] = await consumers.claim(conn, consumer, lease=LEASE, limit=BATCH_SIZE)
        failpoints.hit("consumer.after_claim")
        count += len(rows)
        full = len(rows) == BATCH_SIZE
        if together is not None and len(rows) > 1:
            rows = await _work_together(conn, rows, together)
        await _work_on_all((conn, *beside), rows, work, begin_until=began + BEGIN_WITHIN)
        if not full:
            break
    return count


async def _work_together(
    conn: pool.Driver, rows: Sequence[ConsumerEvent], together: Together
) -> Sequence[ConsumerEvent]:
    """Returns those that are left: each one's own fault is found when it is worked on alone."""
    try:
        async with conn.transaction():
            left = await together(conn, rows)
            failpoints.hit("consumer.before_commit")
    except _OF_THE_ROW:
        return rows
    except pool.UNAVAILABLE:
        raise
    except Exception:  # noqa: BLE001  one row's fault; the row alone raises it again, and is logged
        return rows
    failpoints.hit("consumer.after_commit")
    counters[Metric.CONSUMER_EVENTS_DONE] += len(rows) - len(left)
    return left


async def _work_on_all(
    conns: Sequence[pool.Driver], rows: Sequence[ConsumerEvent], work: Work, *, begin_until: float
) -> None:
    """Those of a conversation in their order, on one connection."""
    parts: list[list[ConsumerEvent]] = [[] for _ in conns]
    part_of: dict[ConversationId | None, list[ConsumerEvent]] = {}
    for row in rows:
        part_of.setdefault(row.conversation, parts[len(part_of) % len(parts)]).append(row)

    async def work_on(conn: pool.Driver, part: list[ConsumerEvent]) -> None:
        for row in part:
            if time.monotonic() < begin_until:
                await _work_on(conn, row, work)
            else:
                await claims.release(conn, consumers.CLAIMS, row.key)

    done = await asyncio.gather(
        *(work_on(conn, part) for conn, part in zip(conns, parts, strict=True) if part),
        return_exceptions=True,  # none is left behind in its transaction
    )
    for failed in done:
        if isinstance(failed, BaseException):
            raise failed


async def _work_on(conn: pool.Driver, row: ConsumerEvent, work: Work) -> None:
    try:
        async with conn.transaction():
            await work(conn, row)
            failpoints.hit("consumer.before_commit")
    except _OF_THE_ROW as error:
        await _failed(conn, row, error)
    except pool.UNAVAILABLE:
        raise
    except Exception as error:  # noqa: BLE001  the top of one row's work: the others must not wait for it
        await _failed(conn, row, error)
    else:
        failpoints.hit("consumer.after_commit")
        counters[Metric.CONSUMER_EVENTS_DONE] += 1


async def _failed(conn: pool.Driver, row: ConsumerEvent, error: Exception) -> None:
    reason = f"{type(innermost(error)).__name__}: {reasons.said(error)}"
    wait = await claims.failed(conn, consumers.CLAIMS, row.key, tries=row.tries, reason=reason)
    counters[Metric.CONSUMER_EVENTS_DEAD if wait is None else Metric.CONSUMER_EVENTS_FAILED] += 1
    log(
        Log.CONSUMER_DEAD if wait is None else Log.CONSUMER_FAILED,
        level=logging.ERROR,
        # Not an error of Postgres itself: it quotes the row, and with it an address.
        error=None if isinstance(error, asyncpg.PostgresError) else error,
        reason=reason,
        consumer=row.consumer,
        event_id=row.event,
        kind=row.kind,
        tries=row.tries,
    )
