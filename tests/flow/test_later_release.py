"""Forward compatibility: a server and a worker beside a later release lose nothing and close no socket."""

import os
from uuid import UUID

import httpx
import msgpack
import pytest

from core.bus import connection, names
from core.ids import ProjectId
from tests.client import (
    ERROR,
    HELLO,
    MESSAGE,
    PING,
    PONG,
    RESYNC,
    WELCOME,
    opened,
    text,
)
from tests.flow.later import EVENT, SIGNAL, a_talk
from tests.running import Running
from tests.stack import Stack


@pytest.fixture(scope="module")
def server(stack: Stack) -> Running:
    made = stack.spawn("server", handshakes_per_minute=10_000, messages_per_minute=10_000)
    stack.spawn("worker")
    return made


async def test_the_known_fields_of_a_later_clients_frames_are_used(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as talk:
        await talk.socket.send(PING, 5, "more", {})
        assert (await talk.socket.first(PONG))[1] == 5
        await talk.socket.send(77, 41, {"reaction": "👍"})
        refused = await talk.socket.first(ERROR)
        assert (refused[1], refused[2], refused[4]) == (41, 114, False)
        assert await talk.write("second") == 2
        assert talk.socket.closed is None


async def test_a_later_client_resumes_from_its_positions(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as talk:
        await talk.write("second")
        await talk.agent.reply(talk.conversation, "third")
        await talk.socket.first(MESSAGE)
        async with opened(server.port or 0, talk.agent.project) as again:
            have = [[talk.conversation, [1, 0, {"draft": "…"}]]]
            greeting = {"project": talk.agent.project, "tab": os.urandom(16), "key": talk.key, "have": have}
            await again.send(HELLO, 1, greeting)
            assert (await again.first(WELCOME))[2]["recovered"] is True
            await again.first(MESSAGE, lambda frame: frame[2] == 3)
            assert [frame[2] for frame in again.all(MESSAGE)] == [2, 3]


async def test_an_unknown_event_of_a_later_worker_makes_clients_fetch(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as talk:
        talk.commit(talk.event(1))
        await talk.socket.first(RESYNC)
        await talk.agent.socket.first(RESYNC)
        assert await talk.write("second") == 2
        await talk.agent.until(lambda: talk.agent.count == 2)
        # The relay deletes what it has published.
        await talk.agent.until(lambda: stack.sql("SELECT count(*) FROM outbox")[0][0] == 0)
        assert talk.socket.closed is None and talk.agent.socket.closed is None


async def test_a_resume_over_an_unknown_event_makes_the_client_fetch(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as talk:
        talk.commit(talk.event(1))
        await talk.socket.first(RESYNC)
        await talk.write("second")
        async with opened(server.port or 0, talk.agent.project) as again:
            have = [[talk.conversation, 1]]
            greeting = {"project": talk.agent.project, "tab": os.urandom(16), "key": talk.key, "have": have}
            await again.send(HELLO, 1, greeting)
            assert (await again.first(WELCOME))[2]["recovered"] is False
            await again.first(MESSAGE, lambda frame: frame[2] == 2)
            assert again.closed is None


@pytest.mark.parametrize("payload", [b"\x80", b"\x07", msgpack.packb([EVENT, "a new head"])])
async def test_an_unreadable_outbox_row_does_not_block_the_others(
    stack: Stack, server: Running, payload: bytes
) -> None:
    async with a_talk(stack, server) as talk:
        talk.commit(payload)
        assert await talk.write("second") == 2
        await talk.agent.until(lambda: talk.agent.count == 2)
        # The relay deletes what it has published.
        await talk.agent.until(lambda: stack.sql("SELECT count(*) FROM outbox")[0][0] == 0)


async def test_unknown_items_of_a_later_servers_batch_are_skipped_one_by_one(
    stack: Stack, server: Running
) -> None:
    async with a_talk(stack, server) as talk:
        project = ProjectId(talk.agent.project)
        items = [
            [SIGNAL, project, {"who": "looks"}],
            [32, project, talk.conversation, b"v" * 16, "bot", b"b" * 16, "B", True, b"", 9],
        ]
        async with connection.client(stack.redis_url, connections=2) as redis:
            await redis.publish(names.room(project), msgpack.packb(items))
        typing = await talk.agent.socket.first(16)
        assert typing[3] == ["bot", b"b" * 16, "B"]
        assert await talk.write("second") == 2
        assert talk.socket.all(RESYNC) == []


async def test_a_message_of_a_later_kind_is_in_the_history(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as talk:
        await talk.agent.reply(talk.conversation, "Order 17: paid")
        stack.sql(
            "UPDATE messages SET kind = 'card' WHERE seq = 2 AND conversation_id = $1",
            UUID(bytes=talk.conversation),
        )
        path = f"/conversations/{text(talk.conversation)}/messages"
        page = await talk.agent.call("GET", path)
        assert [(item["kind"], item["body"]) for item in page["items"]] == [
            ("text", "first"),
            ("card", "Order 17: paid"),
        ]
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            history = await http.get(
                f"/api/v1/public/projects/{text(talk.agent.project)}/messages",
                headers={"Authorization": f"Visitor {talk.key}", "Origin": server.url},
            )
        assert [item["body"] for item in history.json()["items"]] == ["first", "Order 17: paid"]
