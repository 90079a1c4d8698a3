"""Connections that a user's next request finds open: fewer handshakes, and nothing shared or left behind."""

import asyncio
import contextlib
import itertools
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import anyio
import pytest
import trio

from core.outbound import errors, idle_connections
from core.outbound.fetch import Fetched, Fetcher
from tests.integration.core.test_outbound import BOTH, LOOPBACK, PUBLIC_AUTHORITIES
from tests.patience import PATIENCE
from tests.receiver import Receiver, answer, receiving

Runs = Callable[[Callable[[], Awaitable[Any]]], Any]


@pytest.fixture(params=["trio", "asyncio"])
def run(request: pytest.FixtureRequest) -> Runs:
    """The event loop of the server, and that of the worker."""
    return trio.run if request.param == "trio" else lambda work: asyncio.run(work())


class Clock:
    """Moves only when a test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def loopback(host: str, port: int, seconds: float) -> Sequence[str]:
    return ["127.0.0.1"]


def fetching(clock: Clock | None = None, tls: ssl.SSLContext | None = None, kept: int = 512) -> Fetcher:
    made = Fetcher(loopback, allowed=LOOPBACK, tls=tls or PUBLIC_AUTHORITIES, kept=kept)
    if clock is not None:
        made._idle = idle_connections.IdleConnections(clock=clock)
    return made


async def post(fetcher: Fetcher, port: int, *, keep: bytes = b"shop", seconds: float = PATIENCE) -> Fetched:
    return await fetcher.fetch(
        "POST",
        f"http://shop.example:{port}/",
        seconds=seconds,
        most=1024,
        schemes=BOTH,
        content=b"x",
        keep=keep,
    )


def patient(receiver: list[Receiver], *, requests: int = 1000) -> Callable[[socket.socket], None]:
    """Answers up to so many requests of a connection, then closes it."""

    def serve(connection: socket.socket) -> None:
        for number in range(requests):
            if not receiver[0].head(connection):
                return
            connection.sendall(answer(b"%d" % number))

    return serve


@contextlib.contextmanager
def answering(requests: int = 1000) -> Any:
    made: list[Receiver] = []
    with receiving(patient(made, requests=requests)) as receiver:
        made.append(receiver)
        yield receiver


def test_the_next_request_of_the_same_user_finds_the_connection_open(run: Runs) -> None:
    async def work(port: int) -> list[bytes]:
        async with contextlib.aclosing(fetching()) as fetcher:
            return [(await post(fetcher, port)).body for _ in range(3)]

    with answering() as receiver:
        assert run(lambda: work(receiver.port)) == [b"0", b"1", b"2"]
        assert receiver.connections == 1


def test_two_users_share_no_connection(run: Runs) -> None:
    async def work(port: int) -> list[bytes]:
        async with contextlib.aclosing(fetching()) as fetcher:
            return [(await post(fetcher, port, keep=who)).body for who in (b"a", b"b", b"a", b"b")]

    with answering() as receiver:
        assert run(lambda: work(receiver.port)) == [b"0", b"0", b"1", b"1"]
        assert receiver.connections == 2


def test_an_idle_connection_that_the_server_closed_costs_no_attempt(run: Runs) -> None:
    async def work(port: int) -> list[bytes]:
        async with contextlib.aclosing(fetching()) as fetcher:
            return [(await post(fetcher, port)).body for _ in range(4)]

    with answering(requests=2) as receiver:
        assert run(lambda: work(receiver.port)) == [b"0", b"1", b"0", b"1"]
        assert receiver.connections == 2


def test_a_request_that_meets_the_end_of_an_idle_connection_is_sent_once_more(run: Runs) -> None:
    """The server reads it and closes, as one does that was about to close when the request arrived."""
    made: list[Receiver] = []
    count = itertools.count()

    def serve(connection: socket.socket) -> None:
        first = next(count) == 0
        made[0].head(connection)
        connection.sendall(answer(b"first" if first else b"second"))
        made[0].head(connection)  # and no answer

    async def work(port: int) -> list[bytes]:
        async with contextlib.aclosing(fetching()) as fetcher:
            return [(await post(fetcher, port)).body for _ in range(2)]

    with receiving(serve) as receiver:
        made.append(receiver)
        assert run(lambda: work(receiver.port)) == [b"first", b"second"]
        assert receiver.connections == 2


def test_a_new_connection_that_is_closed_without_an_answer_is_an_error_at_once(run: Runs) -> None:
    made: list[Receiver] = []

    async def work(port: int) -> None:
        async with contextlib.aclosing(fetching()) as fetcher:
            with pytest.raises((errors.BadAnswer, errors.ConnectFailed)):
                await post(fetcher, port)

    def serve(connection: socket.socket) -> None:
        made[0].head(connection)

    with receiving(serve) as receiver:
        made.append(receiver)
        run(lambda: work(receiver.port))
        assert receiver.connections == 1


def test_a_response_that_breaks_off_is_not_asked_for_twice(run: Runs) -> None:
    made: list[Receiver] = []

    def serve(connection: socket.socket) -> None:
        made[0].head(connection)
        connection.sendall(answer(b"whole"))
        made[0].head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npart")

    async def work(port: int) -> None:
        async with contextlib.aclosing(fetching()) as fetcher:
            await post(fetcher, port)
            with pytest.raises((errors.BadAnswer, errors.ConnectFailed)):
                await post(fetcher, port)

    with receiving(serve) as receiver:
        made.append(receiver)
        run(lambda: work(receiver.port))
        assert receiver.connections == 1


def test_limits_begin_anew_with_each_request(run: Runs) -> None:
    """Bytes and time of one exchange are not those of all that its connection served."""
    made: list[Receiver] = []

    def serve(connection: socket.socket) -> None:
        while made[0].head(connection):
            connection.sendall(answer(b"x" * 1000, Filler="y" * 20_000))

    async def work(port: int) -> None:
        async with contextlib.aclosing(fetching()) as fetcher:
            for _ in range(10):  # 210 KB, where one exchange may read 66
                assert (await post(fetcher, port)).body == b"x" * 1000

    with receiving(serve) as receiver:
        made.append(receiver)
        run(lambda: work(receiver.port))
        assert receiver.connections == 1


def test_a_server_that_is_silent_on_an_open_connection_still_runs_out_of_time(run: Runs) -> None:
    made: list[Receiver] = []

    def serve(connection: socket.socket) -> None:
        made[0].head(connection)
        connection.sendall(answer(b"once"))
        made[0].head(connection)
        connection.recv(1)  # until the client goes

    async def work(port: int) -> None:
        async with contextlib.aclosing(fetching()) as fetcher:
            await post(fetcher, port)
            with pytest.raises(errors.TimedOut):
                await post(fetcher, port, seconds=0.3)

    with receiving(serve) as receiver:
        made.append(receiver)
        run(lambda: work(receiver.port))


def test_what_waits_too_long_is_closed(run: Runs) -> None:
    clock = Clock()

    async def work(port: int) -> None:
        fetcher = fetching(clock)
        for who in (b"a", b"b"):
            await post(fetcher, port, keep=who)
        clock.now += idle_connections.IDLE - 1
        await post(fetcher, port, keep=b"b")
        clock.now += 2
        await fetcher.close_idle()
        assert fetcher._idle.keys == [(b"b", b"http", b"shop.example", port)]
        await fetcher.aclose()
        assert fetcher._idle.keys == []

    with answering() as receiver:
        run(lambda: work(receiver.port))


def test_a_connection_expires_although_another_of_the_same_user_is_in_use(run: Runs) -> None:
    clock = Clock()

    async def work(port: int) -> int:
        async with contextlib.aclosing(fetching(clock)) as fetcher:
            async with anyio.create_task_group() as group:
                for _ in range(2):
                    group.start_soon(post, fetcher, port)
            assert len(fetcher._idle) == 2
            clock.now += idle_connections.IDLE - 1
            await post(fetcher, port)
            clock.now += 2
            await fetcher.close_idle()
            return len(fetcher._idle)

    with answering() as receiver:
        assert run(lambda: work(receiver.port)) == 1


def test_the_name_is_resolved_again_after_five_minutes(run: Runs) -> None:
    clock = Clock()

    async def work(port: int) -> list[bytes]:
        async with contextlib.aclosing(fetching(clock)) as fetcher:
            bodies = []
            for _ in range(4):
                bodies.append((await post(fetcher, port)).body)
                clock.now += idle_connections.OLDEST / 2
            return bodies

    with answering() as receiver:
        # The second request ends after half of the time, the third after all of it.
        assert run(lambda: work(receiver.port)) == [b"0", b"1", b"2", b"0"]
        assert receiver.connections == 2


def test_a_full_store_closes_the_connection_that_waited_longest(
    run: Runs,
) -> None:
    async def work(port: int) -> list[bytes]:
        async with contextlib.aclosing(fetching(kept=2)) as fetcher:
            for who in (b"a", b"b", b"c"):
                await post(fetcher, port, keep=who)
            return [key[0] for key in fetcher._idle.keys]

    with answering() as receiver:
        assert run(lambda: work(receiver.port)) == [b"b", b"c"]


def test_connections_of_one_user_are_taken_newest_first_and_closed_oldest_first(run: Runs) -> None:
    clock = Clock()

    async def work(port: int) -> list[bytes]:
        async with contextlib.aclosing(fetching(clock)) as fetcher:
            async with anyio.create_task_group() as group:
                for _ in range(3):
                    group.start_soon(post, fetcher, port)
            await post(fetcher, port, keep=b"other")
            clock.now += idle_connections.IDLE - 1
            one = [(await post(fetcher, port)).body for _ in range(2)]
            clock.now += 2
            await fetcher.close_idle()
            assert len(fetcher._idle) == 1
            return [*one, (await post(fetcher, port)).body]

    with answering() as receiver:
        assert run(lambda: work(receiver.port)) == [b"1", b"2", b"3"]
        assert receiver.connections == 4


def test_a_cancelled_request_leaves_no_connection(run: Runs) -> None:
    made: list[Receiver] = []
    ended: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        made[0].head(connection)
        connection.sendall(answer(b"once"))
        made[0].head(connection)
        ended.append(connection.recv(1))

    async def work(port: int) -> None:
        async with contextlib.aclosing(fetching()) as fetcher:
            await post(fetcher, port)
            with anyio.move_on_after(0.2):
                await post(fetcher, port)
            assert fetcher._idle.keys == []

    with receiving(serve) as receiver:
        made.append(receiver)
        run(lambda: work(receiver.port))
    assert ended in ([b""], [])
