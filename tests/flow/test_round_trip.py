"""A visitor and an agent chat through a real server and worker, as the widget and the dashboard do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import repeat
from uuid import UUID

import httpx
import pytest
import trio

from tests.client import CHANGED, MESSAGE, PAGE, PRESENCE, READ, TYPING, WATCH, Visitor, greet, opened, text
from tests.people import Agent, add_agent, add_project, at_work
from tests.running import Running
from tests.stack import Stack

COUNTS = (
    "SELECT (SELECT count(*) FROM visitors) AS visitors,"
    " (SELECT count(*) FROM conversations) AS conversations"
)


@pytest.fixture(scope="module")
def server(stack: Stack) -> Running:
    made = stack.spawn("server", handshakes_per_minute=10_000, messages_per_minute=10_000)
    stack.spawn("worker")
    return made


@asynccontextmanager
async def a_visitor(server: Running, project: bytes) -> AsyncIterator[Visitor]:
    ports = repeat(server.port or 0)
    visitor = Visitor(lambda: next(ports), project)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(visitor.run)
        await visitor.online()
        yield visitor
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def a_talk(stack: Stack, server: Running) -> AsyncIterator[tuple[Visitor, Agent, bytes]]:
    """A visitor who has written, and an agent who received the message."""
    project = add_project(stack)
    email = add_agent(stack, project)
    async with at_work(server.port or 0, project, email) as agent, a_visitor(server, project) as visitor:
        visitor.write("hello?")
        await visitor.emptied()
        await agent.until(lambda: agent.count == 1)
        assert visitor.conversation is not None
        yield visitor, agent, visitor.conversation


async def test_opening_the_widget_writes_no_row_and_the_first_message_one_of_each(
    stack: Stack, server: Running
) -> None:
    project = add_project(stack)
    before = stack.sql(COUNTS)[0]
    async with a_visitor(server, project) as visitor:
        assert stack.sql(COUNTS)[0] == before
        visitor.write("first")
        visitor.write("second")
        await visitor.emptied()
    after = stack.sql(COUNTS)[0]
    assert (after["visitors"], after["conversations"]) == (
        before["visitors"] + 1,
        before["conversations"] + 1,
    )


async def test_a_message_reaches_the_agent_and_the_reply_the_visitor(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as (visitor, agent, conversation):
        assert agent.received[conversation] == {1: "hello?"}
        answer = await agent.reply(conversation, "good morning")
        frame = await visitor.has_received("good morning")
        assert frame[2] == answer["seq"] == 2
        assert frame[5][0] == "agent" and frame[5][2] == "Mai"


async def test_a_note_never_reaches_the_visitor(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as (visitor, agent, conversation):
        await agent.reply(conversation, "he is angry", kind="note")
        await agent.reply(conversation, "how can I help?")
        await visitor.has_received("how can I help?")
        assert "he is angry" not in str(visitor.received)
        await agent.until(lambda: "he is angry" in agent.received[conversation].values())
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            history = await http.get(
                f"/api/v1/public/projects/{text(agent.project)}/messages",
                headers={"Authorization": f"Visitor {visitor.key}", "Origin": server.url},
            )
        assert history.status_code == 200
        assert [item["body"] for item in history.json()["items"]] == ["hello?", "how can I help?"]


async def test_a_reply_repeated_with_its_ref_is_stored_once_and_refused_with_another_text(
    stack: Stack, server: Running
) -> None:
    async with a_talk(stack, server) as (_, agent, conversation):
        ref = text(b"r" * 16)
        first = await agent.reply(conversation, "once", ref=ref)
        assert await agent.reply(conversation, "once", ref=ref) == first
        refused = await agent.http.post(
            agent.path(f"/conversations/{text(conversation)}/messages"),
            json={"ref": ref, "body": "twice", "kind": "text"},
        )
        assert refused.status_code == 409
        assert refused.headers["content-type"].startswith("application/problem+json")


async def test_typing_goes_both_ways_with_the_name_of_the_agent(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as (visitor, agent, conversation):
        socket = await visitor.online()
        await socket.send(TYPING, conversation, True)
        frame = await agent.socket.first(TYPING)
        assert frame[1:3] == [conversation, True] and frame[3][0] == "visitor"
        await agent.call("POST", f"/conversations/{text(conversation)}/typing", json={"on": True})
        shown = await socket.first(TYPING)
        assert shown[3][0] == "agent" and shown[3][2] == "Mai"


async def test_the_agent_sees_presence_and_the_current_page_live(stack: Stack, server: Running) -> None:
    project = add_project(stack)
    email = add_agent(stack, project)
    async with at_work(server.port or 0, project, email) as agent:
        async with a_visitor(server, project) as visitor:
            visitor.write("hello?")
            await visitor.emptied()
            assert visitor.conversation is not None
            await agent.socket.send(WATCH, 7, "conversation", visitor.conversation)
            await agent.socket.first(3, lambda frame: frame[1] == 7)
            await (await visitor.online()).send(PAGE, "https://shop.example/cart?token=hush&a=1", "Cart")
            page = await agent.socket.first(PAGE)
            assert page[2:4] == ["https://shop.example/cart?a=1", "Cart"]
            row = (await agent.call("GET", "/conversations"))["items"][0]
            assert row["visitor"]["online"] is True
            assert row["visitor"]["url"] == "https://shop.example/cart?a=1"
            panel = await agent.call("GET", f"/visitors/{row['visitor']['id']}")
            assert [step["title"] for step in panel["trail"]] == ["Cart"]
            who = UUID(row["visitor"]["id"]).bytes
        gone = await agent.socket.first(PRESENCE, lambda frame: [who, False] in frame[2])
        assert gone[1] is None


async def test_status_and_assignment_are_live_on_both_sides(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as (visitor, agent, conversation):
        me = await agent.http.get("/api/v1/me")
        await agent.call(
            "PUT", f"/conversations/{text(conversation)}/assignee", json={"assignee_id": me.json()["id"]}
        )
        await agent.call("PUT", f"/conversations/{text(conversation)}/status", json={"status": "solved"})
        assigned = await agent.socket.first(CHANGED, lambda frame: "assignee" in frame[4])
        assert assigned[4]["assignee_name"] == "Mai"
        changed = await (await visitor.online()).first(
            CHANGED, lambda frame: frame[4].get("status") == "solved"
        )
        assert changed[1] == conversation
        visitor.write("one more thing")  # reopens the conversation
        await visitor.emptied()
        row = await agent.call("GET", f"/conversations/{text(conversation)}")
        assert (row["status"], row["assignee"]["full_name"]) == ("open", "Mai")


async def test_unread_is_exact_and_read_marks_go_both_ways(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as (visitor, agent, conversation):
        row = await agent.call("GET", f"/conversations/{text(conversation)}")
        assert (row["unread"], row["last_seq"]) == (1, 1)
        await agent.socket.send(READ, conversation, 1)
        seen = await (await visitor.online()).first(READ)
        assert seen[1:3] == [conversation, 1] and seen[3][0] == "agent"
        row = await agent.call("GET", f"/conversations/{text(conversation)}")
        assert row["unread"] == 0
        await agent.reply(conversation, "an answer")
        await visitor.has_received("an answer")
        await (await visitor.online()).send(READ, conversation, 2)
        mark = await agent.socket.first(READ, lambda frame: frame[3][0] == "visitor")
        assert mark[2] == 2
        row = await agent.call("GET", f"/conversations/{text(conversation)}")
        assert row["visitor_read_seq"] == 2


async def test_a_second_tab_sees_what_the_first_sent_and_resumes_what_it_missed(
    stack: Stack, server: Running
) -> None:
    async with a_talk(stack, server) as (visitor, agent, conversation):
        async with opened(server.port or 0, agent.project) as tab:
            welcome = await greet(tab, agent.project, key=visitor.key, have={conversation: 1})
            assert (welcome["recovered"], welcome["last_seq"]) == (True, 1)
            ref = visitor.write("from the first tab")
            shown = await tab.first(MESSAGE)
            assert (shown[4], shown[8]) == (ref, "from the first tab")
        await agent.reply(conversation, "said while the tab was away")
        await visitor.has_received("said while the tab was away")
        async with opened(server.port or 0, agent.project) as tab:
            welcome = await greet(tab, agent.project, key=visitor.key, have={conversation: 2})
            missed = await tab.first(MESSAGE)
            assert (missed[2], missed[8]) == (3, "said while the tab was away")


async def test_the_conversation_of_another_visitor_is_not_found(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as (_, agent, conversation):
        other = add_project(stack, name="Other")
        email = add_agent(stack, other, name="Eve")
        async with at_work(server.port or 0, other, email) as eve:
            for project in (other, agent.project):
                answer = await eve.http.get(
                    f"/api/v1/projects/{text(project)}/conversations/{text(conversation)}"
                )
                assert answer.status_code == 404
            assert eve.count == 0
