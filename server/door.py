"""One listening port: websockets go to the gateway, plain HTTP/1.1 to Hypercorn, everything else away."""

import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from math import inf
from typing import Any, Final, cast

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext

from core.telemetry import Log, Metric, counters, log
from server.addresses import Proxies
from server.turnstile import Turnstile

HEAD: Final = 8 * 1024  # bytes of a request's first line and headers
HEAD_END: Final = b"\r\n\r\n"
HEAD_TIMEOUT: Final = 5.0  # seconds
SEND_TIMEOUT: Final = 30.0  # seconds that a peer may take nothing of an answer
HTTP_CONNECTIONS: Final = 2_000  # at once
SEND_BUFFER: Final = 128 * 1024  # bytes the kernel holds for one websocket's peer; what waits beyond is ours
READ_TIMEOUT: Final = 30  # seconds until more of a request or the next one has to come
ACCEPTED: Final = 64  # connections in one pass: the kernel has room for few, we for many
NO_ROOM: Final = 0.1  # seconds until the next try, when the system gives us no more descriptors
GONE: Final = 1.0  # seconds that are left to what serves a peer that takes no more
QUIET: Final = 0.2  # seconds after which an answer has no further part
FINISH: Final = 10.0  # seconds that requests under way have when the process ends

Websocket = Callable[..., Awaitable[None]]


class Door:
    """Sorts connections. No peer can take the process down: whatever one of them causes ends with it."""

    def __init__(self, websocket: Websocket, app: Any, *, trusted_proxies: str) -> None:
        """`websocket(sock, head, address=…)` serves one peer; `app` is the ASGI application for the rest.

        Raises ValueError when `trusted_proxies` names something that is no network.
        """
        self._websocket = websocket
        self._app = ASGIWrapper(app)
        self._proxies = Proxies(trusted_proxies)
        self._turnstile = Turnstile()
        self._http: set[Replayed] = set()  # connections that Hypercorn serves now
        self._context = WorkerContext(None)
        self._config = Config()
        self._config.read_timeout = READ_TIMEOUT
        self._config.h11_max_incomplete_size = HEAD
        self._config.include_server_header = False
        self._config.accesslog = None
        self._config.errorlog = None

    async def admit(self, listeners: Sequence[socket.socket], nursery: trio.Nursery) -> None:
        """Accept until cancelled, and close the listeners then; who was accepted is served in `nursery`."""
        with contextlib.ExitStack() as closing:
            for listener in listeners:
                closing.enter_context(listener)
            async with trio.open_nursery() as accepting:
                accepting.start_soon(self._turnstile.run)
                for listener in listeners:
                    accepting.start_soon(self._accept, listener, nursery)

    async def handle(self, stream: trio.SocketStream) -> None:
        """One connection, to its end."""
        try:
            serve = await self._sort(stream)
            if serve is not None:
                await serve
        except* Exception as group:  # noqa: BLE001  see below
            # The top of a connection. A plain `except` would let a group pass that holds a Cancelled too, as
            # happens at the process's end, and the rest of it would end the process in a traceback.
            counters[Metric.CONNECTIONS_FAILED] += 1
            error = group.exceptions[0] if len(group.exceptions) == 1 else group
            log(Log.CONNECTION_FAILED, level=logging.ERROR, error=error)
        finally:
            await trio.aclose_forcefully(stream)

    async def finish(self) -> None:
        """Kept-alive HTTP connections that do nothing are closed, requests under way are answered first.

        Hypercorn would close the idle ones itself, but loses its watch over them: it sets it up within the
        app's task, which Quart-Trio cancels at that very moment.
        """
        await self._context.terminated.set()
        with trio.move_on_after(FINISH):
            while self._http:
                for stream in tuple(self._http):
                    if stream.answered + QUIET < trio.current_time():
                        await stream.aclose()
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

    async def _sort(self, stream: trio.SocketStream) -> Awaitable[None] | None:
        """What serves it from here on; None when it was sent away. Keeps nothing of the request itself."""
        head = await self._head(stream)
        if head is None:
            return None
        line, _, headers = head.partition(b"\r\n")
        method, _, rest = line.partition(b" ")
        target = rest.partition(b" ")[0]
        if not line.endswith((b" HTTP/1.1", b" HTTP/1.0")) or not method.isalpha():
            await _refuse(stream, b"505 HTTP Version Not Supported")
        elif method == b"GET" and target.partition(b"?")[0] == b"/ws":
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            if not await self._turnstile.enter():
                await _refuse(stream, b"503 Service Unavailable\r\nRetry-After: 5")
                return None
            return self._websocket(stream.socket, head, address=self._address(stream, headers))
        elif _wants_another_protocol(headers):
            # In Hypercorn 0.18 an h2c upgrade, or bytes behind a websocket one, end the whole server.
            await _refuse(stream, b"400 Bad Request")
        elif len(self._http) >= HTTP_CONNECTIONS:
            await _refuse(stream, b"503 Service Unavailable\r\nRetry-After: 2")
        else:
            return self._serve_http(stream, head)
        return None

    async def _serve_http(self, stream: trio.SocketStream, head: bytes) -> None:
        replayed = Replayed(stream, head)
        self._http.add(replayed)
        try:
            with replayed.life:
                server = TCPServer(self._app, self._config, self._context, {}, cast("Any", replayed))
                server.idle_task = cast("Any", _Unwatched())
                await server.run()
        finally:
            self._http.discard(replayed)

    @staticmethod
    async def _head(stream: trio.SocketStream) -> bytes | None:
        """All bytes up to the end of the headers and what came with them; None when there are none."""
        head = b""
        with trio.move_on_after(HEAD_TIMEOUT):
            while HEAD_END not in head:
                try:
                    data = await stream.receive_some(HEAD)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    return None
                if not data:
                    return None
                head += data
                if len(head) > HEAD and not 0 <= head.find(HEAD_END) <= HEAD:
                    await _refuse(stream, b"431 Request Header Fields Too Large")
                    return None
                if head.startswith(b"PRI * HTTP/2") or not head[:1].isalpha():
                    await _refuse(stream, b"505 HTTP Version Not Supported")
                    return None
            return head
        await _refuse(stream, b"408 Request Timeout")
        return None

    def _address(self, stream: trio.SocketStream, headers: bytes) -> str:
        """Of the client, for counting."""
        try:
            peer = str(stream.socket.getpeername()[0])
        except OSError:
            return "gone"
        if b"x-forwarded-for" not in headers.lower():
            return self._proxies.client(peer, "")
        given = [value.decode("latin-1") for name, value in _fields(headers) if name == b"x-forwarded-for"]
        return self._proxies.client(peer, ",".join(given))


class Replayed:
    """A stream that gives back what the door has read; all that Hypercorn asks of a stream."""

    def __init__(self, stream: trio.SocketStream, head: bytes) -> None:
        self._stream = stream
        self._head = head
        self._begun = b""  # of an answer: its head, until there is more of it
        self.socket = stream.socket
        self.life = trio.CancelScope()
        self.answered = inf  # trio time since when the peer has all we had to say; inf: it waits for more

    async def receive_some(self, max_bytes: int) -> bytes | bytearray:
        """The head first."""
        if self._head:
            head, self._head = self._head[:max_bytes], self._head[max_bytes:]
            return head
        data = await self._stream.receive_some(max_bytes)
        self.answered = inf
        return data

    async def send_all(self, data: bytes) -> None:
        """Hypercorn sends without a deadline: a peer that stops reading could never be let go.

        It sends an answer in three: head, body and an end of no bytes. The first two leave together.
        """
        if data.startswith(b"HTTP/1.1 ") and data.endswith(HEAD_END) and data[9:10] != b"1":
            self._begun = data
            return
        data, self._begun = self._begun + data, b""
        for start in range(0, len(data), SEND_BUFFER):
            with trio.move_on_after(SEND_TIMEOUT) as late:
                try:
                    await self._stream.send_all(data[start : start + SEND_BUFFER])
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    self._end_soon()
                    raise
            if late.cancelled_caught:
                self._end_soon()
                raise trio.BrokenResourceError("the peer reads too slowly")
        self.answered = trio.current_time()

    def _end_soon(self) -> None:
        """Hypercorn 0.18 waits for ever where a peer is gone that had sent its next request already."""
        self.life.deadline = min(self.life.deadline, trio.current_time() + GONE)

    # The two below never yield: Hypercorn closes from within the app's task, which Quart-Trio cancels at that
    # very moment, and a cancelled close leaves the peer waiting for READ_TIMEOUT.

    async def send_eof(self) -> None:
        """Nothing more will be sent."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(trio.socket.SHUT_WR)

    async def aclose(self) -> None:
        """Nothing more at all."""
        self.socket.close()


class _Unwatched:
    """In place of Hypercorn's watch over an idle connection.

    That is a task begun and ended for every request, and READ_TIMEOUT ends such a connection all the same.
    """

    async def restart(self, *_: object) -> None:
        """A request was answered."""

    async def stop(self) -> None:
        """The next one is here."""


def _fields(headers: bytes) -> list[tuple[bytes, bytes]]:
    block = headers.partition(b"\r\n\r\n")[0]
    return [
        (name.strip().lower(), value.strip())
        for name, _, value in (line.partition(b":") for line in block.split(b"\r\n"))
    ]


def _wants_another_protocol(headers: bytes) -> bool:
    return any(name in {b"upgrade", b"http2-settings"} for name, _ in _fields(headers))


async def _refuse(stream: trio.SocketStream, status: bytes) -> None:
    with trio.move_on_after(1.0):
        try:
            await stream.send_all(
                b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            )
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
