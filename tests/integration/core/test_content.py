"""Content of messages: the write path, and the histories of agents and visitors, on a real Postgres."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from core import content, events
from core.apply.apply import apply
from core.apply.result import Refused
from core.commands import Command, PostMessage
from core.content import NONE, AssistantTurn, FormField, FormRequest
from core.db.chat import conversations, messages
from core.errors import Refusal
from core.events import MessagePosted, MessageRepeated
from core.ids import ConversationId, Ref
from tests.integration.core.core_fixture import NOW, CoreFixture, new_visitor
from tests.stack import Stack

REF = Ref(UUID("01936b2e-8c00-7a00-8000-000000000004").bytes)
TEMPLATE = UUID("01936b2e-8c00-7a00-8000-000000000005")
FORM = FormRequest(
    TEMPLATE, "Kích thước", (FormField("size", "Size", "select", options=("S", "M")),), NOW + 1
)
PACKED = content.packed(FORM)


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


def process(core_fixture: CoreFixture, *commands: Command) -> list[Any]:
    async def once(conn: Any) -> Any:
        async with conn.transaction():
            return await apply(conn, commands, now=NOW)

    done: list[Any] = core_fixture.run(once)
    return done


def request(core_fixture: CoreFixture, conversation: ConversationId, **given: Any) -> PostMessage:
    fields = {"kind": "form_request", "body": "Please fill in: Kích thước", "content": PACKED} | given
    return msgspec.structs.replace(core_fixture.reply(conversation), **fields)


def begun(core_fixture: CoreFixture) -> ConversationId:
    (first,) = process(core_fixture, core_fixture.post(new_visitor()))
    conversation: ConversationId = first.conversation
    return conversation


def test_content_is_in_the_event_the_outbox_the_history_and_the_snippet(core_fixture: CoreFixture) -> None:
    where = begun(core_fixture)
    (event,) = process(core_fixture, request(core_fixture, where))
    assert isinstance(event, MessagePosted)
    assert content.read(content.value(event.content)) == FORM

    async def found(conn: Any) -> Any:
        payload = await conn.fetchval(
            "SELECT payload FROM outbox WHERE project_id = $1 ORDER BY id DESC LIMIT 1", core_fixture.project
        )
        rows = [await messages.by_ref(conn, core_fixture.project, core_fixture.agent, event.ref or Ref(b""))]
        for for_visitor in (False, True):
            rows += await messages.after(
                conn, core_fixture.project, where, seq=1, limit=9, for_visitor=for_visitor
            )
            rows += await messages.before(
                conn, core_fixture.project, where, seq=None, limit=1, for_visitor=for_visitor
            )
        return payload, rows, await conversations.by_id(conn, core_fixture.project, where)

    payload, rows, conversation = core_fixture.run(found)
    assert events.decode(payload) == event
    assert [content.read(row.content) for row in rows] == [FORM] * 5
    assert conversation.snippet == "Kích thước"


def test_a_message_without_content_has_none(core_fixture: CoreFixture) -> None:
    where = begun(core_fixture)
    (event,) = process(core_fixture, core_fixture.reply(where))
    assert event.content == NONE
    rows = core_fixture.run(
        lambda conn: messages.before(conn, core_fixture.project, where, seq=None, limit=9, for_visitor=False)
    )
    assert [row.content for row in rows] == [None, None]


def test_a_repeated_ref_with_the_same_content_is_the_first_message(core_fixture: CoreFixture) -> None:
    where = begun(core_fixture)
    other_order = msgspec.Raw(msgspec.msgpack.encode(dict(reversed((content.value(PACKED) or {}).items()))))
    again = request(core_fixture, where, ref=REF, content=other_order)
    first, second = process(core_fixture, request(core_fixture, where, ref=REF), again)  # in one batch
    (third,) = process(core_fixture, again)  # as loaded from Postgres
    assert isinstance(first, MessagePosted)
    for repeated in (second, third):
        assert isinstance(repeated, MessageRepeated)
        assert (repeated.message, repeated.seq) == (first.message, first.seq)


@pytest.mark.parametrize(
    "other",
    [
        {"content": content.packed(msgspec.structs.replace(FORM, name="Another"))},
        {"content": content.packed(msgspec.structs.replace(FORM, expires_at=None))},
        {"content": NONE},
        {"kind": "note"},
        {"kind": "text", "content": content.packed(AssistantTurn(TEMPLATE))},
        {"body": "another text"},
    ],
)
def test_a_repeated_ref_with_another_kind_body_or_content_is_a_conflict(
    core_fixture: CoreFixture, other: dict[str, Any]
) -> None:
    where = begun(core_fixture)
    first, refused = process(
        core_fixture, request(core_fixture, where, ref=REF), request(core_fixture, where, ref=REF, **other)
    )
    assert isinstance(first, MessagePosted)
    assert refused == Refused(Refusal.CONFLICT)
    assert process(core_fixture, request(core_fixture, where, ref=REF, **other)) == [
        Refused(Refusal.CONFLICT)
    ]
    rows = core_fixture.run(
        lambda conn: messages.before(conn, core_fixture.project, where, seq=None, limit=9, for_visitor=False)
    )
    assert [content.read(row.content) for row in rows] == [None, FORM]
