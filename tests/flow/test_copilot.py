"""An agent asks the copilot through server, stream, worker and provider; nobody else sees any of it."""

import os
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.client import ERROR, MESSAGE, SEND, STORED, Frame, Socket, greet, opened
from tests.flow.copilot_asking import (
    ASK,
    END,
    FAILED,
    GET,
    SOCIAL,
    START,
    STOP,
    STOPPED,
    TOKEN,
    Asking,
    asked_for,
)
from tests.people import add_agent, add_project, at_work
from tests.running import Running
from tests.scripted import ai, scripted
from tests.stack import Stack

OF_COPILOT = range(47, 58)
FORBIDDEN, NOT_FOUND, BAD_FRAME = 103, 104, 105


@pytest.fixture(scope="module")
def server(stack: Stack) -> Iterator[Running]:
    with scripted("--delay", "30") as url:
        made = stack.spawn("server", handshakes_per_minute=10_000, messages_per_minute=10_000)
        stack.spawn("worker", ai=ai(url))
        yield made


def seen(socket: Socket) -> list[Frame]:
    return [frame for frame in socket.frames if frame[0] in OF_COPILOT]


async def refusal(socket: Socket, *frame: Any) -> int:
    """The code by which it is refused."""
    await socket.send(*frame)
    error = await socket.first(ERROR, lambda one: one[1] == frame[1])
    code: int = error[2]
    return code


async def test_the_agents_tabs_see_the_answer_and_no_other_socket_does(stack: Stack, server: Running) -> None:
    project, port = add_project(stack), server.port or 0
    mine, other = add_agent(stack, project), add_agent(stack, project, name="Ben")
    async with (
        at_work(port, project, mine) as agent,
        at_work(port, project, mine) as tab,
        at_work(port, project, other) as colleague,
        opened(port, project) as visitor,
    ):
        await greet(visitor, project)
        await visitor.send(SEND, 1, os.urandom(16), None, "text", "Write a tweet about this!")
        await visitor.first(STORED)
        asking = Asking(stack, agent, mine)
        ref = await asking.ask("Draft a reply")
        end = await agent.socket.first(END)
        await tab.socket.first(END)
        start = await agent.socket.first(START)
        assert start[1] == asking.session and start[3:] == [1, "draft_reply"]
        tokens = agent.socket.all(TOKEN)
        assert [frame[3] for frame in tokens] == list(range(len(tokens)))
        said = "".join(frame[5] for frame in tokens)
        stored = stack.sql("SELECT text FROM copilot_messages WHERE id = $1", UUID(bytes=end[3]))
        assert stored[0][0] == said
        assert "scripted" in said
        assert len(asked_for(agent.socket, ref)) == 1
        kinds = [frame[0] for frame in seen(agent.socket)]
        assert sum(kind in {END, SOCIAL, STOPPED, FAILED} for kind in kinds) == 1
        assert kinds[-1] == END
        assert seen(tab.socket) == seen(agent.socket)
        assert seen(colleague.socket) == [] == seen(visitor)
        assert visitor.all(MESSAGE) == [], "nothing is said to a visitor before an agent sends it"
        assert (
            stack.sql("SELECT count(*) FROM social_drafts WHERE project_id = $1", UUID(bytes=project))[0][0]
            == 0
        ), "a visitor's wish for a tweet makes none"


async def test_a_visitor_cannot_reach_it_by_any_frame(stack: Stack, server: Running) -> None:
    project, port = add_project(stack), server.port or 0
    mine = add_agent(stack, project)
    async with at_work(port, project, mine) as agent, opened(port, project) as visitor:
        await greet(visitor, project)
        asking = Asking(stack, agent, mine)
        session, turn = asking.session, os.urandom(16)
        assert await refusal(visitor, ASK, 11, os.urandom(16), session, "Write a tweet") == FORBIDDEN
        assert await refusal(visitor, STOP, 12, session, turn) == FORBIDDEN
        assert await refusal(visitor, GET, 13, session) == FORBIDDEN
        for text in ("social_create", "Write a tweet about us", "copilot: summarise the notes"):
            ref = os.urandom(16)
            await visitor.send(SEND, 1, ref, None, "text", text)
            await visitor.first(STORED, lambda frame, ref=ref: frame[1] == ref)  # type: ignore[misc]
        await agent.until(lambda: agent.count == 3)  # what the texts cause comes before
        assert seen(visitor) == [] == seen(agent.socket)
        assert (
            stack.sql("SELECT count(*) FROM copilot_messages WHERE session_id = $1", UUID(bytes=session))[0][
                0
            ]
            == 0
        )


async def test_each_guard_refuses(stack: Stack, server: Running) -> None:
    project, port = add_project(stack), server.port or 0
    mine, other = add_agent(stack, project), add_agent(stack, project, name="Ben")
    async with at_work(port, project, mine) as agent, at_work(port, project, other) as colleague:
        asking = Asking(stack, agent, mine)
        session, ref = asking.session, os.urandom(16)
        theirs = colleague.socket
        assert await refusal(theirs, ASK, 11, ref, session, "What?") == NOT_FOUND
        assert await refusal(theirs, STOP, 12, session, ref) == NOT_FOUND
        assert await refusal(theirs, GET, 13, session) == NOT_FOUND
        assert await refusal(agent.socket, ASK, 14, ref, session, "  ") == BAD_FRAME
        assert await refusal(agent.socket, ASK, 15, ref, session, "What?", "clarify") == BAD_FRAME
        assert await refusal(agent.socket, ASK, 16, ref, session, "What?", "tweet") == BAD_FRAME
        assert await refusal(agent.socket, ASK, 17, ref, session, "x", "ask", ref) == BAD_FRAME


async def test_posts_are_generated_instead_of_an_end(stack: Stack, server: Running) -> None:
    project, port = add_project(stack), server.port or 0
    mine = add_agent(stack, project)
    async with at_work(port, project, mine) as agent:
        asking = Asking(stack, agent, mine)
        await asking.ask("Write posts about our chat")
        made = await agent.socket.first(SOCIAL)
        assert set(made[7]["posts"]) == {"x", "linkedin", "facebook", "instagram"}
        assert made[7]["warnings"] == []
        await asking.ask("Make the tweet shorter")
        changed = await agent.socket.first(SOCIAL, lambda frame: frame[6] == 2)
        assert changed[5] == made[5]
        before, after = made[7]["posts"], changed[7]["posts"]
        assert after["x"]["segments"] != before["x"]["segments"]
        assert after["x"]["visual"] == before["x"]["visual"]
        assert after["x"]["hashtags"] == before["x"]["hashtags"]
        assert {key: one for key, one in after.items() if key != "x"} == {
            key: one for key, one in before.items() if key != "x"
        }
        assert agent.socket.all(END) == []
