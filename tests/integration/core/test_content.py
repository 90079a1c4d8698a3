"""Content of messages: the write path, and the histories of agents and visitors, on a real Postgres."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from core import content, events
from core.apply.apply import apply
from core.apply.result import Refused
from core.commands import Command, PostReply
from core.content import NONE, AssistantTurn, FormField, FormRequest
from core.db.chat import conversations, messages
from core.errors import Refusal
from core.events import MessagePosted, MessageRepeated
from core.ids import ConversationId, Ref
from tests.integration.core.scene import NOW, Scene, new_visitor
from tests.stack import Stack

REF = Ref(UUID("01936b2e-8c00-7a00-8000-000000000004").bytes)
TEMPLATE = UUID("01936b2e-8c00-7a00-8000-000000000005")
FORM = FormRequest(
    TEMPLATE, "Kích thước", (FormField("size", "Size", "select", options=("S", "M")),), NOW + 1
)
PACKED = content.packed(FORM)


@pytest.fixture
def scene(stack: Stack) -> Scene:
    return Scene(stack.database_url)


def process(scene: Scene, *commands: Command) -> list[Any]:
    async def once(conn: Any) -> Any:
        async with conn.transaction():
            return await apply(conn, commands, now=NOW)

    done: list[Any] = scene.run(once)
    return done


def request(scene: Scene, conversation: ConversationId, **given: Any) -> PostReply:
    fields = {"kind": "form_request", "body": "Please fill in: Kích thước", "content": PACKED} | given
    return msgspec.structs.replace(scene.reply(conversation), **fields)


def begun(scene: Scene) -> ConversationId:
    (first,) = process(scene, scene.post(new_visitor()))
    conversation: ConversationId = first.conversation
    return conversation


def test_content_is_in_the_event_the_outbox_the_history_and_the_snippet(scene: Scene) -> None:
    where = begun(scene)
    (event,) = process(scene, request(scene, where))
    assert isinstance(event, MessagePosted)
    assert content.read(content.value(event.content)) == FORM

    async def found(conn: Any) -> Any:
        payload = await conn.fetchval(
            "SELECT payload FROM outbox WHERE project_id = $1 ORDER BY id DESC LIMIT 1", scene.project
        )
        rows = [await messages.by_ref(conn, scene.project, scene.agent, event.ref or Ref(b""))]
        for for_visitor in (False, True):
            rows += await messages.after(conn, scene.project, where, seq=1, limit=9, for_visitor=for_visitor)
            rows += await messages.before(
                conn, scene.project, where, seq=None, limit=1, for_visitor=for_visitor
            )
        return payload, rows, await conversations.by_id(conn, scene.project, where)

    payload, rows, conversation = scene.run(found)
    assert events.decode(payload) == event
    assert [content.read(row.content) for row in rows] == [FORM] * 5
    assert conversation.snippet == "Kích thước"


def test_a_message_without_content_has_none(scene: Scene) -> None:
    where = begun(scene)
    (event,) = process(scene, scene.reply(where))
    assert event.content == NONE
    rows = scene.run(
        lambda conn: messages.before(conn, scene.project, where, seq=None, limit=9, for_visitor=False)
    )
    assert [row.content for row in rows] == [None, None]


def test_a_repeated_ref_with_the_same_content_is_the_first_message(scene: Scene) -> None:
    where = begun(scene)
    other_order = msgspec.Raw(msgspec.msgpack.encode(dict(reversed((content.value(PACKED) or {}).items()))))
    again = request(scene, where, ref=REF, content=other_order)
    first, second = process(scene, request(scene, where, ref=REF), again)  # in one batch
    (third,) = process(scene, again)  # as loaded from Postgres
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
    scene: Scene, other: dict[str, Any]
) -> None:
    where = begun(scene)
    first, refused = process(scene, request(scene, where, ref=REF), request(scene, where, ref=REF, **other))
    assert isinstance(first, MessagePosted)
    assert refused == Refused(Refusal.CONFLICT)
    assert process(scene, request(scene, where, ref=REF, **other)) == [Refused(Refusal.CONFLICT)]
    rows = scene.run(
        lambda conn: messages.before(conn, scene.project, where, seq=None, limit=9, for_visitor=False)
    )
    assert [content.read(row.content) for row in rows] == [None, FORM]
