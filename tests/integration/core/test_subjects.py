"""Hop 5 on a real Postgres: the article that a visitor asks about is kept with the conversation."""

from typing import Any

import msgspec
import pytest

from core import ids
from core.command_codec import decode, encode, encode_earlier
from core.commands import PostMessage
from core.db.knowledge import publishing, versions
from core.db.knowledge.versions import Text
from core.ids import ConversationId
from tests.integration.core.core_fixture import NOW, CoreFixture, new_visitor
from tests.integration.core.test_apply import posted, process
from tests.stack import Stack


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


def article(core_fixture: CoreFixture, *, published: bool = True) -> bytes:
    made = ids.make()

    async def add(conn: Any) -> None:
        text = Text(title="Returns", language="en", content="Within 30 days.")
        await versions.create(conn, core_fixture.project, made, text, by=None, now=NOW)
        if published:
            await publishing.publish(conn, core_fixture.project, made, 1, now=NOW)

    core_fixture.run(add)
    return made


def about(command: PostMessage, subject: bytes) -> PostMessage:
    return msgspec.structs.replace(command, article=subject)


def kept(core_fixture: CoreFixture, conversation: ConversationId) -> bytes | None:
    found: bytes | None = core_fixture.run(
        lambda conn: conn.fetchval(
            "SELECT article_id FROM assistant_conversations WHERE project_id = $1 AND conversation_id = $2",
            core_fixture.project,
            conversation,
        )
    )
    return found


def test_the_article_of_a_first_and_of_a_later_message_is_kept(core_fixture: CoreFixture) -> None:
    one, other, visitor = article(core_fixture), article(core_fixture), new_visitor()
    first = posted(process(core_fixture, about(core_fixture.post(visitor), one))[0])
    assert kept(core_fixture, first.conversation) == one
    process(core_fixture, core_fixture.post(visitor))
    assert kept(core_fixture, first.conversation) == one, "a message about nothing changes nothing"
    process(
        core_fixture,
        about(core_fixture.post(visitor), one),
        about(core_fixture.post(visitor), other),
        about(core_fixture.post(new_visitor()), one),
    )
    assert kept(core_fixture, first.conversation) == other, "the last one of a batch counts"


@pytest.mark.parametrize("what", ["draft", "unpublished", "removed", "foreign", "absent"])
def test_an_article_that_visitors_may_not_read_is_ignored(
    core_fixture: CoreFixture, stack: Stack, what: str
) -> None:
    subject = article(core_fixture, published=what != "draft")
    if what == "unpublished":
        core_fixture.run(lambda conn: publishing.unpublish(conn, core_fixture.project, subject))
    elif what == "removed":
        core_fixture.run(lambda conn: publishing.remove(conn, core_fixture.project, subject, now=NOW))
    elif what == "foreign":
        subject = article(CoreFixture(stack.database_url))
    elif what == "absent":
        subject = ids.make()
    event = posted(process(core_fixture, about(core_fixture.post(new_visitor()), subject))[0])
    assert (event.seq, kept(core_fixture, event.conversation)) == (1, None)


def test_a_repeated_message_does_not_bring_its_article_back(core_fixture: CoreFixture) -> None:
    one, other, visitor = article(core_fixture), article(core_fixture), new_visitor()
    command = about(core_fixture.post(visitor), one)
    first = posted(process(core_fixture, command)[0])
    process(core_fixture, about(core_fixture.post(visitor), other))
    process(core_fixture, command)
    assert kept(core_fixture, first.conversation) == other


def test_a_worker_reads_the_article_and_an_earlier_one_the_message(core_fixture: CoreFixture) -> None:
    command = about(core_fixture.post(new_visitor()), ids.make())
    assert decode(encode(command)) == command
    earlier = decode(encode_earlier(command))
    assert isinstance(earlier, PostMessage) and earlier.article is None and earlier.body == command.body
