"""Event streams without HTTP: the text of frames, the token, and which frames are taken."""

from base64 import b64encode
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from websockets.protocol import Protocol, Side

from core.ids import NodeId
from core.telemetry.metrics import Metric, counters
from protocol import limits
from server.door.heads import Head
from server.gateway.sse import encoding, tokens
from server.gateway.sse.encoding import MAX_FRAMES, Batch, Unreadable
from server.gateway.sse.endpoints import EventStreams
from server.gateway.sse.stream import MAX_WAITING, Ended, EventStream, Gap
from server.gateway.sse.tokens import Address

HERE = Address(NodeId(b"n" * 16), b"s" * 16)
PROJECT, ORIGIN = "project=a", "https://shop.example"


def body(*frames: bytes, first: object = 1) -> bytes:
    return "\n".join(["t", str(first), *(b64encode(frame).decode() for frame in frames)]).encode()


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=MAX_FRAMES), st.integers(1, 2**53 - 1))
def test_a_body_is_read_as_it_was_written(frames: list[bytes], first: int) -> None:
    assert encoding.read(body(*frames, first=first)) == Batch("t", first, frames)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"t", b"t\n1", b"t\n0\nAA==", b"t\n-1\nAA==", b"t\n1.5\nAA==", b"t\n99999999999999999999\nAA==",
        b"t\n1\nA", b"t\n1\nAA==AA==\xff", b"t\n1\n*AA=", "t\n\u0661\nAA==".encode(),
        body(*[b"x"] * (MAX_FRAMES + 1)),
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: bytes) -> None:
    with pytest.raises(Unreadable):
        encoding.read(text)


@given(st.binary())
def test_any_bytes_give_frames_or_are_refused(data: bytes) -> None:
    with suppress(Unreadable):
        encoding.read(data)


def test_a_token_is_of_one_stream_project_and_origin() -> None:
    token = tokens.sign("secret", HERE, project=PROJECT, origin=ORIGIN)
    assert tokens.read("secret", token, project=PROJECT, origin=ORIGIN) == HERE
    for secret, project, origin in [
        ("other", PROJECT, ORIGIN),
        ("secret", "project=b", ORIGIN),
        ("secret", PROJECT, "https://evil.example"),
        ("secret", PROJECT + ORIGIN[:1], ORIGIN[1:]),
    ]:
        assert tokens.read(secret, token, project=project, origin=origin) is None


@given(st.text(max_size=120))
def test_any_other_text_is_no_token(text: str) -> None:
    assert tokens.read("secret", text, project=PROJECT, origin=ORIGIN) is None


def test_a_changed_token_is_none() -> None:
    token = tokens.sign("secret", HERE, project=PROJECT, origin=ORIGIN)
    for at in range(0, 88, 3):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert tokens.read("secret", changed, project=PROJECT, origin=ORIGIN) is None


async def test_each_frame_is_taken_once_and_in_order() -> None:
    ours, theirs = trio.socket.socketpair()
    with ours, theirs:
        stream = EventStream(ours)
        assert stream.take(1, [b"a", b"b"]) == 2
        assert stream.take(1, [b"a", b"b"]) == 2, "the answer was lost and the POST repeated"
        assert stream.take(2, [b"b", b"c"]) == 3, "repeated with one more"
        with pytest.raises(Gap):
            stream.take(5, [b"e"])
        assert stream.size == 3 * (1 + 6), "three frames of one byte, with their heads and masks"


async def test_frames_that_the_gateway_does_not_read_are_bounded() -> None:
    ours, theirs = trio.socket.socketpair()
    with ours, theirs:
        stream = EventStream(ours)
        piece = b"x" * 10_000
        sent = 0
        while (taken := stream.take(sent + 1, [piece])) > sent:
            sent = taken
        assert MAX_WAITING - len(piece) <= stream.size <= MAX_WAITING
        assert stream.take(sent + 1, [piece, piece]) == sent, "none is taken, none is lost"


async def test_a_frame_larger_than_what_may_wait_is_taken_alone() -> None:
    ours, theirs = trio.socket.socketpair()
    with ours, theirs:
        assert EventStream(ours).take(1, [b"x" * (MAX_WAITING + 1)]) == 1


async def test_a_stream_that_the_gateway_has_closed_takes_nothing_while_its_client_reads_slowly() -> None:
    gateway, ours = trio.socket.socketpair()
    theirs, reader = trio.socket.socketpair()
    wire = Protocol(Side.SERVER, max_size=None)
    wire.send_binary(b"x" * 4_000_000)  # more than the kernel buffers for a client that reads nothing
    wire.send_close(4000, "")
    with gateway, ours, theirs, reader:
        stream = EventStream(ours)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stream.run, trio.SocketStream(theirs), b"".join(wire.data_to_send()))
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(Ended):
                stream.take(1, [b"a"])
            nursery.cancel_scope.cancel()


class TricklingClient:
    """Takes one byte at a time, just fast enough not to be too slow."""

    def __init__(self) -> None:
        self.socket = SimpleNamespace(send=self.send)

    async def send(self, data: Any) -> int:
        await trio.sleep(limits.SLOW_READER_TIMEOUT * 0.9)
        return min(1, len(data))

    async def send_all(self, data: bytes) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, most: int) -> bytes:
        await trio.sleep_forever()
        return b""

    async def send_eof(self) -> None:
        await trio.lowlevel.checkpoint()


async def test_a_stream_ends_soon_after_the_gateway_has_let_its_client_go(autojump_clock: Any) -> None:
    async def gateway(sock: trio.socket.SocketType, head: bytes, *, address: str) -> None:
        await sock.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        wire = Protocol(Side.SERVER, max_size=None)
        wire.send_binary(b"x" * 10_000)
        wire.send_close(4008, "")
        await sock.send(b"".join(wire.data_to_send()))

    raw = b"POST /sse?project=a HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.example\r\n\r\n"
    head = Head(b"POST", b"/sse?project=a", b"HTTP/1.1", raw, b"")
    streams = EventStreams(SimpleNamespace(secret_key="s", redis_url=""), None, gateway, node=HERE.node)
    began = trio.current_time()
    await streams.serve(TricklingClient(), head, address="192.0.2.1")
    assert trio.current_time() - began <= 2 * limits.SLOW_READER_TIMEOUT
    assert counters[Metric.EVENT_STREAMS] == 0
