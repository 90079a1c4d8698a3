"""A blocked visitor gets what every visitor gets, as fast, and agents get nothing, also after FLUSHALL."""

import os
import re
import statistics
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
import trio

from tests.client import (
    MESSAGE,
    PING,
    PONG,
    PRESENCE,
    QUEUED,
    READ,
    RESYNC,
    SEND,
    STORED,
    TOUCHED,
    TYPING,
    Frame,
    Socket,
    greet,
    opened,
    text,
)
from tests.people import Agent, add_agent, add_project, at_work
from tests.running import Running
from tests.stack import Stack

EPHEMERAL = (PING, PONG, QUEUED, PRESENCE, RESYNC)  # come when time or Redis wants
PAIRS = 8  # of three frames each: fewer than COMMANDS_BURST, however fast the machine is
OF_CONVERSATIONS = (MESSAGE, READ, TYPING)


@pytest.fixture(scope="module")
def server(stack: Stack) -> Running:
    made = stack.spawn("server", handshakes_per_minute=10_000, messages_per_minute=10_000)
    stack.spawn("worker")
    return made


class Person:
    """A visitor with two tabs, whose frames are kept."""

    def __init__(self, server: Running, project: bytes) -> None:
        self._server = server
        self._project = project
        self.tabs: list[Socket] = []
        self.key = ""
        self.id = b""
        self.conversation: bytes | None = None

    async def arrive(self, stack: AsyncExitStack) -> list[dict[str, Any]]:
        """Opens two tabs; returns their welcomes."""
        self.tabs = []
        welcomes = []
        for _ in range(2):
            socket = await stack.enter_async_context(opened(self._server.port or 0, self._project))
            welcome = await greet(socket, self._project, key=self.key or None)
            self.key, self.id = welcome.get("key", self.key), welcome["visitor"]
            self.tabs.append(socket)
            welcomes.append(welcome)
        return welcomes

    async def write(self, body: str) -> float:
        """Sends a text; returns the seconds until it is stored, once both tabs have it and it is read."""
        ref, first, second = os.urandom(16), *self.tabs
        began = trio.current_time()
        await first.send(SEND, 3, ref, self.conversation, "text", body)
        stored = await first.first(STORED, lambda frame: frame[1] == ref)
        took = trio.current_time() - began
        self.conversation = stored[2]
        await second.first(STORED, lambda frame: frame[1] == ref)
        await second.first(MESSAGE, lambda frame: frame[4] == ref)
        await first.send(TYPING, self.conversation, True)
        await first.send(READ, self.conversation, stored[4])
        await second.first(READ, lambda frame: frame[2] == stored[4])
        return took

    async def history(self) -> Any:
        async with httpx.AsyncClient(base_url=self._server.url, trust_env=False) as http:
            answer = await http.get(
                f"/api/v1/public/projects/{text(self._project)}/messages",
                headers={"Authorization": f"Visitor {self.key}", "Origin": self._server.url},
            )
        assert answer.status_code == 200, answer.text
        return answer.json()


def shape(value: Any) -> Any:
    """A frame or an answer without what differs between any two visitors: ids, times, names."""
    match value:
        case dict():
            return {str(name): shape(part) for name, part in value.items() if name not in {"now", "key"}}
        case list():
            return [shape(part) for part in value]
        case bytes():
            return len(value)
        case int() if value > 10**12:
            return "time"
        case str() if len(value) == 36 and value.count("-") == 4:
            return "id"
        case str():
            return re.sub("#[0-9a-f]{6}", "#", value)
        case _:
            return value


def frames(socket: Socket) -> list[Frame]:
    return [shape(frame) for frame in socket.frames[1:] if frame[0] not in EPHEMERAL]


def about(agent: Agent, person: Person, since: int) -> list[Frame]:
    """The agent's frames that name a visitor or their conversation, after the first `since`."""
    names = {person.id, person.conversation}
    return [
        frame
        for frame in agent.socket.frames[since:]
        if any(part in names for part in frame if isinstance(part, bytes))
        or (frame[0] == PRESENCE and any(one[0] == person.id for one in frame[2] or ()))
    ]


@asynccontextmanager
async def scene(stack: Stack, server: Running) -> AsyncIterator[tuple[Agent, Person, Person]]:
    """An agent, and two visitors who have not come yet."""
    project = add_project(stack)
    email = add_agent(stack, project)
    async with at_work(server.port or 0, project, email) as agent:
        yield agent, Person(server, project), Person(server, project)


async def both_write(one: Person, other: Person, bodies: list[str]) -> tuple[list[float], list[float]]:
    """Alternately, so that both meet the same load."""
    mine, theirs = [], []
    for body in bodies:
        mine.append(await one.write(body))
        theirs.append(await other.write(body))
    return mine, theirs


async def same_again(blocked: Person, ordinary: Person, agent: Agent, *, timed: bool = False) -> None:
    """A reload, then messages: the same frames and answers, if `timed` as fast; nothing for the agent."""
    since = len(agent.socket.frames)
    async with AsyncExitStack() as stack:
        welcomes = [await blocked.arrive(stack), await ordinary.arrive(stack)]
        assert shape(welcomes[0]) == shape(welcomes[1])
        took = await both_write(blocked, ordinary, [f"text {number}" for number in range(PAIRS)])
        for mine, theirs in zip(blocked.tabs, ordinary.tabs, strict=True):
            assert frames(mine) == frames(theirs)
        if timed:
            assert 0.5 < statistics.median(took[0]) / statistics.median(took[1]) < 2.0, took
        assert shape(await blocked.history()) == shape(await ordinary.history())
        assert ordinary.conversation is not None
        await agent.until(lambda: len(agent.received[ordinary.conversation or b""]) >= PAIRS)
    assert about(agent, blocked, since) == []


@pytest.mark.parametrize(
    ("kind", "timed"),
    [("blocked", False), ("muted", False), pytest.param("blocked", True, marks=pytest.mark.alone)],
)
async def test_a_restricted_visitor_sees_no_difference_and_the_agent_nothing(
    stack: Stack, server: Running, kind: str, timed: bool
) -> None:
    async with scene(stack, server) as (agent, bad, good):
        async with AsyncExitStack() as tabs:
            await bad.arrive(tabs)
            await good.arrive(tabs)
            await both_write(bad, good, ["hello"])
            await agent.until(lambda: agent.count == 2)
            path = f"/visitors/{text(bad.id)}/restriction"
            await agent.call("PUT", path, json={"kind": kind, "reason": "insults"})
            await agent.socket.first(TOUCHED, lambda frame: frame[1] == "visitors")
        await same_again(bad, good, agent, timed=timed)
        stack.redis("FLUSHALL")
        await same_again(bad, good, agent, timed=timed)

        listed = await agent.call("GET", "/conversations?limit=100")
        assert [row["id"] for row in listed["items"]] == [text(good.conversation or b"")]
        assert (await agent.call("GET", "/conversations/unread"))["open"] == 1
        seen = await agent.call("GET", f"/conversations/{text(bad.conversation or b'')}/messages?limit=100")
        assert len(seen["items"]) == (1 if kind == "blocked" else 1 + 2 * PAIRS)

        await agent.call("DELETE", path)
        listed = await agent.call("GET", "/conversations?limit=100")
        assert {row["last_seq"] for row in listed["items"]} == {1 + 2 * PAIRS}
        async with AsyncExitStack() as tabs:
            await bad.arrive(tabs)
            await bad.write("am I back?")
            await agent.until(lambda: "am I back?" in agent.received[bad.conversation or b""].values())
            everything = 2 + 2 * PAIRS
            await agent.until(lambda: len(agent.received[bad.conversation or b""]) >= everything)
        assert len(agent.received[bad.conversation or b""]) == everything, "nothing is lost"


async def test_a_visitor_from_a_blocked_address_sees_no_difference_and_the_agent_nothing(
    stack: Stack, server: Running
) -> None:
    project = add_project(stack)
    other = add_project(stack)
    email, others_email = add_agent(stack, project), add_agent(stack, other)
    stack.sql(
        "INSERT INTO address_blocks (project_id, id, network, created_at) "
        "VALUES ($1, gen_random_uuid(), '127.0.0.0/8', now())",
        UUID(bytes=project),
    )
    port = server.port or 0
    async with at_work(port, project, email) as agent, at_work(port, other, others_email) as their_agent:
        bad, good = Person(server, project), Person(server, other)
        async with AsyncExitStack() as tabs:
            welcomes = [await bad.arrive(tabs), await good.arrive(tabs)]
            assert shape(welcomes[0]) == shape(welcomes[1])
            await both_write(bad, good, ["hello", "anybody there?"])
            for mine, theirs in zip(bad.tabs, good.tabs, strict=True):
                assert frames(mine) == frames(theirs)
            await their_agent.until(lambda: their_agent.count == 2)
        stack.redis("FLUSHALL")
        async with AsyncExitStack() as tabs:
            welcomes = [await bad.arrive(tabs), await good.arrive(tabs)]
            assert shape(welcomes[0]) == shape(welcomes[1])
            await both_write(bad, good, ["again"])
            assert shape(await bad.history()) == shape(await good.history())
            await their_agent.until(lambda: their_agent.count == 3)
        assert [frame for frame in agent.socket.frames if frame[0] in OF_CONVERSATIONS] == []
        assert about(agent, bad, 0) == []
        assert (await agent.call("GET", "/conversations"))["items"] == []
        assert (await agent.call("GET", "/conversations/unread"))["open"] == 0
