"""A faulty network between clients and one server: latency, small slices, a black hole, cuts and resets."""

import contextlib
import socket
import struct
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

import trio

CHUNK = 64 * 1024  # bytes
BACKLOG = 1_000
CONNECT_TIMEOUT = 5.0  # seconds for connecting to the server
Sieve = Callable[[bytes], bytes]  # bytes from the server → bytes to pass on
LINGER_ZERO = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST and drops unsent bytes


class Proxy:
    """Forwards bytes between its own port and the server's; its settings apply to every connection."""

    def __init__(self, target: int) -> None:
        """`target`: the server's port; the server may stop and start."""
        self.target = target
        self.port = 0  # set once it listens
        self.latency = 0.0  # seconds of delay for every piece
        self.slice = 0  # bytes of the largest piece that is sent at once; 0: no limit
        self.dark = False  # a black hole: bytes are read and dropped, connections stay open
        self.sieve: Callable[[], Sieve] | None = None  # creates the filter of each connection
        self._listener: trio.SocketListener | None = None
        self._lines: dict[trio.CancelScope, tuple[trio.SocketStream, ...]] = {}

    @property
    def lines(self) -> int:
        """Open connections."""
        return len(self._lines)

    def url(self, url: str) -> str:
        """The same URL through this proxy."""
        parts = urlsplit(url)
        login, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{login}{at}127.0.0.1:{self.port}"))

    async def serve(self, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED) -> None:
        """Listen until cancelled, on a free port unless `listen` has chosen one."""
        listener = self._listener or self.listen()
        task_status.started(self.port)
        await trio.serve_listeners(self._carry, [listener])

    def listen(self) -> trio.SocketListener:
        """Bind the port before the proxy runs, so that its address can be used already."""
        sock = trio.socket.from_stdlib_socket(socket.create_server(("127.0.0.1", 0), backlog=BACKLOG))
        self._listener = trio.SocketListener(sock)
        self.port = sock.getsockname()[1]
        return self._listener

    def cut(self, *, share: float = 1.0) -> int:
        """Close the oldest `share` of the connections with FIN; returns how many."""
        return self._end(share)

    def reset(self, *, share: float = 1.0) -> int:
        """Like `cut` with RST to both sides; bytes in transit are lost."""
        return self._end(share, reset=True)

    def _end(self, share: float, *, reset: bool = False) -> int:
        doomed = list(self._lines.items())[: max(1, round(share * len(self._lines)))]
        for scope, streams in doomed:
            for stream in streams if reset else ():
                with contextlib.suppress(OSError):  # the connection is ending already
                    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
            scope.cancel()
        return len(doomed)

    async def _carry(self, client: trio.SocketStream) -> None:
        with trio.CancelScope() as scope:
            self._lines[scope] = (client,)
            try:
                with trio.move_on_after(CONNECT_TIMEOUT):
                    server = await trio.open_tcp_stream("127.0.0.1", self.target)
                    self._lines[scope] = (client, server)
                if len(self._lines[scope]) == 2:
                    async with server, trio.open_nursery() as nursery:
                        nursery.start_soon(self._pump, client, server, scope, None)
                        sieve = self.sieve() if self.sieve else None
                        nursery.start_soon(self._pump, server, client, scope, sieve)
            except OSError:
                pass  # the server is down: the client's connection is closed
            finally:
                del self._lines[scope]
                await trio.aclose_forcefully(client)

    async def _pump(
        self,
        source: trio.SocketStream,
        sink: trio.SocketStream,
        scope: trio.CancelScope,
        sieve: Sieve | None,
    ) -> None:
        """Forward one direction; its end closes both."""
        try:
            while chunk := await source.receive_some(CHUNK):
                if self.latency:
                    await trio.sleep(self.latency)
                if sieve is not None:
                    chunk = sieve(bytes(chunk))
                if not self.dark:
                    await self._send(sink, chunk)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        finally:
            scope.cancel()

    async def _send(self, sink: trio.SocketStream, chunk: bytes) -> None:
        size = self.slice or len(chunk)
        for start in range(0, len(chunk), size):
            await sink.send_all(chunk[start : start + size])
