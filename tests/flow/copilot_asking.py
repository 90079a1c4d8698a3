"""An agent who asks the copilot over a socket, and the frames of it."""

import os
from uuid import UUID

import trio

from tests.client import BUSY, ERROR, Frame, Socket
from tests.patience import PATIENCE
from tests.people import Agent
from tests.stack import Stack

ASK, STOP, GET = 47, 48, 49
ASKED, START, STATUS, TOKEN, END, SOCIAL, STOPPED, FAILED = range(50, 58)


class Asking:
    """An agent with a session of their own."""

    def __init__(self, stack: Stack, agent: Agent, email: str) -> None:
        self.agent = agent
        self.session = os.urandom(16)
        stack.sql(
            "INSERT INTO copilot_sessions (project_id, id, user_id, created_at, changed_at) "
            "SELECT $1, $2, u.id, now(), now() FROM users u WHERE u.email = $3",
            UUID(bytes=agent.project),
            UUID(bytes=self.session),
            email,
        )

    async def ask(self, question: str, intent: str | None = None) -> bytes:
        """Asks until the question is stored, as a client does; returns the ref."""
        socket, ref = self.agent.socket, os.urandom(16)
        for rid in range(100, 200):
            await socket.send(ASK, rid, ref, self.session, question, intent)
            with trio.fail_after(PATIENCE):
                while not (refused := _refusals(socket, rid)) and not asked_for(socket, ref):
                    await self.agent.heard()
            if not refused:
                return ref
            assert refused[0][2] == BUSY, refused  # the server does not know yet what workers can read
            await trio.sleep(0.1)
        raise AssertionError("busy for too long")


def asked_for(socket: Socket, ref: bytes) -> list[Frame]:
    return [frame for frame in socket.all(ASKED) if frame[2] == ref]


def _refusals(socket: Socket, rid: int) -> list[Frame]:
    return [frame for frame in socket.all(ERROR) if frame[1] == rid]
