"""Forms between an agent and a visitor through server, worker and janitor: what each of them gets."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
import trio

from core.bus import names
from core.ids import ConversationId, ProjectId
from tests.client import (
    ANSWER,
    CHANGED,
    ERROR,
    FILLING,
    MESSAGE,
    SEND,
    STORED,
    greet,
    opened,
    text,
    until_answers_are_taken,
)
from tests.flow.later import Talk, a_talk
from tests.people import Agent, add_project
from tests.running import Running
from tests.stack import Stack

SIZE = {"key": "size", "label": "Size", "type": "select", "required": True, "options": ["S", "M"]}
NUMBER = {"key": "number", "label": "Order number", "type": "number"}
EXPIRED, CANCELLED, ANSWERED = 115, 116, 117


@pytest.fixture(scope="module")
def server(stack: Stack) -> Running:
    made = stack.spawn("server", handshakes_per_minute=10_000, messages_per_minute=10_000)
    stack.spawn("worker")
    trio.run(until_answers_are_taken, made.port or 0, add_project(stack))
    return made


async def template(agent: Agent, name: str = "Order", **more: Any) -> str:
    body = {"name": name, "fields": [SIZE, NUMBER], **more}
    made: str = (await agent.call("POST", "/form-templates", json=body))["id"]
    return made


class Sent:
    """A form that the agent sent to the visitor of a talk."""

    def __init__(self, talk: Talk, request: str) -> None:
        self.talk = talk
        self.request = request
        self.id = UUID(request).bytes

    async def answer(self, values: Any, *, rid: int = 7, ref: bytes | None = None) -> bytes:
        ref = ref or os.urandom(16)
        await self.talk.socket.send(ANSWER, rid, ref, self.talk.conversation, self.id, values)
        return ref

    def is_state(self, state: str) -> Any:
        return lambda frame: frame[4].get("form", {}).get("state") == state


@asynccontextmanager
async def a_form(stack: Stack, server: Running, **more: Any) -> AsyncIterator[Sent]:
    async with a_talk(stack, server) as talk:
        body = {"template": await template(talk.agent), "ref": text(os.urandom(16)), **more}
        sent = await talk.agent.call("POST", f"/conversations/{text(talk.conversation)}/forms", json=body)
        await talk.socket.first(MESSAGE, is_kind("form_request"))
        yield Sent(talk, sent["id"])


def is_kind(kind: str) -> Any:
    return lambda frame: frame[7] == kind


async def test_a_visitor_corrects_an_answer_that_does_not_fit_and_it_is_stored_once(
    stack: Stack, server: Running
) -> None:
    async with a_form(stack, server) as form:
        visitor, agent = form.talk.socket, form.talk.agent.socket
        await visitor.send(FILLING, form.talk.conversation, form.id)
        filling = await agent.first(CHANGED, form.is_state("filling"))
        assert (filling[4]["form"]["request"], filling[5]) == (form.request, None)
        wrong = await form.answer({"number": "1,5"}, rid=7)
        error = await visitor.first(ERROR, lambda frame: frame[6] == wrong)
        assert (error[1], error[2], error[4]) == (7, 105, False)
        assert error[7] == {"fields": {"size": "required", "number": "not_a_number"}}
        ref = await form.answer({"size": "M", "number": "17"})
        stored = await visitor.first(STORED, lambda frame: frame[1] == ref)
        for socket in (visitor, agent):
            changed = await socket.first(CHANGED, form.is_state("answered"))
            assert changed[4]["form"] == {
                "request": form.request,
                "state": "answered",
                "answer": text(stored[3]),
            }
            assert changed[5] == 1
        shown = await agent.first(MESSAGE, is_kind("form_answer"))
        assert (shown[3], shown[10]["values"][0]["value"]) == (stored[3], "M")
        assert await form.answer({"size": "M", "number": "17"}, ref=ref) == ref
        late = await form.answer({"size": "S"}, rid=9)
        error = await visitor.first(ERROR, lambda frame: frame[6] == late)
        assert (error[1], error[2]) == (9, ANSWERED)
        assert {one[3] for one in visitor.all(STORED) if one[1] == ref} == {stored[3]}
        assert not [one for one in visitor.all(CHANGED) if "by" in one[4]], "visitors do not learn by whom"


async def test_a_form_expires_for_everyone_without_anyone_asking(stack: Stack, server: Running) -> None:
    async with a_form(stack, server, expires_in=60) as form:
        stack.sql(
            "UPDATE form_requests SET expires_at = now() WHERE project_id = $1",
            UUID(bytes=form.talk.agent.project),
        )
        for socket in (form.talk.socket, form.talk.agent.socket):
            changed = await socket.first(CHANGED, form.is_state("expired"))
            assert changed[4]["form"]["request"] == form.request
        ref = await form.answer({"size": "M"})
        error = await form.talk.socket.first(ERROR, lambda frame: frame[6] == ref)
        assert (error[2], error[3]) == (EXPIRED, "form_expired")
        assert len([one for one in form.talk.socket.all(CHANGED) if form.is_state("expired")(one)]) == 1


async def test_a_cancelled_form_takes_no_answer(stack: Stack, server: Running) -> None:
    async with a_form(stack, server) as form:
        path = f"/conversations/{text(form.talk.conversation)}/forms/{form.request}"
        await form.talk.agent.call("DELETE", path)
        await form.talk.socket.first(CHANGED, form.is_state("cancelled"))
        ref = await form.answer({"size": "M"})
        assert (await form.talk.socket.first(ERROR, lambda frame: frame[6] == ref))[2] == CANCELLED


async def test_a_correction_reaches_both_and_the_resume_log_forgets_the_former_values(
    stack: Stack, server: Running
) -> None:
    async with a_form(stack, server) as form:
        ref = await form.answer({"size": "M", "number": "4711"})
        stored = await form.talk.socket.first(STORED, lambda frame: frame[1] == ref)
        await form.talk.agent.socket.first(CHANGED, form.is_state("answered"))
        log = names.log(ProjectId(form.talk.agent.project), ConversationId(form.talk.conversation))
        assert int(stack.redis("LLEN", log)[1:]) > 1
        path = f"/conversations/{text(form.talk.conversation)}/form-answers/{text(stored[3])}"
        await form.talk.agent.call("PATCH", path, json={"version": 1, "values": {"size": "S"}})
        for socket in (form.talk.socket, form.talk.agent.socket):
            changed = await socket.first(CHANGED, lambda frame: "body" in frame[4].get("form", {}))
            assert changed[4]["form"]["answer"] == text(stored[3])
            assert changed[4]["form"]["body"] == "Order\nSize: S\nOrder number: -"
            assert changed[4]["form"]["content"]["version"] == 2
            assert changed[5] == 2
        assert stack.redis("LLEN", log) == b":1", "the correction alone"
        async with opened(server.port or 0, form.talk.agent.project) as again:
            have = [[form.talk.conversation, [3, 1]]]
            greeting = {"project": form.talk.agent.project, "tab": os.urandom(16), "key": form.talk.key}
            await again.send(1, 1, {**greeting, "have": have})
            welcome = await again.first(2)
            assert welcome[2]["recovered"] is True
            changed = await again.first(CHANGED)
            assert changed[4]["form"]["content"]["values"][0]["value"] == "S"


async def test_an_answer_before_the_chat_creates_the_conversation_as_a_first_text_does(
    stack: Stack, server: Running
) -> None:
    async with a_talk(stack, server) as talk:
        form = UUID(await template(talk.agent, "Before", pre_chat=True)).bytes
        async with opened(server.port or 0, talk.agent.project) as socket:
            await greet(socket, talk.agent.project)
            wrong, ref = os.urandom(16), os.urandom(16)
            await socket.send(ANSWER, 3, wrong, None, None, {}, form, {"name": "Jonas"})
            error = await socket.first(ERROR, lambda frame: frame[6] == wrong)
            assert error[7] == {"fields": {"size": "required"}}
            await socket.send(ANSWER, 4, ref, None, None, {"size": "M"}, form, {"name": "Jonas"})
            stored = await socket.first(STORED, lambda frame: frame[1] == ref)
            assert stored[4] == 1
            shown = await talk.agent.socket.first(MESSAGE, is_kind("form_answer"))
            assert (shown[1], shown[5][2], shown[10].get("request")) == (stored[2], "Jonas", None)
            await socket.send(ANSWER, 5, wrong, None, None, {"size": "S"}, form)
            assert (await socket.first(ERROR, lambda frame: frame[1] == 5))[2] == ANSWERED
            await socket.send(SEND, 6, os.urandom(16), stored[2], "text", "and a question")
            assert (await socket.first(STORED, lambda frame: frame[4] == 2))[2] == stored[2]


async def test_an_answer_that_was_written_offline_arrives_once(stack: Stack, server: Running) -> None:
    """The client sends it on each connection until it gets `stored`, with the same ref."""
    async with a_form(stack, server) as form:
        ref = os.urandom(16)
        for _ in range(3):
            async with opened(server.port or 0, form.talk.agent.project) as socket:
                await greet(socket, form.talk.agent.project, key=form.talk.key)
                await socket.send(ANSWER, 1, ref, form.talk.conversation, form.id, {"size": "M"})
                await socket.first(STORED, lambda frame: frame[1] == ref)
        rows = stack.sql(
            "SELECT ref FROM messages WHERE project_id = $1 AND kind = 'form_answer'",
            UUID(bytes=form.talk.agent.project),
        )
        assert [row[0].bytes for row in rows] == [ref]


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        ((None, None, {}), 105),
        ((b"c" * 16, b"r" * 16, {}, b"t" * 16), 105),
        ((None, b"r" * 16, {}), 105),
        ((b"c" * 16, b"r" * 16, {"a": "b\0"}), 105),
        ((b"c" * 16, b"r" * 16, {"a": "x" * 5_001}), 106),
        ((b"c" * 16, b"r" * 16, {"a": 5}), 105),
        ((b"c" * 16, b"r" * 16, {str(n): "x" for n in range(41)}), 106),
        ((b"c" * 16, b"r" * 16, {"a": "x"}), 104),
        ((None, None, {"a": "x"}, b"t" * 16), 117),
    ],
)
async def test_an_answer_to_nothing_is_refused_with_its_ref_and_the_session_goes_on(
    stack: Stack, server: Running, rest: tuple[object, ...], code: int
) -> None:
    async with a_talk(stack, server) as talk:
        ref = os.urandom(16)
        await talk.socket.send(ANSWER, 8, ref, *rest)
        error = await talk.socket.first(ERROR, lambda frame: frame[6] == ref)
        assert (error[1], error[2]) == (8, code)
        await talk.socket.send(SEND, 9, os.urandom(16), talk.conversation, "text", "still here")
        await talk.socket.first(STORED, lambda frame: frame[4] == 2)
