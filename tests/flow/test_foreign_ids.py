"""Every frame that a client may send, with ids of other projects and visitors and absent ids: no leaks."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, get_args
from uuid import UUID

import pytest
import trio

from protocol import from_client
from tests.client import (
    ANSWER,
    ATTACH,
    CHOOSE_OWNER,
    COPILOT_ASK,
    COPILOT_GET,
    COPILOT_STOP,
    ERROR,
    FILLING,
    HELLO,
    IDENTIFY,
    MESSAGE,
    OK,
    PAGE,
    PING,
    PONG,
    READ,
    SEND,
    STOP,
    STORED,
    STREAM_GET,
    TYPING,
    UNWATCH,
    WATCH,
    Frame,
    Socket,
    greet,
    opened,
    until_answers_are_taken,
)
from tests.patience import PATIENCE
from tests.people import Agent, add_agent, add_project, at_work
from tests.running import Running
from tests.stack import Stack

CANARY: Final = "canary, for its own people only"
TABLES: Final = ("visitors", "conversations", "messages", "reads", "outbox", "memberships")
BYSTANDERS: Final = ("visitor", "agent")

# Frames that can name a foreign object; `{}` stands for the id. A frame of the protocol that is missing here
# fails test_every_frame_that_a_client_may_send_is_tried.
ATTACKS: Final[dict[int, tuple[Any, ...]]] = {
    SEND: (3, b"ref", "{}", "text", "from another visitor"),
    READ: ("{}", 1),
    TYPING: ("{}", True),
    WATCH: (4, "conversation", "{}"),
    UNWATCH: (5, "conversation", "{}"),
    ANSWER: (6, b"ref", "{}", "{}", {"size": "M"}),
    FILLING: ("{}", "{}"),
    ATTACH: (12, b"ref", "{}", ["01936b2e-8c00-7a00-8000-0000000000a1"], "from another visitor"),
    STOP: (7, "{}", "{}"),
    STREAM_GET: (8, "{}"),
    CHOOSE_OWNER: ("{}", "person"),
    COPILOT_ASK: (9, b"ref", "{}", "from another visitor", "ask", "{}", "{}"),
    COPILOT_STOP: (10, "{}", "{}"),
    COPILOT_GET: (11, "{}"),
}
HARMLESS: Final = {PING, PONG, PAGE, IDENTIFY}  # they contain no ids


@dataclass
class Side:
    """A project with an agent at work and a visitor who wrote."""

    project: bytes
    agent: Agent
    visitor: Socket
    key: str
    conversation: bytes


@dataclass
class Two:
    """The attacking project, the foreign project, and a second visitor of the attacking project."""

    ours: Side
    theirs: Side
    neighbour: Side


@pytest.fixture(scope="module")
def server(stack: Stack) -> Running:
    made = stack.spawn("server", handshakes_per_minute=10_000, messages_per_minute=10_000)
    stack.spawn("worker")
    trio.run(until_answers_are_taken, made.port or 0, add_project(stack))
    return made


async def writes(socket: Socket, body: str) -> Frame:
    ref = os.urandom(16)
    await socket.send(SEND, 2, ref, None, "text", body)
    return await socket.first(STORED, lambda frame: frame[1] == ref)


@asynccontextmanager
async def side(stack: Stack, port: int, agent: Agent | None = None) -> AsyncIterator[Side]:
    project = agent.project if agent else add_project(stack)
    async with AsyncExitStack() as opening:
        if agent is None:
            agent = await opening.enter_async_context(at_work(port, project, add_agent(stack, project)))
        visitor = await opening.enter_async_context(opened(port, project))
        welcome = await greet(visitor, project)
        stored = await writes(visitor, CANARY)
        yield Side(project, agent, visitor, welcome["key"], stored[2])


@asynccontextmanager
async def two(stack: Stack, server: Running) -> AsyncIterator[Two]:
    port = server.port or 0
    async with (
        side(stack, port) as ours,
        side(stack, port) as theirs,
        side(stack, port, ours.agent) as neighbour,
    ):
        yield Two(ours, theirs, neighbour)


def rows(stack: Stack, project: bytes, visitor: bytes | None = None) -> list[str]:
    """All rows of a project, or of one conversation if given."""
    found = []
    for table in TABLES:
        of_one = visitor is not None and table in {"messages", "reads"}
        where = "project_id = $1" + (" AND conversation_id = $2" if of_one else "")
        things = [UUID(bytes=project), *([UUID(bytes=visitor)] if of_one and visitor else [])]
        if visitor is None or of_one:
            found += [row[0] for row in stack.sql(f"SELECT t::text FROM {table} t WHERE {where}", *things)]  # noqa: S608
    return sorted(found)


def filled(kind: int, thing: bytes) -> list[Any]:
    given = (("{}", thing), (b"ref", os.urandom(16)))
    return [kind, *(next((value for name, value in given if name == part), part) for part in ATTACKS[kind])]


async def settled(*sides: Side) -> None:
    """Wait until all earlier frames are processed and published, by waiting for a later message."""
    for one in sides:
        count = one.agent.count
        await writes(one.visitor, "settled")
        await one.agent.until(lambda one=one, count=count: one.agent.count > count)  # type: ignore[misc]


def test_every_frame_that_a_client_may_send_is_tried() -> None:
    kinds = {frame.__struct_config__.tag for frame in get_args(from_client.ClientFrame)}
    assert kinds == {HELLO, *ATTACKS, *HARMLESS}, "add to ATTACKS which of its fields could name foreign ids"


@pytest.mark.parametrize("kind", ATTACKS)
async def test_a_visitor_cannot_access_foreign_objects_by_their_ids(
    stack: Stack, server: Running, kind: int
) -> None:
    async with two(stack, server) as all_of_them:
        ours, theirs, neighbour = all_of_them.ours, all_of_them.theirs, all_of_them.neighbour
        before = rows(stack, theirs.project), rows(stack, ours.project, neighbour.conversation)
        answers = []
        for thing in (theirs.conversation, neighbour.conversation, os.urandom(16)):
            seen = len(ours.visitor.frames)
            await ours.visitor.send(*filled(kind, thing))
            await ours.visitor.send(PING, 7)
            await _came(ours.visitor, PONG, seen)
            if kind in {SEND, ANSWER, ATTACH}:  # the worker refuses it, after the pong
                await _came(ours.visitor, ERROR, seen)
            answers.append([frame[:4] for frame in ours.visitor.frames[seen:] if frame[0] in {ERROR, OK}])
        assert answers[0] == answers[1] == answers[2], "a foreign id is distinguishable from an absent one"
        await settled(ours)
        assert before == (rows(stack, theirs.project), rows(stack, ours.project, neighbour.conversation))
        await settled(theirs, neighbour)
        assert CANARY not in received_texts(ours.visitor, but=ours.conversation)
        for bystander in (theirs.visitor, theirs.agent.socket, neighbour.visitor):
            assert "from another visitor" not in str(bystander.frames)
            assert not bystander.all(TYPING) and not bystander.all(READ)


@pytest.mark.parametrize("kind", ATTACKS)
async def test_an_agent_cannot_access_objects_of_another_project_by_their_ids(
    stack: Stack, server: Running, kind: int
) -> None:
    async with two(stack, server) as all_of_them:
        ours, theirs = all_of_them.ours, all_of_them.theirs
        agent, before = ours.agent.socket, rows(stack, theirs.project)
        answers = []
        for thing in (theirs.conversation, os.urandom(16)):
            seen = len(agent.frames)
            await agent.send(*filled(kind, thing))
            await agent.send(PING, 7)
            await _came(agent, PONG, seen)
            if kind == COPILOT_ASK:  # the worker refuses it
                await _came(agent, ERROR, seen)
            answers.append([frame[:4] for frame in agent.frames[seen:] if frame[0] in {ERROR, OK}])
        assert answers[0] == answers[1], "a foreign id is distinguishable from an absent one"
        await settled(ours)
        assert before == rows(stack, theirs.project)
        await settled(theirs)
        named = {frame[1] for frame in agent.frames if frame[0] in {MESSAGE, READ, TYPING}}
        assert theirs.conversation not in named
        for bystander in (theirs.visitor, theirs.agent.socket):
            assert not bystander.all(TYPING) and not bystander.all(READ)


@pytest.mark.parametrize("who", BYSTANDERS)
async def test_a_hello_with_foreign_conversations_receives_nothing_of_them(
    stack: Stack, server: Running, who: str
) -> None:
    async with two(stack, server) as all_of_them, AsyncExitStack() as opening:
        ours, theirs, neighbour = all_of_them.ours, all_of_them.theirs, all_of_them.neighbour
        claimed = {theirs.conversation: 0, os.urandom(16): 0}
        socket = await opening.enter_async_context(opened(server.port or 0, ours.project))
        if who == "agent":
            jwt = (await ours.agent.call("POST", "/socket-tickets"))["ticket"]
            await greet(socket, ours.project, jwt=jwt, have=claimed)
        else:
            await greet(socket, ours.project, key=ours.key, have=claimed | {neighbour.conversation: 0})
        await settled(ours, theirs, neighbour)
        foreign = {theirs.conversation} | ({neighbour.conversation} if who == "visitor" else set())
        assert foreign.isdisjoint(
            {frame[1] for frame in socket.frames if frame[0] in {MESSAGE, READ, TYPING}}
        )


def received_texts(socket: Socket, *, but: bytes) -> str:
    """All texts that a socket received, except those of its own conversation."""
    return str([frame for frame in socket.all(MESSAGE) if frame[1] != but])


async def _came(socket: Socket, kind: int, seen: int) -> None:
    """Wait for a frame of that type after the first `seen` frames."""
    with trio.fail_after(PATIENCE):
        while not any(frame[0] == kind for frame in socket.frames[seen:]):
            await socket._news.wait()
