"""Tabs of one visitor on two servers, for tests of who gets which answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.client import ERROR, MESSAGE, PING, PONG, SEND, STORED, Frame, Socket, greet, opened
from tests.people import add_project
from tests.running import Running
from tests.stack import Stack

NOT_FOUND = 104


class Tabs:
    """One visitor with a tab on each of two servers."""

    def __init__(self, stack: Stack, here: Running, there: Running) -> None:
        self.stack = stack
        self.here, self.there = here, there
        self.project = add_project(stack)
        self.key: str | None = None

    @asynccontextmanager
    async def open(self, server: Running) -> AsyncIterator[Socket]:
        async with opened(server.port or 0, self.project) as socket:
            welcome = await greet(socket, self.project, key=self.key)
            self.key = self.key or welcome["key"]
            yield socket


async def write(
    socket: Socket, ref: bytes, body: str = "hello", *, rid: int, talk: bytes | None = None
) -> None:
    await socket.send(SEND, rid, ref, talk, "text", body)


def answers(socket: Socket) -> list[Frame]:
    """What is neither the welcome nor about time or presence."""
    return [frame for frame in socket.frames if frame[0] in {ERROR, MESSAGE, STORED}]


async def quiet(socket: Socket) -> None:
    """Everything that was written to the socket before has arrived."""
    await socket.send(PING, 1)
    await socket.first(PONG)
