"""What peers receive of edited, redacted and delivered messages."""

import pytest
import trio

from core import signals
from core.events import MessageEdited, MessageRedacted
from tests.client import CHANGED, DELIVERED
from tests.unit.server.gateway.peers import ANN, BOB, MAI, SHOP, TALK
from tests.unit.server.gateway.test_egress import MESSAGE_ID, Shop, posted


def altered(*, kind: str = "text", redacted: bool = False) -> MessageEdited | MessageRedacted:
    head = (SHOP.id, TALK, 4, ANN, 9, 2, 3, MESSAGE_ID, kind, "agent", MAI, "Mai")
    return MessageRedacted(*head) if redacted else MessageEdited(*head, "better")


async def test_an_edit_goes_to_both_sides_and_only_agents_learn_who_made_it(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    await shop.hear(altered())
    assert shop.received() == [[CHANGED], [CHANGED], [], [CHANGED], [], []]
    message = {"seq": 3, "id": MESSAGE_ID, "version": 2, "body": "better", "content": None, "edited_at": 9}
    assert shop.tab.frames == [[CHANGED, TALK, 4, 9, {"message": message}, 2]]
    by = {"by_party": "agent", "by": MAI, "by_name": "Mai"}
    assert shop.agent.frames == [[CHANGED, TALK, 4, 9, {**by, "message": message}, 2]]


async def test_a_redaction_has_no_text(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    await shop.hear(altered(redacted=True))
    message = {"seq": 3, "id": MESSAGE_ID, "version": 2, "body": "", "content": None, "redacted_at": 9}
    assert shop.tab.frames[0][4] == {"message": message}


@pytest.mark.parametrize("redacted", [False, True])
async def test_of_a_note_a_visitor_learns_the_number_of_the_change_only(
    nursery: trio.Nursery, redacted: bool
) -> None:
    shop = Shop(nursery)
    await shop.hear(altered(kind="note", redacted=redacted))
    assert shop.tab.frames == [[CHANGED, TALK, 4, 9, {}, 2]]
    assert shop.agent.frames[0][4]["message"]["version"] == 2


async def test_a_reply_that_a_visitors_socket_got_is_delivered_for_agents_who_watch(
    nursery: trio.Nursery,
) -> None:
    shop = Shop(nursery)
    shop.hub.watch(shop.idle, TALK, ANN)
    await shop.hear(posted(seq=1), posted(seq=2, author_party="agent", author=MAI))
    await shop.hear(posted(seq=3, author_party="assistant"), posted(seq=4, author_party="agent", kind="note"))
    shop.deliveries.publish()
    (signal,) = shop.signal_publisher._signals
    assert signal == signals.Delivered(SHOP.id, [(TALK, ANN, 3)]), "coalesced; a note is not for visitors"
    shop.agent.frames.clear()
    await shop.hear(signal)
    assert shop.idle.frames[-1] == [DELIVERED, TALK, 3]
    assert shop.agent.frames == [], "it has the inbox on screen, and not this conversation"


async def test_nothing_is_delivered_to_a_visitor_without_a_socket(nursery: trio.Nursery) -> None:
    shop = Shop(nursery)
    shop.hub.leave(shop.bob)
    await shop.hear(posted(visitor=BOB, author_party="agent", author=MAI))
    shop.deliveries.publish()
    assert shop.signal_publisher._signals == []
