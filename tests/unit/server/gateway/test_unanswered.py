"""Which socket waits for the answer to a message; and `queued`, sent only when `stored` takes long."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock

from core.ids import Ref, VisitorId
from core.telemetry.metrics import Metric, Timing, counters, timings
from server.gateway import unanswered as module
from server.gateway.hub import Hub
from server.gateway.unanswered import QUEUED_AFTER, Unanswered
from tests.client import QUEUED
from tests.unit.server.gateway.peers import ANN, BOB, Listener

FIRST, SECOND, THIRD = (Ref(number * 16) for number in (b"1", b"2", b"3"))


def tab(hub: Hub | None = None, visitor: VisitorId = ANN) -> Listener:
    peer = Listener()
    (hub or Hub()).enter_visitor(peer, visitor)
    return peer


def send(unanswered: Unanswered, peer: Listener, ref: Ref, *, rid: int = 7, visitor: VisitorId = ANN) -> None:
    """The peer sends a message, and Redis accepts it."""
    unanswered.add(peer, visitor, ref, rid=rid)
    unanswered.accepted(visitor, ref)


@asynccontextmanager
async def running() -> AsyncIterator[Unanswered]:
    unanswered = Unanswered()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(unanswered.run)
        await trio.testing.wait_all_tasks_blocked()
        yield unanswered
        nursery.cancel_scope.cancel()


async def test_a_text_whose_answer_takes_long_gets_one_queued_frame(
    autojump_clock: MockClock,
) -> None:
    peer = tab()
    async with running() as unanswered:
        send(unanswered, peer, FIRST)
        await trio.sleep(QUEUED_AFTER * 0.9)
        assert peer.frames == []
        await trio.sleep(QUEUED_AFTER * 1.5)
        assert peer.frames == [[QUEUED, 7, FIRST]]
        await trio.sleep(QUEUED_AFTER * 5)
        assert len(peer.frames) == 1


async def test_a_text_that_was_answered_gets_no_queued_frame(autojump_clock: MockClock) -> None:
    peer = tab()
    async with running() as unanswered:
        send(unanswered, peer, FIRST, rid=1)
        send(unanswered, peer, SECOND, rid=2)
        unanswered.answered(ANN, FIRST)
        unanswered.answered(BOB, SECOND)  # another visitor's text with the same ref
        await trio.sleep(QUEUED_AFTER * 3)
        assert peer.frames == [[QUEUED, 2, SECOND]]


async def test_texts_that_arrive_while_others_wait_have_their_own_timeout(autojump_clock: MockClock) -> None:
    peer = tab()
    async with running() as unanswered:
        send(unanswered, peer, FIRST, rid=1)
        await trio.sleep(QUEUED_AFTER * 0.9)
        send(unanswered, peer, SECOND, rid=2)
        await trio.sleep(QUEUED_AFTER * 0.2)
        assert peer.frames == [[QUEUED, 1, FIRST]]
        await trio.sleep(QUEUED_AFTER * 2)
        assert peer.frames == [[QUEUED, 1, FIRST], [QUEUED, 2, SECOND]]


async def test_a_text_that_redis_does_not_have_is_never_reported_as_queued(autojump_clock: MockClock) -> None:
    peer = tab()
    async with running() as unanswered:
        unanswered.add(peer, ANN, FIRST, rid=1)
        await trio.sleep(QUEUED_AFTER * 9)
        unanswered.acknowledge()
        assert peer.frames == []
        unanswered.accepted(ANN, FIRST)
        await trio.sleep(QUEUED_AFTER * 3)
        assert peer.frames == [[QUEUED, 1, FIRST]]


async def test_the_same_text_from_another_tab_is_answered_to_the_later_tab(
    autojump_clock: MockClock,
) -> None:
    earlier, later = tab(), tab()
    async with running() as unanswered:
        send(unanswered, earlier, FIRST, rid=1)
        send(unanswered, later, FIRST, rid=9)
        await trio.sleep(QUEUED_AFTER * 3)
        assert (earlier.frames, later.frames) == ([], [[QUEUED, 9, FIRST]])
        unanswered.gone(earlier)  # its end is not the end of the other's wait
        sent = unanswered.answered(ANN, FIRST)
        assert sent is not None and (sent.peer, sent.rid) == (later, 9)


async def test_accepted_texts_can_be_acknowledged_at_once(autojump_clock: MockClock) -> None:
    peer, unanswered = tab(), Unanswered()
    send(unanswered, peer, FIRST)
    unanswered.acknowledge()
    assert peer.frames == [[QUEUED, 7, FIRST]]


async def test_an_answer_names_the_socket_and_the_request_once(autojump_clock: MockClock) -> None:
    peer, unanswered = tab(), Unanswered()
    for rid, ref in ((5, FIRST), (0, SECOND)):  # 0 is a rid like any other
        send(unanswered, peer, ref, rid=rid)
        sent = unanswered.answered(ANN, ref)
        assert sent is not None and (sent.peer, sent.rid) == (peer, rid)
        assert unanswered.answered(ANN, ref) is None
    assert len(unanswered) == 0


async def test_an_answer_that_comes_after_queued_still_finds_its_socket(autojump_clock: MockClock) -> None:
    peer = tab()
    async with running() as unanswered:
        send(unanswered, peer, FIRST)
        await trio.sleep(QUEUED_AFTER * 3)
        sent = unanswered.answered(ANN, FIRST)
        assert sent is not None and sent.peer is peer and not peer.unanswered


async def test_an_answer_that_overtakes_the_one_of_redis_leaves_nothing(autojump_clock: MockClock) -> None:
    peer = tab()
    async with running() as unanswered:
        unanswered.add(peer, ANN, FIRST, rid=1)
        assert unanswered.answered(ANN, FIRST) is not None
        unanswered.accepted(ANN, FIRST)
        await trio.sleep(QUEUED_AFTER * 3)
        assert (len(unanswered), peer.frames) == (0, [])


async def test_nobody_waits_for_a_text_that_redis_refused(autojump_clock: MockClock) -> None:
    peer, other, unanswered = tab(), tab(), Unanswered()
    unanswered.add(peer, ANN, FIRST, rid=1)
    unanswered.withdraw(peer, ANN, FIRST, rid=1)
    assert unanswered.answered(ANN, FIRST) is None
    unanswered.add(peer, ANN, FIRST, rid=1)
    unanswered.add(other, ANN, FIRST, rid=2)
    unanswered.withdraw(peer, ANN, FIRST, rid=1)
    assert unanswered.answered(ANN, FIRST) is not None, "the other tab's own is still under way"
    unanswered.add(peer, ANN, FIRST, rid=1)
    unanswered.add(peer, ANN, FIRST, rid=2)  # sent again while the first was waiting for Redis
    unanswered.withdraw(peer, ANN, FIRST, rid=1)
    assert unanswered.answered(ANN, FIRST) is not None


async def test_a_socket_that_ends_takes_its_texts_along(autojump_clock: MockClock) -> None:
    peer, other = tab(), tab()
    async with running() as unanswered:
        send(unanswered, peer, FIRST)
        await trio.sleep(QUEUED_AFTER * 3)
        send(unanswered, peer, SECOND)
        send(unanswered, other, THIRD)
        unanswered.gone(peer)
        assert len(unanswered) == 1
        assert unanswered.answered(ANN, FIRST) is unanswered.answered(ANN, SECOND) is None
        assert unanswered.answered(ANN, THIRD) is not None
        unanswered.gone(peer)


async def test_a_socket_without_answers_keeps_a_bounded_number_of_texts(autojump_clock: MockClock) -> None:
    peer, other, unanswered = tab(), tab(), Unanswered()
    before = counters[Metric.UNANSWERED_FORGOTTEN]
    refs = [Ref(bytes([number]) * 16) for number in range(module.OF_SOCKET + 3)]
    send(unanswered, other, THIRD)
    for ref in refs:
        send(unanswered, peer, ref)
    assert peer.unanswered is not None and len(peer.unanswered) == module.OF_SOCKET
    assert counters[Metric.UNANSWERED_FORGOTTEN] == before + 3
    assert [unanswered.answered(ANN, ref) for ref in refs[:3]] == [None] * 3
    assert unanswered.answered(ANN, refs[3]) is not None
    assert unanswered.answered(ANN, THIRD) is not None, "another socket's are not touched"


async def test_a_process_without_answers_keeps_a_bounded_number_of_texts(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OF_PROCESS", 2)
    one, two, three = tab(), tab(), tab()
    async with running() as unanswered:
        send(unanswered, one, FIRST)
        await trio.sleep(QUEUED_AFTER * 3)
        send(unanswered, two, SECOND)
        send(unanswered, three, THIRD)
        assert len(unanswered) == 2
        assert (unanswered.answered(ANN, FIRST), one.unanswered) == (None, {})
        assert unanswered.answered(ANN, SECOND) is not None


async def test_the_time_from_redis_to_the_answer_is_measured(autojump_clock: MockClock) -> None:
    peer, unanswered = tab(), Unanswered()
    before = timings[Timing.STORED].total
    send(unanswered, peer, FIRST)
    await trio.sleep(1.5)
    unanswered.answered(ANN, FIRST)
    assert timings[Timing.STORED].total - before == pytest.approx(1.5)
