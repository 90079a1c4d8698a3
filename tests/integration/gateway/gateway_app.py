"""The server's own front door and gateway in the test's Trio, so that a test can look inside; raw clients."""

import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import msgpack
import trio

from core import ids
from core.bus import connection
from core.bus.connection import Redis
from core.config import settings
from core.identity import tokens
from core.ids import NodeId, ProjectId, UserId
from core.telemetry.metrics import Metric, counters
from server.aio import open_loop
from server.api import app
from server.context import Context
from server.door import listening
from server.door.door import Door
from server.gateway.gateway import Gateway
from server.gateway.sse.endpoints import EventStreams
from server.pool import open_database
from server.reading.pool import open_read_pool
from tests.client import text
from tests.patience import PATIENCE
from tests.stack import SECRET, Stack

PAGE = "https://shop.example"


class GatewayApp:
    """The running server, as a test sees it."""

    def __init__(self, port: int, gateway: Gateway, redis: Redis, nursery: trio.Nursery) -> None:
        self.port = port
        self.gateway = gateway
        self.redis = redis
        self._nursery = nursery
        self._failed = counters[Metric.CONNECTIONS_FAILED]

    @property
    def failed(self) -> int:
        """Connections that ended with an unexpected exception."""
        return counters[Metric.CONNECTIONS_FAILED] - self._failed

    @property
    def tasks(self) -> int:
        return len(self._nursery.child_tasks)

    async def emptied(self) -> None:
        """Waits until the connection table is empty."""
        with trio.fail_after(PATIENCE):
            while self.gateway.peers:  # noqa: ASYNC110  there is no event to wait for
                await trio.sleep(0.01)


@asynccontextmanager
async def gateway_app(stack: Stack, **given: object) -> AsyncIterator[GatewayApp]:
    """A server on a free port; settings as for Stack.spawn."""
    environment = stack.environment(**{"handshakes_per_minute": 100_000, **given})
    read = settings.read({k: v for k, v in environment.items() if k.startswith("PARLEY_")})
    async with (
        open_loop(),
        open_database(stack.database_url, size=4) as database,
        open_read_pool(read) as read_pool,
        connection.client(stack.redis_url) as redis,
        trio.open_nursery() as nursery,
    ):
        node = NodeId(ids.make())
        gateway = Gateway(read, redis, database, nursery, node=node)
        streams = EventStreams(read, redis, gateway.serve, node=node)
        context = Context(read, database, redis, read_pool)
        entrance = Door(
            gateway.serve,
            app.create(context),
            trusted_proxies=read.trusted_proxies,
            event_streams=streams,
        )
        listeners = listening.listen("127.0.0.1", 0)
        gateway.start(*streams.stages)
        nursery.start_soon(entrance.admit, listeners, nursery)
        yield GatewayApp(listeners[0].getsockname()[1], gateway, redis, nursery)
        nursery.cancel_scope.cancel()


def ticket(stack: Stack, project: bytes, *, name: str = "Mai", now: int | None = None) -> str:
    """A ticket of a new member of the project, with a living session."""
    user, session = UserId(ids.make()), ids.make()
    stack.sql(
        "INSERT INTO users (id, email, full_name) VALUES ($1, $2, $3)",
        UUID(bytes=user),
        f"{user.hex()}@shop.example",
        name,
    )
    stack.sql("INSERT INTO memberships VALUES ($1, $2, 'agent')", UUID(bytes=project), UUID(bytes=user))
    stack.sql(
        "INSERT INTO sessions (id, user_id, token_hash, expires_at) "
        "VALUES ($1, $2, $3, now() + interval '1 day')",
        UUID(bytes=session),
        UUID(bytes=user),
        os.urandom(32),
    )
    return tokens.sign_ticket(
        SECRET,
        user=user,
        project=ProjectId(project),
        name=name,
        role="agent",
        session=session,
        now=now or ids.now(),
    )


def opening(project: bytes | str, *, path: str | None = None, **headers: str | None) -> bytes:
    """The bytes of a valid opening request; a given header replaces the default, None leaves it out."""
    name = project if isinstance(project, str) else text(project)
    fields: dict[str, str | None] = {
        "Host": "chat.example",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": "parley.1.msgpack",
        "Origin": PAGE,
    }
    fields |= {key.replace("_", "-"): value for key, value in headers.items()}
    lines = [f"{key}: {value}" for key, value in fields.items() if value is not None]
    return "\r\n".join([f"GET {path or f'/ws?project={name}'} HTTP/1.1", *lines, "", ""]).encode()


def hello(project: bytes, **more: object) -> bytes:
    """The payload of a hello, not masked."""
    made: bytes = msgpack.packb([1, 1, {"project": project, "tab": os.urandom(16), **more}])
    return made


def masked(payload: bytes, *, opcode: int = 2, fin: bool = True, rsv: int = 0) -> bytes:
    """One client frame; the mask is zero, which RFC 6455 allows and which keeps it readable."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    if len(payload) < 126:
        length = bytes([0x80 | len(payload)])
    elif len(payload) < 65_536:
        length = bytes([0x80 | 126]) + len(payload).to_bytes(2, "big")
    else:
        length = bytes([0x80 | 127]) + len(payload).to_bytes(8, "big")
    return bytes([first]) + length + bytes(4) + payload


async def exchange(port: int, *parts: bytes, within: float = PATIENCE) -> bytes:
    """Sends the parts, then returns all that is received until the server ends the connection."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        for part in parts:
            try:
                await stream.send_all(part)
            except trio.BrokenResourceError:
                break
        return await rest(stream, within=within)


async def rest(stream: trio.SocketStream, *, within: float = PATIENCE) -> bytes:
    """All that is received until the end."""
    came = b""
    with trio.fail_after(within):
        try:
            while data := await stream.receive_some():
                came += data
        except trio.BrokenResourceError:
            pass
    return came


def status(answer: bytes) -> int:
    """The status of an HTTP answer; 0 when there is none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def close_code(answer: bytes) -> int:
    """The code of the close frame at the end of the answer to an upgrade; 0 when there is none."""
    frames = answer.partition(b"\r\n\r\n")[2]
    code = 0
    while len(frames) >= 2:
        length, start = frames[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(frames[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(frames[2:10], "big"), 10
        if frames[0] & 0x0F == 8:
            code = int.from_bytes(frames[start : start + 2], "big")
        frames = frames[start + length :]
    return code
