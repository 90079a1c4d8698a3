"""An independent client for tests, written from PROTOCOL.md alone, with trio-websocket and PyPI's msgpack."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

import msgpack
import trio
import trio_websocket

from tests import canaries, event_stream
from tests.patience import PATIENCE

HELLO, WELCOME, OK, ERROR, PING, PONG, DRAIN = range(1, 8)
SEND, QUEUED, STORED, MESSAGE, CHANGED, READ, TYPING, PRESENCE, PAGE, VISITOR = range(10, 20)
IDENTIFY = VISITOR
WATCH, UNWATCH, DELIVERED, ANSWER, FILLING, ATTACH, RESYNC, TOUCHED = 20, 21, 23, 24, 25, 26, 40, 41
TOKEN, STOPPED, STOP, STREAM_GET, CHOOSE_OWNER = 31, 34, 36, 37, 38
COPILOT_ASK, COPILOT_STOP, COPILOT_GET = 47, 48, 49
SUBPROTOCOL = "parley.1.msgpack"
BUSY = 113

Frame = list[Any]


class Link(Protocol):
    """A websocket, or what stands for it."""

    async def send_message(self, payload: bytes, /) -> None: ...
    async def get_message(self) -> bytes: ...
    async def aclose(self) -> None: ...


class Way:
    """How `opened` connects; tests of the other way change it."""

    sse = False


class Socket:
    """One websocket: its received frames in order, and a way to wait for more."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.frames: list[Frame] = []
        self.closed: int | None = None  # the close code, once it is closed
        self._news = trio.Event()

    async def send(self, *frame: Any) -> None:
        await self.link.send_message(msgpack.packb(list(frame)))

    async def listen(self) -> None:
        """Collect frames and answer pings until the socket closes; run it in a nursery."""
        try:
            while True:
                frame = msgpack.unpackb(await self.link.get_message())
                self.frames.append(frame)
                self._wake()
                if frame[0] == PING:
                    await self.send(PONG, frame[1])
        except trio_websocket.ConnectionClosed as closed:
            self.closed = closed.reason.code if closed.reason else 1006
        finally:
            self._wake()

    async def first(
        self, kind: int, which: Callable[[Frame], bool] = lambda _: True, *, within: float = PATIENCE
    ) -> Frame:
        """The first frame of that type, already received or still to come; fails after `within` seconds."""
        with trio.move_on_after(within):
            while True:
                for frame in self.frames:
                    if frame[0] == kind and which(frame):
                        return frame
                assert self.closed is None, (
                    f"closed with {self.closed} while waiting for frame {kind}: {self.frames}"
                )
                await self._news.wait()
        raise AssertionError(f"no frame {kind} within {within} s, only {self.frames}")

    async def end(self, *, within: float = PATIENCE) -> int:
        """The close code, once it is closed."""
        with trio.fail_after(within):
            while self.closed is None:
                await self._news.wait()
        return self.closed

    def all(self, kind: int) -> list[Frame]:
        return [frame for frame in self.frames if frame[0] == kind]

    def _wake(self) -> None:
        self._news.set()
        self._news = trio.Event()


@asynccontextmanager
async def opened(port: int, project: bytes, *, origin: str | None = None) -> AsyncIterator[Socket]:
    """A listening socket that has not sent hello; it is closed at the end."""
    server = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as links:
        link: Link
        if Way.sse:
            link = await links.enter_async_context(
                event_stream.linked(server, f"project={text(project)}", origin=origin or server)
            )
        else:
            link = await links.enter_async_context(_websocket(port, project, origin=origin or server))
        async with listening(link) as socket:
            yield socket


@asynccontextmanager
async def _websocket(
    port: int, project: bytes, *, origin: str
) -> AsyncIterator[trio_websocket.WebSocketConnection]:
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream, trio.open_nursery() as nursery:
        with trio.fail_after(PATIENCE):
            link = await trio_websocket.wrap_client_stream(
                nursery,
                stream,
                f"127.0.0.1:{port}",
                f"/ws?project={text(project)}",
                subprotocols=[SUBPROTOCOL],
                extra_headers=[(b"Origin", origin.encode())],
            )
        yield link
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def listening(link: Link) -> AsyncIterator[Socket]:
    """A socket that collects frames; it is closed at the end."""
    async with trio.open_nursery() as nursery:
        socket = Socket(link)
        nursery.start_soon(socket.listen)
        try:
            yield socket
        finally:
            with trio.move_on_after(2, shield=True):
                await link.aclose()
            nursery.cancel_scope.cancel()


async def greet(
    socket: Socket,
    project: bytes,
    *,
    key: str | None = None,
    jwt: str | None = None,
    have: dict[bytes, int] | None = None,
    page: dict[str, str] | None = None,
    within: float = PATIENCE,
) -> dict[str, Any]:
    """Send hello; returns the body of `welcome`."""
    greeting: dict[str, Any] = {"project": project, "tab": os.urandom(16), "have": list((have or {}).items())}
    greeting |= {
        name: value for name, value in (("key", key), ("jwt", jwt), ("page", page)) if value is not None
    }
    await socket.send(HELLO, 1, greeting)
    welcome = await socket.first(WELCOME, within=within)
    body: dict[str, Any] = welcome[2]
    canaries.harvest([greeting, body])
    return body


async def until_answers_are_taken(port: int, project: bytes) -> None:
    """A gateway looks once a second whether every worker knows forms; until then it answers "try later"."""
    async with opened(port, project) as socket:
        await greet(socket, project)
        while True:
            ref = os.urandom(16)
            await socket.send(ANSWER, 1, ref, os.urandom(16), os.urandom(16), {})
            error = await socket.first(ERROR, lambda frame, ref=ref: frame[6] == ref)  # type: ignore[misc]
            if error[2] != BUSY:
                return
            await trio.sleep(error[5] / 1000)


class Visitor:
    """A visitor like the widget: keeps each text until `stored`, one in flight, reconnects and resumes."""

    def __init__(self, ports: Callable[[], int], project: bytes) -> None:
        """`ports` returns the port to try next."""
        self.ports = ports
        self.project = project
        self.key: str | None = None
        self.conversation: bytes | None = None
        self.unsent: dict[bytes, str] = {}  # ref → text, in the order of writing
        self.stored: dict[bytes, int] = {}  # ref → seq
        self.received: dict[int, Frame] = {}  # seq → message
        self.repeated = 0
        self.connects = 0
        self.unrecovered = 0  # welcomes that asked for the history by HTTP
        self._news = trio.Event()
        self._online: Socket | None = None

    def write(self, body: str) -> bytes:
        """Put a text in the queue; returns its ref."""
        ref = os.urandom(16)
        self.unsent[ref] = body
        self._wake()
        return ref

    async def run(self) -> None:
        """Stay connected and send what is unsent; run it in a nursery and cancel it."""
        while True:
            try:
                async with opened(self.ports(), self.project) as socket:
                    await self._serve(socket)
            except* (OSError, trio_websocket.HandshakeError, trio_websocket.ConnectionClosed, AssertionError):
                pass
            self._online = None
            await trio.sleep(0.2)  # the widget's backoff, shortened

    async def online(self) -> Socket:
        """The open socket, once `welcome` was received."""
        while self._online is None:
            await self._news.wait()
        return self._online

    async def until(self, holds: Callable[[], bool], *, within: float = PATIENCE) -> None:
        """Check `holds` after each frame until it is true; fails after `within` seconds."""
        with trio.move_on_after(within):
            while not holds():
                await self._news.wait()
            return
        raise AssertionError(
            f"not within {within} s: {len(self.unsent)} unsent, {len(self.received)} received"
        )

    async def emptied(self, *, within: float = PATIENCE) -> None:
        """Wait until everything written is stored."""
        await self.until(lambda: not self.unsent, within=within)

    async def has_received(self, body: str, *, within: float = PATIENCE) -> Frame:
        """The message with that text, once it is received."""
        await self.until(lambda: any(frame[8] == body for frame in self.received.values()), within=within)
        return next(frame for frame in self.received.values() if frame[8] == body)

    async def _serve(self, socket: Socket) -> None:
        have = {self.conversation: max(self.received, default=0)} if self.conversation else {}
        welcome = await greet(socket, self.project, key=self.key, have=have, within=10)
        self.key = welcome.get("key", self.key)
        self.connects += 1
        self.unrecovered += not welcome["recovered"]
        self._online = socket
        self._wake()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._take, socket)
            await self._send(socket)

    async def _take(self, socket: Socket) -> None:
        seen = 0
        while socket.closed is None or seen < len(socket.frames):
            for frame in socket.frames[seen:]:
                seen += 1
                self._receive(frame)
            self._wake()
            await socket._news.wait()
        raise ConnectionResetError

    def _receive(self, frame: Frame) -> None:
        if frame[0] == STORED:
            _, ref, self.conversation, message, seq, at = frame
            if body := self.unsent.pop(ref, None):
                self.stored[ref] = seq
                self.received[seq] = [
                    MESSAGE,
                    self.conversation,
                    seq,
                    message,
                    ref,
                    ["visitor"],
                    at,
                    "text",
                    body,
                    {},
                ]
        elif frame[0] == MESSAGE:
            self.conversation = frame[1]
            self.repeated += frame[2] in self.received
            self.received.setdefault(frame[2], frame)

    async def _send(self, socket: Socket) -> None:
        while True:
            if not self.unsent:
                await self._news.wait()
                continue
            ref, body = next(iter(self.unsent.items()))
            await socket.send(SEND, 2, ref, None, "text", body)
            with trio.move_on_after(2):  # then send the same ref again
                while ref in self.unsent:
                    await self._news.wait()

    def _wake(self) -> None:
        self._news.set()
        self._news = trio.Event()


def text(value: bytes) -> str:
    """The canonical form of an id."""
    digits = value.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
