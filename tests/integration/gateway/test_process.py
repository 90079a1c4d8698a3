"""A real server process: what it holds after a crowd has left, and how it ends on SIGTERM."""

import signal
import socket
from itertools import repeat
from pathlib import Path

import pytest
import trio

from tests.client import DRAIN, Visitor, greet, opened
from tests.integration.gateway.gateway_app import hello, masked, opening
from tests.patience import PATIENCE
from tests.people import add_project
from tests.running import Running
from tests.stack import Stack

OPEN = {"handshakes_per_minute": 100_000, "messages_per_minute": 100_000}
LINE = '"sockets":{}}}'  # of the event server.draining
TROUBLE = ("connection.failed", "stage.failed", "Traceback")


@pytest.fixture
def project(stack: Stack) -> bytes:
    return add_project(stack, domains=("shop.example",))


def descriptors(running: Running) -> int:
    return len(list(Path(f"/proc/{running.pid}/fd").iterdir()))


async def ended(running: Running, *, within: float) -> int:
    return await trio.to_thread.run_sync(lambda: running.wait_for_end(within=within))


async def come_and_go(port: int, project: bytes, *, count: int) -> None:
    """Visitors who say hello and vanish: by a close, by a reset, in the middle of a frame."""
    limit = trio.CapacityLimiter(50)

    async def one(number: int) -> None:
        async with limit, await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(opening(project) + masked(hello(project)))
            came = b""
            while b"session" not in came:
                came += await stream.receive_some()
            match number % 3:
                case 0:
                    await stream.send_all(masked(b"\x03\xe8", opcode=8))
                    await stream.send_eof()
                    while await stream.receive_some():
                        pass
                case 1:
                    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                case _:
                    await stream.send_all(masked(b"x" * 100)[:50])

    async with trio.open_nursery() as nursery:
        for number in range(count):
            nursery.start_soon(one, number)


@pytest.mark.soak
async def test_a_crowd_that_has_left_leaves_nothing_behind(stack: Stack, project: bytes) -> None:
    server = stack.spawn("server", **OPEN)
    await come_and_go(server.port or 0, project, count=600)  # caches and pools have their size afterwards
    server.wait_until(lambda: descriptors(server) < 100, what="closing its sockets")
    files, memory = descriptors(server), server.rss()
    await come_and_go(server.port or 0, project, count=1_500)
    server.wait_until(lambda: descriptors(server) <= files + 2, what="closing its sockets")
    assert server.rss() - memory < 5 * 2**20, "under 4 KB for each visitor who came and went"
    server.signal(signal.SIGTERM)
    assert await ended(server, within=PATIENCE) == 0
    assert "subscription.lost" not in server.text, "a stop is not logged as a loss"
    assert LINE.format(0) in server.text, "the connection table is empty"
    assert not any(word in server.text for word in TROUBLE)


async def test_on_sigterm_clients_get_a_drain_are_served_and_closed_at_the_end(
    stack: Stack, project: bytes
) -> None:
    server, worker = stack.spawn("server", drain_seconds=4, **OPEN), stack.spawn("worker")
    visitor = Visitor(lambda: next(repeat(server.port or 0)), add_project(stack))
    async with (
        trio.open_nursery() as nursery,
        opened(server.port or 0, project, origin="https://shop.example") as silent,
    ):  # it has not said hello yet
        nursery.start_soon(visitor.run)
        socket = await visitor.online()
        visitor.write("the worker is up when this is stored")
        await visitor.emptied()
        began = trio.current_time()
        server.signal(signal.SIGTERM)
        assert (await socket.first(DRAIN))[1:] == [0, 4_000]
        await greet(silent, project)
        assert (await silent.first(DRAIN))[2] <= 4_000
        visitor.write("written while it drains")
        await visitor.emptied()
        assert await socket.end() == 4000 and await silent.end() == 4000
        assert await ended(server, within=PATIENCE) == 0
        assert 3.9 < trio.current_time() - began < 4 + 15
        assert not any(word in server.text for word in TROUBLE)
        nursery.cancel_scope.cancel()
    assert worker.code is None


async def test_on_sigterm_new_connections_are_refused_and_an_idle_http_one_is_closed(stack: Stack) -> None:
    server = stack.spawn("server", drain_seconds=20, **OPEN)
    async with await trio.open_tcp_stream("127.0.0.1", server.port or 0) as idle:
        await idle.send_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await idle.receive_some()).startswith(b"HTTP/1.1 200")
        server.signal(signal.SIGTERM)
        with trio.fail_after(15):
            while await idle.receive_some():
                pass
    assert await ended(server, within=15) == 0
    with pytest.raises(OSError, match="all attempts to connect"):
        await trio.open_tcp_stream("127.0.0.1", server.port or 0)


@pytest.mark.soak
async def test_a_peer_that_never_answers_delays_the_end_by_seconds_only(stack: Stack, project: bytes) -> None:
    server = stack.spawn("server", drain_seconds=0.5, **OPEN)
    async with await trio.open_tcp_stream("127.0.0.1", server.port or 0) as stream:
        await stream.send_all(opening(project) + masked(hello(project)))
        await stream.receive_some()
        server.signal(signal.SIGTERM)
        assert await ended(server, within=20) == 0
        assert not any(word in server.text for word in TROUBLE)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"host": "203.0.113.9"}, "server: cannot listen: "),
        ({"trusted_proxies": "anywhere"}, "server: 'anywhere'"),
        ({"log_level": "loud"}, "server: "),
    ],
    ids=str,
)
def test_an_error_at_the_start_is_reported_in_one_sentence(
    stack: Stack, settings: dict[str, str], sentence: str
) -> None:
    server = stack.spawn("server", wait=False, **settings)
    assert server.wait_for_end() == 1
    assert server.text.startswith(sentence) and server.text.count("\n") == 1, server.text
