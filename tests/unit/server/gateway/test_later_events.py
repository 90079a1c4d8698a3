"""Rooms with events of a later release: known events are delivered, and clients fetch the others."""

import msgspec
import pytest
import trio
import trio.testing
from trio.testing import MockClock

from core import events
from core.ids import NO_SOCKET
from core.telemetry.metrics import Metric, counters
from server.gateway import egress
from server.gateway.loss_detector import TELL_EVERY, LossDetector
from tests.client import ERROR, MESSAGE, RESYNC, STORED
from tests.unit.server.gateway.peers import ANN, BOB, MAI, SHOP, TALK
from tests.unit.server.gateway.test_egress import REF, Shop, posted


def later(kind: int, *more: object) -> bytes:
    return msgspec.msgpack.encode([kind, SHOP.id, *more, {"more": [None, 1.5]}])


async def hear(shop: Shop, *items: bytes | events.Event) -> None:
    payload = [item if isinstance(item, bytes) else events.encode(item) for item in items]
    await shop.egress.hear(egress.signals.batch(payload))
    await trio.testing.wait_all_tasks_blocked()


async def test_an_event_of_a_later_release_is_skipped_and_its_clients_resync(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    shop, before = Shop(nursery), counters[Metric.EVENTS_UNREAD]
    with trio.CancelScope() as scope:
        await hear(shop, posted(seq=1), later(21, TALK, 2, ANN), posted(seq=3))
        shown = [STORED, MESSAGE, STORED, MESSAGE, RESYNC]
        assert shop.received() == [shown, shown, [], [MESSAGE, MESSAGE, RESYNC], [], []]
        scope.cancel()
    assert counters[Metric.EVENTS_UNREAD] == before + 1
    assert not any(peer.closed for peer in (shop.tab, shop.other_tab, shop.bob, shop.agent))


async def test_resyncs_are_rate_limited_however_many_unread_events_there_are(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    shop = Shop(nursery)
    for _ in range(50):
        await hear(shop, *[later(21, TALK, 2, ANN) for _ in range(20)])
    assert (shop.tab.kinds, shop.agent.kinds) == ([RESYNC], [RESYNC])
    await trio.sleep(egress.RESYNC_EVERY * 3)
    assert (shop.tab.kinds, shop.agent.kinds) == ([RESYNC] * 2, [RESYNC] * 2)
    await hear(shop, later(21, TALK, 2, BOB))
    assert (shop.bob.kinds, len(shop.tab.kinds), len(shop.agent.kinds)) == ([RESYNC], 2, 3)


async def test_an_unread_event_without_a_conversation_resyncs_agents_alone(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    await hear(shop, later(22, "settings"))
    assert shop.received() == [[], [], [], [RESYNC], [], []]


async def test_a_signal_of_a_later_release_is_skipped_without_a_resync(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    await hear(shop, later(60, TALK, 2, ANN), posted(author_party="agent", author=MAI))
    assert shop.received() == [[MESSAGE], [MESSAGE], [], [MESSAGE], [], []]


async def test_a_message_of_a_later_kind_and_party_is_shown(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    await hear(shop, posted(author_party="assistant", author=MAI, kind="card"))
    assert shop.received() == [[MESSAGE], [MESSAGE], [], [MESSAGE], [], []]
    assert shop.tab.frames[0][5][0] == "assistant" and shop.tab.frames[0][7:9] == ["card", "hello"]


async def test_a_refusal_with_a_reason_of_a_later_release_is_final(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    shop.unanswered.add(shop.tab, ANN, REF, rid=7)
    await hear(shop, events.CommandRefused(SHOP.id, ANN, NO_SOCKET, 0, REF, "quota"))
    assert shop.tab.kinds == [ERROR]
    _, rid, code, _, temporary, _, ref, _ = shop.tab.frames[0]
    assert (rid, code, temporary, ref) == (7, 103, False, REF)


@pytest.mark.parametrize("payload", [b"", b"\xc1", b"\x07", b"not ours", b"\x92\x91\x01"])
async def test_an_unreadable_payload_changes_nothing(nursery: trio.Nursery, payload: bytes) -> None:
    shop = Shop(nursery)
    assert not await shop.egress.hear(payload)
    await trio.testing.wait_all_tasks_blocked()
    assert shop.received() == [[]] * 6


async def test_an_unreadable_payload_counts_as_lost(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    missed: list[bytes] = []
    published = 2

    async def ask(projects: object) -> list[int]:
        return [published]

    loss_detector = LossDetector(ask, missed=missed.append)
    await loss_detector.begin(SHOP.id)
    nursery.start_soon(loss_detector.run)
    published = 3
    loss_detector.heard(SHOP.id, 3)
    await trio.sleep(TELL_EVERY * 1.5)
    assert missed == []
    published = 4
    loss_detector.heard(SHOP.id, 4, read=False)
    await trio.sleep(TELL_EVERY)
    assert missed == [SHOP.id]
