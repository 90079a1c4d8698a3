"""What is told to rooms, and what is answered to somebody who comes back."""

import msgspec
import pytest

from core import events, ids, signals
from core.bus.resume_log import missed
from core.events import ConversationChanged, ConversationRead, Event, MessagePosted
from core.ids import ConversationId, MessageId, ProjectId, Ref, UserId, VisitorId
from core.model import OutboxRow, Reader
from core.signals import AgentsChanged, LaterEvent
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
def test_a_room_payload_is_one_array_of_what_was_encoded_before(count: int) -> None:
    one = AgentsChanged(PROJECT, 3)
    assert signals.decode_batch(signals.batch([signals.encode(one)] * count)) == [one] * count


def log(*told: Event) -> list[bytes]:
    return [events.encode(event) for event in told]


def test_somebody_who_has_everything_is_answered_without_a_log() -> None:
    answer = missed(CONVERSATION, 7, last=7, log=[])
    assert answer.whole
    assert answer.events == []


def test_a_short_gap_is_replayed_in_order() -> None:
    answer = missed(CONVERSATION, 5, last=7, log=log(posted(4), posted(5), posted(6), posted(7)))
    assert answer.whole
    assert [event.seq for event in answer.events] == [6, 7]


def test_a_gap_longer_than_the_log_is_said() -> None:
    assert not missed(CONVERSATION, 2, last=7, log=log(posted(5), posted(6), posted(7))).whole


def test_a_log_that_ended_is_said() -> None:
    assert not missed(CONVERSATION, 5, last=7, log=[]).whole
    assert not missed(CONVERSATION, 5, last=0, log=[]).whole


def test_changes_and_read_marks_at_the_same_seq_are_repeated() -> None:
    answer = missed(CONVERSATION, 5, last=5, log=log(posted(5), changed(5), read(5), read(4), changed(4)))
    assert answer.whole
    assert answer.events == [changed(5), answer.events[1]]
    assert isinstance(answer.events[1], ConversationRead)


def later(*head: object, kind: int = 21) -> bytes:
    """An event of a later release, which begins as all of a conversation do unless `head` is given."""
    return msgspec.msgpack.encode([kind, *(head or (PROJECT, CONVERSATION, 6, VISITOR)), {"more": [1.5]}])


def test_a_log_with_an_event_of_a_later_release_is_read_without_it_and_the_client_fetches() -> None:
    told = [*log(posted(5), posted(6)), later(), *log(posted(7))]
    answer = missed(CONVERSATION, 5, last=7, log=told)
    assert not answer.whole
    assert [event.seq for event in answer.events] == [6, 7]


def test_an_event_of_a_later_release_that_the_client_has_seen_the_end_of_is_no_news() -> None:
    told = [later(), *log(posted(7), posted(8))]
    assert missed(CONVERSATION, 7, last=8, log=told).whole
    assert not missed(CONVERSATION, 6, last=8, log=told).whole


def test_what_cannot_be_read_at_all_is_news() -> None:
    told = [*log(posted(6)), later("nothing of ours"), *log(posted(7))]
    assert not missed(CONVERSATION, 5, last=7, log=told).whole


def test_words_and_elements_of_a_later_release_are_read() -> None:
    message = msgspec.to_builtins(posted(7), builtin_types=(bytes,))
    message[7], message[11] = "assistant", "card"
    (event,) = missed(CONVERSATION, 6, last=7, log=[msgspec.msgpack.encode([*message, "more", {}])]).events
    assert isinstance(event, MessagePosted)
    assert (event.author_party, event.kind, event.reopened) == ("assistant", "card", False)


def test_a_payload_with_things_of_a_later_release_is_read_without_them() -> None:
    one, two = posted(1), posted(2)
    stranger = later(PROJECT, "no conversation")
    signal, nothing = later(PROJECT, 1, kind=events.FIRST_SIGNAL + 20), b"\x07"
    payload = signals.batch([events.encode(one), later(), signal, stranger, nothing, events.encode(two)])
    items, unread = signals.read(payload)
    assert list(items) == [one, two]
    assert list(unread) == [LaterEvent(PROJECT, VISITOR), LaterEvent(PROJECT, None)]


def test_a_later_releases_row_is_published_and_kept_and_names_the_last_seq() -> None:
    (told,) = room_batches([row(posted(5)), OutboxRow(0, PROJECT, CONVERSATION, later())])
    assert told.items[1] == told.kept[0].events[1] == later()
    assert (told.kept[0].visitor, told.kept[0].last_seq) == (VISITOR, 6)


@pytest.mark.parametrize("payload", [later("nothing of ours"), b"\xc1", b"", b"\x80"])
def test_a_row_that_begins_otherwise_is_published_and_kept_and_stops_no_other(payload: bytes) -> None:
    (told,) = room_batches([row(posted(5)), OutboxRow(0, PROJECT, CONVERSATION, payload), row(posted(6))])
    assert told.items[1] == payload
    (kept,) = told.kept
    assert (kept.visitor, kept.last_seq, len(kept.events)) == (VISITOR, 6, 3)
    (alone,) = room_batches([OutboxRow(0, PROJECT, CONVERSATION, payload)])
    assert (alone.kept[0].last_seq, alone.kept[0].events) == (0, [payload])


def row(
    event: Event, conversation: ConversationId | None = CONVERSATION, project: ProjectId = PROJECT
) -> OutboxRow:
    return OutboxRow(0, project, conversation, events.encode(event))


def test_rows_are_told_in_order_by_project_and_kept_by_conversation() -> None:
    other = ProjectId(ids.make())
    second = ConversationId(ids.make())
    one, two, three = posted(1), posted(1, conversation=second), posted(2)
    told = list(room_batches([row(one), row(two, second), row(one, project=other), row(three), row(read(1))]))
    assert [telling.project for telling in told] == [PROJECT, other]
    assert [events.encode(one), events.encode(two), events.encode(three)] == told[0].items[:3]
    assert [(kept.conversation, kept.last_seq, len(kept.events)) for kept in told[0].kept] == [
        (CONVERSATION, 2, 3),
        (second, 1, 1),
    ]


def test_what_is_not_kept_is_told_all_the_same() -> None:
    (told,) = room_batches([row(posted(1), None)])
    assert len(told.items) == 1
    assert told.kept == []


def test_a_read_mark_does_not_pretend_to_know_the_last_seq() -> None:
    (told,) = room_batches([row(read(9))])
    assert told.kept[0].last_seq == 0


def read_by(kind: Reader, seq: int) -> ConversationRead:
    return ConversationRead(PROJECT, CONVERSATION, seq, VISITOR, kind, ids.make(), "Ann", 0)


def test_how_far_an_agent_has_read_goes_with_what_is_kept() -> None:
    (told,) = room_batches([row(read_by("agent", 3)), row(read_by("agent", 2)), row(read_by("visitor", 9))])
    assert told.kept[0].agent_read_seq == 3
    (told,) = room_batches([row(posted(4)), row(read_by("visitor", 4))])
    assert told.kept[0].agent_read_seq == 0


def test_a_large_claim_is_told_in_portions() -> None:
    told = list(room_batches([row(posted(seq, "x" * 5_000)) for seq in range(1, 101)]))
    assert len(told) > 1
    assert all(sum(map(len, telling.items)) <= PAYLOAD for telling in told)
    assert sum(len(telling.items) for telling in told) == 100
