"""Frames over Server-Sent Events: who may open a stream and send on it, and how it ends."""

import json
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgpack
import pytest
import trio

from core.ids import ProjectId
from core.telemetry.metrics import Metric, counters
from server.gateway.mailbox import wrap
from server.gateway.sse import endpoints, forwarding, stream
from server.gateway.sse.encoding import MAX_BODY
from tests import event_stream
from tests.client import DRAIN, PING, PONG, QUEUED, SEND, Socket, greet, listening, opened, text
from tests.event_stream import EventStreamLink
from tests.integration.gateway.gateway_app import (
    PAGE,
    GatewayApp,
    exchange,
    gateway_app,
    hello,
    status,
    ticket,
)
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack

OWN = "https://talk.example"


@pytest.fixture
def project(stack: Stack) -> ProjectId:
    return ProjectId(add_project(stack, domains=("shop.example",)))


def url(here: GatewayApp) -> str:
    return f"http://127.0.0.1:{here.port}"


@asynccontextmanager
async def streaming(
    here: GatewayApp, project: bytes, *, origin: str = PAGE, posts: GatewayApp | None = None
) -> AsyncIterator[tuple[EventStreamLink, Socket]]:
    """An open stream; `posts`: the server that its POSTs reach."""
    query = f"project={text(project)}"
    async with (
        event_stream.linked(url(here), query, origin=origin, posts=url(posts or here)) as link,
        listening(link) as socket,
    ):
        yield link, socket


def request(project: bytes | str, path: str = "/sse", body: bytes = b"", **headers: str | None) -> bytes:
    """A POST; a given header replaces the default, None leaves it out."""
    name = project if isinstance(project, str) else text(project)
    fields: dict[str, str | None] = {
        "Host": "chat.example",
        "Origin": PAGE,
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    fields |= {key.replace("_", "-"): value for key, value in headers.items()}
    lines = [f"{key}: {value}" for key, value in fields.items() if value is not None]
    return "\r\n".join([f"POST {path}?project={name} HTTP/1.1", *lines, "", ""]).encode() + body


def frames(token: str, first: int, *payloads: bytes) -> bytes:
    return "\n".join([token, str(first), *(b64encode(each).decode() for each in payloads)]).encode()


def ping(token: int) -> bytes:
    made: bytes = msgpack.packb([PING, token])
    return made


def code(answer: bytes) -> tuple[int, str]:
    """The status of a refusal and the code of its problem document."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"\r\ncontent-type: application/problem+json\r\n" in head.lower() + b"\r\n"
    problem = json.loads(body)
    assert problem["status"] == status(answer)
    assert problem["type"] == f"urn:parley:problem:{problem['code']}"
    return status(answer), problem["code"]


async def post(here: GatewayApp, project: bytes | str, body: bytes, **headers: str | None) -> bytes:
    return await exchange(here.port, request(project, "/sse/frames", body, **headers))


async def test_a_text_is_queued_and_an_agent_signs_in(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack, public_url=OWN) as here:
        async with streaming(here, project) as (_, socket):
            await greet(socket, project)
            await socket.send(SEND, 5, b"r" * 16, None, "text", "hello", {"a": 1})
            assert (await socket.first(QUEUED))[1:] == [5, b"r" * 16]
            assert len(here.gateway.peers) == counters[Metric.EVENT_STREAMS] == 1
        await here.emptied()
        async with streaming(here, project, origin=OWN) as (_, socket):
            await greet(socket, project, jwt=ticket(stack, project))
        await here.emptied()
        assert (here.failed, counters[Metric.EVENT_STREAMS]) == (0, 0)


async def test_the_rules_of_the_handshake_apply(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here:
        for asked, expected in (
            (request(project, Origin="https://evil.example"), (403, "origin")),
            (request(project, Origin=None), (403, "origin")),
            (request(project, Origin="null"), (403, "origin")),
            (request(os.urandom(16)), (403, "origin")),
            (request("none"), (400, "bad_request")),
            (request(project, Host=None), (400, "bad_request")),
        ):
            assert code(await exchange(here.port, asked)) == expected
        assert here.failed == 0 and not here.gateway.peers


async def test_a_stream_counts_as_a_socket_of_its_network(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack, sockets_per_network=2) as here:
        async with opened(here.port, project, origin=PAGE), streaming(here, project):
            assert code(await exchange(here.port, request(project))) == (429, "rate_limited")
            assert len(here.gateway.peers) == 2
        await here.emptied()


async def test_proxies_are_told_not_to_collect_the_stream(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here, await trio.open_tcp_stream("127.0.0.1", here.port) as client:
        await client.send_all(request(project))
        head = b""
        while b"event: open\n" not in head:
            head += await client.receive_some()
        for line in (
            b"Content-Type: text/event-stream; charset=utf-8",
            b"Cache-Control: no-store, no-transform",
            b"X-Accel-Buffering: no",
            b"Access-Control-Allow-Origin: https://shop.example",
            b"Vary: Origin",
        ):
            assert line in head.partition(b"\r\n\r\n")[0].split(b"\r\n")
        assert b"Content-Length" not in head


async def test_a_silent_stream_has_a_comment_as_heartbeat(
    stack: Stack, project: ProjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.05)
    async with gateway_app(stack) as here, await trio.open_tcp_stream("127.0.0.1", here.port) as client:
        await client.send_all(request(project))
        came = b""
        with trio.fail_after(PATIENCE):
            while came.count(b"\n\n:\n\n") < 2:
                came += await client.receive_some()


async def test_a_repeated_post_is_taken_once(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here, streaming(here, project) as (link, socket):
        await greet(socket, project)
        once = frames(link.token, 2, ping(1), ping(2))
        more = frames(link.token, 2, ping(1), ping(2), ping(3))
        for body, taken in ((once, b"3"), (once, b"3"), (more, b"4")):
            answer = await post(here, project, body)
            assert (status(answer), answer.rpartition(b"\r\n\r\n")[2]) == (200, taken)
            assert b"access-control-allow-origin: https://shop.example\r\n" in answer.lower()
        await socket.first(PONG, lambda frame: frame[1] == 3)
        assert [frame[1] for frame in socket.all(PONG)] == [1, 2, 3]
        answer = await post(here, project, frames(link.token, 9, ping(9)))
        assert code(answer) == (409, "frame_missing")
        assert b"access-control-allow-origin: https://shop.example\r\n" in answer.lower()


async def test_nobody_else_sends_on_a_stream(stack: Stack, project: ProjectId) -> None:
    other = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here, streaming(here, project) as (link, socket):
        await greet(socket, project)
        body = frames(link.token, 2, ping(1))
        forged = frames(link.token[:-4] + "AAA=", 2, ping(1))
        for answer in (
            await post(here, project, body, Origin="https://evil.example"),
            await post(here, project, body, Origin=None),
            await post(here, other, body),
            await post(here, project, forged),
        ):
            assert code(answer) == (403, "bad_token") and b"access-control" not in answer.lower()
        await socket.send(PING, 5)
        await socket.first(PONG, lambda frame: frame[1] == 5)
        assert len(socket.all(PONG)) == 1


async def test_a_post_of_anything_else_is_refused(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here:
        for body, expected in (
            (b"", (400, "bad_request")),
            (b"t\n1\nAA==", (403, "bad_token")),
            (b"t\nx\nAA==", (400, "bad_request")),
            (b"x" * (MAX_BODY + 1), (413, "too_large")),
        ):
            assert code(await post(here, project, body)) == expected
        assert here.failed == 0


async def test_one_stream_cannot_flood_with_posts(
    stack: Stack, project: ProjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "POSTS_PER_MINUTE", 3)
    async with gateway_app(stack) as here, streaming(here, project) as (link, _):
        answers = [await post(here, project, frames(link.token, 9, b"x")) for _ in range(4)]
        assert [code(answer)[0] for answer in answers] == [409, 409, 409, 429]
        assert b"retry-after: 1\r\n" in answers[3].lower()


async def test_a_stream_that_has_ended_takes_nothing(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here:
        async with streaming(here, project) as (link, _):
            pass
        await here.emptied()
        answer = await post(here, project, frames(link.token, 1, ping(1)))
        assert code(answer) == (410, "stream_ended")


async def test_bad_frames_close_with_the_code_of_a_websocket(stack: Stack, project: ProjectId) -> None:
    flood = [msgpack.packb([20, number, "inbox", None]) for number in range(80)]
    async with gateway_app(stack) as here:
        for payloads, code in (([b"\xc1"], 4501), ([b"x" * 17_000], 1009), (flood, 4008)):
            async with streaming(here, project) as (link, socket):
                await greet(socket, project)
                for payload in payloads:
                    await link.send_message(payload)
                assert await socket.end() == code
            await here.emptied()
        assert here.failed == 0


async def test_a_server_that_stops_drains_and_closes_its_streams(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here, streaming(here, project) as (_, socket):
        await greet(socket, project)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(here.gateway.drain, 0.5)
            await socket.first(DRAIN)
            assert status(await exchange(here.port, request(project))) == 503
            assert await socket.end() == 4000


async def test_a_client_that_reads_nothing_is_closed_and_the_rest_are_served(
    stack: Stack, project: ProjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream.limits, "SLOW_READER_TIMEOUT", 0.5)
    before = counters[Metric.PEERS_SLOW]
    async with gateway_app(stack) as here, streaming(here, project) as (_, socket):
        await greet(socket, project)
        sock = trio.socket.socket()
        sock.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, 4_096)
        await sock.connect(("127.0.0.1", here.port))
        async with trio.SocketStream(sock) as client:
            await client.send_all(request(project))
            came = b""
            while b"event: open" not in came or not came.endswith(b"\n\n"):
                came += await client.receive_some()
            token = came.partition(b"event: open\ndata: ")[2].strip().decode()
            assert status(await post(here, project, frames(token, 1, hello(project)))) == 200
            with trio.fail_after(PATIENCE):
                while len(here.gateway.peers) == 2:
                    slow = max(here.gateway.peers, key=lambda peer: peer.id)
                    slow.write(wrap(b"x" * 60_000, text=False))
                    await trio.sleep(0.01)
        assert counters[Metric.PEERS_SLOW] > before
        await socket.send(PING, 3)
        await socket.first(PONG, lambda frame: frame[1] == 3)


async def test_a_post_reaches_the_server_that_holds_the_stream(stack: Stack, project: ProjectId) -> None:
    async with gateway_app(stack) as here, gateway_app(stack) as there:
        async with streaming(here, project, posts=there) as (link, socket):
            await greet(socket, project)
            for number in range(1, 20):
                await socket.send(PING, number)
            await socket.first(PONG, lambda frame: frame[1] == 19)
            assert [frame[1] for frame in socket.all(PONG)] == list(range(1, 20))
            assert status(await post(there, project, frames(link.token, 99, ping(1)))) == 409
            assert not there.gateway.peers
        await here.emptied()
        assert status(await post(there, project, frames(link.token, 1, ping(1)))) == 410


async def test_a_lost_answer_of_the_other_server_repeats_nothing(
    stack: Stack, project: ProjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        gateway_app(stack) as here,
        gateway_app(stack) as there,
        streaming(here, project, posts=there) as (link, socket),
    ):
        await greet(socket, project)
        body = frames(link.token, 2, ping(1), ping(2))
        with monkeypatch.context() as lossy:
            lossy.setattr(forwarding, "ANSWER_TIMEOUT", 0.0)
            assert status(await post(there, project, body)) == 503
        await socket.first(PONG, lambda frame: frame[1] == 2)  # it was taken all the same
        assert status(await post(there, project, body)) == 200
        assert status(await post(there, project, frames(link.token, 4, ping(3)))) == 200
        await socket.first(PONG, lambda frame: frame[1] == 3)
        assert [frame[1] for frame in socket.all(PONG)] == [1, 2, 3]


async def test_a_server_that_is_gone_answers_nothing(
    stack: Stack, project: ProjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "ANSWER_TIMEOUT", 0.1)
    async with gateway_app(stack) as there:
        async with gateway_app(stack) as here, streaming(here, project) as (link, _):
            token = link.token
        answer = await post(there, project, frames(token, 1, ping(1)))
        assert status(answer) == 503 and b"retry-after: 1\r\n" in answer.lower()
