"""Hop 7: consumer `webhooks`: makes deliveries of an event, in the transaction in which its row goes."""

import logging
from typing import Final

from core import ids
from core.db import claims, consumers, locks
from core.db.consumers import ConsumerEvent
from core.db.webhooks import deliveries, facts
from core.events import DELETED
from core.telemetry.log import Log, log
from core.webhooks import expansion
from core.webhooks.expansion import Facts
from worker import pool

CHANGES: Final = ("message_posted", "status_changed", "conversation_assigned")
"""Kinds that may change status or assignee."""

SUSPECT: Final = 5  # failures in a row, after which the length of the queue is looked at


async def work(conn: pool.Driver, row: ConsumerEvent) -> None:
    """The deliveries of one event for one webhook. Work of `consumer_events.work_off`."""
    if row.conversation is not None:
        # A message that is altered meanwhile waits until these deliveries are there, and then changes them.
        # Without it they would keep what was read before.
        await locks.share(conn, locks.PAYLOADS, ids.text(row.conversation))
    asked = await facts.subscription(conn, row)
    found = None if asked is None else await _facts(conn, row)
    if not await claims.done(conn, consumers.CLAIMS, row.key):
        return  # another worker, after our lease
    if asked is None or found is None:
        return  # switched off, or the conversation was deleted
    events, failures = asked
    queued = failures < SUSPECT or not await _is_full(conn, row)
    for made in expansion.deliveries(row, found, events=events):
        await deliveries.add(conn, row.project, row.subscriber, made, queued=queued, now=ids.now())


async def _facts(conn: pool.Driver, row: ConsumerEvent) -> Facts | None:
    if row.kind == DELETED:
        return Facts()
    visitor = await facts.visitor(conn, row)
    if visitor is None:
        return None
    if row.conversation is None:
        return Facts(visitor)
    state = await facts.state(conn, row)
    if state is None:
        return None
    seq = await _seq(conn, row)
    message = None if seq is None else await facts.message(conn, row, seq=seq)
    return Facts(visitor, state, message, await facts.changed(conn, row) if row.kind in CHANGES else None)


async def _seq(conn: pool.Driver, row: ConsumerEvent) -> int | None:
    """Of the message that the event is about."""
    if row.kind == "message_posted":
        return row.seq
    if row.details is None:
        return None
    if row.details.request:
        return await facts.request_seq(conn, row, ids.parse(row.details.request))
    return row.details.seq or None


async def _is_full(conn: pool.Driver, row: ConsumerEvent) -> bool:
    """A receiver that fails for days must not fill the disk; what is dropped can be replayed."""
    count = await deliveries.queued(conn, row.project, row.subscriber, at_most=deliveries.MAX_QUEUED)
    if count < deliveries.MAX_QUEUED:
        return False
    log(Log.WEBHOOK_FULL, level=logging.WARNING, project=row.project, webhook=row.subscriber, queued=count)
    return True
