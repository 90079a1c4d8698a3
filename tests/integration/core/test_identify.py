"""The facts that a page sends about its visitor are stored once and published."""

from typing import Any

import pytest

from core.apply.apply import Refused
from core.db.chat import messages, visitors
from core.errors import Refusal
from core.events import ConversationRead, VisitorChanged
from core.ids import ConversationId, VisitorId
from core.model import Meta, Visitor
from tests.integration.core.core_fixture import NOW, CoreFixture, new_visitor
from tests.integration.core.test_apply import outbox, posted, process
from tests.stack import Stack

JONAS: Meta = {"name": "Jonas Weber", "email": "jonas@example.com", "orders": 3}


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


def known(core_fixture: CoreFixture, visitor: VisitorId) -> Visitor:
    found: Visitor | None = core_fixture.run(lambda conn: visitors.by_id(conn, core_fixture.project, visitor))
    assert found is not None
    return found


def names(core_fixture: CoreFixture, conversation: ConversationId) -> list[str]:
    found: Any = core_fixture.run(
        lambda conn: messages.before(
            conn, core_fixture.project, conversation, seq=None, limit=50, for_visitor=False
        )
    )
    return [message.sender_name for message in found]


def version(core_fixture: CoreFixture, visitor: VisitorId) -> str:
    """The version of the row: another one after every write."""
    return str(
        core_fixture.run(
            lambda conn: conn.fetchval(
                "SELECT xmin::text FROM visitors WHERE project_id = $1 AND id = $2",
                core_fixture.project,
                visitor,
            )
        )
    )


def test_the_first_message_names_its_visitor(core_fixture: CoreFixture) -> None:
    visitor = new_visitor()
    event = posted(process(core_fixture, core_fixture.post(visitor, meta=JONAS))[0])
    assert event.author_name == "Jonas Weber"
    assert (known(core_fixture, visitor).name, known(core_fixture, visitor).facts) == ("Jonas Weber", JONAS)


def test_a_later_message_names_the_visitor_and_all_earlier_ones(core_fixture: CoreFixture) -> None:
    visitor = new_visitor()
    first = posted(process(core_fixture, core_fixture.post(visitor))[0])
    assert first.author_name.startswith("Visitor #")
    second = posted(process(core_fixture, core_fixture.post(visitor, meta=JONAS))[0])
    assert second.author_name == "Jonas Weber"
    assert names(core_fixture, first.conversation) == ["Jonas Weber", "Jonas Weber"]


def test_known_facts_are_not_written_again(core_fixture: CoreFixture) -> None:
    visitor = new_visitor()
    process(core_fixture, core_fixture.post(visitor, meta=JONAS))
    before = version(core_fixture, visitor)
    process(
        core_fixture,
        core_fixture.post(visitor, meta=JONAS),
        core_fixture.post(visitor),
        core_fixture.identify(visitor, JONAS),
    )
    assert version(core_fixture, visitor) == before
    process(core_fixture, core_fixture.post(visitor, meta={"orders": 4}))
    assert version(core_fixture, visitor) != before
    assert known(core_fixture, visitor).facts == JONAS | {"orders": 4}


def test_a_change_between_two_messages_is_published(core_fixture: CoreFixture) -> None:
    visitor = new_visitor()
    first = posted(process(core_fixture, core_fixture.post(visitor))[0])
    again, event = process(
        core_fixture, core_fixture.identify(visitor, JONAS), core_fixture.identify(visitor, {"name": "Jo"})
    )
    assert isinstance(again, VisitorChanged)
    assert event == VisitorChanged(
        core_fixture.project, first.conversation, 1, visitor, NOW, "Jo", JONAS | {"name": "Jo"}
    )
    assert (None, event) in outbox(core_fixture), (
        "published, and not logged for resuming: older servers could not read it"
    )
    assert process(core_fixture, core_fixture.identify(visitor, {"name": "Jo"})) == [None]


def test_facts_of_a_visitor_who_never_wrote_are_not_stored(core_fixture: CoreFixture) -> None:
    visitor = new_visitor()
    assert process(core_fixture, core_fixture.identify(visitor, JONAS)) == [Refused(Refusal.NOT_FOUND)]
    assert core_fixture.run(lambda conn: visitors.by_id(conn, core_fixture.project, visitor)) is None


def test_without_a_name_the_visitor_gets_the_placeholder_again(core_fixture: CoreFixture) -> None:
    visitor = new_visitor()
    process(
        core_fixture, core_fixture.post(visitor, meta=JONAS), core_fixture.identify(visitor, {"name": None})
    )
    assert known(core_fixture, visitor).name == f"Visitor #{visitor.hex()[-6:]}"


def test_a_new_conversation_has_the_visitors_name(stack: Stack) -> None:
    limited = CoreFixture(stack.database_url, "limit_to_active")
    visitor = new_visitor()
    first = posted(process(limited, limited.post(visitor, meta=JONAS))[0])
    _, second = process(limited, limited.status(first.conversation, "solved"), limited.post(visitor))
    assert posted(second).author_name == "Jonas Weber"
    assert posted(second).conversation != first.conversation


def test_a_read_mark_has_the_name_of_its_reader(core_fixture: CoreFixture) -> None:
    visitor = new_visitor()
    talk = posted(process(core_fixture, core_fixture.post(visitor, meta=JONAS))[0]).conversation
    _, event = process(core_fixture, core_fixture.reply(talk), core_fixture.read(talk, 2, visitor=visitor))
    assert isinstance(event, ConversationRead)
    assert event.reader_name == "Jonas Weber"
