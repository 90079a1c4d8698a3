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
from tests.integration.core.scene import NOW, Scene, connect, new_visitor
from tests.stack import Stack


@pytest.fixture
def scene(stack: Stack) -> Scene:
    return Scene(stack.database_url)


@pytest.fixture
def limited(stack: Stack) -> Scene:
    return Scene(stack.database_url, "limit_to_active")


def process(scene: Scene, *commands: Command) -> list[Result]:
    async def once(conn: Any) -> list[Result]:
        async with conn.transaction():
            return await apply(conn, commands, now=NOW)

    done: list[Result] = scene.run(once)
    return done


def posted(result: Result) -> MessagePosted:
    assert isinstance(result, MessagePosted)
    return result


def begun(scene: Scene) -> MessagePosted:
    return posted(process(scene, scene.post(new_visitor()))[0])


def outbox(scene: Scene) -> list[Any]:
    rows: Sequence[Any] = scene.run(
        lambda conn: conn.fetch(
            "SELECT conversation_id, payload FROM outbox WHERE project_id = $1 ORDER BY id", scene.project
        )
    )
    return [(row[0], decode_batch(batch([row[1]]))[0]) for row in rows]


def seqs(scene: Scene, conversation: ConversationId) -> list[tuple[int, str]]:
    rows = scene.run(
        lambda conn: conn.fetch(
            "SELECT seq, body FROM messages WHERE project_id = $1 AND conversation_id = $2 ORDER BY seq",
            scene.project,
            conversation,
        )
    )
    return [tuple(row) for row in rows]


def stored(scene: Scene, conversation: ConversationId) -> Any:
    return scene.run(lambda conn: conversations.by_id(conn, scene.project, conversation))


def test_a_first_message_makes_one_visitor_and_one_conversation(scene: Scene) -> None:
    visitor = new_visitor()
    event = posted(process(scene, scene.post(visitor, "hello\nthere"))[0])
    assert (event.seq, event.visitor, event.author_party, event.reopened) == (1, visitor, "visitor", False)
    assert event.author_name == f"Visitor #{visitor.hex()[-6:]}"
    row = stored(scene, event.conversation)
    assert (row.status, row.last_seq, row.snippet, row.last_message_at) == ("open", 1, "hello there", NOW)
    counts = scene.run(
        lambda conn: conn.fetchrow(
            "SELECT (SELECT count(*) FROM visitors WHERE project_id = $1), "
            "(SELECT count(*) FROM conversations WHERE project_id = $1)",
            scene.project,
        )
    )
    assert tuple(counts) == (1, 1)


def test_every_event_has_its_outbox_row_in_order(scene: Scene) -> None:
    results = process(scene, *(scene.post(new_visitor(), str(n)) for n in range(5)))
    assert [event for _, event in outbox(scene)] == results
    assert [kept for kept, _ in outbox(scene)] == [posted(one).conversation for one in results]


def test_a_batch_keeps_each_visitors_order(scene: Scene) -> None:
    one, two = new_visitor(), new_visitor()
    results = process(scene, *(scene.post((one, two)[n % 2], str(n)) for n in range(20)))
    for start, visitor in enumerate((one, two)):
        mine = [posted(event) for event in results if posted(event).visitor == visitor]
        assert [event.seq for event in mine] == list(range(1, 11))
        assert [event.body for event in mine] == [str(n) for n in range(start, 20, 2)]


def test_a_repeated_ref_gives_the_first_result_and_no_second_row(scene: Scene) -> None:
    command = scene.post(new_visitor())
    first = posted(process(scene, command)[0])
    again = process(scene, command, command)
    assert [type(one) for one in again] == [MessageRepeated] * 2
    assert all((one.seq, one.message) == (first.seq, first.message) for one in again)  # type: ignore[union-attr]
    assert seqs(scene, first.conversation) == [(1, "hello")]
    assert [kept for kept, _ in outbox(scene)] == [first.conversation, None, None]


def test_a_ref_twice_in_one_batch_is_stored_once(scene: Scene) -> None:
    command = scene.post(new_visitor())
    first, second = process(scene, command, command)
    assert isinstance(second, MessageRepeated)
    assert seqs(scene, posted(first).conversation) == [(1, "hello")]


def test_a_ref_used_for_another_text_is_refused(scene: Scene) -> None:
    visitor, ref = new_visitor(), Ref(ids.make())
    process(scene, scene.post(visitor, "one", ref=ref))
    (refused,) = process(scene, scene.post(visitor, "two", ref=ref))
    assert isinstance(refused, CommandRefused)
    assert (refused.reason, refused.ref, refused.rid) == (Refusal.CONFLICT, ref, 0)
    assert outbox(scene)[-1] == (None, refused)


def test_two_visitors_may_use_the_same_ref(scene: Scene) -> None:
    ref = Ref(ids.make())
    results = process(scene, scene.post(new_visitor(), ref=ref), scene.post(new_visitor(), ref=ref))
    assert [type(one) for one in results] == [MessagePosted] * 2


def test_a_foreign_or_absent_conversation_is_not_found(scene: Scene) -> None:
    foreign = begun(scene).conversation
    absent = ConversationId(ids.make())
    for conversation in (foreign, absent):
        (refused,) = process(scene, scene.post(new_visitor(), conversation=conversation))
        assert isinstance(refused, CommandRefused)
        assert refused.reason is Refusal.NOT_FOUND


def test_an_absent_project_is_not_found_and_publishes_nothing(scene: Scene) -> None:
    absent = ProjectId(ids.make())
    assert process(scene, scene.post(new_visitor(), project=absent)) == [Refused(Refusal.NOT_FOUND)]
    assert scene.run(lambda conn: conn.fetch("SELECT 1 FROM outbox WHERE project_id = $1", absent)) == []


def test_a_deleted_project_counts_as_absent_even_for_earlier_visitors(scene: Scene) -> None:
    first = scene.post(new_visitor())
    (posted,) = process(scene, first)
    reply = scene.reply(posted.conversation)
    scene.run(lambda conn: conn.execute("DELETE FROM outbox"))
    scene.run(lambda conn: project_deletion.begin(conn, scene.project, now=NOW))
    again = scene.post(first.visitor)
    results = process(scene, first, again, reply, scene.status(posted.conversation, "solved"))
    assert results == [Refused(Refusal.NOT_FOUND)] * 4, "a repeated command, too"
    assert scene.run(lambda conn: conn.fetch("SELECT 1 FROM outbox")) == []


def test_a_conversation_of_another_project_is_not_found(scene: Scene, limited: Scene) -> None:
    foreign = begun(limited).conversation
    results = process(
        scene,
        scene.reply(foreign),
        scene.status(foreign, "solved"),
        scene.assign(foreign, None),
        scene.read(foreign, 1),
    )
    assert results == [Refused(Refusal.NOT_FOUND)] * 4
    assert stored(limited, foreign).status == "open"


@pytest.mark.parametrize("status", ["pending", "solved"])
def test_a_visitors_message_reopens(scene: Scene, status: Any) -> None:
    first = begun(scene)
    process(scene, scene.status(first.conversation, status))
    event = posted(process(scene, scene.post(first.visitor))[0])
    assert (event.conversation, event.seq, event.reopened) == (first.conversation, 2, True)
    assert stored(scene, first.conversation).status == "open"


def test_spam_stays_spam_and_makes_no_new_conversation(scene: Scene, limited: Scene) -> None:
    for where in (scene, limited):
        first = begun(where)
        process(where, where.status(first.conversation, "spam"))
        event = posted(process(where, where.post(first.visitor))[0])
        assert (event.conversation, event.reopened) == (first.conversation, False)
        assert stored(where, first.conversation).status == "spam"


def test_with_limited_history_a_solved_conversation_ends_with_the_next_message(limited: Scene) -> None:
    first = begun(limited)
    process(limited, limited.status(first.conversation, "solved"))
    second = posted(process(limited, limited.post(first.visitor, conversation=first.conversation))[0])
    assert second.conversation != first.conversation
    assert second.seq == 1
    assert stored(limited, first.conversation).ended_at == NOW
    assert process(limited, limited.reply(first.conversation)) == [Refused(Refusal.CLOSED)]
    third = posted(process(limited, limited.post(first.visitor, conversation=first.conversation))[0])
    assert (third.conversation, third.seq) == (second.conversation, 2)


def test_solving_and_writing_in_one_batch_starts_another_conversation(limited: Scene) -> None:
    first = begun(limited)
    _, second, third = process(
        limited,
        limited.status(first.conversation, "solved"),
        limited.post(first.visitor),
        limited.post(first.visitor),
    )
    assert posted(second).conversation == posted(third).conversation != first.conversation


def test_an_agents_reply_takes_the_next_seq_and_does_not_reopen(scene: Scene) -> None:
    first = begun(scene)
    process(scene, scene.status(first.conversation, "solved"))
    event = posted(process(scene, scene.reply(first.conversation))[0])
    assert (event.seq, event.author_party, event.author, event.visitor) == (
        2,
        "agent",
        scene.agent,
        first.visitor,
    )
    assert stored(scene, first.conversation).status == "solved"


def test_an_agent_who_replies_has_read_the_conversation(scene: Scene) -> None:
    first = begun(scene)
    process(scene, scene.reply(first.conversation))
    (mark,) = scene.run(lambda conn: reads.of_conversation(conn, scene.project, first.conversation))
    assert (mark.reader, mark.seq) == (scene.agent, 2)


def test_a_repeated_reply_gives_the_first_result_and_publishes_nothing(scene: Scene) -> None:
    first = begun(scene)
    command = scene.reply(first.conversation)
    process(scene, command)
    before = outbox(scene)
    (again,) = process(scene, command)
    assert isinstance(again, MessageRepeated)
    assert again.seq == 2
    assert outbox(scene) == before
    other = scene.reply(first.conversation, "another text", ref=command.ref)
    assert process(scene, other) == [Refused(Refusal.CONFLICT)]


def test_a_status_is_changed_once(scene: Scene) -> None:
    first = begun(scene)
    change, nothing = process(
        scene, scene.status(first.conversation, "pending"), scene.status(first.conversation, "pending")
    )
    assert isinstance(change, ConversationChanged)
    assert (change.seq, change.status, change.assigned, change.by) == (1, "pending", False, scene.agent)
    assert nothing is None
    assert [event for _, event in outbox(scene)][1:] == [change]


def test_a_member_is_assigned_and_unassigned_and_a_stranger_is_not(scene: Scene) -> None:
    first = begun(scene)
    results = process(
        scene,
        scene.assign(first.conversation, scene.agent),
        scene.assign(first.conversation, scene.agent),
        scene.assign(first.conversation, UserId(ids.make())),
        scene.assign(first.conversation, None),
    )
    taken, nothing, stranger, dropped = results
    assert isinstance(taken, ConversationChanged)
    assert (taken.assigned, taken.assignee, taken.assignee_name) == (True, scene.agent, "Ann")
    assert nothing is None
    assert stranger == Refused(Refusal.INVALID)
    assert isinstance(dropped, ConversationChanged)
    assert (dropped.assigned, dropped.assignee) == (True, None)
    assert stored(scene, first.conversation).assignee is None


def test_a_read_mark_only_moves_forward_and_never_beyond_the_last_message(scene: Scene) -> None:
    first = begun(scene)
    process(scene, scene.post(first.visitor), scene.post(first.visitor))
    results = process(scene, *(scene.read(first.conversation, seq) for seq in (2, 1, 2, 2**53, 3)))
    assert [None if one is None else one.seq for one in results] == [2, None, None, 3, None]  # type: ignore[union-attr]
    assert process(scene, scene.read(first.conversation, 3)) == [None]
    (mark,) = scene.run(lambda conn: reads.of_conversation(conn, scene.project, first.conversation))
    assert mark.seq == 3


def test_a_visitor_marks_only_their_own_conversation(scene: Scene) -> None:
    first, other = begun(scene), begun(scene)
    (own,) = process(scene, scene.read(first.conversation, 1, visitor=first.visitor))
    assert isinstance(own, ConversationRead)
    assert own.reader_kind == "visitor"
    foreign = scene.read(first.conversation, 1, visitor=other.visitor)
    assert process(scene, foreign) == [Refused(Refusal.NOT_FOUND)]


def test_a_command_sees_the_earlier_ones_of_its_batch(scene: Scene) -> None:
    first = begun(scene)
    results = process(
        scene,
        scene.post(first.visitor, "two"),
        scene.reply(first.conversation, "three"),
        scene.status(first.conversation, "solved"),
        scene.post(first.visitor, "four"),
        scene.read(first.conversation, 4, visitor=first.visitor),
        scene.assign(first.conversation, scene.agent),
        scene.reply(first.conversation, "a note", note=True),
    )
    assert [one.seq for one in results] == [2, 3, 3, 4, 4, 4, 5]  # type: ignore[union-attr]
    assert posted(results[3]).reopened
    assert [body for _, body in seqs(scene, first.conversation)] == [
        "hello",
        "two",
        "three",
        "four",
        "a note",
    ]
    row = stored(scene, first.conversation)
    assert (row.status, row.assignee, row.last_seq) == ("open", scene.agent, 5)


def test_nothing_is_kept_when_the_transaction_fails(scene: Scene) -> None:
    async def fail(conn: Any) -> None:
        async with conn.transaction():
            await apply(conn, [scene.post(new_visitor())], now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        scene.run(fail)
    assert outbox(scene) == []


def in_parallel(scene: Scene, batches: Sequence[Sequence[Command]]) -> list[list[Result]]:
    async def all_at_once() -> list[list[Result]]:
        pool = [await connect(scene.url) for _ in batches]

        async def one(conn: Any, batch: Sequence[Command]) -> list[Result]:
            async with conn.transaction():
                return await apply(conn, batch, now=NOW)

        try:
            return await asyncio.gather(*(one(*pair) for pair in zip(pool, batches, strict=True)))
        finally:
            for conn in pool:
                await conn.close()

    return asyncio.run(all_at_once())


def test_fifty_parallel_first_messages_make_one_conversation_with_dense_seq(scene: Scene) -> None:
    visitor = new_visitor()
    results = in_parallel(scene, [[scene.post(visitor, str(n))] for n in range(50)])
    events = [posted(one) for (one,) in results]
    assert len({event.conversation for event in events}) == 1
    assert sorted(event.seq for event in events) == list(range(1, 51))
    assert len(seqs(scene, events[0].conversation)) == 50


def test_a_ref_sent_twice_at_once_is_stored_once(scene: Scene) -> None:
    first = begun(scene)
    again = scene.post(first.visitor, "again")
    reply = scene.reply(first.conversation, "reply")
    for command in (again, reply):
        results = [one for (one,) in in_parallel(scene, [[command]] * 8)]
        assert sorted(type(one).__name__ for one in results) == ["MessagePosted"] + ["MessageRepeated"] * 7
    assert len(seqs(scene, first.conversation)) == 3


def test_batches_that_lock_conversations_in_different_orders_do_not_deadlock(
    scene: Scene,
) -> None:
    people = [begun(scene).visitor for _ in range(6)]
    orders = [people[n:] + people[:n] for n in range(6)]
    results = in_parallel(scene, [[scene.post(one) for one in order] for order in orders * 2])
    assert sum(isinstance(one, MessagePosted) for batch in results for one in batch) == 72


def test_the_table_too_allows_one_active_conversation(scene: Scene) -> None:
    first = begun(scene)
    with pytest.raises(asyncpg.UniqueViolationError):
        scene.run(
            lambda conn: conn.execute(
                "INSERT INTO conversations (project_id, id, visitor_id, last_message_at) "
                "VALUES ($1, $2, $3, now())",
                scene.project,
                ids.make(),
                first.visitor,
            )
        )
