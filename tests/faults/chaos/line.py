"""A visitor's websocket with minimal work per frame: a long schedule has a million messages."""

import base64
import contextlib
import os
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgpack
import trio

from tests.client import PING, PONG, SUBPROTOCOL, Frame, Socket, text

CHUNK = 64 * 1024  # bytes
OPEN_WITHIN = 10.0  # seconds
LOST = 1006  # RFC 6455: ended without a close frame
BINARY, CLOSE = 0x82, 0x88  # unfragmented frames; the server sends no others
SHORT, LONG = 126, 127  # length codes that announce a length of 2 or 8 bytes
MASKED = 0x80
GONE = (trio.BrokenResourceError, trio.ClosedResourceError)
NO_MASK = bytes(4)  # a mask of zeroes leaves the payload as it is, and a server accepts it


class LeanSocket(Socket):
    """Like `tests.client.Socket`, on an upgraded stream."""

    def __init__(self, stream: trio.SocketStream, rest: bytes) -> None:
        """`rest`: bytes received after the handshake response."""
        super().__init__(None)  # type: ignore[arg-type]
        self._stream = stream
        self._rest = rest
        self._sending = trio.Lock()

    async def send(self, *frame: Any) -> None:
        payload = msgpack.packb(list(frame))
        size = len(payload)
        head = (
            bytes([BINARY, MASKED | size])
            if size < SHORT
            else struct.pack("!BBH", BINARY, MASKED | SHORT, size)
        )
        async with self._sending:
            await self._stream.send_all(head + NO_MASK + payload)

    async def listen(self) -> None:
        try:
            while self.closed is None:
                tokens = [frame[1] for frame in self._take() if frame[0] == PING]
                for token in tokens:
                    await self.send(PONG, token)
                chunk = await self._stream.receive_some(CHUNK)
                self._rest += chunk
                if not chunk and self.closed is None:
                    self.closed = LOST
        except GONE:
            self.closed = LOST
        finally:
            self._wake()

    def _take(self) -> list[Frame]:
        """Take the complete frames from the buffer; they are added to `frames` too."""
        taken = []
        for kind, payload in self._whole():
            if kind == CLOSE:
                self.closed = int.from_bytes(payload[:2], "big") if payload else 1005
                break
            assert kind == BINARY, f"a websocket frame of another kind, {kind:#x}"
            taken.append(msgpack.unpackb(payload))
        if taken:
            self.frames += taken
            self._wake()
        return taken

    def _whole(self) -> Iterator[tuple[int, bytes]]:
        data, at = self._rest, 0
        while len(data) >= at + 2:
            size, start = data[at + 1], at + 2
            if size in {SHORT, LONG}:
                width = 2 if size == SHORT else 8
                size, start = int.from_bytes(data[start : start + width], "big"), start + width
            if len(data) < start + size:
                break
            yield data[at], data[start : start + size]
            at = start + size
        self._rest = data[at:]


@asynccontextmanager
async def opened(port: int, project: bytes) -> AsyncIterator[LeanSocket]:
    """A listening socket that has not sent hello; raises OSError when the handshake is refused."""
    with trio.fail_after(OPEN_WITHIN):
        stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        with trio.fail_after(OPEN_WITHIN):
            rest = await _upgraded(stream, port, project)
        socket = LeanSocket(stream, rest)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(socket.listen)
            try:
                yield socket
            finally:
                with trio.move_on_after(1, shield=True), contextlib.suppress(*GONE, trio.BusyResourceError):
                    await stream.send_all(bytes([CLOSE, MASKED]) + NO_MASK)
                nursery.cancel_scope.cancel()


async def _upgraded(stream: trio.SocketStream, port: int, project: bytes) -> bytes:
    asked = (
        f"GET /ws?project={text(project)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Origin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {_nonce()}\r\n"
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    )
    answer = b""
    try:
        await stream.send_all(asked.encode())
        while b"\r\n\r\n" not in answer:
            chunk = await stream.receive_some(CHUNK)
            if not chunk:
                raise ConnectionResetError("closed before the handshake was answered")
            answer += chunk
    except trio.BrokenResourceError as error:
        raise ConnectionResetError(str(error)) from None
    head, _, rest = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 101"):
        raise ConnectionRefusedError(head.partition(b"\r\n")[0].decode())
    return rest


def _nonce() -> str:
    return base64.b64encode(os.urandom(16)).decode()
