"""Which peers receive which frames of a room; one bad item or one slow crowd stops no other delivery."""

from collections.abc import Hashable
from typing import cast

import msgspec
import pytest
import trio
import trio.testing
from trio.testing import MockClock

from core import events, signals
from core.bus.connection import Redis
from core.errors import Refusal
from core.events import MessagePosted
from core.ids import NO_SOCKET, MessageId, Ref
from core.signals import RoomItem, batch
from core.telemetry.metrics import Metric, counters
from protocol import limits
from protocol.codec import JSON
from protocol.from_server import Drain, Resync
from server.api.app import RESOURCES
from server.gateway import egress, translate
from server.gateway.deliveries import Deliveries
from server.gateway.egress import Egress
from server.gateway.encoded import EncodedOnce
from server.gateway.hub import Hub
from server.gateway.ingress import SignalPublisher
from server.gateway.mailbox import Mailbox
from server.gateway.projects import Projects
from server.gateway.restrictions import Restrictions
from server.gateway.unanswered import Unanswered
from server.pool import Database
from tests.client import (
    CHANGED,
    DRAIN,
    ERROR,
    MESSAGE,
    PAGE,
    PRESENCE,
    READ,
    RESYNC,
    STORED,
    TOUCHED,
    TYPING,
)
from tests.unit.server.gateway.peers import ANN, BOB, MAI, OTHER, SHOP, TALK, Listener

REF, MESSAGE_ID = Ref(b"r" * 16), MessageId(b"i" * 16)


def nowhere() -> Projects:
    """Knows no project, and queries no database."""
    return Projects(cast("Database", None))


class Shop:
    """Two tabs of Ann, one of Bob, two agents (one watches the inbox), and an agent of another project."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.hub = Hub()
        self.unanswered = Unanswered()
        self.signal_publisher = SignalPublisher(cast("Redis", None))  # queues only: nothing runs it
        self.deliveries = Deliveries(self.signal_publisher)
        self.egress = Egress(
            self.hub,
            nowhere(),
            self.unanswered,
            self.signal_publisher,
            Restrictions(self.hub, cast("Database", None)),
            self.deliveries,
            nursery,
        )
        self.tab, self.other_tab, self.bob = Listener(), Listener(), Listener()
        self.agent, self.idle, self.stranger = Listener(), Listener(), Listener(OTHER)
        self.hub.enter_visitor(self.tab, ANN)
        self.hub.enter_visitor(self.other_tab, ANN)
        self.hub.enter_visitor(self.bob, BOB)
        self.hub.enter_agent(self.agent, MAI)
        self.hub.enter_agent(self.idle, MAI)
        self.hub.enter_agent(self.stranger, MAI)
        self.hub.watch_inbox(self.agent, on=True)

    async def hear(self, *items: RoomItem) -> None:
        await self.egress.hear(batch([signals.encode(item) for item in items]))

    def received(self) -> list[list[int]]:
        """Frame types, by peer: tab, other tab, bob, agent, idle agent, agent of another project."""
        broadcast = (self.tab, self.other_tab, self.bob, self.agent, self.idle, self.stranger)
        return [peer.kinds for peer in broadcast]


def posted(**more: object) -> MessagePosted:
    made = MessagePosted(
        SHOP.id, TALK, 1, ANN, MESSAGE_ID, REF, "visitor", ANN, "", 9, "text", "hello", {}, None
    )
    return msgspec.structs.replace(made, **more)


async def test_a_visitors_message_is_stored_for_all_tabs_and_shown_to_the_others_and_the_inbox(
    nursery: trio.Nursery,
) -> None:
    shop = Shop(nursery)
    shop.unanswered.add(shop.tab, ANN, REF, rid=7)
    await shop.hear(posted())
    assert shop.received() == [[STORED], [STORED, MESSAGE], [], [MESSAGE], [], []]
    assert shop.tab.online_visitor is not None and shop.tab.online_visitor.conversation == TALK


async def test_an_agents_message_goes_to_every_tab_and_the_inbox(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    await shop.hear(posted(author_party="agent", author=MAI))
    assert shop.received() == [[MESSAGE], [MESSAGE], [], [MESSAGE], [], []]


async def test_a_note_never_goes_to_a_visitor(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    await shop.hear(posted(author_party="agent", author=MAI, kind="note"))
    assert shop.received() == [[], [], [], [MESSAGE], [], []]


async def test_a_message_that_reopens_sends_the_change_to_both_sides(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    shop.unanswered.add(shop.tab, ANN, REF, rid=7)
    await shop.hear(posted(reopened=True))
    assert shop.received() == [[STORED, CHANGED], [STORED, MESSAGE, CHANGED], [], [MESSAGE, CHANGED], [], []]


async def test_a_repeated_text_is_acknowledged_to_its_visitor_alone(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    await shop.hear(events.MessageRepeated(SHOP.id, TALK, 1, ANN, MESSAGE_ID, REF, 9))
    assert shop.received() == [[STORED], [STORED], [], [], [], []]


async def test_a_refusal_goes_to_the_socket_that_asked(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    shop.unanswered.add(shop.other_tab, ANN, REF, rid=7)
    refused = events.CommandRefused(SHOP.id, ANN, NO_SOCKET, 0, REF, Refusal.NOT_FOUND)
    await shop.hear(refused, refused)
    assert shop.received() == [[], [ERROR], [], [], [], []]
    assert shop.other_tab.frames[0][1] == 7


async def test_a_refusal_of_another_process_is_dropped(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    shop.unanswered.add(shop.tab, ANN, Ref(b"o" * 16), rid=7)
    await shop.hear(events.CommandRefused(SHOP.id, ANN, NO_SOCKET, 0, REF, Refusal.NOT_FOUND))
    assert shop.received() == [[]] * 6


async def test_without_the_sender_every_tab_gets_the_message(nursery: trio.Nursery) -> None:
    """It was forgotten, or the event came twice: a tab recognises its own text by the ref."""
    shop = Shop(nursery)
    shop.unanswered.add(shop.tab, ANN, REF, rid=7)
    await shop.hear(posted())
    await shop.hear(posted())
    assert shop.tab.kinds == [STORED, STORED, MESSAGE]
    assert shop.tab.frames[2][4] == REF


async def test_events_of_a_worker_of_0_2_0_are_answered_alike(nursery: trio.Nursery) -> None:
    """They name the socket, and are matched by the ref all the same."""
    shop = Shop(nursery)
    shop.unanswered.add(shop.tab, ANN, REF, rid=7)
    shop.unanswered.add(shop.other_tab, ANN, Ref(b"o" * 16), rid=8)
    refused = events.CommandRefused(SHOP.id, ANN, shop.other_tab.id, 8, Ref(b"o" * 16), Refusal.CONFLICT)
    await shop.hear(posted(origin=shop.tab.id), refused)
    assert shop.received() == [[STORED], [ERROR, STORED, MESSAGE], [], [MESSAGE], [], []]


async def test_changes_and_read_marks_go_to_both_sides(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    await shop.hear(
        events.ConversationChanged(SHOP.id, TALK, 1, ANN, 9, MAI, assigned=True, assignee=MAI),
        events.ConversationRead(SHOP.id, TALK, 1, ANN, "agent", MAI, "Mai", 9),
    )
    assert shop.received() == [[CHANGED, READ], [CHANGED, READ], [], [CHANGED, READ], [], []]
    assert shop.tab.frames[0][4].get("assignee") is None and shop.agent.frames[0][4]["assignee"] == MAI


async def test_typing_of_a_visitor_goes_to_agents_and_of_an_agent_to_both(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    await shop.hear(signals.Typed(SHOP.id, TALK, ANN, "visitor", ANN, "", True))
    assert shop.received() == [[], [], [], [TYPING], [], []]
    await shop.hear(signals.Typed(SHOP.id, TALK, ANN, "agent", MAI, "Mai", True))
    assert shop.received() == [[TYPING], [TYPING], [], [TYPING, TYPING], [], []]
    assert all(name is not None for name in shop.agent.coalesce_key), "it may be dropped for a slow peer"


async def test_page_views_go_to_the_agents_who_watch_that_visitor(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    shop.hub.watch(shop.idle, TALK, ANN)
    await shop.hear(
        signals.PageSeen(SHOP.id, ANN, "https://shop.example/", "Shop", 9),
        signals.PageSeen(SHOP.id, BOB, "https://shop.example/", "Shop", 9),
    )
    assert shop.received() == [[], [], [], [], [PAGE], []]


async def test_presence_goes_to_the_inbox_and_surplus_sockets_are_closed(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    await shop.hear(
        signals.PresenceChanged(SHOP.id, [(ANN, True)]),
        signals.SocketsClosed(SHOP.id, [shop.other_tab.id], 4010),
    )
    assert shop.received() == [[], [], [], [PRESENCE], [], []]
    assert (shop.tab.closed, shop.other_tab.closed) == ([], [4010])


async def test_a_changed_resource_is_sent_to_agents_at_the_inbox_and_to_no_visitor(
    nursery: trio.Nursery,
) -> None:
    shop = Shop(nursery)
    shop.hub.watch(shop.idle, TALK, ANN)
    await shop.hear(
        signals.ResourceChanged(SHOP.id, "project", None, 7),
        signals.ResourceChanged(SHOP.id, "members", MAI),
        signals.ResourceChanged(OTHER.id, "members", MAI),
    )
    assert shop.received() == [[], [], [], [TOUCHED, TOUCHED], [], []]
    assert shop.agent.frames == [[TOUCHED, "project", None, 7], [TOUCHED, "members", MAI, None]]


def test_a_touched_resource_is_a_tag_of_the_api() -> None:
    assert {*signals.Resource} <= {routes.resource for routes in RESOURCES}


async def test_a_slow_agent_gets_a_changed_resource_once(nursery: trio.Nursery) -> None:
    shop, mailbox = Shop(nursery), Mailbox(bytes(limits.MAILBOX_SOFT_BYTES + 1))

    class Slow(Listener):
        __slots__ = ()

        def write(self, data: bytes, *, coalesce_key: Hashable = None, last: bool = False) -> None:
            assert mailbox.put(data, coalesce_key)

    slow = Slow()
    shop.hub.enter_agent(slow, MAI)
    shop.hub.watch_inbox(slow, on=True)
    for version in range(1, 1_000):
        await shop.hear(
            signals.ResourceChanged(SHOP.id, "project", None, version),
            signals.ResourceChanged(SHOP.id, "members", MAI),
            signals.ResourceChanged(SHOP.id, "members", BOB),
        )
    mailbox.take()
    receiver = Listener()
    receiver.write(mailbox.take())
    assert receiver.frames == [
        [TOUCHED, "project", None, 999],
        [TOUCHED, "members", MAI, None],
        [TOUCHED, "members", BOB, None],
    ]


async def test_an_ended_session_closes_its_own_sockets(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    shop.agent.user, shop.agent.sign_in = MAI, b"one"
    shop.idle.user, shop.idle.sign_in = MAI, b"two"
    await shop.hear(signals.SessionEnded(SHOP.id, MAI, b"one"))
    assert (shop.agent.closed, shop.idle.closed) == ([4506], [])
    await shop.hear(signals.SessionEnded(SHOP.id, MAI, None))
    assert shop.idle.closed == [4506]


async def test_a_whole_payload_is_one_write_to_a_peer(nursery: trio.Nursery) -> None:
    shop, writes = Shop(nursery), 0
    one = shop.agent

    class Counting(Listener):
        __slots__ = ()

        def write(self, data: bytes, **given: object) -> None:
            nonlocal writes
            writes += 1

    counting = Counting()
    shop.hub.enter_agent(counting, MAI)
    shop.hub.watch_inbox(counting, on=True)
    await shop.hear(*[posted(seq=seq) for seq in range(1, 50)])
    assert (writes, len(one.frames)) == (1, 49)


async def test_a_frame_is_encoded_once_for_each_codec() -> None:
    encoded = 0

    class Counting:
        text = False

        def encode(self, _: object) -> bytes:
            nonlocal encoded
            encoded += 1
            return b"x"

    codec = Counting()
    copies = EncodedOnce(Resync())
    assert [copies.of(codec) for _ in range(1_000)] == [b"\x82\x01x"] * 1_000  # type: ignore[arg-type]
    assert encoded == 1 and copies.of(JSON) == b"\x81\x04[40]"


async def test_an_unreadable_payload_or_an_item_that_fails_stops_no_other_item(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(nursery)
    monkeypatch.setattr(translate, "typing", lambda _: 1 / 0)
    for payload in (b"", b"\xc1", b"\x90", b"\x91\x91\x63", b"not ours"):
        await shop.egress.hear(payload)
    await shop.hear(
        signals.Typed(SHOP.id, TALK, ANN, "visitor", ANN, "", True),
        posted(author_party="agent", author=MAI),
    )
    assert shop.received() == [[MESSAGE], [MESSAGE], [], [MESSAGE], [], []]


async def test_agent_counts_are_coalesced_so_that_visitors_get_only_the_latest(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    shop = Shop(nursery)
    await shop.hear(*[signals.AgentsChanged(SHOP.id, online) for online in range(10)])
    await trio.testing.wait_all_tasks_blocked()
    assert [frame[1] for frame in shop.bob.frames] == [9]
    assert shop.received() == [[PRESENCE], [PRESENCE], [PRESENCE], [], [], []]


async def test_after_a_lost_subscription_every_peer_is_asked_to_resync(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    shop.egress.resync()
    await trio.testing.wait_all_tasks_blocked()
    assert shop.received() == [[RESYNC]] * 6


async def test_a_broadcast_to_a_crowd_lets_other_tasks_run_in_between(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    crowd = [Listener() for _ in range(egress.CHUNK * 3)]
    for number, peer in enumerate(crowd):
        shop.hub.enter_visitor(peer, type(ANN)(number.to_bytes(16, "big")))
    shop.egress.broadcast(Drain(0, 1))
    await trio.lowlevel.checkpoint()
    await trio.lowlevel.checkpoint()
    reached = sum(bool(peer.frames) for peer in crowd)
    assert 0 < reached < len(crowd), "other tasks ran in between"
    await trio.testing.wait_all_tasks_blocked()
    assert all(peer.kinds == [DRAIN] for peer in crowd)


async def test_an_event_without_listeners_costs_nothing(nursery: trio.Nursery) -> None:
    before = counters[Metric.FRAMES_SENT]
    publisher = SignalPublisher(cast("Redis", None))
    hub, deliveries = Hub(), Deliveries(publisher)
    restrictions = Restrictions(hub, cast("Database", None))
    egress = Egress(hub, nowhere(), Unanswered(), publisher, restrictions, deliveries, nursery)
    await egress.hear(batch([signals.encode(posted())]))
    assert counters[Metric.FRAMES_SENT] == before


async def test_any_answer_to_a_text_replaces_its_queued_ack(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    refs = [Ref(bytes([number]) * 16) for number in range(3)]
    for ref in refs:
        shop.unanswered.add(shop.tab, ANN, ref, rid=9)
        shop.unanswered.accepted(ANN, ref)
    await shop.hear(
        posted(ref=refs[0]),
        events.MessageRepeated(SHOP.id, TALK, 3, ANN, MESSAGE_ID, refs[1], 5),
        events.CommandRefused(SHOP.id, ANN, NO_SOCKET, 0, refs[2], Refusal.CONFLICT),
    )
    shop.unanswered.acknowledge()
    assert shop.tab.kinds == [ERROR, STORED, STORED]  # batched frames are sent last
