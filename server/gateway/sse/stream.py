"""One event stream: the client side of a websocket to the gateway, for a client that cannot open one."""

import logging
from typing import Final

import trio
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import Protocol, Side, State

from protocol import limits
from protocol.codes import CloseCode
from server.gateway.sse import encoding

HEARTBEAT: Final = 15.0  # seconds without an event until a comment is sent
FIRST_HEARTBEAT: Final = 0.2  # seconds; Varnish holds the first bytes of an answer back until more come
RECEIVE: Final = 16 * limits.KIB  # bytes read from the gateway at once, and from a client that sends more
BUFFER: Final = 32 * limits.KIB  # bytes the kernel keeps between the gateway and the stream, each way
DISCARDED: Final = 64 * limits.KIB  # bytes a client may send after its request
MAX_WAITING: Final = encoding.MAX_BODY  # bytes of frames that the gateway has not read; more are not taken

_quiet = logging.getLogger("parley.websocket")


class Gap(Exception):
    """A frame between those that were taken and those that were sent is missing."""


class Ended(Exception):
    """The gateway has closed the connection; its last events are still being written."""


class EventStream:
    """Frames of the gateway become events; frames of POSTs are given to the gateway once each and in order.

    To the gateway it is a websocket like any other: `sock` is the other end of its socket. So session,
    limits, resume and close codes are the same, and a slow client fills the gateway's mailbox as any slow
    peer does.
    """

    __slots__ = ("_news", "_sock", "_waiting", "_wire", "size", "taken")

    def __init__(self, sock: trio.socket.SocketType) -> None:
        self._sock = sock
        self._wire = Protocol(Side.CLIENT, max_size=None, logger=_quiet)
        self._waiting: list[bytes] = []  # bytes for the gateway
        self._news = trio.Event()
        self.size = 0  # of what waits
        self.taken = 0  # the number of the last frame that was taken

    def take(self, first: int, frames: list[bytes]) -> int:
        """Take the frames that are new, the first of which has the number `first`; the number of the last one
        taken so far. It may be lower than that of the last one given: the gateway reads nothing now, send the
        rest again later. Raises Gap and Ended.
        """
        if self._wire.state is not State.OPEN:
            raise Ended
        if first > self.taken + 1:
            raise Gap
        for payload in frames[self.taken + 1 - first :]:
            if self.size and self.size + len(payload) > MAX_WAITING:
                break
            self._wire.send_binary(payload)
            made = b"".join(self._wire.data_to_send())
            self._waiting.append(made)
            self.size += len(made)
            self.taken += 1
        self._news.set()
        return self.taken

    async def run(self, client: trio.SocketStream, received: bytes) -> None:
        """Write events until the gateway closes the connection, or the client is gone or too slow.

        `received`: what the gateway has sent so far.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._give)
            nursery.start_soon(_until_gone, client, nursery.cancel_scope)
            await self._tell(client, received)
            nursery.cancel_scope.cancel()

    async def _tell(self, client: trio.SocketStream, received: bytes) -> None:
        data: bytes | None = received or None
        wait = FIRST_HEARTBEAT
        while data != b"":
            if data is not None:
                self._wire.receive_data(data)
                events = [event for event in self._wire.events_received() if isinstance(event, Frame)]
                if not await _send(client, b"".join(map(_event, events))):
                    return
                if any(event.opcode is Opcode.CLOSE for event in events):
                    return
            data = None
            with trio.move_on_after(wait):
                try:
                    data = await self._sock.recv(RECEIVE)
                except OSError:
                    return
            wait = HEARTBEAT
            if data is None and not await _send(client, encoding.HEARTBEAT):
                return

    async def _give(self) -> None:
        """Write the frames that were taken to the gateway, as fast as it reads."""
        while True:
            await self._news.wait()
            self._news = trio.Event()
            while self._waiting:
                rest = self._waiting.pop(0)
                self.size -= len(rest)
                try:
                    while rest:
                        rest = rest[await self._sock.send(rest) :]
                except OSError:
                    return  # the gateway has ended the connection


def _event(frame: Frame) -> bytes:
    if frame.opcode is Opcode.CLOSE:
        close = Close.parse(bytes(frame.data)) if frame.data else Close(CloseCode.NORMAL, "")
        return encoding.closed(close.code, close.reason)
    return encoding.frame(bytes(frame.data)) if frame.opcode is Opcode.BINARY else b""


async def _until_gone(client: trio.SocketStream, scope: trio.CancelScope) -> None:
    """Cancel `scope` when the client disconnects. Nothing should follow its request; some is discarded."""
    left = DISCARDED
    try:
        while left > 0 and (data := await client.receive_some(RECEIVE)):
            left -= len(data)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass
    scope.cancel()


async def _send(client: trio.SocketStream, text: bytes) -> bool:
    """Write; False when the client is gone, or has read nothing for SLOW_READER_TIMEOUT."""
    rest = memoryview(text)
    while rest:
        sent = 0
        with trio.move_on_after(limits.SLOW_READER_TIMEOUT):
            try:
                sent = await client.socket.send(rest)
            except (OSError, trio.ClosedResourceError):
                return False
        if not sent:
            return False
        rest = rest[sent:]
    return True
