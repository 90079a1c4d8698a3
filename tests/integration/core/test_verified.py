"""A visitor whom the site has vouched for: one row for all devices, which unsigned facts do not overwrite."""

import asyncio
from typing import Any, Final

import pytest

from core import ids
from core.apply.apply import Refused, Result, apply
from core.commands import VerifyVisitor
from core.db.chat import conversations, visitors
from core.errors import Refusal
from core.events import VisitorChanged
from core.ids import ProjectId, VisitorId
from core.model import Meta, Visitor
from tests.integration.core.core_fixture import NOW, CoreFixture, connect, new_visitor
from tests.integration.core.test_apply import outbox, posted, process
from tests.stack import Stack

JONAS: Final[Meta] = {"name": "Jonas Weber", "email": "jonas@example.com", "orders": 3}


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


def vouched(
    core_fixture: CoreFixture, facts: Meta = JONAS, *, external_id: str = "1042", at: int = NOW
) -> VerifyVisitor:
    visitor = ids.verified_visitor(core_fixture.project, external_id)
    return VerifyVisitor(core_fixture.project, visitor, external_id, facts, at, "vi")


def stored(core_fixture: CoreFixture, visitor: VisitorId) -> Visitor:
    found: Visitor | None = core_fixture.run(lambda conn: visitors.by_id(conn, core_fixture.project, visitor))
    assert found is not None
    return found


def test_the_visitor_is_stored_before_the_first_message_which_then_has_the_name(
    core_fixture: CoreFixture,
) -> None:
    command = vouched(core_fixture)
    assert process(core_fixture, command) == [None]
    found = stored(core_fixture, command.visitor)
    assert (found.name, found.external_id, found.verified) == ("Jonas Weber", "1042", JONAS)
    assert (found.verified_at, found.facts, found.language) == (NOW, {}, "vi")
    assert outbox(core_fixture) == [], "there is nothing on any screen yet"
    assert posted(process(core_fixture, core_fixture.post(command.visitor))[0]).author_name == "Jonas Weber"


def test_the_name_is_in_the_first_message_of_the_same_batch(core_fixture: CoreFixture) -> None:
    command = vouched(core_fixture)
    _, event = process(core_fixture, command, core_fixture.post(command.visitor))
    assert posted(event).author_name == "Jonas Weber"
    assert stored(core_fixture, command.visitor).verified == JONAS


def test_agents_are_sent_what_the_site_signs_later(core_fixture: CoreFixture) -> None:
    first = vouched(core_fixture, {"name": "Jonas"})
    process(core_fixture, first)
    talk = posted(process(core_fixture, core_fixture.post(first.visitor, meta={"cart": 2}))[0])
    (event,) = process(core_fixture, vouched(core_fixture))
    assert event == VisitorChanged(
        core_fixture.project, talk.conversation, 1, first.visitor, NOW, "Jonas Weber", {"cart": 2}, JONAS
    )
    assert outbox(core_fixture)[-1] == (None, event)
    assert process(core_fixture, vouched(core_fixture)) == [None], "once per change"


def test_unsigned_facts_overwrite_nothing_that_was_signed(core_fixture: CoreFixture) -> None:
    command = vouched(core_fixture)
    process(core_fixture, command)
    said: Meta = {"name": "The boss", "email": "boss@shop.example", "cart": 2}
    message = posted(process(core_fixture, core_fixture.post(command.visitor, meta=said))[0])
    assert message.author_name == "Jonas Weber"
    (event,) = process(core_fixture, core_fixture.identify(command.visitor, {**said, "cart": 3}))
    assert isinstance(event, VisitorChanged)
    assert (event.name, event.verified) == ("Jonas Weber", None)
    found = stored(core_fixture, command.visitor)
    assert (found.name, found.verified, found.facts) == ("Jonas Weber", JONAS, {**said, "cart": 3})
    listed: Any = core_fixture.run(
        lambda conn: conversations.page(conn, core_fixture.project, reader=core_fixture.agent)
    )
    assert [(one.visitor_name, one.visitor_email) for one in listed] == [("Jonas Weber", "jonas@example.com")]


def test_a_verified_visitor_without_a_signed_name_or_email_gets_none_from_the_page(
    core_fixture: CoreFixture,
) -> None:
    command = vouched(core_fixture, {"orders": 3})
    process(core_fixture, command)
    said: Meta = {"name": "The boss", "email": "boss@shop.example"}
    message = posted(process(core_fixture, core_fixture.post(command.visitor, meta=said))[0])
    assert message.author_name == f"Visitor #{command.visitor.hex()[-6:]}"
    found: Any = core_fixture.run(
        lambda conn: conversations.listed(
            conn, core_fixture.project, message.conversation, reader=core_fixture.agent
        )
    )
    assert (found.visitor_name, found.visitor_email) == (message.author_name, "")


def test_an_anonymous_history_stays_apart(core_fixture: CoreFixture) -> None:
    anonymous, command = new_visitor(), vouched(core_fixture)
    before = posted(process(core_fixture, core_fixture.post(anonymous))[0])
    process(core_fixture, command)
    after = posted(process(core_fixture, core_fixture.post(command.visitor))[0])
    assert before.conversation != after.conversation
    assert stored(core_fixture, anonymous).external_id is None


def test_two_projects_know_the_same_id_as_two_people(core_fixture: CoreFixture, stack: Stack) -> None:
    other = CoreFixture(stack.database_url)
    ours, theirs = vouched(core_fixture), vouched(other, {"name": "Ben Ito"})
    process(core_fixture, ours, theirs)
    assert ours.visitor != theirs.visitor
    assert stored(core_fixture, ours.visitor).name == "Jonas Weber"
    assert stored(other, theirs.visitor).name == "Ben Ito"


def test_twenty_devices_at_once_are_one_visitor(core_fixture: CoreFixture) -> None:
    command = vouched(core_fixture)

    async def device() -> Result:
        conn = await connect(core_fixture.url)
        try:
            async with conn.transaction():
                return (await apply(conn, [command], now=NOW))[0]
        finally:
            await conn.close()

    async def together() -> list[Result]:
        return await asyncio.gather(*(device() for _ in range(20)))

    assert asyncio.run(together()) == [None] * 20
    count = core_fixture.run(
        lambda conn: conn.fetchval(
            "SELECT count(*) FROM visitors WHERE project_id = $1", core_fixture.project
        )
    )
    assert count == 1


def test_a_project_that_is_gone_gets_no_visitors(core_fixture: CoreFixture) -> None:
    nowhere = ProjectId(ids.make())
    visitor = ids.verified_visitor(nowhere, "1042")
    command = VerifyVisitor(nowhere, visitor, "1042", JONAS, NOW)
    assert process(core_fixture, command) == [Refused(Refusal.NOT_FOUND)]
