"""Before hop 2: `POST /sse` opens an event stream, `POST /sse/frames` sends frames on it (ADR 71)."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import trio

from core import ids
from core.bus.connection import Redis
from core.config.settings import Settings
from core.ids import NodeId
from core.telemetry.metrics import Metric, counters
from protocol import limits
from server.door import heads, refusals
from server.door.heads import Head
from server.gateway.sse import encoding, tokens
from server.gateway.sse.encoding import Batch, Unreadable
from server.gateway.sse.forwarding import Forwarder, NoAnswer, Outcome, Taken
from server.gateway.sse.stream import BUFFER, Ended, EventStream, Gap
from server.gateway.sse.tokens import Address
from server.windows import Windows

HANDSHAKE_TIMEOUT: Final = 10.0  # seconds for the gateway to look up the project
HANDSHAKE_BYTES: Final = 4 * limits.KIB  # of the gateway's answer
BODY_TIMEOUT: Final = 20.0  # seconds that the body of a POST may take
POSTS_PER_MINUTE: Final = 900  # of one stream, and of each server; a client sends one after the other
RETRY_AFTER: Final = 1  # seconds
KEY: Final = b"AAAAAAAAAAAAAAAAAAAAAA=="  # a valid Sec-WebSocket-Key; nobody checks the answer to it
_PASSED_ON: Final = frozenset((b"host", b"origin", b"user-agent"))
_END: Final = b"\r\n\r\n"

Websocket = Callable[..., Awaitable[None]]


class Refusal(NamedTuple):
    """Why a POST of frames is refused."""

    status: int
    code: str
    reason: str


METHOD: Final = Refusal(405, "method", "Use POST.")
TOO_SLOW: Final = Refusal(408, "too_slow", "The body was not sent in time. Send it again.")
TOO_LARGE: Final = Refusal(
    413, "too_large", f"The limit for a body is {encoding.MAX_BODY // limits.KIB} KiB."
)
BAD_TOKEN: Final = Refusal(403, "bad_token", "The token is not of this project and origin.")
RATE_LIMITED: Final = Refusal(429, "rate_limited", "Too many requests. Wait before you send this again.")
NO_ANSWER: Final = Refusal(
    503, "unavailable", "The server of this stream did not answer. Send the same again."
)
STREAM_ENDED: Final = Refusal(410, "stream_ended", "There is no such stream any more. Open another one.")
FRAME_MISSING: Final = Refusal(409, "frame_missing", "A frame before these is missing. Open another stream.")


class EventStreams:
    """Every event stream of the process. Each is a websocket to the gateway, and counts as one."""

    def __init__(self, settings: Settings, redis: Redis, websocket: Websocket, *, node: NodeId) -> None:
        """`websocket(sock, head, address=…)` serves one peer, as the gateway does for the door."""
        self._secret = settings.secret_key
        self._websocket = websocket
        self._node = node
        self._streams: dict[bytes, EventStream] = {}
        self._posts: Windows[bytes] = Windows()
        self._forwarder = Forwarder(settings.redis_url, redis, node=node, take=self._take)
        self.stages = (self._forwarder.listen, self._forwarder.publish)
        """What runs as long as the process does."""

    # Downstream

    async def serve(self, client: trio.SocketStream, head: Head, *, address: str) -> None:
        """Serve one event stream, from its request to its end. Raises BadHead."""
        handshake, project, origin = _handshake(head)
        ours, theirs = trio.socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_SNDBUF, BUFFER)
        with ours, theirs:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._gateway, theirs, handshake, address, nursery.cancel_scope)
                answer, received = await _answer(ours)
                if answer.startswith(b"HTTP/1.1 101 "):
                    stream = EventStream(ours)
                    await self._stream(stream, client, received, project=project, origin=origin)
                    await refusals.linger(client)  # a reset might overtake the last event
                elif answer:
                    await refusals.refuse(client, answer + received)
                ours.close()  # the gateway sees that its peer is gone

    async def _gateway(
        self, sock: trio.socket.SocketType, handshake: bytes, address: str, scope: trio.CancelScope
    ) -> None:
        await self._websocket(sock, handshake, address=address)
        sock.close()
        # No limit of the gateway holds from here on: a client that reads a byte now and then would keep its
        # stream for as long as it likes, and as many as it likes.
        scope.deadline = trio.current_time() + limits.SLOW_READER_TIMEOUT

    async def _stream(
        self, stream: EventStream, client: trio.SocketStream, received: bytes, *, project: str, origin: str
    ) -> None:
        name = ids.make()
        token = tokens.sign(self._secret, Address(self._node, name), project=project, origin=origin)
        self._streams[name] = stream
        counters[Metric.EVENT_STREAMS] = len(self._streams)
        try:
            with trio.move_on_after(limits.SLOW_READER_TIMEOUT) as late:
                try:
                    await client.send_all(_head(origin) + encoding.PADDING + encoding.opened(token))
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    return
            if not late.cancelled_caught:
                await stream.run(client, received)
        finally:
            del self._streams[name]
            counters[Metric.EVENT_STREAMS] = len(self._streams)

    # Upstream

    async def frames(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI: answers a POST of frames. It may reach another server than the one that holds the stream."""
        if scope["method"] != "POST":
            await _refuse(send, METHOD)
            return
        with trio.move_on_after(BODY_TIMEOUT) as late:
            body = await _body(receive)
        if late.cancelled_caught or body is None:
            await _refuse(send, TOO_SLOW if late.cancelled_caught else TOO_LARGE)
            return
        fields = dict(scope["headers"])
        origin = fields.get(b"origin", b"").decode("latin-1")
        try:
            batch = encoding.read(body)
        except Unreadable as fault:
            await _refuse(send, Refusal(400, "bad_request", str(fault)))
            return
        project = scope["query_string"].decode("ascii", "replace")
        address = tokens.read(self._secret, batch.token, project=project, origin=origin)
        if address is None:
            await _refuse(send, BAD_TOKEN)
            return
        result = await self._sent(address, batch)
        if isinstance(result, Refusal):
            await _refuse(send, result, origin=origin)
        else:
            await _reply(send, 200, str(result).encode(), b"text/plain; charset=utf-8", origin=origin)

    async def _sent(self, address: Address, batch: Batch) -> int | Refusal:
        """The number of the last frame that the stream has taken."""
        if self._posts.take(address.stream, trio.current_time(), limit=POSTS_PER_MINUTE):
            return RATE_LIMITED
        try:
            if address.node == self._node:
                taken = self._take(address.stream, batch.first, batch.frames)
            else:
                taken = await self._forwarder.ask(address.node, address.stream, batch.first, batch.frames)
        except NoAnswer:
            return NO_ANSWER
        match taken.outcome:
            case Outcome.TAKEN:
                return taken.last
            case Outcome.GONE:
                return STREAM_ENDED
            case Outcome.GAP:
                return FRAME_MISSING

    def _take(self, name: bytes, first: int, frames: list[bytes]) -> Taken:
        stream = self._streams.get(name)
        if stream is None:
            return Taken(Outcome.GONE)
        try:
            return Taken(Outcome.TAKEN, stream.take(first, frames))
        except Gap:
            return Taken(Outcome.GAP)
        except Ended:
            return Taken(Outcome.GONE)


def _handshake(head: Head) -> tuple[bytes, str, str]:
    """The websocket handshake that the request stands for, its query and its origin. Raises BadHead."""
    fields = [field for field in heads.parse(head).fields if field[0] in _PASSED_ON]
    query = head.target.partition(b"?")[2]
    lines = [
        b"GET /ws?%b HTTP/1.1" % query,
        *(b"%b: %b" % field for field in fields),
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: " + KEY,
        b"Sec-WebSocket-Protocol: " + limits.SUBPROTOCOL_MSGPACK.encode(),
    ]
    origin = dict(fields).get(b"origin", b"").decode("latin-1")
    return b"\r\n".join(lines) + _END, query.decode("ascii", "replace"), origin


async def _answer(sock: trio.socket.SocketType) -> tuple[bytes, bytes]:
    """The head of the gateway's answer, and what follows; empty when there is none."""
    data = b""
    with trio.move_on_after(HANDSHAKE_TIMEOUT):
        while _END not in data and len(data) < HANDSHAKE_BYTES:
            more = await sock.recv(HANDSHAKE_BYTES)
            if not more:
                return b"", b""
            data += more
    head, end, received = data.partition(_END)
    return (head + end, received) if end else (b"", b"")


def _head(origin: str) -> bytes:
    """Of the stream: no length and no chunks, it ends with the connection. The rest keeps proxies from
    collecting, changing and storing it.
    """
    return (
        b"HTTP/1.1 200 OK\r\n"
        b"Date: " + refusals.date() + b"\r\n"
        b"Content-Type: text/event-stream; charset=utf-8\r\n"
        b"Cache-Control: no-store, no-transform\r\n"
        b"X-Accel-Buffering: no\r\n"
        b"X-Content-Type-Options: nosniff\r\n"
        b"Access-Control-Allow-Origin: " + origin.encode("latin-1") + b"\r\n"
        b"Vary: Origin\r\n"
        b"Connection: close\r\n\r\n"
    )


async def _body(receive: Any) -> bytes | None:
    """The whole body; None for one that is too long, or whose client has disconnected."""
    body = b""
    while len(body) <= encoding.MAX_BODY:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message["body"]
        if not message["more_body"]:
            return body if len(body) <= encoding.MAX_BODY else None
    return None


async def _refuse(send: Any, refusal: Refusal, *, origin: str | None = None) -> None:
    body = refusals.problem(refusal.status, refusal.reason, code=refusal.code)
    await _reply(send, refusal.status, body, refusals.MEDIA_TYPE.encode(), origin=origin)


async def _reply(send: Any, status: int, body: bytes, media_type: bytes, *, origin: str | None) -> None:
    """`origin`: the page's, once its token has shown that it may read the answer."""
    headers = [
        (b"content-type", media_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Origin"),
    ]
    if origin is not None:
        headers.append((b"access-control-allow-origin", origin.encode("latin-1")))
    if status in {RATE_LIMITED.status, NO_ANSWER.status}:
        headers.append((b"retry-after", str(RETRY_AFTER).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
