"""The only way out of the browser: a proxy on loopback that connects to vetted addresses and to nothing else.

One for each picture: closing it ends every connection of that page. The browser resolves no name itself, so
requests, redirects, sub-resources and websockets are all vetted here, each time.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import h11
import httpx

from core.outbound.addresses import Network
from core.outbound.errors import BadUrl, OutboundError
from core.outbound.transport import check_url
from core.outbound.vetting import Resolve, vetted

MAX_OPEN: Final = 64  # connections at a time; a further one is closed
MAX_CONNECTIONS: Final = 400  # in all
MAX_RECEIVED: Final = 32 * 1024 * 1024  # bytes from the network; then everything is closed
MAX_SENT: Final = 2 * 1024 * 1024  # bytes to the network
HEAD: Final = 64 * 1024  # bytes
CHUNK: Final = 64 * 1024  # bytes
CONNECT_TIMEOUT: Final = 5.0  # seconds, name resolution included
CLOSE_TIMEOUT: Final = 1.0  # seconds

# Of one connection (RFC 9110, 7.6.1), or between browser and proxy only.
_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
_ESTABLISHED: Final = b"HTTP/1.1 200 OK\r\n\r\n"
_REFUSED: Final = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class OverBudget(Exception):
    """The page has used up its bytes."""


class FilteringProxy:
    """The proxy of one picture. `allowed`: networks that an operator allowed beside the public ones."""

    def __init__(self, resolve: Resolve, *, allowed: Sequence[Network] = ()) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._received = 0
        self._sent = 0
        self.accepted = 0
        self.refused = 0  # requests to addresses that are not allowed

    async def __aenter__(self) -> Self:
        """Listens on a free port of loopback."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=HEAD)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends every connection."""
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=CLOSE_TIMEOUT)

    @property
    def url(self) -> str:
        """For the browser."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self.accepted += 1
        if len(self._connections) >= MAX_OPEN or self.accepted > MAX_CONNECTIONS:
            writer.close()
            return
        self._connections.add(connection)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            return  # the picture is done: asyncio would log each connection that was left
        except (OutboundError, OverBudget, h11.ProtocolError, OSError, EOFError, TimeoutError):
            return  # closing says it: the browser takes no part of an answer for a whole one
        finally:
            writer.close()
            self._connections.discard(connection)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        browser = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD)
        request = await self._next(browser, reader, sent=False)
        if not isinstance(request, h11.Request):
            return
        if request.method != b"CONNECT":
            await self._forward(browser, request, (reader, writer))
            return
        try:
            upstream = await self._connect(*_authority(request.target))
        except OutboundError:
            writer.write(_REFUSED)
            await writer.drain()
            raise
        with contextlib.closing(upstream[1]):
            writer.write(_ESTABLISHED)
            early, _ = browser.trailing_data
            upstream[1].write(early)
            await self._tunnel((reader, writer), upstream)

    async def _forward(self, browser: h11.Connection, request: h11.Request, client: Streams) -> None:
        """One plain request and its answer; both connections end with it, so that no request is mistaken."""
        url = _url(request.target)
        reader, writer = await self._connect(url.host, url.port or 80)
        upstream = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD)

        async def send(event: h11.Event) -> None:
            data = upstream.send(event) or b""
            self._count(sent=len(data))
            writer.write(data)
            await writer.drain()

        with contextlib.closing(writer):
            fields = [(name, value) for name, value in _own(request.headers) if name != b"host"]
            host = url.netloc
            await send(
                h11.Request(
                    method=request.method,
                    target=url.raw_path,
                    headers=[(b"Host", host), *fields, *_framing(request.headers), (b"Connection", b"close")],
                )
            )
            while not isinstance(event := await self._next(browser, client[0], sent=True), h11.EndOfMessage):
                await send(event)
            await send(h11.EndOfMessage())
            await self._answer(browser, upstream, reader, client[1])

    async def _answer(
        self,
        browser: h11.Connection,
        upstream: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        while True:
            event = await self._next(upstream, reader, sent=False, count=True)
            if isinstance(event, h11.InformationalResponse):
                continue
            if isinstance(event, h11.Response):
                event = h11.Response(
                    status_code=event.status_code,
                    reason=event.reason,
                    headers=[*_own(event.headers), *_framing(event.headers), (b"Connection", b"close")],
                )
            ended = isinstance(event, h11.EndOfMessage)
            writer.write(browser.send(h11.EndOfMessage() if ended else event) or b"")
            await writer.drain()
            if ended:
                return

    async def _next(
        self, connection: h11.Connection, reader: asyncio.StreamReader, *, sent: bool, count: bool = False
    ) -> h11.Event:
        """The next event. `count`: its bytes come from the network; `sent`: they go there."""
        while (event := connection.next_event()) is h11.NEED_DATA:
            data = await reader.read(CHUNK)
            if count:
                self._count(received=len(data))
            connection.receive_data(data)
            if not data and sent:
                raise EOFError
        if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
            raise EOFError
        return event  # type: ignore[return-value]  # the sentinels are handled

    async def _tunnel(self, client: Streams, upstream: Streams) -> None:
        async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, sent: bool) -> None:
            while data := await reader.read(CHUNK):
                self._count(sent=len(data)) if sent else self._count(received=len(data))
                writer.write(data)
                await writer.drain()

        sides = [
            asyncio.ensure_future(pump(client[0], upstream[1], sent=True)),
            asyncio.ensure_future(pump(upstream[0], client[1], sent=False)),
        ]
        try:
            # A side that has ended ends the tunnel: browsers and web servers close both sides at once.
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for side in sides:
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)

    async def _connect(self, host: str, port: int) -> Streams:
        """To the first vetted address that answers."""
        failure: Exception = OSError("no address")
        async with asyncio.timeout(CONNECT_TIMEOUT):
            try:
                addresses = await vetted(
                    self._resolve, host, port, seconds=CONNECT_TIMEOUT, allowed=self._allowed
                )
            except OutboundError:
                self.refused += 1
                raise
            for address in addresses:
                try:
                    return await asyncio.open_connection(address, port, limit=CHUNK)
                except OSError as error:
                    failure = error
        raise failure

    def _count(self, *, sent: int = 0, received: int = 0) -> None:
        self._sent += sent
        self._received += received
        if self._sent > MAX_SENT or self._received > MAX_RECEIVED:
            raise OverBudget


def _url(target: bytes) -> httpx.URL:
    """The URL of a plain request. Raises BadUrl."""
    try:
        url = httpx.URL(target.decode("ascii"))
    except (httpx.InvalidURL, UnicodeDecodeError, ValueError):
        raise BadUrl("This is not a web address.") from None
    check_url(url)
    if url.scheme != "http":
        raise BadUrl("Only http is requested like this.")
    return url


def _authority(target: bytes) -> tuple[str, int]:
    """Host and port of a CONNECT. Raises BadUrl."""
    host, _, port = target.decode("ascii", "replace").rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise BadUrl("This is not a host and a port.")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _own(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The fields that are not of one connection."""
    return [
        (name, value)
        for name, value in headers
        if name not in _HOP and not name.startswith(b"proxy-") and name != b"content-length"
    ]


def _framing(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """How long the body is. h11 has checked it and decodes it, so it can be said again."""
    chunked = [one for one in headers if one[0] == b"transfer-encoding"]
    return chunked[:1] or [one for one in headers if one[0] == b"content-length"][:1]
