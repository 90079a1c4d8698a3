"""Plain HTTP on one connection: its state after each kind of request, body and peer."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import trio

from core.telemetry.metrics import Metric, counters
from server.door import connection_limits, door, http1
from server.door.door import Door
from tests.integration.gateway.gateway_app import rest, status
from tests.patience import PATIENCE

GET = b"GET / HTTP/1.1\r\nHost: chat.example\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n"


def post(*fields: str, body: bytes = b"") -> bytes:
    return "\r\n".join(["POST / HTTP/1.1", "Host: chat.example", *fields, "", ""]).encode() + body


async def answered(send: Any, code: int = 200, body: bytes = b"ok", **fields: str) -> None:
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": code, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the request's body."""
    del scope
    whole, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        whole += message["body"]
        more = message["more_body"]
    await answered(send, body=whole or b"ok")


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    """Answers before it reads anything, as a route does when access is refused."""
    del scope, receive
    await answered(send, 401)


async def failing(scope: Any, receive: Any, send: Any) -> None:
    """Fails before it answers."""
    del scope, receive, send
    raise RuntimeError("postgresql://parley:hunter2@db/parley")


async def breaking_off(scope: Any, receive: Any, send: Any) -> None:
    """Fails in the middle of its answer."""
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError("no more")


async def large(scope: Any, receive: Any, send: Any) -> None:
    """An answer larger than all the buffers in between."""
    del scope, receive
    await answered(send, body=bytes(16 * 1024 * 1024))


class Served:
    """A door with an application behind it."""

    def __init__(self, entrance: Door, port: int) -> None:
        self.entrance = entrance
        self.port = port

    @asynccontextmanager
    async def connection(self, *, source: str = "127.0.0.1") -> AsyncIterator[trio.SocketStream]:
        sock = trio.socket.socket()
        await sock.bind((source, 0))
        await sock.connect(("127.0.0.1", self.port))
        async with trio.SocketStream(sock) as stream:
            yield stream


@asynccontextmanager
async def serving(app: Any, *, trusted_proxies: str = "") -> AsyncIterator[Served]:
    async def no_websocket(*_: object, **__: object) -> None:
        raise AssertionError("no caller asked for one")

    entrance = Door(cast("Any", no_websocket), app, trusted_proxies=trusted_proxies)
    with socket.create_server(("127.0.0.1", 0), backlog=1_000) as listener:
        listener.settimeout(0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(entrance.admit, [listener], nursery)
            yield Served(entrance, listener.getsockname()[1])
            nursery.cancel_scope.cancel()


async def one(stream: trio.SocketStream) -> bytes:
    """Exactly one answer with a Content-Length."""
    came = b""
    with trio.fail_after(PATIENCE):
        while b"\r\n\r\n" not in came:
            more = await stream.receive_some(1)
            assert more, f"the connection ended after {came!r}"
            came += more
        length = int(came.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while length:
            more = await stream.receive_some(length)
            came, length = came + more, length - len(more)
    return came


async def test_a_body_that_arrives_after_its_refusal_does_not_end_the_connection() -> None:
    """Clients send head and body in two packets; a refusal in between once ended the connection silently."""
    async with serving(refusing) as served, served.connection() as stream:
        for _ in range(3):
            await stream.send_all(post("Content-Length: 5"))
            refused = await one(stream)
            assert status(refused) == 401 and b"connection: close" not in refused.lower()
            await stream.send_all(b"hello")
        await stream.send_all(post("Transfer-Encoding: chunked"))
        assert status(await one(stream)) == 401
        await stream.send_all(b"5\r\nhello\r\n0\r\n\r\n" + GET)
        assert status(await one(stream)) == 401


@pytest.mark.parametrize(
    "fields", [["Content-Length: 1000000"], ["Content-Length: 5", "Expect: 100-continue"]]
)
async def test_a_refusal_that_does_not_wait_for_the_body_closes_the_connection(
    fields: list[str],
) -> None:
    async with serving(refusing) as served, served.connection() as stream:
        await stream.send_all(post(*fields))
        refused = await rest(stream)
        assert status(refused) == 401 and b"\r\nconnection: close\r\n" in refused.lower()


async def test_a_body_that_is_never_sent_ends_its_connection_after_a_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http1, "DISCARD_TIMEOUT", 0.2)
    async with serving(refusing) as served, served.connection() as stream:
        await stream.send_all(post("Content-Length: 5") + b"hel")
        assert status(await rest(stream)) == 401


async def test_bodies_are_read_completely_however_they_arrive() -> None:
    async with serving(echo) as served, served.connection() as stream:
        chunked = b"4;x=y\r\nwiki\r\n5\r\npedia\r\n0\r\nTrailer: x\r\n\r\n"
        sent = (
            post("Content-Length: 5", body=b"hello") + post("Transfer-Encoding: chunked", body=chunked) + GET
        )
        await stream.send_all(sent)
        assert [(await one(stream)).partition(b"\r\n\r\n")[2] for _ in range(3)] == [
            b"hello",
            b"wikipedia",
            b"ok",
        ]
        for byte in sent:
            await stream.send_all(bytes([byte]))
        assert [(await one(stream)).partition(b"\r\n\r\n")[2] for _ in range(3)] == [
            b"hello",
            b"wikipedia",
            b"ok",
        ]


async def test_a_client_that_waits_for_a_continue_gets_it_when_the_body_is_read() -> None:
    async with serving(echo) as served, served.connection() as stream:
        await stream.send_all(post("Content-Length: 5", "Expect: 100-continue"))
        with trio.fail_after(PATIENCE):
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 100 ")
        await stream.send_all(b"hello")
        assert (await one(stream)).endswith(b"hello")
        await stream.send_all(GET)
        assert status(await one(stream)) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"x\r\nwiki\r\n",
        b"4\r\nwikiX\r\n",
        b"4\nwiki\r\n0\r\n\r\n",
        b"-1\r\n\r\n",
        b"4\r\nwiki" + b"X" * 70_000,
    ],
)
async def test_a_malformed_body_is_400_and_ends_the_connection(body: bytes) -> None:
    before = counters[Metric.CONNECTIONS_FAILED]
    async with serving(echo) as served, served.connection() as stream:
        await stream.send_all(post("Transfer-Encoding: chunked", body=body))
        assert status(await rest(stream)) in {400, 431}
    assert counters[Metric.CONNECTIONS_FAILED] == before


@pytest.mark.parametrize("app", [failing, breaking_off])
async def test_a_failure_of_the_application_ends_its_connection_and_nothing_else(app: Any) -> None:
    before = counters[Metric.REQUESTS_FAILED], counters[Metric.CONNECTIONS_FAILED]
    async with serving(app) as served:
        async with served.connection() as stream:
            await stream.send_all(GET + GET)
            answer = await rest(stream)
            assert status(answer) == (500 if app is failing else 200)
            assert b"hunter2" not in answer and answer.count(b"HTTP/1.1") == 1
        async with served.connection() as stream:
            await stream.send_all(LAST)
            assert status(await rest(stream)) == status(answer)
    assert (counters[Metric.REQUESTS_FAILED], counters[Metric.CONNECTIONS_FAILED]) == (
        before[0] + 2,
        before[1],
    )


async def test_a_peer_that_does_not_read_its_answer_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1, "SEND_TIMEOUT", 0.2)
    async with serving(large) as served, served.connection() as stream:
        await stream.send_all(GET)
        with trio.fail_after(PATIENCE):
            await trio.lowlevel.wait_readable(stream.socket)
            while served.entrance.busy:  # noqa: ASYNC110  a door has no event for it
                await trio.sleep(0.02)


async def test_head_and_bodiless_answers_leave_the_connection_usable() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        code = 304 if scope["path"] == "/304" else 200
        del receive
        await send({"type": "http.response.start", "status": code, "headers": [(b"content-length", b"7")]})
        await send({"type": "http.response.body", "body": b"1234567", "more_body": False})

    async with serving(app) as served, served.connection() as stream:
        await stream.send_all(GET.replace(b"GET /", b"HEAD /") + GET.replace(b"GET /", b"GET /304") + LAST)
        answer = await rest(stream)
        assert answer.count(b"HTTP/1.1 ") == 3 and answer.count(b"1234567") == 1
        assert answer.lower().count(b"content-length: 7") == 3 and answer.lower().count(b"\r\ndate: ") == 3


async def test_a_draining_process_answers_the_next_request_of_a_kept_connection_and_closes_it() -> None:
    async with serving(echo) as served, served.connection() as busy, served.connection() as idle:
        for stream in (busy, idle):
            await stream.send_all(GET)
            assert b"connection: close" not in (await one(stream)).lower()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(served.entrance.finish)
            await trio.testing.wait_all_tasks_blocked(0.01)
            await busy.send_all(GET)
            answer = await rest(busy)
            assert status(answer) == 200 and b"\r\nconnection: close\r\n" in answer.lower()
            assert await rest(idle) == b""


async def test_one_network_cannot_take_all_connections_from_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_limits, "MAX_PER_NETWORK", 20)
    monkeypatch.setattr(connection_limits, "MAX_HTTP", 50)
    async with serving(echo) as served, trio.open_nursery() as nursery:

        async def hold(source: str, task_status: trio.TaskStatus[None]) -> None:
            async with served.connection(source=source) as stream:
                await stream.send_all(GET)
                await one(stream)
                task_status.started()
                await trio.sleep_forever()

        for _ in range(100):
            await nursery.start(hold, "127.0.0.8")
        assert served.entrance.kept == 20
        async with served.connection(source="127.0.0.9") as stream:
            await stream.send_all(GET)
            assert status(await one(stream)) == 200
        nursery.cancel_scope.cancel()


async def test_a_network_whose_share_is_busy_gets_429_and_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection_limits, "MAX_PER_NETWORK", 5)
    async with serving(echo) as served, trio.open_nursery() as nursery:

        async def slow(task_status: trio.TaskStatus[None]) -> None:
            async with served.connection(source="127.0.0.8") as stream:
                await stream.send_all(post("Content-Length: 9", "Expect: 100-continue"))
                await stream.receive_some()
                task_status.started()
                await trio.sleep_forever()

        for _ in range(5):
            await nursery.start(slow)
        for source, expected in (("127.0.0.8", 429), ("127.0.0.9", 200)):
            async with served.connection(source=source) as stream:
                await stream.send_all(LAST)
                answer = await rest(stream)
                assert status(answer) == expected
                assert (b"\r\nRetry-After: " in answer) is (expected == 429)
        nursery.cancel_scope.cancel()


async def test_a_health_check_is_answered_when_every_connection_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection_limits, "MAX_HTTP", 0)
    async with serving(echo) as served:
        async with served.connection() as stream:
            await stream.send_all(GET)
            assert status(await rest(stream)) == 503
        for path in door.HEALTH:
            async with served.connection() as stream:
                await stream.send_all(GET.replace(b"GET /", b"GET " + path))
                answer = await rest(stream)
                assert status(answer) == 200 and b"\r\nconnection: close\r\n" in answer.lower()
