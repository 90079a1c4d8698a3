"""A deleted conversation is gone for all at once; its rows and its names in Redis follow in batches."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from core import ids
from core.apply.apply import apply
from core.apply.result import Refused
from core.bus import connection, names, resume_log
from core.bus.resume_log import Have, Place
from core.command_codec import encode
from core.commands import Command
from core.db.chat import conversations, messages
from core.errors import Refusal
from core.events import ConversationDeleted, MessagePosted
from core.ids import ConversationId
from tests.integration.core.core_fixture import NOW, CoreFixture, connect, new_visitor
from tests.stack import Stack
from worker.janitor import deleted_conversations

OF_CONVERSATIONS = (
    "SELECT table_name FROM information_schema.columns "
    "WHERE column_name = 'conversation_id' AND table_schema = 'public' AND table_name <> 'outbox' ORDER BY 1"
)


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


def process(core_fixture: CoreFixture, *commands: Command) -> list[Any]:
    async def once(conn: Any) -> Any:
        async with conn.transaction():
            return await apply(conn, commands, now=NOW)

    done: list[Any] = core_fixture.run(once)
    return done


def begun(core_fixture: CoreFixture) -> MessagePosted:
    """A conversation with a reply, a note, a read mark and a change."""
    (first,) = process(core_fixture, core_fixture.post(new_visitor()))
    process(
        core_fixture,
        core_fixture.reply(first.conversation),
        core_fixture.reply(first.conversation, note=True),
        core_fixture.read(first.conversation, 1, visitor=first.visitor),
        core_fixture.assign(first.conversation, core_fixture.agent),
    )
    made: MessagePosted = first
    return made


def rows_of(stack: Stack, conversation: ConversationId) -> dict[str, int]:
    """Rows of the conversation, by table; tables without any are left out."""
    counts = {"conversations": "SELECT count(*) FROM conversations WHERE id = $1"} | {
        table: f"SELECT count(*) FROM {table} WHERE conversation_id = $1"  # noqa: S608  names of the schema
        for table in (row[0] for row in stack.sql(OF_CONVERSATIONS))
    }
    found = {table: stack.sql(count, UUID(bytes=conversation))[0][0] for table, count in counts.items()}
    return {table: count for table, count in found.items() if count}


async def sweep(stack: Stack, *, now: int) -> None:
    conn = await connect(stack.database_url)
    try:
        async with connection.client(stack.redis_url, connections=2) as redis:
            await deleted_conversations.sweep(conn, redis, now=now)
    finally:
        await conn.close()


def test_a_deleted_conversation_is_hidden_at_once(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    project, place = core_fixture.project, first.conversation
    (event,) = process(core_fixture, core_fixture.delete(place))
    assert event == ConversationDeleted(project, place, 3, first.visitor, NOW, core_fixture.agent, "Ann")
    for found in (
        lambda conn: conversations.by_id(conn, project, place),
        lambda conn: conversations.listed(conn, project, place, reader=core_fixture.agent),
        lambda conn: conversations.of_visitor(conn, project, first.visitor),
    ):
        assert core_fixture.run(found) is None
    for read in (
        lambda conn: conversations.page(conn, project, reader=core_fixture.agent),
        lambda conn: messages.before(conn, project, place, seq=None, limit=9, for_visitor=False),
        lambda conn: messages.after(conn, project, place, seq=0, limit=9, for_visitor=False),
    ):
        assert core_fixture.run(read) == []
    counts = core_fixture.run(lambda conn: conversations.unread(conn, project, reader=core_fixture.agent))
    assert (counts.open, counts.mine) == (0, 0)


def test_a_deletion_is_repeated_without_effect_and_all_else_finds_nothing(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    place = first.conversation
    process(core_fixture, core_fixture.delete(place))
    assert process(core_fixture, core_fixture.delete(place)) == [None]
    assert (
        process(
            core_fixture,
            core_fixture.reply(place),
            core_fixture.reply(place, note=True),
            core_fixture.status(place, "solved"),
            core_fixture.assign(place, core_fixture.agent),
            core_fixture.read(place, 9),
            core_fixture.read(place, 9, visitor=first.visitor),
            core_fixture.delete(ConversationId(ids.make())),
        )
        == [Refused(Refusal.NOT_FOUND)] * 7
    )


@pytest.mark.parametrize("names_it", [True, False])
@pytest.mark.parametrize("together", [True, False])
def test_the_next_text_of_the_visitor_starts_another_conversation(
    core_fixture: CoreFixture, names_it: bool, together: bool
) -> None:
    first = begun(core_fixture)
    place = first.conversation
    text = core_fixture.post(first.visitor, "still here", conversation=place if names_it else None)
    if together:
        _, event = process(core_fixture, core_fixture.delete(place), text)
    else:
        process(core_fixture, core_fixture.delete(place))
        (event,) = process(core_fixture, text)
    assert isinstance(event, MessagePosted)
    assert (event.seq, event.conversation == place) == (1, False)
    found = core_fixture.run(lambda conn: conversations.of_visitor(conn, core_fixture.project, first.visitor))
    assert (found.id, found.last_seq) == (event.conversation, 1)


def test_an_ended_conversation_can_be_deleted_and_the_next_one_stays(stack: Stack) -> None:
    limited = CoreFixture(stack.database_url, "limit_to_active")
    (first,) = process(limited, limited.post(new_visitor()))
    process(limited, limited.status(first.conversation, "solved"))
    (second,) = process(limited, limited.post(first.visitor))
    process(limited, limited.delete(first.conversation))
    (row,) = limited.run(lambda conn: conversations.page(conn, limited.project, reader=limited.agent))
    assert row.conversation.id == second.conversation
    (third,) = process(limited, limited.post(first.visitor))
    assert (third.conversation, third.seq) == (second.conversation, 2)


def test_texts_that_come_while_a_conversation_is_deleted_are_in_one_of_two_and_whole(
    core_fixture: CoreFixture,
) -> None:
    """Each text is stored once: with the deleted conversation, or in the one after it, which begins at 1."""

    async def race(_: Any) -> list[Any]:
        results = []
        for _ in range(12):
            visitor = new_visitor()
            (first,) = await one(core_fixture.post(visitor))
            done = await asyncio.gather(
                one(*(core_fixture.post(visitor, str(n), conversation=first.conversation) for n in range(3))),
                one(core_fixture.delete(first.conversation)),
                one(core_fixture.reply(first.conversation)),
            )
            results.append((first, done))
        return results

    async def one(*commands: Command) -> Any:
        conn = await connect(core_fixture.url)
        try:
            async with conn.transaction():
                return await apply(conn, commands, now=NOW)
        finally:
            await conn.close()

    for first, (texts, (deleted,), (reply,)) in core_fixture.run(race):
        assert isinstance(deleted, ConversationDeleted)
        before = [text for text in texts if text.conversation == first.conversation]
        after = [text for text in texts if text.conversation != first.conversation]
        assert [text.seq for text in after] == list(range(1, len(after) + 1))
        assert not before or not after, "a batch is one transaction: before the deletion, or after it"
        replied = isinstance(reply, MessagePosted)
        assert replied or reply == Refused(Refusal.NOT_FOUND)
        assert deleted.seq == 1 + len(before) + replied


def test_the_janitor_removes_every_row_and_every_name_but_the_visitor(
    core_fixture: CoreFixture, stack: Stack
) -> None:
    first, other = begun(core_fixture), begun(core_fixture)
    project, place = core_fixture.project, first.conversation
    event = UUID(bytes=ids.make())
    for table in ("consumer_events", "quarantined_events"):
        more = (
            ("consumer, subscriber_id, ", "'assignment_mail', $2, ")
            if table[0] == "c"
            else ("reason, ", "'x', ")
        )
        stack.sql(
            f"INSERT INTO {table} (project_id, event_id, {more[0]}kind, conversation_id, due_at, created_at) "  # noqa: S608
            f"VALUES ($1, $2, {more[1]}'conversation_assigned', $3, now() + interval '1 hour', now())",
            UUID(bytes=project),
            event,
            UUID(bytes=place),
        )
    stack.sql(
        "INSERT INTO dead_letters (id, shard, entry_id, payload, reason, tries) "
        "VALUES ($1, 0, $2, $3, 'x', 1)",
        event,
        f"1-{event.hex[:4]}",
        encode(core_fixture.post(first.visitor, "the secret", conversation=place)),
    )
    filled = rows_of(stack, place)
    assert set(filled) >= {
        "consumer_events",
        "conversation_changes",
        "conversations",
        "messages",
        "quarantined_events",
        "reads",
    }
    untouched = rows_of(stack, other.conversation)
    process(core_fixture, core_fixture.delete(place))

    async def work() -> None:
        async with connection.client(stack.redis_url, connections=2) as redis:
            session = names.session(project, first.visitor)
            kept = [names.log(project, place), names.last(project, place), names.change(project, place)]
            await redis.rpush(kept[0], ["event"])
            await redis.set(kept[1], 3)
            await redis.set(kept[2], 1)
            await redis.hset(
                session, {"conversation": bytes(place), "agent_read": 2, "url": "https://x.test"}
            )
            await sweep(stack, now=NOW + 1_000)
            assert rows_of(stack, place) == {"conversations": 1}, "the visitor's client may still name it"
            await sweep(stack, now=NOW + deleted_conversations.SETTLED)
            assert rows_of(stack, place) == {}
            assert await redis.exists(kept) == 0
            assert await redis.hgetall(session) == {b"url": b"https://x.test"}

    asyncio.run(work())
    assert stack.sql("SELECT count(*) FROM dead_letters WHERE id = $1", event)[0][0] == 0
    assert stack.sql("SELECT count(*) FROM visitors WHERE id = $1", UUID(bytes=first.visitor))[0][0] == 1
    assert rows_of(stack, other.conversation) == untouched


def test_a_large_conversation_is_removed_in_rounds_that_end(
    core_fixture: CoreFixture, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    while stack.sql("SELECT FROM conversations WHERE deleted_at IS NOT NULL"):  # what other tests have left
        asyncio.run(sweep(stack, now=NOW + 10 * deleted_conversations.SETTLED))
    monkeypatch.setattr(deleted_conversations, "PORTION", 10)
    monkeypatch.setattr(deleted_conversations, "PORTIONS", 3)
    (first,) = process(core_fixture, core_fixture.post(new_visitor()))
    process(core_fixture, *(core_fixture.post(first.visitor, str(n)) for n in range(44)))
    small = begun(core_fixture)
    process(core_fixture, core_fixture.delete(first.conversation))
    process(core_fixture, core_fixture.delete(small.conversation, at=NOW + 1))  # the later one comes later
    left = []
    for _ in range(3):
        asyncio.run(sweep(stack, now=NOW + 10 * deleted_conversations.SETTLED))
        left.append(rows_of(stack, first.conversation).get("messages", 0))
    assert left == [15, 0, 0]
    asyncio.run(sweep(stack, now=NOW + 10 * deleted_conversations.SETTLED))
    assert rows_of(stack, first.conversation) == rows_of(stack, small.conversation) == {}


def test_another_conversation_of_the_visit_is_not_forgotten(core_fixture: CoreFixture, stack: Stack) -> None:
    first = begun(core_fixture)
    later = ConversationId(ids.make())

    async def work() -> None:
        async with connection.client(stack.redis_url, connections=2) as redis:
            session = names.session(core_fixture.project, first.visitor)
            await redis.hset(session, {"conversation": bytes(later)})
            await resume_log.forget(redis, [Place(core_fixture.project, first.conversation, first.visitor)])
            assert await redis.hget(session, "conversation") == bytes(later)
            (missed,) = await resume_log.since(redis, core_fixture.project, [Have(first.conversation, 3)])
            assert (missed.whole, missed.events) == (False, [])

    asyncio.run(work())
