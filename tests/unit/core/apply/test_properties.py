"""Hop 5 on values: what holds for any batches of commands."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings

from core import content, ids, rules
from core.apply.result import Refused, Result
from core.apply.rows import OUTSIDE
from core.commands import (
    AnswerForm,
    AssignConversation,
    ChangeOwner,
    ChangeStatus,
    Command,
    FillForm,
    PostMessage,
    SendForm,
)
from core.db.chat.load import ConversationKey
from core.db.chat.save import NewOutboxRow
from core.events import (
    AnswerChanged,
    CommandRefused,
    ConversationDeleted,
    ConversationRead,
    Counted,
    Event,
    FormChanged,
    ForVisitor,
    MessageEdited,
    MessagePosted,
    MessageRedacted,
    MessageRepeated,
    decode,
)
from tests.unit.core.apply.steps import BATCHES, NOW, Cast, Step, comparable
from tests.unit.core.apply.tables import Tables

Batches = list[list[Step]]


def published_events(tables: Tables) -> list[Event]:
    """What happened, also if it was for the visitor alone."""
    return [done(row) for row in tables.outbox]


def done(row: NewOutboxRow) -> Event:
    event = decode(row.payload)
    return event.event if isinstance(event, ForVisitor) else event


many = settings(deadline=None, max_examples=50)


class Story:
    """Some conversations, one of them ended, and drawn batches that follow."""

    def __init__(self, batches: Batches) -> None:
        self.cast = Cast()
        self.tables = self.cast.tables()
        self.tables.apply(self.cast.ending(self.tables.apply(self.cast.opening(), now=NOW)), now=NOW)
        self._batches = batches

    def __iter__(self) -> Any:
        for steps in self._batches:
            known: Sequence[ConversationKey] = list(self.tables.conversations)
            yield [self.cast.command(step, known, self.tables.message_keys()) for step in steps]


def messages(tables: Tables) -> dict[ConversationKey, list[int]]:
    found: dict[ConversationKey, list[int]] = {key: [] for key in tables.conversations}
    for project, conversation, seq in tables.messages:
        found[project, conversation].append(seq)
    return found


@many
@given(BATCHES)
def test_seq_is_dense_and_grows_in_the_order_of_events(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        story.tables.apply(commands, now=NOW)
        for key, seqs in messages(story.tables).items():
            if story.tables.conversations[key].deleted:
                continue
            assert seqs == list(range(1, story.tables.conversations[key].last_seq + 1))
    events = published_events(story.tables)
    for project, conversation in story.tables.conversations:
        posted = [
            event.seq
            for event in events
            if isinstance(event, MessagePosted)
            and (event.project, event.conversation) == (project, conversation)
        ]
        assert posted == list(range(1, len(posted) + 1))


@many
@given(BATCHES)
def test_changes_are_counted_without_a_gap_and_each_event_has_its_number(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        story.tables.apply(commands, now=NOW)
    for (project, conversation), one in story.tables.conversations.items():
        count = of_forms = 0
        for row in story.tables.outbox:
            if (row.project, row.conversation) != (project, conversation):
                continue
            event = done(row)
            if isinstance(event, Counted) and not (isinstance(event, MessagePosted) and not event.reopened):
                count += 1
                of_forms += isinstance(event, FormChanged | AnswerChanged)
                assert event.change == count
            elif isinstance(event, MessagePosted):
                assert event.change == 0
            assert row.last_change == count, "the number after the event, whatever it is"
        alterations = [
            one for one in story.tables.audited if one.changes["conversation_id"] == ids.text(conversation)
        ]
        changes = [change for change in story.tables.changes if change.conversation == conversation]
        assert one.last_change == count == of_forms + len(changes) + len(alterations)


@many
@given(BATCHES)
def test_each_alteration_is_in_the_audit_log_and_a_redacted_text_is_nowhere_else(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        before = {row.id: row.body for row in story.tables.messages.values()}
        audited = len(story.tables.audited)
        results = story.tables.apply(commands, now=NOW)
        altered = [one for one in results if isinstance(one, MessageEdited | MessageRedacted)]
        entries = story.tables.audited[audited:]
        assert [entry.entity_id for entry in entries] == [one.message for one in altered]
        for entry, event in zip(entries, altered, strict=True):
            assert entry.changes["text"]["from"] == before[event.message]
            before[event.message] = event.body if isinstance(event, MessageEdited) else ""
    for row in story.tables.messages.values():
        version, _, redacted_at = story.tables.versions.get(row.id, (0, None, None))
        assert version <= story.tables.conversations[row.project, row.conversation].last_change
        if redacted_at is not None:
            assert (row.body, row.content, row.meta) == ("", None, None)


@many
@given(BATCHES)
def test_the_snippet_is_the_one_of_the_newest_message_as_it_is_now(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        story.tables.apply(commands, now=NOW)
        for (project, conversation), one in story.tables.conversations.items():
            shown = one.last_seq if one.shown_seq is None else one.shown_seq
            if shown and not one.deleted:
                newest = story.tables.messages[project, conversation, shown]
                assert one.snippet == rules.snippet(newest.body, content.read(newest.content))


@many
@given(BATCHES)
def test_a_batch_gives_what_its_commands_give_one_at_a_time(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        single, names = story.tables.copied(), {}
        one_by_one = [result for command in commands for result in single.apply([command], now=NOW)]
        together = story.tables.apply(commands, now=NOW)
        assert comparable(together, {}) == comparable(one_by_one, names)
        assert state(story.tables) == state(single)


@many
@given(BATCHES)
def test_each_result_is_of_its_command_and_in_the_outbox_in_order(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        before = len(story.tables.outbox)
        results = story.tables.apply(commands, now=NOW)
        assert len(results) == len(commands)
        events = iter([done(row) for row in story.tables.outbox[before:]])
        for command, result in zip(commands, results, strict=True):
            assert belongs(command, result)
            if published(command, result):
                assert result in events, "in order: the search goes on where the last one ended"


POSTING = (PostMessage, SendForm, AnswerForm, FillForm)


def belongs(command: Command, result: Result) -> bool:
    match result:
        case MessagePosted():
            return isinstance(command, POSTING) and command.message == result.message
        case MessageRepeated() | CommandRefused():
            return isinstance(command, POSTING) and command.ref == result.ref
        case None | Refused():
            return True
        case _:
            return not isinstance(command, POSTING) and command.at == result.at


def published(command: Command, result: Result) -> bool:
    """Events, except the repetition of a message whose author is no visitor: its caller has the answer."""
    if result is None or isinstance(result, Refused):
        return False
    by_visitor = isinstance(command, AnswerForm) or (
        isinstance(command, PostMessage) and command.author.party == "visitor"
    )
    return by_visitor or not isinstance(result, MessageRepeated)


@many
@given(BATCHES)
def test_repeated_commands_store_no_second_message(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        first = story.tables.apply(commands, now=NOW)
        stored = set(story.tables.messages)
        again = story.tables.apply(commands, now=NOW)
        pairs = list(zip(first, again, strict=True))
        # One that was refused may fit by now: deletion makes room for the form before the first message.
        late = {
            (after.project, after.conversation, after.seq)
            for before, after in pairs
            if isinstance(before, CommandRefused | Refused) and isinstance(after, MessagePosted)
        }
        assert set(story.tables.messages) == stored | late
        for before, after in pairs:
            if isinstance(before, MessagePosted | MessageRepeated):
                if story.tables.conversations[before.project, before.conversation].deleted:
                    assert isinstance(after, MessageRepeated | Refused)
                    continue
                assert isinstance(after, MessageRepeated)
                assert (after.message, after.seq) == (before.message, before.seq)


@many
@given(BATCHES)
def test_read_marks_only_move_forward_and_not_beyond_the_last_message(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        before = dict(story.tables.reads)
        story.tables.apply(commands, now=NOW)
        for key, mark in story.tables.reads.items():
            conversation = story.tables.conversations[key[0], key[1]]
            assert conversation.deleted or mark.seq <= conversation.last_seq
            assert key not in before or before[key].seq <= mark.seq
    published: dict[Any, list[int]] = {}
    for event in published_events(story.tables):
        if isinstance(event, ConversationRead):
            published.setdefault((event.conversation, event.reader), []).append(event.seq)
    for seqs in published.values():
        assert seqs == sorted(set(seqs)), "each mark that is published lies beyond the one before"


@many
@given(BATCHES)
def test_a_deleted_conversation_gets_no_event_any_more(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        story.tables.apply(commands, now=NOW)
    deleted: set[Any] = set()
    for event in (decode(row.payload) for row in story.tables.outbox):
        if isinstance(event, ConversationDeleted):
            assert event.conversation not in deleted, "deleted once"
            deleted.add(event.conversation)
        elif not isinstance(event, CommandRefused | MessageRepeated):
            assert event.conversation not in deleted
    assert deleted == {id for (_, id), one in story.tables.conversations.items() if one.deleted}


@many
@given(BATCHES)
def test_an_ended_conversation_gets_no_message_no_status_and_no_agent(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        ended = {
            key: (one.status, one.assignee, one.last_seq, one.last_message_at)
            for key, one in story.tables.conversations.items()
            if one.ended
        }
        assert ended
        story.tables.apply(commands, now=NOW)
        for key, before in ended.items():
            one = story.tables.conversations[key]
            assert one.ended
            if one.deleted:
                continue
            assert before[:3] == (one.status, one.assignee, one.last_seq)
            # A withheld one stands outside of every list, and comes back to the place of its last message.
            stands_at = story.tables.messages[*key, one.last_seq].at if one.shown_seq is None else OUTSIDE
            assert one.last_message_at == stands_at


@many
@given(BATCHES)
def test_a_person_who_acts_takes_the_conversation_over_from_the_assistant(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        for command in commands:
            before = {key: (one.owner, one.owner_version) for key, one in story.tables.conversations.items()}
            (result,) = story.tables.apply([command], now=NOW)
            for key, one in story.tables.conversations.items():
                owner, version = before.get(key, (None, 0))
                assert one.owner_version >= version
                if isinstance(command, ChangeOwner):
                    assert one.owner_version - version <= 1
                elif owner == "assistant" and one.owner == "person":
                    assert one.owner_version == version + 1
                    assert isinstance(command, PostMessage | SendForm | FillForm | AssignConversation)
                elif one.owner_version != version:
                    assert isinstance(command, ChangeStatus) and command.status == "solved"
                else:
                    assert one.owner == owner
            answered = isinstance(result, MessagePosted) and result.author_party == "agent"
            if answered and rules.visible_to_visitor(result.kind):
                assert story.tables.conversations[result.project, result.conversation].owner != "assistant"


@many
@given(BATCHES)
def test_a_visitor_has_at_most_one_active_conversation(batches: Batches) -> None:
    story = Story(batches)
    for commands in story:
        story.tables.apply(commands, now=NOW)
        active = [
            (project, one.visitor)
            for (project, _), one in story.tables.conversations.items()
            if not one.ended
        ]
        assert len(active) == len(set(active))


def state(tables: Tables) -> list[Any]:
    """All rows, with conversations named by their order; ids of history rows are random."""
    names: dict[bytes, bytes] = {}
    conversations = {
        (project, names.setdefault(id, b"%d" % len(names))): (
            # Of a deleted one nothing else is read: a restriction in the same batch may come after it.
            (one.visitor, one.status, one.last_seq, one.last_change, one.ended) if one.deleted else one
        )
        for (project, id), one in tables.conversations.items()
    }
    changes = [
        (one.seq, one.at, one.party, one.actor, one.status, one.assignee, one.owner, one.owner_reason)
        for one in tables.changes
    ]
    return [
        conversations,
        tables.visitors,
        tables.given_names,
        tables.restrictions,
        comparable(list(tables.messages.values()), names),
        tables.versions,
        sorted(comparable(list(tables.reads.values()), names), key=repr),
        changes,
        sorted(comparable(list(tables.requests.values()), names), key=repr),
        sorted(comparable(list(tables.answers.values()), names), key=repr),
        comparable([decode(row.payload) for row in tables.outbox], names),
    ]
