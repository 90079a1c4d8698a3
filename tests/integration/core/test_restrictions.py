"""Renamed, muted and blocked visitors: what is stored, and what agents and the visitor find of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core import ids
from core.apply.apply import Refused, apply
from core.commands import ChangeVisitor, Command, PostMessage, WithheldMessage
from core.db.chat import changes, conversations, messages, restrictions, visitors
from core.db.chat.conversations import Filter
from core.errors import Refusal
from core.events import ConversationRead, Event, ForVisitor, MessagePosted, MessageRepeated, VisitorChanged
from core.ids import ConversationId, Ref, VisitorId
from core.model import HistoryMode, Listed
from tests.integration.core.core_fixture import NOW, CoreFixture, new_visitor
from tests.integration.core.office import Office
from tests.integration.core.test_apply import outbox, posted, process
from tests.stack import Stack


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


@pytest.fixture
def limited(stack: Stack) -> CoreFixture:
    mode: HistoryMode = "limit_to_active"
    return CoreFixture(stack.database_url, mode)


def restrict(core: CoreFixture, visitor: VisitorId, kind: Any, reason: str = "") -> ChangeVisitor:
    return ChangeVisitor(core.project, core.agent, visitor, NOW, restriction=kind, reason=reason)


def rename(core: CoreFixture, visitor: VisitorId, name: str) -> ChangeVisitor:
    return ChangeVisitor(core.project, core.agent, visitor, NOW, name=name)


def withheld(command: PostMessage) -> WithheldMessage:
    return WithheldMessage(*(getattr(command, name) for name in PostMessage.__struct_fields__))


def done(core: CoreFixture, command: Command) -> MessagePosted:
    return posted(process(core, command)[0])


def of_visitor(event: Event) -> Event:
    """The event that the visitor's own sockets get, and no agent."""
    assert isinstance(event, ForVisitor)
    return event.event


def events(core: CoreFixture) -> list[Event]:
    """All that were published, in order."""
    return [event for _, event in outbox(core)]


def inbox(core: CoreFixture, **filters: Any) -> list[Listed]:
    found: list[Listed] = core.run(
        lambda conn: conversations.page(conn, core.project, reader=core.agent, where=Filter(**filters))
    )
    return found


def muted(core: CoreFixture) -> list[Listed]:
    found: list[Listed] = core.run(
        lambda conn: conversations.muted(conn, core.project, reader=core.agent, after=None, limit=50)
    )
    return found


def one(core: CoreFixture, conversation: ConversationId) -> Listed:
    found = core.run(lambda conn: conversations.listed(conn, core.project, conversation, reader=core.agent))
    assert isinstance(found, Listed)
    return found


def bodies(core: CoreFixture, conversation: ConversationId, *, for_visitor: bool = False) -> list[str]:
    async def both(conn: Any) -> list[str]:
        newest = await messages.before(
            conn, core.project, conversation, seq=None, limit=50, for_visitor=for_visitor
        )
        later = await messages.after(
            conn, core.project, conversation, seq=0, limit=50, for_visitor=for_visitor
        )
        assert newest == later
        return [message.body for message in newest]

    found: list[str] = core.run(both)
    return found


def unread(core: CoreFixture) -> int:
    found: int = core.run(lambda conn: conversations.unread(conn, core.project, reader=core.agent)).open
    return found


def test_a_blocked_visitors_message_is_stored_for_the_visitor_alone(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    first = done(core, core.post(visitor, "hello"))
    before = one(core, first.conversation)
    assert process(core, restrict(core, visitor, "blocked")) == [None]
    second = done(core, core.post(visitor, "you fools", at=NOW + 5))
    assert (second.conversation, second.seq, second.at) == (first.conversation, 2, NOW + 5)
    assert of_visitor(events(core)[-1]) == second
    assert bodies(core, first.conversation, for_visitor=True) == ["hello", "you fools"]

    assert bodies(core, first.conversation) == ["hello"]
    assert (inbox(core), muted(core), unread(core)) == ([], [], 0)
    after = one(core, first.conversation)
    assert (after.conversation.last_seq, after.conversation.snippet, after.unread) == (
        1,
        "hello",
        before.unread,
    )
    assert after.conversation.last_message_at == before.conversation.last_message_at
    assert (after.restriction, after.withheld) == ("blocked", True)


@pytest.mark.parametrize("status", ["open", "pending", "solved", "spam"])
@pytest.mark.parametrize("assigned", ["any", "none"])
def test_no_list_has_a_blocked_visitors_conversation(
    core_fixture: CoreFixture, status: Any, assigned: Any
) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor)).conversation
    if status != "open":
        process(core, core.status(talk, status))
    assert [row.conversation.id for row in inbox(core, statuses=(status,), assigned=assigned)] == [talk]
    process(core, restrict(core, visitor, "blocked"))
    assert inbox(core, statuses=(status,), assigned=assigned) == []


def test_an_unblocked_visitor_comes_back_with_everything(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor, "hello")).conversation
    process(core, restrict(core, visitor, "blocked"))
    process(core, core.post(visitor, "still  there?\n" + "x" * 200, at=NOW + 9))
    process(core, restrict(core, visitor, ""))
    (row,) = inbox(core)
    assert (row.conversation.id, row.conversation.last_seq, row.unread) == (talk, 2, 2)
    assert row.conversation.last_message_at == NOW + 9
    assert row.conversation.snippet.startswith("still there? xxx") and len(row.conversation.snippet) == 100
    assert len(bodies(core, talk)) == 2
    assert isinstance(process(core, core.reply(talk))[0], MessagePosted)
    process(core, core.post(visitor, "thanks"))
    assert isinstance(events(core)[-1], MessagePosted), "agents hear of it again"


def test_agents_cannot_answer_what_they_do_not_see(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor)).conversation
    mine = core.reply(talk)
    process(core, mine)
    process(core, restrict(core, visitor, "blocked"))
    blocked = Refused(Refusal.BLOCKED)
    commands = [core.reply(talk), core.reply(talk, note=True), core.status(talk, "solved")]
    assert process(core, *commands, core.assign(talk, core.agent)) == [blocked] * 4
    assert isinstance(process(core, mine)[0], MessageRepeated), "the first result of a reply before the block"


def test_an_agents_read_mark_stops_where_the_agent_does(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor)).conversation
    process(core, restrict(core, visitor, "blocked"))
    process(core, core.post(visitor))
    (mark,) = process(core, core.read(talk, 50))
    assert isinstance(mark, ConversationRead) and mark.seq == 1


def test_a_blocked_visitors_read_mark_is_answered_to_the_visitor_alone(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor)).conversation
    process(core, restrict(core, visitor, "blocked"))
    process(core, core.post(visitor))
    (mark,) = process(core, core.read(talk, 2, visitor=visitor))
    assert isinstance(mark, ConversationRead) and mark.seq == 2
    assert of_visitor(events(core)[-1]) == mark
    assert one(core, talk).visitor_read_seq <= 1


def test_what_a_blocked_visitor_reopens_looks_unchanged_in_the_history(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor)).conversation
    process(core, core.status(talk, "solved"))
    process(core, restrict(core, visitor, "blocked"))
    assert done(core, core.post(visitor)).reopened, "as for any visitor"
    found = core.run(lambda conn: changes.between(conn, core.project, talk, first=0, last=None))
    assert [change.status for change in found] == ["solved"]


def test_a_blocked_visitors_next_conversation_begins_in_silence(limited: CoreFixture) -> None:
    core, visitor = limited, new_visitor()
    first = done(core, core.post(visitor, "hello")).conversation
    process(core, core.status(first, "solved"))
    process(core, restrict(core, visitor, "blocked"))
    second = done(core, core.post(visitor, "again"))
    assert second.conversation != first and second.seq == 1
    assert (inbox(core), bodies(core, second.conversation)) == ([], [])
    past = core.run(
        lambda conn: conversations.all_of_visitor(conn, core.project, visitor, before=None, limit=9)
    )
    assert [row.id for row in past] == [first]
    process(core, restrict(core, visitor, ""))
    assert {row.conversation.id for row in inbox(core)} == {first, second.conversation}


def test_a_first_message_that_waits_for_a_block_and_the_next_conversation_goes_there(
    limited: CoreFixture,
) -> None:
    """Its snapshot shows neither; the row that it waited for has ended, with as many messages as before."""
    core, visitor = limited, new_visitor()
    first = done(core, core.post(visitor, "hello")).conversation
    process(core, core.status(first, "solved"))

    async def block(conn: Any) -> None:
        await apply(conn, [restrict(core, visitor, "blocked")], now=NOW)
        await apply(conn, [core.post(visitor, "one", ongoing=True)], now=NOW)

    async def write(conn: Any) -> Any:
        return await apply(conn, [core.post(visitor, "two")], now=NOW)

    with Office(core.url) as office:
        _, (event,) = office.race(block, write)
    second = posted(event)
    assert of_visitor(events(core)[-1]) == second
    assert second.seq == 2 and second.conversation != first
    assert bodies(core, second.conversation, for_visitor=True) == ["one", "two"]
    assert (inbox(core), bodies(core, second.conversation)) == ([], [])


def test_a_visitor_whose_conversations_were_deleted_stays_blocked(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor)).conversation
    process(core, restrict(core, visitor, "blocked"))
    core.run(lambda conn: conn.execute("DELETE FROM conversations WHERE id = $1", talk))
    done(core, core.post(visitor))
    assert isinstance(events(core)[-1], ForVisitor)
    assert inbox(core) == []


def test_a_muted_visitors_message_is_only_in_the_list_of_muted_ones(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor, "hello")).conversation
    process(core, restrict(core, visitor, "muted"))
    event = done(core, core.post(visitor, "again", at=NOW + 7))
    last = events(core)[-1]
    assert isinstance(last, ForVisitor) and last.muted and last.event == event
    assert (inbox(core), unread(core)) == ([], 0)
    (row,) = muted(core)
    assert (row.conversation.id, row.conversation.snippet, row.restriction) == (talk, "again", "muted")
    assert row.conversation.last_message_at == NOW + 7
    assert bodies(core, talk) == ["hello", "again"]
    answer = process(core, core.reply(talk))[0]
    assert events(core)[-1] == answer, "an agent's answer is an ordinary message"
    process(core, restrict(core, visitor, ""))
    assert [row.conversation.id for row in inbox(core)] == [talk]
    assert muted(core) == []


def test_a_blocked_visitor_can_be_muted_instead(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor)).conversation
    process(core, restrict(core, visitor, "blocked"))
    process(core, core.post(visitor, "second"))
    process(core, restrict(core, visitor, "muted", "calmed down"))
    assert bodies(core, talk) == ["hello", "second"]
    assert [row.conversation.id for row in muted(core)] == [talk]
    found = core.run(lambda conn: restrictions.page(conn, core.project, before=None, limit=9))
    assert [(row.visitor, row.kind, row.reason, row.by_name) for row in found] == [
        (visitor, "muted", "calmed down", "Ann")
    ]


def test_a_message_from_a_blocked_address_is_withheld_until_one_from_another(
    core_fixture: CoreFixture,
) -> None:
    core, visitor = core_fixture, new_visitor()
    first = done(core, withheld(core.post(visitor, "spam")))
    assert (first.seq, of_visitor(events(core)[-1])) == (1, first)
    assert (inbox(core), bodies(core, first.conversation)) == ([], [])
    assert bodies(core, first.conversation, for_visitor=True) == ["spam"]
    second = done(core, core.post(visitor, "from home", at=NOW + 3))
    assert events(core)[-1] == second
    (row,) = inbox(core)
    assert (row.conversation.last_seq, row.conversation.snippet) == (2, "from home")
    assert bodies(core, first.conversation) == ["spam", "from home"]


def test_a_repeated_message_from_a_blocked_address_is_the_same_message(core_fixture: CoreFixture) -> None:
    core, visitor, ref = core_fixture, new_visitor(), Ref(ids.make())
    first = done(core, withheld(core.post(visitor, ref=ref)))
    (again,) = process(core, core.post(visitor, ref=ref))
    assert isinstance(again, MessageRepeated)
    assert again.message == first.message
    assert inbox(core) == [], "nothing new was written"


def test_an_agent_names_a_visitor_and_the_page_does_not_rename_them(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor, meta={"name": "Jonas"})).conversation
    (event,) = process(core, rename(core, visitor, "Jonas (late payer)"))
    assert isinstance(event, VisitorChanged)
    assert (event.name, event.facts) == ("Jonas (late payer)", {"name": "Jonas"})
    later = done(core, core.post(visitor, meta={"name": "Jonas Weber"}))
    assert later.author_name == one(core, talk).visitor_name == "Jonas (late payer)"
    assert process(core, rename(core, visitor, "Jonas (late payer)")) == [None]
    (event,) = process(core, rename(core, visitor, ""))
    assert isinstance(event, VisitorChanged) and event.name == "Jonas Weber"


def test_a_visitor_never_reads_the_name_that_an_agent_gave(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor)).conversation
    process(core, rename(core, visitor, "Troll"))
    process(core, core.post(visitor))
    own: Any = read(core, talk, for_visitor=True)
    assert {message.sender_name for message in own} == {f"Visitor #{visitor.hex()[-6:]}"}
    assert {message.sender_name for message in read(core, talk, for_visitor=False)} == {"Troll"}
    (mark,) = process(core, core.read(talk, 2, visitor=visitor))
    assert isinstance(mark, ConversationRead) and "Troll" not in mark.reader_name


def read(core: CoreFixture, talk: ConversationId, *, for_visitor: bool) -> Any:
    work: Callable[[Any], Awaitable[Any]] = lambda conn: messages.before(  # noqa: E731
        conn, core.project, talk, seq=None, limit=9, for_visitor=for_visitor
    )
    return core.run(work)


def test_someone_who_never_wrote_cannot_be_named_or_blocked(core_fixture: CoreFixture) -> None:
    core = core_fixture
    stranger = new_visitor()
    assert process(core, rename(core, stranger, "X"), restrict(core, stranger, "muted")) == [
        Refused(Refusal.NOT_FOUND),
        Refused(Refusal.NOT_FOUND),
    ]


def test_facts_of_a_blocked_visitor_are_stored_and_not_published(core_fixture: CoreFixture) -> None:
    core, visitor = core_fixture, new_visitor()
    process(core, core.post(visitor))
    process(core, restrict(core, visitor, "blocked"))
    count = len(events(core))
    assert process(core, core.identify(visitor, {"name": "Mallory"})) == [None]
    assert len(events(core)) == count
    found = core.run(lambda conn: visitors.by_id(conn, core.project, visitor))
    assert found is not None and found.name == "Mallory"


@pytest.mark.parametrize("part", ["jonas", "JONAS W", "example.com", "late", "#"])
def test_conversations_are_found_by_a_part_of_the_visitors_name_or_address(
    core_fixture: CoreFixture, part: str
) -> None:
    core, visitor = core_fixture, new_visitor()
    talk = done(core, core.post(visitor, meta={"name": "Jonas Weber", "email": "j@example.com"})).conversation
    process(core, rename(core, visitor, "Late payer"))
    assert [row.conversation.id for row in inbox(core, visitor=part)] == [talk]
    assert inbox(core, visitor="Mallory") == []
