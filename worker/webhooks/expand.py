"""Hop 7: consumer `webhooks`: makes deliveries of an event, in the transaction in which its row goes."""

import logging
from collections.abc import Sequence
from typing import Final

from core import ids
from core.db import claims, consumers, locks
from core.db.consumers import ConsumerEvent
from core.db.webhooks import deliveries, facts
from core.db.webhooks.deliveries import NewDelivery
from core.db.webhooks.facts import Place
from core.events import DELETED
from core.ids import ProjectId
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
    await _expand(conn, [row])


async def work_together(conn: pool.Driver, rows: Sequence[ConsumerEvent]) -> Sequence[ConsumerEvent]:
    """The same for many, in a dozen statements; returns those whose message is being altered just now."""
    names = {ids.text(row.conversation) for row in rows if row.conversation is not None}
    free = await locks.share_free(conn, locks.PAYLOADS, sorted(names))
    busy = [row for row in rows if row.conversation is not None and ids.text(row.conversation) not in free]
    left_out = {row.key for row in busy}
    ready = [row for row in rows if row.key not in left_out]
    if ready:
        await _expand(conn, ready)
    return busy


async def _expand(conn: pool.Driver, rows: Sequence[ConsumerEvent]) -> None:
    asked = await facts.subscriptions(conn, rows)
    found = await _facts(conn, [row for row in rows if (row.project, row.subscriber) in asked])
    ours = await consumers.done(conn, rows)  # the others: another worker's, after our lease
    full: dict[tuple[ProjectId, bytes], bool] = {}
    made: list[NewDelivery] = []
    for row in rows:
        about = found.get(row.key)
        if about is None or row.key not in ours:
            continue  # switched off, or the conversation was deleted
        webhook = (row.project, row.subscriber)
        if webhook not in full:
            full[webhook] = asked[webhook].failures >= SUSPECT and await _is_full(conn, row)
        made += expansion.deliveries(row, about, events=asked[webhook].events, queued=not full[webhook])
    if made:
        await deliveries.add(conn, made, now=ids.now())


async def _facts(conn: pool.Driver, rows: Sequence[ConsumerEvent]) -> dict[claims.Key, Facts]:
    """By the rows' keys, of those that there is something to say about."""
    living = [row for row in rows if row.kind != DELETED]
    visitors = await facts.visitors(conn, living) if living else {}
    in_chats = [row for row in living if row.conversation is not None]
    states = await facts.states(conn, in_chats) if in_chats else {}
    places = {row.key: place for row in in_chats if (place := await _place(conn, row)) is not None}
    messages = await facts.messages(conn, sorted(set(places.values()))) if places else {}
    changing = [row for row in in_chats if row.kind in CHANGES]
    changes = await facts.changes(conn, changing) if changing else {}
    found: dict[claims.Key, Facts] = {row.key: Facts() for row in rows if row.kind == DELETED}
    for row in living:
        visitor = None if row.visitor is None else visitors.get((row.project, row.visitor))
        if visitor is None:
            continue
        if row.conversation is None:
            found[row.key] = Facts(visitor)
            continue
        state = states.get((row.project, row.conversation))
        if state is None:
            continue
        place = places.get(row.key)
        message = None if place is None else messages.get(place)
        found[row.key] = Facts(visitor, state, message, changes.get((row.project, row.event)))
    return found


async def _place(conn: pool.Driver, row: ConsumerEvent) -> Place | None:
    """Of the message that the event is about."""
    seq = await _seq(conn, row)
    return None if seq is None or row.conversation is None else (row.project, row.conversation, seq)


async def _seq(conn: pool.Driver, row: ConsumerEvent) -> int | None:
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
