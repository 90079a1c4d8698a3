"""The `queued` frame: sent only for a text whose `stored` takes long."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from trio.testing import MockClock

from core.commands import PostMessage
from core.ids import MessageId, Ref, VisitorId
from server.gateway.queued_acks import PATIENCE, QueuedAcks
from tests.client import QUEUED
from tests.unit.server.gateway.peers import ANN, BOB, SHOP, Listener

FIRST, SECOND = Ref(b"1" * 16), Ref(b"2" * 16)


def post(peer: Listener, ref: Ref, *, rid: int = 7, visitor: VisitorId = ANN) -> PostMessage:
    message = MessageId(os.urandom(16))
    return PostMessage(SHOP.id, visitor, ref, message, None, "text", "hello", {}, 1, peer.id, rid)


@asynccontextmanager
async def running() -> AsyncIterator[QueuedAcks]:
    queued_acks = QueuedAcks()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(queued_acks.run)
        await trio.testing.wait_all_tasks_blocked()
        yield queued_acks
        nursery.cancel_scope.cancel()


async def test_a_text_whose_answer_takes_long_gets_one_queued_frame(
    autojump_clock: MockClock,
) -> None:
    tab = Listener()
    async with running() as queued_acks:
        queued_acks.taken(tab, post(tab, FIRST))
        await trio.sleep(PATIENCE * 0.9)
        assert tab.frames == []
        await trio.sleep(PATIENCE * 1.5)
        assert tab.frames == [[QUEUED, 7, FIRST]]
        await trio.sleep(PATIENCE * 5)
        assert len(tab.frames) == 1


async def test_a_text_that_was_answered_gets_no_queued_frame(autojump_clock: MockClock) -> None:
    tab = Listener()
    async with running() as queued_acks:
        queued_acks.taken(tab, post(tab, FIRST, rid=1))
        queued_acks.taken(tab, post(tab, SECOND, rid=2))
        queued_acks.answered(ANN, FIRST)
        queued_acks.answered(BOB, SECOND)  # another visitor's text with the same ref
        await trio.sleep(PATIENCE * 3)
        assert tab.frames == [[QUEUED, 2, SECOND]]


async def test_texts_that_arrive_while_others_wait_have_their_own_timeout(autojump_clock: MockClock) -> None:
    tab = Listener()
    async with running() as queued_acks:
        queued_acks.taken(tab, post(tab, FIRST, rid=1))
        await trio.sleep(PATIENCE * 0.9)
        queued_acks.taken(tab, post(tab, SECOND, rid=2))
        await trio.sleep(PATIENCE * 0.2)
        assert tab.frames == [[QUEUED, 1, FIRST]]
        await trio.sleep(PATIENCE * 2)
        assert tab.frames == [[QUEUED, 1, FIRST], [QUEUED, 2, SECOND]]


async def test_the_same_text_from_another_tab_is_acknowledged_to_the_later_tab(
    autojump_clock: MockClock,
) -> None:
    tab, other = Listener(), Listener()
    async with running() as queued_acks:
        queued_acks.taken(tab, post(tab, FIRST, rid=1))
        queued_acks.taken(other, post(other, FIRST, rid=9))
        await trio.sleep(PATIENCE * 3)
        assert (tab.frames, other.frames) == ([], [[QUEUED, 9, FIRST]])


def test_waiting_texts_can_be_acknowledged_at_once() -> None:
    async def main() -> list[list[object]]:
        tab, queued_acks = Listener(), QueuedAcks()
        queued_acks.taken(tab, post(tab, FIRST))
        queued_acks.tell()
        return tab.frames

    assert trio.run(main) == [[QUEUED, 7, FIRST]]
