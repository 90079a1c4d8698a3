"""Control frames of the websocket, as Autobahn tests them: at any time, and answered in order."""

import trio

from tests.integration.gateway.gateway_app import close_code, exchange, gateway_app, hello, masked, opening
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack

PING = masked(b"are you there", opcode=9)
PONG = b"\x8a\x0dare you there"
CLOSE = masked(b"\x03\xe8", opcode=8)


async def test_a_ping_before_hello_is_answered_and_hello_is_still_accepted(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here, await trio.open_tcp_stream("127.0.0.1", here.port) as stream:
        await stream.send_all(opening(project))
        with trio.fail_after(PATIENCE):
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 101 ")
            await stream.send_all(PING + masked(b"", opcode=10))
            assert await stream.receive_some() == PONG
            await stream.send_all(masked(hello(project)))
            assert b"session" in await stream.receive_some()
        assert here.failed == 0


async def test_pings_alone_do_not_keep_a_connection_open_that_never_sends_hello(stack: Stack) -> None:
    project = add_project(stack, domains=("shop.example",))
    async with gateway_app(stack) as here:
        answer = await exchange(here.port, opening(project) + PING * 400)
        assert close_code(answer) >= 4000
        assert here.failed == 0


async def test_a_pong_comes_before_the_answer_to_data_that_came_with_its_ping(stack: Stack) -> None:
    """Autobahn 5.6, 5.19 and 5.20."""
    project = add_project(stack, domains=("shop.example",))
    greeting = hello(project)
    async with gateway_app(stack) as here:
        pieces = masked(greeting[:9], fin=False) + PING + masked(greeting[9:], opcode=0) + CLOSE
        for sent in (PING + masked(greeting), pieces.removesuffix(CLOSE)):
            async with await trio.open_tcp_stream("127.0.0.1", here.port) as stream:
                await stream.send_all(opening(project) + sent)
                came = b""
                with trio.fail_after(PATIENCE):
                    while b"session" not in came:
                        came += await stream.receive_some()
                assert 0 < came.index(PONG) < came.index(b"session")
        ended = await exchange(here.port, opening(project) + pieces)
        assert b"session" in ended and close_code(ended) == 1000
        assert here.failed == 0
