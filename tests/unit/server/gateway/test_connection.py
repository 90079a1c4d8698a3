"""One connection over a socket pair and a virtual clock: heartbeat, slow readers, closes, held frames."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgpack
import pytest
import trio
import trio.lowlevel
import trio.testing
from trio.testing import MockClock

from core.ids import SocketId
from protocol import limits
from protocol.from_client import ClientFrame, Hello, Send
from protocol.from_server import Ping, Presence
from protocol.session import Role, State
from server.gateway.connection import CLOSE_TIMEOUT, Connection
from server.gateway.mailbox import Mailbox
from server.gateway.timer_wheel import TimerWheel
from tests.client import PING, PONG
from tests.integration.gateway.gateway_app import close_code, hello, masked

PROJECT = b"p" * 16
FRAME = b"\x82\x7e\x03\xe8" + bytes(1_000)


class Pair:
    """Both ends. A task reads the server's end, which has a timer wheel as in the gateway."""

    def __init__(self, connection: Connection, client: trio.SocketStream) -> None:
        self.connection = connection
        self.client = client
        self.got: list[ClientFrame] = []
        self.over = trio.Event()

    async def serve(self) -> None:
        alive = True
        while alive:
            for frame in self.connection.frames():
                self.got.append(frame)
                if isinstance(frame, Hello):
                    self.connection.become(Role.VISITOR, trio.current_time())
            alive = await self.connection.receive()
        await self.connection.end()
        self.over.set()

    async def rest(self) -> bytes:
        """All that the client receives until the end."""
        came = b""
        with contextlib.suppress(trio.BrokenResourceError):
            while data := await self.client.receive_some():
                came += data
        return came


@asynccontextmanager
async def connected(*, greeted: bool = True) -> AsyncIterator[Pair]:
    """An open connection, by default after its hello."""
    ours, theirs = trio.socket.socketpair()
    with ours:
        async with trio.SocketStream(theirs) as client, trio.open_nursery() as nursery:
            ours.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_SNDBUF, 4_096)
            ticking = TimerWheel()
            connection = Connection(ours, nursery, ticking, socket_id=SocketId(b"s" * 16))
            made = Pair(connection, client)
            connection.open(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
            assert (await made.client.receive_some()).startswith(b"HTTP/1.1 101")
            nursery.start_soon(made.serve)
            nursery.start_soon(ticking.run)
            if greeted:
                await made.client.send_all(masked(hello(PROJECT)))
                while connection.session.state is not State.OPEN:
                    await trio.lowlevel.checkpoint()
            yield made
            nursery.cancel_scope.cancel()


async def test_a_client_that_sends_no_hello_is_closed_with_4004(autojump_clock: MockClock) -> None:
    async with connected(greeted=False) as made:
        began = trio.current_time()
        assert close_code(b"\r\n\r\n" + await made.rest()) == 4004
        assert limits.HELLO_TIMEOUT <= trio.current_time() - began < limits.HELLO_TIMEOUT + 4


async def test_a_client_that_answers_no_ping_is_closed_with_4001(autojump_clock: MockClock) -> None:
    async with connected() as made:
        began = trio.current_time()
        came = await made.rest()
        assert msgpack.unpackb(came[2 : -len(b"\x88\x09..no pong")])[0] == PING
        assert close_code(b"\r\n\r\n" + came) == 4001
        lasted = trio.current_time() - began
        assert 25 * 0.8 + 10 <= lasted <= 25 * 1.2 + 10 + 1 + CLOSE_TIMEOUT


async def test_a_client_that_answers_pings_stays_connected(autojump_clock: MockClock) -> None:
    async with connected() as made:
        for _ in range(10):
            came = await made.client.receive_some()
            kind, token = msgpack.unpackb(came[2:])
            assert kind == PING
            await made.client.send_all(masked(msgpack.packb([PONG, token])))
        assert trio.current_time() >= 10 * 25 * 0.8 and not made.over.is_set()


async def test_a_client_that_answers_pings_with_websocket_pongs_stays_connected(
    autojump_clock: MockClock,
) -> None:
    async with connected() as made:
        for _ in range(10):
            kind, _ = msgpack.unpackb((await made.client.receive_some())[2:])
            assert kind == PING
            await made.client.send_all(masked(b"", opcode=10))
        assert trio.current_time() >= 10 * 25 * 0.8 and not made.over.is_set()


async def test_bytes_of_half_a_frame_count_as_a_pong(autojump_clock: MockClock) -> None:
    async with connected() as made:
        await made.client.receive_some()
        slow = masked(msgpack.packb([PONG, 1]))
        for at in range(len(slow)):
            await trio.sleep(limits.PONG_TIMEOUT - 1)
            await made.client.send_all(slow[at : at + 1])
        assert not made.over.is_set()


async def test_unsolicited_pongs_count_as_a_flood(autojump_clock: MockClock) -> None:
    async with connected() as made:
        await made.client.send_all(masked(b"", opcode=10) * 61)
        assert close_code(b"\r\n\r\n" + await made.rest()) == 4008


async def test_a_client_that_keeps_flooding_after_the_close_is_cut_at_once(autojump_clock: MockClock) -> None:
    async def flood(made: Pair) -> None:
        while True:
            await made.client.send_all(masked(b"", opcode=10) * 2_700)

    async with connected() as made:
        began = trio.current_time()
        with pytest.raises(trio.BrokenResourceError):
            await flood(made)
        await made.over.wait()
        assert trio.current_time() - began < CLOSE_TIMEOUT


async def test_an_ordinary_close_is_answered_at_once_and_ends_the_connection(
    autojump_clock: MockClock,
) -> None:
    async with connected() as made:
        began = trio.current_time()
        await made.client.send_all(masked(b"\x03\xe8", opcode=8))
        assert await made.rest() == b"\x88\x02\x03\xe8"
        await made.client.aclose()
        await made.over.wait()
        assert trio.current_time() == began


async def test_nothing_is_written_after_a_close(autojump_clock: MockClock) -> None:
    async with connected() as made:
        made.connection.close(4000, "restart")
        made.connection.send(Ping(1))
        made.connection.write(FRAME, last=True)
        made.connection.tick(trio.current_time())
        assert (await made.rest()).endswith(b"restart")


async def test_a_peer_that_keeps_sending_instead_of_answering_a_close_is_ended_in_time(
    autojump_clock: MockClock,
) -> None:
    async with connected() as made:
        began = trio.current_time()
        made.connection.close(4000, "restart")
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while not made.over.is_set():
                await made.client.send_all(masked(msgpack.packb([PING, 1])))
                await trio.sleep(0.5)
        assert trio.current_time() - began <= 2 * CLOSE_TIMEOUT + 1
        assert made.got[1:] == []


async def test_a_peer_closed_for_a_protocol_error_is_not_kept_open_by_more_bytes(
    autojump_clock: MockClock,
) -> None:
    async with connected() as made:
        began = trio.current_time()
        await made.client.send_all(b"\x82\x01x")  # unmasked
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while not made.over.is_set():
                await made.client.send_all(b"\0" * 100)
                await trio.sleep(0.5)
        assert trio.current_time() - began <= CLOSE_TIMEOUT + 1


async def test_a_peer_that_reads_nothing_for_too_long_is_cut(autojump_clock: MockClock) -> None:
    async with connected() as made:
        began = trio.current_time()
        for _ in range(100):
            made.connection.write(FRAME)
        assert made.connection.mailbox is not None
        await made.over.wait()
        waited = trio.current_time() - began
        assert limits.SLOW_READER_TIMEOUT <= waited <= limits.SLOW_READER_TIMEOUT + CLOSE_TIMEOUT + 1


async def test_a_slow_peer_that_keeps_reading_gets_everything_in_order(autojump_clock: MockClock) -> None:
    async with connected() as made:
        for number in range(150):
            made.connection.write(FRAME[:-1] + bytes([number]))
        came = b""
        while len(came) < 150 * len(FRAME):
            came += await made.client.receive_some()
        assert [came[at] for at in range(len(FRAME) - 1, len(came), len(FRAME))] == list(range(150))
        await trio.testing.wait_all_tasks_blocked()
        assert made.connection.mailbox is None


async def test_a_full_mailbox_closes_with_4002_at_a_frame_boundary(autojump_clock: MockClock) -> None:
    async with connected() as made:
        while made.connection.session.state is State.OPEN:
            made.connection.write(FRAME)
        made.connection.write(FRAME)
        came = await made.rest()
        assert (len(came) - len(b"\x88\x0a..too slow")) % len(FRAME) == 0
        assert close_code(b"\r\n\r\n" + came) == 4002
        await made.over.wait()


async def test_frames_that_arrive_during_a_resume_follow_the_replay(autojump_clock: MockClock) -> None:
    async with connected() as made:
        made.connection.held = Mailbox(b"")
        made.connection.send(Presence(1, []))
        made.connection.send(Presence(2, []))
        made.connection.send(Presence(0, []), last=True)  # part of the welcome
        made.connection.release()
        made.connection.send(Presence(3, []))
        came = b""
        while len(came) < 4 * 6:
            came += await made.client.receive_some()
        assert [came[at + 4] for at in range(0, len(came), 6)] == [0, 1, 2, 3]


async def test_a_full_resume_buffer_closes_as_a_slow_peer(autojump_clock: MockClock) -> None:
    async with connected() as made:
        made.connection.held = Mailbox(b"")
        while made.connection.session.state is State.OPEN:
            made.connection.write(FRAME)
        made.connection.release()
        assert close_code(b"\r\n\r\n" + await made.rest()) == 4002


async def test_a_hello_accepted_after_the_close_changes_nothing(autojump_clock: MockClock) -> None:
    async with connected(greeted=False) as made:
        made.connection.session.receive(Hello(1, None), trio.current_time())  # type: ignore[arg-type]
        made.connection.close(4000, "restart")
        assert made.connection.become(Role.VISITOR, trio.current_time()) is False
        made.connection.release()
        assert close_code(b"\r\n\r\n" + await made.rest()) == 4000


async def test_a_connection_with_too_many_pending_commands_is_not_read(autojump_clock: MockClock) -> None:
    async with connected() as made:
        for number in range(limits.PENDING_COMMANDS + 1):
            made.connection.session.queued()
            frame = [10, number, bytes([number]) * 16, None, "text", "x"]
            await made.client.send_all(masked(msgpack.packb(frame)))
        await trio.testing.wait_all_tasks_blocked()
        before = len(made.got)
        await made.client.send_all(masked(msgpack.packb([10, 99, b"z" * 16, None, "text", "x"])))
        await trio.sleep(100)  # no pong is read either, which must not be held against the peer
        assert len(made.got) == before and not made.over.is_set()
        made.connection.settle()
        while len(made.got) == before:
            await trio.lowlevel.checkpoint()
        assert isinstance(made.got[-1], Send) and made.got[-1].rid == 99


async def test_a_socket_closed_before_its_task_reads_again_ends_quietly(autojump_clock: MockClock) -> None:
    async with connected() as made:
        made.connection.close(4000, "restart")
        made.connection.tick(trio.current_time() + 100)
        made.connection.tick(trio.current_time() + 100)
        await made.over.wait()
        assert await made.connection.receive() is False
        made.connection.send(Ping(1))
