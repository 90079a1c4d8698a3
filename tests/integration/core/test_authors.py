"""Hop 5 on a real Postgres: messages that neither a visitor nor an agent wrote, and those of 0.2.0."""

import pytest
from msgspec import structs

from core import ids
from core.apply.apply import Refused
from core.commands import EarlierPostMessage
from core.db.chat import messages, reads
from core.errors import Refusal
from core.events import CommandRefused, ConversationRead, MessageRepeated
from core.ids import NO_SOCKET, SYSTEM, ConversationId, Ref, SocketId
from core.model import Author
from tests.integration.core.core_fixture import CoreFixture, new_visitor
from tests.integration.core.test_apply import begun, outbox, posted, process, stored
from tests.stack import Stack


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


@pytest.mark.parametrize("party", ["assistant", "system"])
def test_what_no_person_wrote_takes_the_next_seq_and_is_read_by_nobody(
    core_fixture: CoreFixture, party: str
) -> None:
    first, author = begun(core_fixture), Author(party, SYSTEM, "Helper")
    process(core_fixture, core_fixture.status(first.conversation, "solved"))
    event = posted(
        process(core_fixture, core_fixture.reply(first.conversation, "an answer", author=author))[0]
    )
    assert (event.seq, event.author_party, event.author, event.author_name) == (2, party, SYSTEM, "Helper")
    assert event.visitor == first.visitor and event.origin is None and not event.reopened
    assert (
        core_fixture.run(lambda conn: reads.of_conversation(conn, core_fixture.project, first.conversation))
        == []
    )
    kept = stored(core_fixture, first.conversation)
    assert (kept.status, kept.last_seq, kept.snippet) == ("solved", 2, "an answer")
    row = core_fixture.run(
        lambda conn: messages.by_ref(conn, core_fixture.project, SYSTEM, event.ref)  # type: ignore[arg-type]
    )
    assert (row.party, row.sender, row.sender_name, row.seq) == (party, SYSTEM, "Helper", 2)
    assert [one for _, one in outbox(core_fixture)][-1] == event


def test_an_assistants_note_marks_nothing_as_read(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    note = core_fixture.reply(
        first.conversation, "spam?", note=True, author=Author("assistant", SYSTEM, "AI")
    )
    posted(process(core_fixture, note)[0])
    assert not any(isinstance(event, ConversationRead) for _, event in outbox(core_fixture))


def test_an_assistants_message_is_repeated_and_refused_as_an_agents_is(stack: Stack) -> None:
    limited = CoreFixture(stack.database_url, "limit_to_active")
    first, author = begun(limited), Author("assistant", SYSTEM, "AI")
    command = limited.reply(first.conversation, author=author)
    process(limited, command)
    before = outbox(limited)
    (again,) = process(limited, command)
    assert isinstance(again, MessageRepeated) and again.seq == 2
    other = limited.reply(first.conversation, "another text", ref=command.ref, author=author)
    nowhere = limited.reply(ConversationId(ids.make()), author=author)
    assert process(limited, other, nowhere) == [Refused(Refusal.CONFLICT), Refused(Refusal.NOT_FOUND)]
    assert outbox(limited) == before, "no socket waits for it"
    process(limited, limited.status(first.conversation, "solved"), limited.post(first.visitor))
    assert process(limited, limited.reply(first.conversation, author=author)) == [Refused(Refusal.CLOSED)]


def test_the_events_of_a_message_of_0_2_0_name_its_socket_and_those_of_today_none(
    core_fixture: CoreFixture,
) -> None:
    """A server of 0.2.0 finds the sender by them; today's keeps it to itself."""
    visitor, nowhere, socket = new_visitor(), ConversationId(ids.make()), SocketId(ids.make())
    today = core_fixture.post(visitor), core_fixture.post(visitor, conversation=nowhere)
    earlier = [EarlierPostMessage(**structs.asdict(one), origin=socket, rid=9) for one in today]
    stored, refused = process(core_fixture, *(structs.replace(one, ref=Ref(ids.make())) for one in earlier))
    assert (posted(stored).origin, posted(stored).author) == (socket, visitor)
    assert isinstance(refused, CommandRefused) and (refused.origin, refused.rid) == (socket, 9)
    stored, refused = process(core_fixture, *today)
    assert posted(stored).origin is None
    assert isinstance(refused, CommandRefused) and (refused.origin, refused.rid) == (NO_SOCKET, 0)
