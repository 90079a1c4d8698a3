"""Delivered messages: bounded, coalesced per conversation, in signals of a bounded size."""

from typing import cast

import trio
from trio.testing import MockClock

from core import ids
from core.bus.connection import Redis
from core.ids import ConversationId, ProjectId, VisitorId
from core.signals import Delivered
from server.gateway.deliveries import BATCH_SIZE, INTERVAL, MAX_QUEUE, Deliveries
from server.gateway.ingress import SignalPublisher

PROJECT, OTHER = ProjectId(ids.make()), ProjectId(ids.make())
VISITOR = VisitorId(ids.make())


def publishing() -> tuple[Deliveries, SignalPublisher]:
    publisher = SignalPublisher(cast("Redis", None))  # queues only: nothing runs it
    return Deliveries(publisher), publisher


def test_only_the_furthest_position_of_a_conversation_is_published() -> None:
    made, publisher = publishing()
    talk, other = ConversationId(ids.make()), ConversationId(ids.make())
    for seq in (3, 5, 4):
        made.add(PROJECT, talk, VISITOR, seq)
    made.add(OTHER, other, VISITOR, 1)
    made.publish()
    made.publish()
    assert publisher._signals == [
        Delivered(PROJECT, [(talk, VISITOR, 5)]),
        Delivered(OTHER, [(other, VISITOR, 1)]),
    ]


def test_what_waits_and_what_a_signal_holds_is_bounded() -> None:
    made, publisher = publishing()
    for _ in range(MAX_QUEUE + 10):
        made.add(PROJECT, ConversationId(ids.make()), VISITOR, 1)
    made.publish()
    sizes = [len(one.reached) for one in publisher._signals if isinstance(one, Delivered)]
    assert sizes == [BATCH_SIZE] * (MAX_QUEUE // BATCH_SIZE)


async def test_a_burst_costs_two_signals_and_not_one_for_each_message(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    made, publisher = publishing()
    nursery.start_soon(made.run)
    talk = ConversationId(ids.make())
    for seq in range(1, 101):
        made.add(PROJECT, talk, VISITOR, seq)
        await trio.sleep(INTERVAL / 200)
    await trio.sleep(INTERVAL)
    assert publisher._signals == [
        Delivered(PROJECT, [(talk, VISITOR, 1)]),
        Delivered(PROJECT, [(talk, VISITOR, 100)]),
    ]
