"""One port for HTTP and websockets: other protocols are refused, and no request stops the process."""

import pytest
import trio

from server.door import door, heads
from server.door.heads import HEAD_END
from tests.integration.gateway.gateway_app import (
    GatewayApp,
    exchange,
    gateway_app,
    hello,
    masked,
    opening,
    rest,
    status,
)
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack

GOOD = b"GET /livez HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n"
ALIVE = b"GET /livez HTTP/1.1\r\nHost: chat.example\r\n\r\n"
H2C = (
    b"GET /livez HTTP/1.1\r\nHost: chat.example\r\nConnection: Upgrade, HTTP2-Settings, close\r\n"
    b"Upgrade: h2c\r\nHTTP2-Settings: !!!not base64!!!\r\n\r\n"
)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CROWD = 200
WEBSOCKET = opening("", path="/livez", Sec_WebSocket_Protocol=None, Connection="Upgrade, close")
CASES = {
    "an upgrade outside /ws": (WEBSOCKET, 200),
    "h2c with bad settings": (H2C, 200),
    "h2c with a body": (
        H2C.replace(b"GET", b"POST").replace(b"\r\nHost", b"\r\nContent-Length: 0\r\nHost"),
        405,
    ),
    "h2c behind a bare line feed": (GOOD.replace(b"example\r\n", b"example\nUpgrade: h2c\r\n"), 400),
    "a bare carriage return": (GOOD.replace(b"example\r\n", b"example\rX: y\r\n"), 400),
    "lines that end in line feeds": (GOOD.replace(b"\r\n", b"\n") + b"\r\n\r\n", 400),
    "a folded header": (GOOD.replace(b"Host", b"X: y\r\n z\r\nHost"), 400),
    "a space before the colon": (GOOD.replace(b"Host:", b"Host :"), 400),
    "http/2 with prior knowledge": (PREFACE, 505),
    "tls": (bytes.fromhex("1603010200010001fc0303") + bytes(100), 400),
    "not http": (b"hello there, who is this\r\n\r\n", 400),
    "http/0.9": (b"GET /livez\r\n\r\n", 505),
    "http/1.0": (b"GET /livez HTTP/1.0\r\n\r\n", 200),
    "headers without end": (b"GET /livez HTTP/1.1\r\n" + b"a: b\r\n" * 10_000, 431),
    "cookies of 30 KB": (
        b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: %b\r\n\r\n" % (b"c" * 30_000),
        200,
    ),
    "cookies of 33 KB": (b"GET /livez HTTP/1.1\r\nHost: a\r\nCookie: %b\r\n\r\n" % (b"c" * 33_000), 431),
    "no host": (b"GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
    "two hosts": (b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    "an invalid host": (b"GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    "a host with a label of 64": (b"GET /livez HTTP/1.1\r\nHost: %b.example\r\n\r\n" % (b"a" * 64), 400),
    "a host with an empty label": (b"GET /livez HTTP/1.1\r\nHost: a..example\r\n\r\n", 400),
    "a host that begins with a dot": (b"GET /livez HTTP/1.1\r\nHost: .example\r\n\r\n", 400),
    "a host that is a dot": (b"GET /livez HTTP/1.1\r\nHost: .\r\n\r\n", 400),
    "a host with a final dot": (b"GET /livez HTTP/1.1\r\nHost: a.example.\r\nConnection: close\r\n\r\n", 200),
    "both lengths": (
        GOOD.replace(b"GET", b"POST")[:-2]
        + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "two different lengths": (
        b"POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        400,
    ),
    "a coding that is not chunked": (
        b"POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        501,
    ),
    "an empty line first": (b"\r\n\r\n" + GOOD, 200),
    "a method with a hyphen": (GOOD.replace(b"GET", b"M-SEARCH"), 405),
    "an absolute address": (GOOD.replace(b"/livez", b"http://chat.example/livez"), 200),
    "connect": (b"CONNECT chat.example:443 HTTP/1.1\r\nHost: chat.example\r\n\r\n", 501),
    "no path": (GOOD.replace(b"/livez", b"livez"), 400),
    "everything": (GOOD.replace(b"GET /livez", b"OPTIONS *"), 404),
    "a post to /ws": (b"POST /ws HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 404),
    "an upgrade by post to /ws": (
        opening("", Connection="Upgrade, close").replace(b"GET", b"POST"),
        404,
    ),
    "an upgrade at /ws/": (opening("", path="/ws/", Connection="Upgrade, close"), 404),
    "a handshake without host": (opening("", Host=None), 400),
    "a get": (GOOD, 200),
}


async def is_healthy(here: GatewayApp) -> bool:
    return status(await exchange(here.port, GOOD)) == 200


@pytest.mark.parametrize("case", CASES)
async def test_each_first_request_gets_its_answer(stack: Stack, case: str) -> None:
    request, expected = CASES[case]
    async with gateway_app(stack) as here:
        answer = await exchange(here.port, request)
        assert status(answer) == expected
        assert b"\r\ndate: " in answer.partition(HEAD_END)[0].lower()
        assert await is_healthy(here)
        assert here.failed == 0


@pytest.mark.parametrize("case", CASES)
async def test_each_later_request_gets_the_same_answer(stack: Stack, case: str) -> None:
    request, expected = CASES[case]
    async with gateway_app(stack) as here:
        answer = await exchange(here.port, ALIVE + request)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert status(answer[answer.index(b"ok\n") + 3 :]) == expected
        assert await is_healthy(here)
        assert here.failed == 0


async def test_a_websocket_opens_on_a_connection_that_served_requests_before(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here:
        async with await trio.open_tcp_stream("127.0.0.1", here.port) as stream:
            for _ in range(3):
                await stream.send_all(ALIVE)
                assert status(await stream.receive_some()) == 200
            await stream.send_all(opening(project))
            assert status(await stream.receive_some()) == 101
            await stream.send_all(masked(hello(project)))
            assert b"session" in await stream.receive_some()  # the welcome
        together = ALIVE + opening(project) + masked(hello(project)) + b"\x88\x80\0\0\0\0"
        answer = (await exchange(here.port, together)).partition(b"ok\n")[2]
        assert status(answer) == 101 and b"session" in answer
        await here.emptied()
        assert here.failed == 0


@pytest.mark.parametrize("pause", [False, True])
async def test_a_refused_handshake_on_a_used_connection_is_answered_by_the_gateway(
    stack: Stack, pause: bool
) -> None:
    async with gateway_app(stack) as here, await trio.open_tcp_stream("127.0.0.1", here.port) as stream:
        request = opening("", path="/ws?project=1")
        await stream.send_all(ALIVE + request[:40])
        if pause:
            assert status(await stream.receive_some()) == 200
        await stream.send_all(request[40:])
        assert b"HTTP/1.1 400 " in await rest(stream)


async def test_pipelined_requests_are_answered_one_by_one(stack: Stack) -> None:
    async with gateway_app(stack) as here:
        answer = await exchange(here.port, ALIVE + ALIVE + GOOD)
        assert answer.count(b"HTTP/1.1 200") == 3


async def test_slow_headers_time_out(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "HEAD_TIMEOUT", 0.2)
    monkeypatch.setattr(door, "FIRST_TIMEOUT", 0.2)
    async with gateway_app(stack) as here:
        assert status(await exchange(here.port, b"GET /livez HTTP/1.1\r\nHost:")) == 408
        assert await exchange(here.port) == b""
        slow = await exchange(here.port, ALIVE + b"GET /livez HTTP/1.1\r\nHost:")
        assert b"HTTP/1.1 408 " in slow.partition(b"ok\n")[2]


async def test_frames_that_arrive_with_the_upgrade_are_read(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here:
        answer = await exchange(here.port, opening(project) + masked(hello(project)) + b"\x88\x80\0\0\0\0")
        assert status(answer) == 101
        assert answer.partition(b"\r\n\r\n")[2][2:4] == b"\x93\x02" or b"session" in answer
        await here.emptied()
        assert here.failed == 0


async def test_every_client_of_a_reconnect_storm_is_welcomed(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    refused: list[bytes] = []

    async def connect() -> None:
        """As the widget does: a server that is not ready yet says when to come again."""
        asked = opening(project) + masked(hello(project)) + b"\x88\x80\0\0\0\0"
        while status(answer := await exchange(here.port, asked)) == 503:  # noqa: ASYNC110  as it says
            await trio.sleep(int(retry_after(answer)))
        if status(answer) != 101 or b"\x93\x02" not in answer.partition(b"\r\n\r\n")[2]:
            refused.append(answer)

    async with gateway_app(stack) as here:
        with trio.fail_after(PATIENCE):
            async with trio.open_nursery() as crowd:
                for _ in range(CROWD):
                    crowd.start_soon(connect)
        assert refused == []
        await here.emptied()
        assert here.failed == 0


async def test_a_peer_that_vanishes_at_any_moment_leaves_nothing_behind(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    whole = opening(project) + masked(hello(project)) + masked(b"\x92\x05\x01")
    async with gateway_app(stack) as here:
        before = here.tasks
        for end in range(1, len(whole), 7):
            stream = await trio.open_tcp_stream("127.0.0.1", here.port)
            await stream.send_all(whole[:end])
            await trio.aclose_forcefully(stream)
        await here.emptied()
        with trio.fail_after(PATIENCE):
            while here.tasks > before:  # noqa: ASYNC110  there is no event to wait for
                await trio.sleep(0.01)
        assert here.failed == 0
        assert await is_healthy(here)


async def test_a_refusal_before_the_body_arrives_leaves_the_connection_usable(stack: Stack) -> None:
    """Seen with Postgres stopped: a prompt 503, the body after it, and the next request was not answered."""
    begun = b"POST /api/v1/projects HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
    async with gateway_app(stack) as here, await trio.open_tcp_stream("127.0.0.1", here.port) as stream:
        for _ in range(3):
            await stream.send_all(begun)
            refused = await stream.receive_some()
            assert status(refused) == 401 and b"connection: close" not in refused.lower()
            await stream.send_all(b"{}")
        await stream.send_all(GOOD)
        assert status(await rest(stream)) == 200
        assert here.failed == 0


async def test_a_304_has_no_content_length_and_no_body(stack: Stack) -> None:
    document = GOOD.replace(b"/livez", b"/api/v1/openapi.json")
    async with gateway_app(stack) as here:
        whole = (await exchange(here.port, document)).partition(HEAD_END)[0]
        tag = whole.lower().partition(b"\r\netag: ")[2].partition(b"\r\n")[0]
        again = await exchange(here.port, document[:-2] + b"If-None-Match: " + tag + HEAD_END)
        head, _, body = again.partition(HEAD_END)
        assert head.startswith(b"HTTP/1.1 304 ") and body == b""
        assert names(whole) - names(head) == {b"content-length"}
        assert names(head) <= names(whole)


def retry_after(answer: bytes) -> bytes:
    return answer.lower().partition(b"\r\nretry-after: ")[2].partition(b"\r\n")[0]


def names(head: bytes) -> set[bytes]:
    return {line.partition(b":")[0] for line in head.split(b"\r\n")[1:]}
