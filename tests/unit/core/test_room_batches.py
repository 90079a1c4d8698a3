"""Room batches that the relay publishes and logs, and what the resume log replays on a reconnect."""

from collections.abc import Sequence

import msgspec
import pytest

from core import events, ids, signals
from core.bus.resume_log import Have, Missed, missed
from core.content import NONE
from core.events import (
    AnswerChanged,
    ConversationChanged,
    ConversationRead,
    Event,
    FormChanged,
    MessageEdited,
    MessagePosted,
    MessageRedacted,
)
from core.ids import ConversationId, MessageId, ProjectId, Ref, UserId, VisitorId
from core.model import OutboxRow, Reader
from core.signals import AgentsChanged, LaterEvent, Resource, ResourceChanged
from worker.relay.stage import PAYLOAD, room_batches

PROJECT = ProjectId(ids.make())
CONVERSATION = ConversationId(ids.make())
VISITOR = VisitorId(ids.make())


def posted(seq: int, body: str = "text", conversation: ConversationId = CONVERSATION) -> MessagePosted:
    some = ids.make()
    return MessagePosted(
        PROJECT,
        conversation,
        seq,
        VISITOR,
        MessageId(some),
        Ref(some),
        "visitor",
        VISITOR,
        "V",
        0,
        "text",
        body,
        {},
        None,
    )


def changed(seq: int) -> ConversationChanged:
    return ConversationChanged(PROJECT, CONVERSATION, seq, VISITOR, 0, UserId(VISITOR), "solved")


def read(seq: int) -> ConversationRead:
    return ConversationRead(PROJECT, CONVERSATION, seq, VISITOR, "agent", ids.make(), "Ann", 0)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 70_000])
def test_a_room_payload_is_one_array_of_the_encoded_items(count: int) -> None:
    one = AgentsChanged(PROJECT, 3)
    assert signals.decode_batch(signals.batch([signals.encode(one)] * count)) == [one] * count


def log(*logged: Event) -> list[bytes]:
    return [events.encode(event) for event in logged]


def since(
    seq: int, change: int | None = None, *, last: int, last_change: int | None = None, log: Sequence[bytes]
) -> Missed:
    return missed(Have(CONVERSATION, seq, change), last=last, last_change=last_change, log=log)


def test_a_client_that_has_every_event_is_answered_without_a_log() -> None:
    answer = since(7, last=7, log=[])
    assert answer.whole
    assert answer.events == []


def test_a_short_gap_is_replayed_in_order() -> None:
    answer = since(5, last=7, log=log(posted(4), posted(5), posted(6), posted(7)))
    assert answer.whole
    assert [event.seq for event in answer.events] == [6, 7]


def test_a_gap_longer_than_the_log_is_reported() -> None:
    assert not since(2, last=7, log=log(posted(5), posted(6), posted(7))).whole


def test_an_expired_log_is_reported() -> None:
    assert not since(5, last=7, log=[]).whole
    assert not since(5, last=0, log=[]).whole


def test_changes_and_read_marks_at_the_clients_seq_are_replayed_again() -> None:
    answer = since(5, last=5, log=log(posted(5), changed(5), read(5), read(4), changed(4)))
    assert answer.whole
    assert answer.events == [changed(5), answer.events[1]]
    assert isinstance(answer.events[1], ConversationRead)


def counted(seq: int, change: int) -> Event:
    """A change with its number."""
    return msgspec.structs.replace(changed(seq), change=change)


@pytest.mark.parametrize(
    ("have", "last_change", "logged", "whole", "replayed"),
    [
        (2, 2, [], True, []),
        (0, 0, [], True, []),
        (1, 2, [counted(5, 2)], True, [2]),
        (1, 3, [counted(4, 2), counted(5, 3)], True, [2, 3]),  # one at a lower seq than the client's
        (1, 2, [counted(5, 2), counted(5, 2)], True, [2, 2]),  # the relay published twice
        (2, 2, [counted(5, 1), counted(5, 2)], True, []),
        (1, 2, [], False, []),  # the log has expired
        (1, 3, [counted(5, 3)], False, [3]),
        (1, 3, [counted(5, 2)], False, [2]),
        (3, 2, [], False, []),  # restored from a backup
        (1, None, [], False, []),  # Redis has lost it
        (1, 1, [changed(5)], True, [0]),  # uncounted, of a release before 0.3
    ],
)
def test_changes_are_replayed_by_their_number_and_a_gap_is_reported(
    have: int, last_change: int | None, logged: list[Event], whole: bool, replayed: list[int]
) -> None:
    answer = since(5, have, last=5, last_change=last_change, log=log(*logged))
    assert answer.whole == whole
    assert [event.change for event in answer.events if isinstance(event, ConversationChanged)] == replayed


def form(change: int) -> FormChanged:
    message = MessageId(VISITOR)
    return FormChanged(
        PROJECT, CONVERSATION, 5, VISITOR, 0, message, "cancelled", None, "agent", VISITOR, "Ann", change
    )


def corrected(change: int) -> AnswerChanged:
    return AnswerChanged(
        PROJECT, CONVERSATION, 5, VISITOR, 0, MessageId(VISITOR), 5, "Order", NONE, VISITOR, "Ann", change
    )


def test_changes_of_forms_count_as_those_of_the_status() -> None:
    answer = since(5, 1, last=5, last_change=4, log=log(counted(5, 2), form(3), corrected(4)))
    assert answer.whole
    assert answer.events == [counted(5, 2), form(3), corrected(4)]
    assert not since(5, 1, last=5, last_change=4, log=log(counted(5, 2), corrected(4))).whole


def test_a_corrected_form_clears_the_log_of_its_conversation_and_of_no_other() -> None:
    other = ConversationId(ids.make())
    (batch,) = room_batches(
        [row(posted(1)), row(posted(1, conversation=other), other), row(corrected(1)), row(posted(2))]
    )
    assert len(batch.items) == 4, "everything is published"
    cleared, untouched = batch.kept
    assert (cleared.cleared, cleared.last_seq) == (True, 5)
    assert cleared.events == [batch.items[2], batch.items[3]]
    assert (untouched.cleared, len(untouched.events)) == (False, 1)


def test_a_message_that_reopened_counts_as_its_change() -> None:
    reopening = msgspec.structs.replace(posted(6), reopened=True, change=3)
    answer = since(5, 1, last=6, last_change=3, log=log(counted(5, 2), reopening))
    assert answer.whole
    assert [event.seq for event in answer.events] == [5, 6]
    assert not since(6, 2, last=6, last_change=3, log=log(reopening)).whole, (
        "its message came, its change did not"
    )


def edited(seq: int, change: int, of: int, body: str = "better") -> MessageEdited:
    return MessageEdited(
        PROJECT,
        CONVERSATION,
        seq,
        VISITOR,
        0,
        change,
        of,
        MessageId(VISITOR),
        "text",
        "agent",
        VISITOR,
        "A",
        body,
    )


def redacted(seq: int, change: int, of: int) -> MessageRedacted:
    return MessageRedacted(
        PROJECT, CONVERSATION, seq, VISITOR, 0, change, of, MessageId(VISITOR), "text", "agent", VISITOR, "A"
    )


def test_an_edit_is_replayed_by_its_number() -> None:
    entries = log(posted(5), edited(5, 2, 3), redacted(5, 3, 5))
    answer = since(5, 1, last=5, last_change=3, log=entries)
    assert answer.whole
    assert answer.events == [edited(5, 2, 3), redacted(5, 3, 5)]
    assert since(5, 3, last=5, last_change=3, log=entries).events == []


def test_a_redaction_clears_what_the_log_has_and_what_came_before_it_in_the_batch() -> None:
    secret, gone, after = posted(5, "my card is 4111"), redacted(5, 1, 5), posted(6)
    (batch,) = room_batches([row(secret), row(gone), row(after)])
    (kept,) = batch.kept
    assert kept.cleared
    assert kept.events == log(gone, after)
    assert batch.items == log(secret, gone, after), "who is connected gets every event"
    assert not since(4, last=6, log=kept.events).whole, "who is not fetches"


def test_without_a_redaction_nothing_is_cleared() -> None:
    (batch,) = room_batches([row(posted(5)), row(edited(5, 1, 5))])
    assert not batch.kept[0].cleared


def later(*head: object, kind: int = 21) -> bytes:
    """An event of a later release; it begins as every conversation event does, unless `head` is given."""
    return msgspec.msgpack.encode([kind, *(head or (PROJECT, CONVERSATION, 6, VISITOR)), {"more": [1.5]}])


def test_an_event_of_a_later_release_in_the_log_is_skipped_and_the_client_fetches() -> None:
    entries = [*log(posted(5), posted(6)), later(), *log(posted(7))]
    answer = since(5, last=7, log=entries)
    assert not answer.whole
    assert [event.seq for event in answer.events] == [6, 7]


def test_an_event_of_a_later_release_below_the_clients_seq_is_ignored() -> None:
    entries = [later(), *log(posted(7), posted(8))]
    assert since(7, last=8, log=entries).whole
    assert not since(6, last=8, log=entries).whole


def test_an_unreadable_log_entry_makes_the_client_fetch() -> None:
    entries = [*log(posted(6)), later("nothing of ours"), *log(posted(7))]
    assert not since(5, last=7, log=entries).whole


def test_unknown_enum_values_and_extra_elements_of_a_later_release_are_read() -> None:
    message = msgspec.msgpack.decode(events.encode(posted(7)))
    message[7], message[11] = "assistant", "card"
    (event,) = since(6, last=7, log=[msgspec.msgpack.encode([*message, "more", {}])]).events
    assert isinstance(event, MessagePosted)
    assert (event.author_party, event.kind, event.reopened) == ("assistant", "card", False)


def test_unreadable_items_of_a_later_release_in_a_payload_are_skipped() -> None:
    one, two = posted(1), posted(2)
    stranger = later(PROJECT, "no conversation")
    signal, nothing = later(PROJECT, 1, kind=events.FIRST_SIGNAL + 90), b"\x07"
    payload = signals.batch([events.encode(one), later(), signal, stranger, nothing, events.encode(two)])
    items, unread = signals.read(payload)
    assert list(items) == [one, two]
    assert list(unread) == [LaterEvent(PROJECT, VISITOR), LaterEvent(PROJECT, None)]


def test_a_changed_resource_survives_the_round_trip_and_the_words_of_a_later_release_too() -> None:
    sent = [
        ResourceChanged(PROJECT, Resource.PROJECT, version=7),
        ResourceChanged(PROJECT, Resource.INVITATIONS, ids.make()),
        ResourceChanged(PROJECT, "webhooks", ids.make(), 3),
    ]
    items, unread = signals.read(signals.batch([signals.encode(one) for one in sent]))
    assert list(items) == sent
    assert not unread


def test_a_release_before_the_signal_skips_it_and_asks_no_client_to_resync(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    earlier = Event | signals.Typed | AgentsChanged
    monkeypatch.setattr(signals, "decode_batch", msgspec.msgpack.Decoder(list[earlier]).decode)
    monkeypatch.setattr(signals, "_decode_item", msgspec.msgpack.Decoder(earlier).decode)
    changed, known = ResourceChanged(PROJECT, Resource.MEMBERS, ids.make()), AgentsChanged(PROJECT, 3)
    items, unread = signals.read(signals.batch([signals.encode(one) for one in (changed, known)]))
    assert list(items) == [known]
    assert not unread


def test_an_outbox_row_of_a_later_release_is_published_and_logged_and_sets_the_last_seq() -> None:
    (batch,) = room_batches([row(posted(5)), OutboxRow(0, PROJECT, CONVERSATION, later())])
    assert batch.items[1] == batch.kept[0].events[1] == later()
    assert (batch.kept[0].visitor, batch.kept[0].last_seq) == (VISITOR, 6)


@pytest.mark.parametrize("payload", [later("nothing of ours"), b"\xc1", b"", b"\x80"])
def test_an_outbox_row_with_an_unreadable_head_is_published_and_logged_and_blocks_no_other(
    payload: bytes,
) -> None:
    (batch,) = room_batches([row(posted(5)), OutboxRow(0, PROJECT, CONVERSATION, payload), row(posted(6))])
    assert batch.items[1] == payload
    (kept,) = batch.kept
    assert (kept.visitor, kept.last_seq, len(kept.events)) == (VISITOR, 6, 3)
    (alone,) = room_batches([OutboxRow(0, PROJECT, CONVERSATION, payload)])
    assert (alone.kept[0].last_seq, alone.kept[0].events) == (0, [payload])


def row(
    event: Event, conversation: ConversationId | None = CONVERSATION, project: ProjectId = PROJECT
) -> OutboxRow:
    return OutboxRow(0, project, conversation, events.encode(event))


def test_rows_are_published_in_order_by_project_and_logged_by_conversation() -> None:
    other = ProjectId(ids.make())
    second = ConversationId(ids.make())
    one, two, three = posted(1), posted(1, conversation=second), posted(2)
    batches = list(
        room_batches([row(one), row(two, second), row(one, project=other), row(three), row(read(1))])
    )
    assert [batch.project for batch in batches] == [PROJECT, other]
    assert [events.encode(one), events.encode(two), events.encode(three)] == batches[0].items[:3]
    assert [(kept.conversation, kept.last_seq, len(kept.events)) for kept in batches[0].kept] == [
        (CONVERSATION, 2, 3),
        (second, 1, 1),
    ]


def test_an_event_that_is_not_logged_is_still_published() -> None:
    (batch,) = room_batches([row(posted(1), None)])
    assert len(batch.items) == 1
    assert batch.kept == []


def test_a_read_mark_does_not_set_the_last_seq() -> None:
    (batch,) = room_batches([row(read(9))])
    assert batch.kept[0].last_seq == 0


def read_by(kind: Reader, seq: int) -> ConversationRead:
    return ConversationRead(PROJECT, CONVERSATION, seq, VISITOR, kind, ids.make(), "Ann", 0)


def test_the_seq_that_an_agent_has_read_is_logged_too() -> None:
    (batch,) = room_batches([row(read_by("agent", 3)), row(read_by("agent", 2)), row(read_by("visitor", 9))])
    assert batch.kept[0].agent_read_seq == 3
    (batch,) = room_batches([row(posted(4)), row(read_by("visitor", 4))])
    assert batch.kept[0].agent_read_seq == 0


def test_a_large_claim_is_published_in_several_batches() -> None:
    batches = list(room_batches([row(posted(seq, "x" * 5_000)) for seq in range(1, 101)]))
    assert len(batches) > 1
    assert all(sum(map(len, batch.items)) <= PAYLOAD for batch in batches)
    assert sum(len(batch.items) for batch in batches) == 100
