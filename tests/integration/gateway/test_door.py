"""One port for everybody: what is no business of ours is sent away, and nobody takes the process down."""

import pytest
import trio

from server import door
from tests.integration.gateway.house import House, hello, house, masked, opening, status, tell
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack

GOOD = b"GET /livez HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n"
ALIVE = b"GET /livez HTTP/1.1\r\nHost: chat.example\r\n\r\n"
H2C = (
    b"GET /livez HTTP/1.1\r\nHost: chat.example\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    b"Upgrade: h2c\r\nHTTP2-Settings: !!!not base64!!!\r\n\r\n"
)
CROWD = 200
WEBSOCKET = opening("", path="/livez", Sec_WebSocket_Protocol=None)
CASES = {
    "an upgrade outside /ws": (WEBSOCKET, 400),
    "h2c with bad settings": (H2C, 400),
    "http/2 with prior knowledge": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "tls": (bytes.fromhex("1603010200010001fc0303") + bytes(100), 505),
    "no http at all": (b"hello there\r\n\r\n", 505),
    "http/0.9": (b"GET /livez\r\n\r\n", 505),
    "headers without end": (b"GET /livez HTTP/1.1\r\n" + b"a: b\r\n" * 3_000, 431),
    "large headers": (b"GET /livez HTTP/1.1\r\nCookie: " + b"c" * 9_000 + b"\r\n\r\n", 431),
    "a post to /ws": (b"POST /ws HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 404),
    "a get": (GOOD, 200),
}


async def fine(here: House) -> bool:
    return status(await tell(here.port, GOOD)) == 200


@pytest.mark.parametrize("case", CASES)
async def test_each_first_request_gets_its_answer(stack: Stack, case: str) -> None:
    request, expected = CASES[case]
    async with house(stack) as here:
        assert status(await tell(here.port, request)) == expected
        assert await fine(here)
        assert here.failed == 0


@pytest.mark.parametrize(
    "second", [WEBSOCKET, WEBSOCKET + b"\x81", WEBSOCKET + masked(b"x"), H2C, H2C + b"x"]
)
async def test_an_upgrade_as_the_second_request_ends_that_connection_at_most(
    stack: Stack, second: bytes
) -> None:
    async with house(stack) as here:
        async with await trio.open_tcp_stream("127.0.0.1", here.port) as stream:
            await stream.send_all(ALIVE)
            assert status(await stream.receive_some()) == 200
            await stream.send_all(second)
            with trio.move_on_after(1):
                while await stream.receive_some():
                    pass
        assert await fine(here)


async def test_requests_that_come_together_are_answered_one_by_one(stack: Stack) -> None:
    async with house(stack) as here:
        answer = await tell(here.port, ALIVE + ALIVE + GOOD)
        assert answer.count(b"HTTP/1.1 200") == 3


async def test_slow_headers_are_not_waited_for(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_TIMEOUT", 0.2)
    async with house(stack) as here:
        assert status(await tell(here.port, b"GET /livez HTTP/1.1\r\nHost:")) == 408
        assert await tell(here.port) != b""


async def test_frames_that_come_with_the_upgrade_are_heard(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    async with house(stack) as here:
        answer = await tell(here.port, opening(project) + masked(hello(project)) + b"\x88\x80\0\0\0\0")
        assert status(answer) == 101
        assert answer.partition(b"\r\n\r\n")[2][2:4] == b"\x93\x02" or b"session" in answer
        await here.emptied()
        assert here.failed == 0


async def test_a_crowd_that_comes_at_once_is_welcomed_to_the_last(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    welcomed = 0

    async def come() -> None:
        nonlocal welcomed
        answer = await tell(here.port, opening(project) + masked(hello(project)) + b"\x88\x80\0\0\0\0")
        welcomed += status(answer) == 101 and b"\x93\x02" in answer.partition(b"\r\n\r\n")[2]

    async with house(stack) as here:
        async with trio.open_nursery() as crowd:
            for _ in range(CROWD):
                crowd.start_soon(come)
        assert welcomed == CROWD
        await here.emptied()
        assert here.failed == 0


async def test_a_peer_that_vanishes_at_any_moment_leaves_nothing(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    whole = opening(project) + masked(hello(project)) + masked(b"\x92\x05\x01")
    async with house(stack) as here:
        before = here.tasks
        for end in range(1, len(whole), 7):
            stream = await trio.open_tcp_stream("127.0.0.1", here.port)
            await stream.send_all(whole[:end])
            await trio.aclose_forcefully(stream)
        await here.emptied()
        with trio.fail_after(PATIENCE):
            while here.tasks > before:  # noqa: ASYNC110  nobody tells a test
                await trio.sleep(0.01)
        assert here.failed == 0
        assert await fine(here)
