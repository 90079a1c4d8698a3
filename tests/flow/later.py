"""A conversation for tests of forward compatibility: a visitor with a client of a later release."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import msgpack

from tests.client import HELLO, SEND, STORED, WELCOME, Socket, opened
from tests.people import Agent, add_agent, add_project, at_work
from tests.running import Running
from tests.stack import Stack

EVENT, SIGNAL = 21, 60  # frame types that this release does not know


class Talk:
    """A visitor who has written, with a socket, and an agent who received the message."""

    def __init__(self, stack: Stack, socket: Socket, agent: Agent, key: str) -> None:
        self.stack = stack
        self.socket = socket
        self.agent = agent
        self.key = key
        self.conversation = b""
        self.visitor = b""

    async def write(self, body: str, *more: object) -> int:
        """Send a text and wait for its `stored`; returns the seq."""
        ref = os.urandom(16)
        await self.socket.send(SEND, 7, ref, None, "text", body, *more)
        stored = await self.socket.first(STORED, lambda frame: frame[1] == ref)
        self.conversation = stored[2]
        seq: int = stored[4]
        return seq

    def commit(self, payload: bytes) -> None:
        """Insert an event of a later worker into the outbox, as its commit would."""
        self.stack.sql(
            "INSERT INTO outbox (project_id, conversation_id, payload) VALUES ($1, $2, $3)",
            UUID(bytes=self.agent.project),
            UUID(bytes=self.conversation),
            payload,
        )

    def event(self, seq: int) -> bytes:
        visitor = self.stack.sql(
            "SELECT visitor_id FROM conversations WHERE id = $1", UUID(bytes=self.conversation)
        )[0][0].bytes
        made: bytes = msgpack.packb(
            [EVENT, self.agent.project, self.conversation, seq, visitor, {"reaction": "👍"}, 1.5]
        )
        return made


@asynccontextmanager
async def a_talk(stack: Stack, server: Running) -> AsyncIterator[Talk]:
    project, port = add_project(stack), server.port or 0
    email = add_agent(stack, project)
    async with at_work(port, project, email) as agent, opened(port, project) as socket:
        greeting = {
            "project": project,
            "tab": os.urandom(16),
            "theme": {"dark": [True]},
            "page": {"depth": 2},
        }
        await socket.send(HELLO, 1, greeting, "more")
        welcome = (await socket.first(WELCOME))[2]
        talk = Talk(stack, socket, agent, welcome["key"])
        await talk.write("first", {}, None, {"reply_to": 3}, [1.5, None])
        await agent.until(lambda: agent.count == 1)
        yield talk
