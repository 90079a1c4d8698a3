"""The network between clients and one server, to be hurt: latency, slices, a black hole, cuts and resets."""

import socket
import struct

import trio

CHUNK = 64 * 1024  # bytes
PATIENCE = 5.0  # seconds a connection to the server may take
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST and forgets what was not sent


class Proxy:
    """Carries bytes between a port of its own and the server's; what is set here holds for every line."""

    def __init__(self, target: int) -> None:
        """`target`: the server's port; it may come and go."""
        self.target = target
        self.port = 0  # set once it listens
        self.latency = 0.0  # seconds that every piece is late
        self.slice = 0  # bytes of the largest piece that is sent at once; 0: as it came
        self.dark = False  # a black hole: bytes are taken and never arrive, connections stay open
        self._lines: dict[trio.CancelScope, tuple[trio.SocketStream, ...]] = {}

    @property
    def lines(self) -> int:
        """Open connections."""
        return len(self._lines)

    async def serve(self, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED) -> None:
        """Listen on a free port until cancelled."""
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        task_status.started(self.port)
        await trio.serve_listeners(self._carry, listeners)

    def cut(self, *, share: float = 1.0) -> int:
        """Close the oldest `share` of the lines in good order; how many."""
        return self._end(share)

    def reset(self, *, share: float = 1.0) -> int:
        """The same without order: both sides get an RST, and what was under way is gone."""
        return self._end(share, reset=True)

    def _end(self, share: float, *, reset: bool = False) -> int:
        doomed = list(self._lines.items())[: max(1, round(share * len(self._lines)))]
        for scope, streams in doomed:
            for stream in streams if reset else ():
                stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            scope.cancel()
        return len(doomed)

    async def _carry(self, client: trio.SocketStream) -> None:
        with trio.CancelScope() as scope:
            self._lines[scope] = (client,)
            try:
                with trio.move_on_after(PATIENCE):
                    server = await trio.open_tcp_stream("127.0.0.1", self.target)
                    self._lines[scope] = (client, server)
                if len(self._lines[scope]) == 2:
                    async with server, trio.open_nursery() as nursery:
                        nursery.start_soon(self._pump, client, server, scope)
                        nursery.start_soon(self._pump, server, client, scope)
            except OSError:
                pass  # the server is away: the client sees its connection closed
            finally:
                del self._lines[scope]
                await trio.aclose_forcefully(client)

    async def _pump(
        self, source: trio.SocketStream, sink: trio.SocketStream, scope: trio.CancelScope
    ) -> None:
        """One direction; its end is the end of both."""
        try:
            while chunk := await source.receive_some(CHUNK):
                if self.latency:
                    await trio.sleep(self.latency)
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
