"""Hop 5 on a real Postgres: one transaction, dense seq, refs once, an outbox row for every event."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from core import ids
from core.apply.apply import Refused, Result, apply
from core.commands import Command
from core.db.chat import conversations, reads
from core.db.projects import project_deletion
from core.errors import Refusal
from core.events import CommandRefused, ConversationChanged, ConversationRead, MessagePosted, MessageRepeated
from core.ids import ConversationId, ProjectId, Ref, UserId
from core.signals import batch, decode_batch
from tests.integration.core.core_fixture import NOW, CoreFixture, connect, new_visitor
from tests.stack import Stack


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


@pytest.fixture
def limited(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url, "limit_to_active")


def process(core_fixture: CoreFixture, *commands: Command) -> list[Result]:
    async def once(conn: Any) -> list[Result]:
        async with conn.transaction():
            return await apply(conn, commands, now=NOW)

    done: list[Result] = core_fixture.run(once)
    return done


def posted(result: Result) -> MessagePosted:
    assert isinstance(result, MessagePosted)
    return result


def begun(core_fixture: CoreFixture) -> MessagePosted:
    return posted(process(core_fixture, core_fixture.post(new_visitor()))[0])


def outbox(core_fixture: CoreFixture) -> list[Any]:
    rows: Sequence[Any] = core_fixture.run(
        lambda conn: conn.fetch(
            "SELECT conversation_id, payload FROM outbox WHERE project_id = $1 ORDER BY id",
            core_fixture.project,
        )
    )
    return [(row[0], decode_batch(batch([row[1]]))[0]) for row in rows]


def seqs(core_fixture: CoreFixture, conversation: ConversationId) -> list[tuple[int, str]]:
    rows = core_fixture.run(
        lambda conn: conn.fetch(
            "SELECT seq, body FROM messages WHERE project_id = $1 AND conversation_id = $2 ORDER BY seq",
            core_fixture.project,
            conversation,
        )
    )
    return [tuple(row) for row in rows]


def stored(core_fixture: CoreFixture, conversation: ConversationId) -> Any:
    return core_fixture.run(lambda conn: conversations.by_id(conn, core_fixture.project, conversation))


def test_a_first_message_makes_one_visitor_and_one_conversation(core_fixture: CoreFixture) -> None:
    visitor = new_visitor()
    event = posted(process(core_fixture, core_fixture.post(visitor, "hello\nthere"))[0])
    assert (event.seq, event.visitor, event.author_party, event.reopened) == (1, visitor, "visitor", False)
    assert event.author_name == f"Visitor #{visitor.hex()[-6:]}"
    row = stored(core_fixture, event.conversation)
    assert (row.status, row.last_seq, row.snippet, row.last_message_at) == ("open", 1, "hello there", NOW)
    counts = core_fixture.run(
        lambda conn: conn.fetchrow(
            "SELECT (SELECT count(*) FROM visitors WHERE project_id = $1), "
            "(SELECT count(*) FROM conversations WHERE project_id = $1)",
            core_fixture.project,
        )
    )
    assert tuple(counts) == (1, 1)


def test_every_event_has_its_outbox_row_in_order(core_fixture: CoreFixture) -> None:
    results = process(core_fixture, *(core_fixture.post(new_visitor(), str(n)) for n in range(5)))
    assert [event for _, event in outbox(core_fixture)] == results
    assert [kept for kept, _ in outbox(core_fixture)] == [posted(one).conversation for one in results]


def test_a_batch_keeps_each_visitors_order(core_fixture: CoreFixture) -> None:
    one, two = new_visitor(), new_visitor()
    results = process(core_fixture, *(core_fixture.post((one, two)[n % 2], str(n)) for n in range(20)))
    for start, visitor in enumerate((one, two)):
        mine = [posted(event) for event in results if posted(event).visitor == visitor]
        assert [event.seq for event in mine] == list(range(1, 11))
        assert [event.body for event in mine] == [str(n) for n in range(start, 20, 2)]


def test_a_repeated_ref_gives_the_first_result_and_no_second_row(core_fixture: CoreFixture) -> None:
    command = core_fixture.post(new_visitor())
    first = posted(process(core_fixture, command)[0])
    again = process(core_fixture, command, command)
    assert [type(one) for one in again] == [MessageRepeated] * 2
    assert all((one.seq, one.message) == (first.seq, first.message) for one in again)  # type: ignore[union-attr]
    assert seqs(core_fixture, first.conversation) == [(1, "hello")]
    assert [kept for kept, _ in outbox(core_fixture)] == [first.conversation, None, None]


def test_a_ref_twice_in_one_batch_is_stored_once(core_fixture: CoreFixture) -> None:
    command = core_fixture.post(new_visitor())
    first, second = process(core_fixture, command, command)
    assert isinstance(second, MessageRepeated)
    assert seqs(core_fixture, posted(first).conversation) == [(1, "hello")]


def test_a_ref_used_for_another_text_is_refused(core_fixture: CoreFixture) -> None:
    visitor, ref = new_visitor(), Ref(ids.make())
    process(core_fixture, core_fixture.post(visitor, "one", ref=ref))
    (refused,) = process(core_fixture, core_fixture.post(visitor, "two", ref=ref))
    assert isinstance(refused, CommandRefused)
    assert (refused.reason, refused.ref, refused.rid) == (Refusal.CONFLICT, ref, 0)
    assert outbox(core_fixture)[-1] == (None, refused)


def test_two_visitors_may_use_the_same_ref(core_fixture: CoreFixture) -> None:
    ref = Ref(ids.make())
    results = process(
        core_fixture, core_fixture.post(new_visitor(), ref=ref), core_fixture.post(new_visitor(), ref=ref)
    )
    assert [type(one) for one in results] == [MessagePosted] * 2


def test_a_foreign_or_absent_conversation_is_not_found(core_fixture: CoreFixture) -> None:
    foreign = begun(core_fixture).conversation
    absent = ConversationId(ids.make())
    for conversation in (foreign, absent):
        (refused,) = process(core_fixture, core_fixture.post(new_visitor(), conversation=conversation))
        assert isinstance(refused, CommandRefused)
        assert refused.reason is Refusal.NOT_FOUND


def test_an_absent_project_is_not_found_and_publishes_nothing(core_fixture: CoreFixture) -> None:
    absent = ProjectId(ids.make())
    assert process(core_fixture, core_fixture.post(new_visitor(), project=absent)) == [
        Refused(Refusal.NOT_FOUND)
    ]
    assert (
        core_fixture.run(lambda conn: conn.fetch("SELECT 1 FROM outbox WHERE project_id = $1", absent)) == []
    )


def test_a_deleted_project_counts_as_absent_even_for_earlier_visitors(core_fixture: CoreFixture) -> None:
    first = core_fixture.post(new_visitor())
    (posted,) = process(core_fixture, first)
    reply = core_fixture.reply(posted.conversation)
    core_fixture.run(lambda conn: conn.execute("DELETE FROM outbox"))
    core_fixture.run(lambda conn: project_deletion.begin(conn, core_fixture.project, now=NOW))
    again = core_fixture.post(first.visitor)
    results = process(core_fixture, first, again, reply, core_fixture.status(posted.conversation, "solved"))
    assert results == [Refused(Refusal.NOT_FOUND)] * 4, "a repeated command, too"
    assert core_fixture.run(lambda conn: conn.fetch("SELECT 1 FROM outbox")) == []


def test_a_conversation_of_another_project_is_not_found(
    core_fixture: CoreFixture, limited: CoreFixture
) -> None:
    foreign = begun(limited).conversation
    results = process(
        core_fixture,
        core_fixture.reply(foreign),
        core_fixture.status(foreign, "solved"),
        core_fixture.assign(foreign, None),
        core_fixture.read(foreign, 1),
    )
    assert results == [Refused(Refusal.NOT_FOUND)] * 4
    assert stored(limited, foreign).status == "open"


@pytest.mark.parametrize("status", ["pending", "solved"])
def test_a_visitors_message_reopens(core_fixture: CoreFixture, status: Any) -> None:
    first = begun(core_fixture)
    process(core_fixture, core_fixture.status(first.conversation, status))
    event = posted(process(core_fixture, core_fixture.post(first.visitor))[0])
    assert (event.conversation, event.seq, event.reopened) == (first.conversation, 2, True)
    assert stored(core_fixture, first.conversation).status == "open"


def test_spam_stays_spam_and_makes_no_new_conversation(
    core_fixture: CoreFixture, limited: CoreFixture
) -> None:
    for where in (core_fixture, limited):
        first = begun(where)
        process(where, where.status(first.conversation, "spam"))
        event = posted(process(where, where.post(first.visitor))[0])
        assert (event.conversation, event.reopened) == (first.conversation, False)
        assert stored(where, first.conversation).status == "spam"


def test_an_agent_who_replies_has_read_the_conversation(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    process(core_fixture, core_fixture.reply(first.conversation))
    (mark,) = core_fixture.run(
        lambda conn: reads.of_conversation(conn, core_fixture.project, first.conversation)
    )
    assert (mark.reader, mark.seq) == (core_fixture.agent, 2)


def test_a_repeated_reply_gives_the_first_result_and_publishes_nothing(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    command = core_fixture.reply(first.conversation)
    process(core_fixture, command)
    before = outbox(core_fixture)
    (again,) = process(core_fixture, command)
    assert isinstance(again, MessageRepeated)
    assert again.seq == 2
    assert outbox(core_fixture) == before
    other = core_fixture.reply(first.conversation, "another text", ref=command.ref)
    assert process(core_fixture, other) == [Refused(Refusal.CONFLICT)]


def test_a_status_is_changed_once(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    change, nothing = process(
        core_fixture,
        core_fixture.status(first.conversation, "pending"),
        core_fixture.status(first.conversation, "pending"),
    )
    assert isinstance(change, ConversationChanged)
    assert (change.seq, change.status, change.assigned, change.by) == (
        1,
        "pending",
        False,
        core_fixture.agent,
    )
    assert nothing is None
    assert [event for _, event in outbox(core_fixture)][1:] == [change]


def test_a_member_is_assigned_and_unassigned_and_a_stranger_is_not(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    results = process(
        core_fixture,
        core_fixture.assign(first.conversation, core_fixture.agent),
        core_fixture.assign(first.conversation, core_fixture.agent),
        core_fixture.assign(first.conversation, UserId(ids.make())),
        core_fixture.assign(first.conversation, None),
    )
    taken, nothing, stranger, dropped = results
    assert isinstance(taken, ConversationChanged)
    assert (taken.assigned, taken.assignee, taken.assignee_name) == (True, core_fixture.agent, "Ann")
    assert nothing is None
    assert stranger == Refused(Refusal.INVALID)
    assert isinstance(dropped, ConversationChanged)
    assert (dropped.assigned, dropped.assignee) == (True, None)
    assert stored(core_fixture, first.conversation).assignee is None


def test_a_read_mark_only_moves_forward_and_never_beyond_the_last_message(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    process(core_fixture, core_fixture.post(first.visitor), core_fixture.post(first.visitor))
    results = process(
        core_fixture, *(core_fixture.read(first.conversation, seq) for seq in (2, 1, 2, 2**53, 3))
    )
    assert [None if one is None else one.seq for one in results] == [2, None, None, 3, None]  # type: ignore[union-attr]
    assert process(core_fixture, core_fixture.read(first.conversation, 3)) == [None]
    (mark,) = core_fixture.run(
        lambda conn: reads.of_conversation(conn, core_fixture.project, first.conversation)
    )
    assert mark.seq == 3


def test_a_visitor_marks_only_their_own_conversation(core_fixture: CoreFixture) -> None:
    first, other = begun(core_fixture), begun(core_fixture)
    (own,) = process(core_fixture, core_fixture.read(first.conversation, 1, visitor=first.visitor))
    assert isinstance(own, ConversationRead)
    assert own.reader_kind == "visitor"
    foreign = core_fixture.read(first.conversation, 1, visitor=other.visitor)
    assert process(core_fixture, foreign) == [Refused(Refusal.NOT_FOUND)]


def test_a_command_sees_the_earlier_ones_of_its_batch(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    results = process(
        core_fixture,
        core_fixture.post(first.visitor, "two"),
        core_fixture.reply(first.conversation, "three"),
        core_fixture.status(first.conversation, "solved"),
        core_fixture.post(first.visitor, "four"),
        core_fixture.read(first.conversation, 4, visitor=first.visitor),
        core_fixture.assign(first.conversation, core_fixture.agent),
        core_fixture.reply(first.conversation, "a note", note=True),
    )
    assert [one.seq for one in results] == [2, 3, 3, 4, 4, 4, 5]  # type: ignore[union-attr]
    assert posted(results[3]).reopened
    assert [body for _, body in seqs(core_fixture, first.conversation)] == [
        "hello",
        "two",
        "three",
        "four",
        "a note",
    ]
    row = stored(core_fixture, first.conversation)
    assert (row.status, row.assignee, row.last_seq) == ("open", core_fixture.agent, 5)


def test_nothing_is_kept_when_the_transaction_fails(core_fixture: CoreFixture) -> None:
    async def fail(conn: Any) -> None:
        async with conn.transaction():
            await apply(conn, [core_fixture.post(new_visitor())], now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        core_fixture.run(fail)
    assert outbox(core_fixture) == []


def in_parallel(core_fixture: CoreFixture, batches: Sequence[Sequence[Command]]) -> list[list[Result]]:
    async def all_at_once() -> list[list[Result]]:
        pool = [await connect(core_fixture.url) for _ in batches]

        async def one(conn: Any, batch: Sequence[Command]) -> list[Result]:
            async with conn.transaction():
                return await apply(conn, batch, now=NOW)

        try:
            return await asyncio.gather(*(one(*pair) for pair in zip(pool, batches, strict=True)))
        finally:
            for conn in pool:
                await conn.close()

    return asyncio.run(all_at_once())


def test_fifty_parallel_first_messages_make_one_conversation_with_dense_seq(
    core_fixture: CoreFixture,
) -> None:
    visitor = new_visitor()
    results = in_parallel(core_fixture, [[core_fixture.post(visitor, str(n))] for n in range(50)])
    events = [posted(one) for (one,) in results]
    assert len({event.conversation for event in events}) == 1
    assert sorted(event.seq for event in events) == list(range(1, 51))
    assert len(seqs(core_fixture, events[0].conversation)) == 50


def test_a_ref_sent_twice_at_once_is_stored_once(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    again = core_fixture.post(first.visitor, "again")
    reply = core_fixture.reply(first.conversation, "reply")
    for command in (again, reply):
        results = [one for (one,) in in_parallel(core_fixture, [[command]] * 8)]
        assert sorted(type(one).__name__ for one in results) == ["MessagePosted"] + ["MessageRepeated"] * 7
    assert len(seqs(core_fixture, first.conversation)) == 3


def test_batches_that_lock_conversations_in_different_orders_do_not_deadlock(
    core_fixture: CoreFixture,
) -> None:
    people = [begun(core_fixture).visitor for _ in range(6)]
    orders = [people[n:] + people[:n] for n in range(6)]
    results = in_parallel(core_fixture, [[core_fixture.post(one) for one in order] for order in orders * 2])
    assert sum(isinstance(one, MessagePosted) for batch in results for one in batch) == 72


def test_the_table_too_allows_one_active_conversation(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    with pytest.raises(asyncpg.UniqueViolationError):
        core_fixture.run(
            lambda conn: conn.execute(
                "INSERT INTO conversations (project_id, id, visitor_id, last_message_at) "
                "VALUES ($1, $2, $3, now())",
                core_fixture.project,
                ids.make(),
                first.visitor,
            )
        )
