"""One listening port for all requests: websockets go to the gateway, plain HTTP to the application."""

import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol

import h11
import trio

from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from server.addresses import Proxies, network
from server.door import heads, refusals
from server.door.connection_limits import Admission, ConnectionLimits, Place
from server.door.handshake_limiter import HandshakeLimiter
from server.door.heads import BadHead, Head
from server.door.http1 import Exchange
from server.door.probe import PATH, Probe

FIRST_TIMEOUT: Final = 5.0  # seconds until the first byte of a connection
IDLE_TIMEOUT: Final = 75.0  # seconds until the next request of a connection
PROXY_IDLE_TIMEOUT: Final = 630.0  # seconds, for a trusted proxy: it closes idle connections first
SEND_BUFFER: Final = 128 * 1024  # bytes the kernel buffers for one websocket; more is queued by us
ACCEPTED: Final = 64  # connections in one pass: the kernel's backlog is small, ours is not
NO_ROOM: Final = 0.1  # seconds until the next try, when the system has no more file descriptors
FINISH_TIMEOUT: Final = 10.0  # seconds that requests under way have when the process ends
FINISH_IDLE: Final = 1.0  # seconds that idle connections then have for one more request
HEALTH: Final = (b"/livez", b"/readyz")
SSE: Final = b"/sse"  # opens an event stream, by POST: a browser sends no Origin with a GET to its own site
SSE_FRAMES: Final = b"/sse/frames"

Websocket = Callable[..., Awaitable[None]]


class EventStreams(Protocol):
    """What serves the clients whose network blocks websockets."""

    async def serve(self, client: trio.SocketStream, head: Head, *, address: str) -> None:
        """Serve one event stream, from its request to its end."""

    async def frames(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI: answer a POST of frames."""


class Door:
    """Routes requests. No peer can take the process down: an error in one connection ends only that one."""

    def __init__(
        self,
        websocket: Websocket,
        app: Any,
        *,
        trusted_proxies: str,
        event_streams: EventStreams | None = None,
        probe: Probe | None = None,
    ) -> None:
        """`websocket(sock, head, address=…)` serves one peer; `app` is the ASGI application for the rest.

        `event_streams` serves SSE and SSE_FRAMES, `probe` answers the doctor.

        Raises ValueError when `trusted_proxies` contains something that is not a network.
        """
        self._websocket = websocket
        self._app = app
        self._event_streams = event_streams
        self._proxies = Proxies(trusted_proxies)
        self._probe = probe
        self._handshake_limiter = HandshakeLimiter()
        self._limits = ConnectionLimits()
        self._finishing = False

    @property
    def kept(self) -> int:
        """Connections that wait for their next plain request."""
        return len(self._limits.idle)

    @property
    def busy(self) -> int:
        """Connections that serve a plain request."""
        return self._limits.busy

    async def admit(self, listeners: Sequence[socket.socket], nursery: trio.Nursery) -> None:
        """Accept until cancelled, then close the listeners. Connections are served in `nursery`."""
        with contextlib.ExitStack() as closing:
            for listener in listeners:
                closing.enter_context(listener)
            async with trio.open_nursery() as accepting:
                accepting.start_soon(self._handshake_limiter.run)
                for listener in listeners:
                    accepting.start_soon(self._accept, listener, nursery)

    async def handle(self, stream: trio.SocketStream) -> None:
        """Serve one connection to its end. Raises nothing for its errors: they are logged."""
        try:
            serve = await self._requests(stream)
            if serve is not None:
                await serve
        except* Exception as group:  # noqa: BLE001  see below
            # The top of a connection. A plain `except` would not catch a group that also holds a Cancelled,
            # as happens at shutdown, and the rest of the group would end the process with a traceback.
            counters[Metric.CONNECTIONS_FAILED] += 1
            error = group.exceptions[0] if len(group.exceptions) == 1 else group
            log(Log.CONNECTION_FAILED, level=logging.ERROR, error=error)
        finally:
            await trio.aclose_forcefully(stream)

    async def finish(self) -> None:
        """Answer requests under way with `Connection: close`, and close idle connections.

        Idle connections are kept for FINISH_IDLE: a proxy that is about to use one of them gets an answer
        with `Connection: close` instead of a reset.
        """
        self._finishing = True
        with trio.move_on_after(FINISH_TIMEOUT):
            await trio.sleep(FINISH_IDLE if self._limits.idle else 0)
            while True:
                for place in self._limits.idle:
                    place.close()
                if not self._limits.busy:
                    return
                await trio.sleep(0.05)

    async def _accept(self, listener: socket.socket, nursery: trio.Nursery) -> None:
        while True:
            await trio.lowlevel.wait_readable(listener)
            try:
                for _ in range(ACCEPTED):
                    sock, _ = listener.accept()
                    nursery.start_soon(self.handle, trio.SocketStream(trio.socket.from_stdlib_socket(sock)))
            except (BlockingIOError, ConnectionAbortedError):
                continue
            except OSError as error:
                log(Log.STAGE_FAILED, level=logging.ERROR, error=error, stage="accept")
                await trio.sleep(NO_ROOM)

    async def _requests(self, stream: trio.SocketStream) -> Awaitable[None] | None:
        """Answer plain requests; when one of them asks for a websocket, return the awaitable that serves it.

        Keeps no part of the requests, and returns instead of serving the websocket: a connection that idles
        for hours should hold as few stack frames as possible.
        """
        try:
            peer: tuple[str, int] = stream.socket.getpeername()[:2]
        except OSError:
            return None
        place = Place(network(peer[0]), stream.socket.close, proxy=self._proxies.trusts(peer[0]))
        self._limits.enter(place)
        arrived = partial(self._limits.arrived, place)
        begun: bytes | None = b""
        idle = FIRST_TIMEOUT
        try:
            while begun is not None:
                head = await heads.read(stream, begun, idle=idle, arrived=arrived)
                if head is None:
                    return None
                if head.method == b"GET" and head.path == b"/ws":
                    return await self._open_websocket(stream, head, peer[0])
                if head.path == SSE and head.method == b"POST" and self._event_streams is not None:
                    return await self._open_event_stream(self._event_streams, stream, head, peer[0])
                if head.path == PATH and await self._examined(stream, head, peer):
                    return None
                begun = await self._answer(stream, head, place, peer)
                idle = PROXY_IDLE_TIMEOUT if place.proxy else IDLE_TIMEOUT
        except BadHead as bad:
            await refusals.refuse(stream, refusals.refusal(bad.status, bad.reason, code="bad_request"))
        finally:
            self._limits.leave(place)
        return None

    async def _open_websocket(
        self, stream: trio.SocketStream, head: Head, peer: str
    ) -> Awaitable[None] | None:
        if not await self._admitted(stream):
            return None
        address = self._client(peer, head)
        return self._websocket(stream.socket, head.raw + head.behind, address=address)

    async def _open_event_stream(
        self, event_streams: EventStreams, stream: trio.SocketStream, head: Head, peer: str
    ) -> Awaitable[None] | None:
        heads.parse(head)  # raises BadHead while it can be answered
        if not await self._admitted(stream):
            return None
        return event_streams.serve(stream, head, address=self._client(peer, head))

    async def _admitted(self, stream: trio.SocketStream) -> bool:
        """Wait for admission to a handshake; False when it is refused, and answered."""
        if not await self._handshake_limiter.enter():
            await refusals.refuse(
                stream, _unavailable("Too many connections at once. Try again later.", retry=5)
            )
            return False
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        return True

    async def _examined(self, stream: trio.SocketStream, head: Head, peer: tuple[str, int]) -> bool:
        """Whether the request was the doctor's, and is answered."""
        return self._probe is not None and await self._probe.answer(
            stream,
            head,
            peer=peer,
            client=self._client(peer[0], head),
            trusted=self._proxies.trusts(peer[0]),
        )

    async def _answer(
        self, stream: trio.SocketStream, head: Head, place: Place, peer: tuple[str, int]
    ) -> bytes | None:
        """Answer one plain request; returns the bytes that follow it, or None when the connection ends."""
        request = heads.parse(head)
        client = network(self._client(peer[0], head)) if place.proxy else place.network
        admission = self._limits.begin(place, client, health=head.path in HEALTH)
        match admission:
            case Admission.SHARE_USED:
                answer = refusals.refusal(
                    429,
                    "Too many connections from your network. Try again later.",
                    code="rate_limited",
                    retry=2,
                )
                await refusals.refuse(stream, answer)
                return None
            case Admission.FULL:
                await refusals.refuse(stream, _unavailable("This server is full. Try again later.", retry=2))
                return None
            case _:
                pass
        try:
            exchange = Exchange(
                stream,
                request,
                client=peer,
                last=lambda: self._finishing or admission is Admission.ONCE,
            )
        except h11.RemoteProtocolError as error:
            raise BadHead(error.error_status_hint, "The length of the request is malformed.") from None
        app = self._app
        if head.path == SSE_FRAMES and self._event_streams is not None:
            app = self._event_streams.frames
        behind = await exchange.run(app)
        self._limits.end(place)
        return behind

    def _client(self, peer: str, head: Head) -> str:
        """The address of the client, for counting."""
        if b"x-forwarded-for" not in head.raw.lower():
            return self._proxies.client(peer, "")
        return self._proxies.client(peer, ",".join(heads.values(head, b"x-forwarded-for")))


def _unavailable(reason: str, *, retry: int) -> bytes:
    return refusals.refusal(503, reason, code="unavailable", retry=retry)
