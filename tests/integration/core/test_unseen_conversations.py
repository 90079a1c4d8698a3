"""Conversations from blocked addresses that agents have never seen are deleted after their time."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from core.ids import VisitorId
from tests.integration.core.core_fixture import NOW, CoreFixture, connect, new_visitor
from tests.integration.core.test_apply import process
from tests.integration.core.test_deletion import rows_of, sweep
from tests.integration.core.test_restrictions import bodies, done, inbox, restrict, withheld
from tests.stack import Stack
from worker.janitor import deleted_conversations, unseen_conversations
from worker.janitor.unseen_conversations import DAY, TTL


@pytest.fixture
def core(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


def unseen(core: CoreFixture, stack: Stack, visitor: VisitorId | None = None, *, days: float = 31) -> Any:
    """A conversation that began at a blocked address so many days ago."""
    event = done(core, withheld(core.post(visitor or new_visitor(), "let me in")))
    age(stack, event, days=days)
    return event


def age(stack: Stack, event: Any, *, days: float) -> None:
    key = UUID(bytes=event.conversation)
    for statement in (
        "UPDATE conversations SET created_at = to_timestamp($2) WHERE id = $1",
        "UPDATE messages SET at = to_timestamp($2) WHERE conversation_id = $1",
    ):
        stack.sql(statement, key, (NOW - days * DAY) / 1000)


def look(core: CoreFixture) -> None:
    core.run(lambda conn: unseen_conversations.sweep(conn, now=NOW))


def test_it_is_deleted_with_its_rows(core: CoreFixture, stack: Stack) -> None:
    event, other = unseen(core, stack), CoreFixture(stack.database_url)
    theirs = unseen(other, stack, days=29)
    look(core)
    assert bodies(core, event.conversation, for_visitor=True) == []
    asyncio.run(sweep(stack, now=NOW + deleted_conversations.SETTLED))
    assert rows_of(stack, event.conversation) == {}
    assert rows_of(stack, theirs.conversation) == {"conversations": 1, "messages": 1}


def test_one_that_is_younger_stays(core: CoreFixture, stack: Stack) -> None:
    young = unseen(core, stack, days=TTL / DAY)
    answered = unseen(core, stack)
    again = done(core, withheld(core.post(answered.visitor, "hello again")))
    assert again.conversation == answered.conversation
    look(core)
    assert bodies(core, young.conversation, for_visitor=True) == ["let me in"]
    assert bodies(core, answered.conversation, for_visitor=True) == ["let me in", "hello again"]


def test_one_that_agents_have_seen_a_part_of_stays(core: CoreFixture, stack: Stack) -> None:
    first = done(core, core.post(new_visitor(), "hello"))
    done(core, withheld(core.post(first.visitor, "from elsewhere")))
    age(stack, first, days=31)
    look(core)
    assert bodies(core, first.conversation) == ["hello"]
    assert bodies(core, first.conversation, for_visitor=True) == ["hello", "from elsewhere"]


def test_one_of_a_visitor_whom_agents_know_stays(stack: Stack) -> None:
    core = CoreFixture(stack.database_url, "limit_to_active")
    known = done(core, core.post(new_visitor(), "hello"))
    process(core, core.status(known.conversation, "solved"))
    later = unseen(core, stack, known.visitor)
    assert later.conversation != known.conversation
    blocked = unseen(core, stack)
    process(core, restrict(core, blocked.visitor, "blocked"))
    noted = unseen(core, stack)
    stack.sql(
        "INSERT INTO visitor_notes (project_id, id, visitor_id, text, created_at) "
        "VALUES ($1, gen_random_uuid(), $2, 'x', now())",
        UUID(bytes=core.project),
        UUID(bytes=noted.visitor),
    )
    look(core)
    for event in (later, blocked, noted):
        assert bodies(core, event.conversation, for_visitor=True) == ["let me in"]


def test_a_visitor_who_comes_back_from_another_address_begins_anew(core: CoreFixture, stack: Stack) -> None:
    event = unseen(core, stack)
    look(core)
    back = done(core, core.post(event.visitor, "from home"))
    assert back.conversation != event.conversation
    assert [row.conversation.id for row in inbox(core)] == [back.conversation]


def test_one_that_is_being_written_in_is_left_to_the_next_round(core: CoreFixture, stack: Stack) -> None:
    event = unseen(core, stack)

    async def work() -> None:
        writer, janitor = await connect(stack.database_url), await connect(stack.database_url)
        try:
            async with writer.transaction():
                await writer.execute(
                    "SELECT FROM conversations WHERE project_id = $1 AND id = $2 FOR UPDATE",
                    core.project,
                    event.conversation,
                )
                await unseen_conversations.sweep(janitor, now=NOW)  # does not wait
        finally:
            await writer.close()
            await janitor.close()

    asyncio.run(work())
    assert bodies(core, event.conversation, for_visitor=True) == ["let me in"]
    look(core)
    assert bodies(core, event.conversation, for_visitor=True) == []


def test_a_round_ends(core: CoreFixture, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    look(core)  # what other tests have left
    monkeypatch.setattr(unseen_conversations, "BATCH_SIZE", 2)
    monkeypatch.setattr(unseen_conversations, "ROUNDS", 2)
    events = [unseen(core, stack, days=40 - number) for number in range(5)]
    look(core)
    left = [event for event in events if bodies(core, event.conversation, for_visitor=True)]
    assert left == events[4:], "the oldest first"
