"""Hop 7: consumer `webhooks`: makes deliveries of an event, in the transaction in which its row goes."""

import logging
from typing import Final

from core import ids
from core.db import claims, consumers
from core.db.consumers import ConsumerEvent
from core.db.webhooks import deliveries, facts
from core.telemetry.log import Log, log
from core.webhooks import expansion
from core.webhooks.expansion import Facts
from worker import pool

SUSPECT: Final = 5  # failures in a row, after which the length of the queue is looked at


async def work(conn: pool.Driver, row: ConsumerEvent) -> None:
    """The deliveries of one event for one webhook. Work of `consumer_events.work_off`."""
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
    visitor = await facts.visitor(conn, row)
    if visitor is None:
        return None
    if row.conversation is None:
        return Facts(visitor)
    state = await facts.state(conn, row)
    if state is None:
        return None
    posted = await facts.posted(conn, row) if row.kind == "message_posted" else None
    return Facts(visitor, state, posted, await facts.changed(conn, row))


async def _is_full(conn: pool.Driver, row: ConsumerEvent) -> bool:
    """A receiver that fails for days must not fill the disk; what is dropped can be replayed."""
    count = await deliveries.queued(conn, row.project, row.subscriber, at_most=deliveries.MAX_QUEUED)
    if count < deliveries.MAX_QUEUED:
        return False
    log(Log.WEBHOOK_FULL, level=logging.WARNING, project=row.project, webhook=row.subscriber, queued=count)
    return True
