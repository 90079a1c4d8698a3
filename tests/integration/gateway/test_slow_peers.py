"""The cost of peers that do not read: limited memory, and an end."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgpack
import psutil
import pytest
import trio

from core import ids, signals
from core.bus import names
from core.events import MessagePosted
from core.ids import ConversationId, MessageId, ProjectId, VisitorId
from core.signals import batch
from core.telemetry.metrics import Metric, counters
from protocol import limits
from tests.integration.gateway.gateway_app import (
    PAGE,
    GatewayApp,
    gateway_app,
    hello,
    masked,
    opening,
    ticket,
)
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack

WATCH = masked(msgpack.packb([20, 2, "inbox", None]))
OURS = "https://talk.example"
BODY = "a line of a long talk " * 200


@asynccontextmanager
async def agent(here: GatewayApp, stack: Stack, project: bytes) -> AsyncIterator[trio.SocketStream]:
    """An agent's raw socket that watches the inbox; its kernel buffers little."""
    jwt = ticket(stack, project)
    sock = trio.socket.socket()
    sock.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, 4_096)
    await sock.connect(("127.0.0.1", here.port))
    async with trio.SocketStream(sock) as stream:
        await stream.send_all(opening(project, Origin=OURS) + masked(hello(project, jwt=jwt)) + WATCH)
        came = b""
        while b"\x93\x03\x02" not in came:  # ok, rid 2
            came += await stream.receive_some()
        yield stream


async def publish(here: GatewayApp, project: bytes, *, first: int, count: int) -> None:
    """Publishes `count` messages to the room."""
    messages = [
        signals.encode(
            MessagePosted(
                ProjectId(project), ConversationId(b"c" * 16), seq, VisitorId(b"v" * 16),
                MessageId(ids.make()), None, "visitor", b"v" * 16, "", 9, "text", BODY, {}, None,
            )
        )
        for seq in range(first, first + count)
    ]  # fmt: skip
    await here.redis.publish(names.room(ProjectId(project)), batch(messages))


@pytest.fixture
def project(stack: Stack) -> bytes:
    return add_project(stack, domains=("shop.example",))


async def test_frames_waiting_for_a_slow_peer_are_limited(stack: Stack, project: bytes) -> None:
    async with gateway_app(stack, public_url=OURS) as here:
        async with trio.open_nursery() as nursery:
            ready = trio.Event()

            async def read_nothing() -> None:
                async with agent(here, stack, project):
                    await ready.wait()

            for _ in range(20):
                nursery.start_soon(read_nothing)
            with trio.fail_after(PATIENCE):
                while sum(peer.user is not None for peer in here.gateway.peers) < 20:  # noqa: ASYNC110
                    await trio.sleep(0.01)
            await trio.sleep(0.2)
            gc.collect()
            before, slow = psutil.Process().memory_info().rss, counters[Metric.PEERS_SLOW]
            most = 0
            with trio.move_on_after(PATIENCE):
                while counters[Metric.PEERS_SLOW] < slow + 20:
                    await publish(here, project, first=1, count=10)
                    most = max([most, *(peer.mailbox.size for peer in here.gateway.peers if peer.mailbox)])
                    await trio.lowlevel.checkpoint()
            others = [peer.mailbox and peer.mailbox.size for peer in here.gateway.peers]
            assert counters[Metric.PEERS_SLOW] == slow + 20, (most, others)
            assert most <= limits.MAILBOX_BYTES + 12 * len(BODY)
            assert psutil.Process().memory_info().rss - before < 20 * limits.MAILBOX_BYTES * 3
            ready.set()
        await here.emptied()
        assert here.failed == 0


async def test_a_visitor_that_pings_and_never_reads_is_closed(stack: Stack, project: bytes) -> None:
    async with gateway_app(stack, public_url=OURS) as here:
        async with await trio.open_tcp_stream("127.0.0.1", here.port) as stream:
            await stream.send_all(opening(project, Origin=PAGE) + masked(hello(project)))
            with trio.move_on_after(PATIENCE):
                try:
                    while True:
                        await stream.send_all(masked(b"x" * 125, opcode=9) * 100)
                except trio.BrokenResourceError:
                    pass
        await here.emptied()
        assert here.failed == 0
