"""A client that comes back after the resume log has expired learns that its conversation was changed."""

import os
from typing import Any

import pytest

from core.bus import names
from core.ids import ConversationId, ProjectId
from tests.client import CHANGED, HELLO, WELCOME, opened, text
from tests.flow.later import Talk, a_talk
from tests.running import Running
from tests.stack import Stack


@pytest.fixture(scope="module")
def server(stack: Stack) -> Running:
    made = stack.spawn("server", handshakes_per_minute=10_000, messages_per_minute=10_000)
    stack.spawn("worker")
    return made


async def recovered(talk: Talk, server: Running, position: Any) -> bool:
    """Whether a hello with this position of the conversation is answered that it has missed nothing."""
    async with opened(server.port or 0, talk.agent.project) as again:
        have = [[talk.conversation, position]]
        greeting = {"project": talk.agent.project, "tab": os.urandom(16), "key": talk.key, "have": have}
        await again.send(HELLO, 1, greeting)
        answer: bool = (await again.first(WELCOME))[2]["recovered"]
        return answer


async def test_a_change_is_noticed_by_its_number_alone(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as talk:
        path = f"/conversations/{text(talk.conversation)}/status"
        assert await recovered(talk, server, [1, 0]), "as a tab in which the conversation began"
        await talk.agent.call("PUT", path, json={"status": "solved"})
        assert (await talk.socket.first(CHANGED))[5] == 1
        stack.redis("DEL", names.log(ProjectId(talk.agent.project), ConversationId(talk.conversation)))
        assert not await recovered(talk, server, [1, 0])
        assert await recovered(talk, server, [1, 1])
        assert await recovered(talk, server, 1), "a client of 0.2.0 does not count"
