"""A websocket for gevent: the sans-I/O protocol of `websockets` on a patched socket; one greenlet reads."""

import socket
import ssl
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import gevent  # type: ignore[import-untyped]  # no stubs
from gevent.event import AsyncResult  # type: ignore[import-untyped]  # no stubs
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri

from protocol import from_client, from_server, limits
from protocol.codec import MSGPACK, read_server

TIMEOUT: Final = 10.0  # seconds
RECEIVE: Final = 64 * limits.KIB  # bytes


class Hung(Exception):
    """The connection failed or was closed by the server; the text says why."""


class Line:
    """One welcomed connection. `take` is called with every frame, in the reading greenlet."""

    def __init__(
        self,
        url: str,
        greeting: from_client.Greeting,
        take: Callable[[from_server.ServerFrame], None],
        *,
        project: str,
        source: str | None,
    ) -> None:
        """Connects and waits for the welcome; raises Hung."""
        self._take = take
        self._welcome: AsyncResult[from_server.Greeted] = AsyncResult()
        self._protocol = ClientProtocol(
            parse_uri(f"ws{url.removeprefix('http')}/ws?project={project}"),
            origin=Origin(url),
            subprotocols=[Subprotocol(limits.SUBPROTOCOL_MSGPACK)],
            max_size=limits.AGENT_FRAME,
        )
        try:
            self._sock = dialled(url, source)
            self._protocol.send_request(self._protocol.connect())
            self._flush()
            self._reader = gevent.spawn(self._read, from_client.Hello(1, greeting))
            self.greeted: from_server.Greeted = self._welcome.get(timeout=TIMEOUT)
        except (OSError, gevent.Timeout) as error:
            raise Hung(str(error) or type(error).__name__) from None

    @property
    def open(self) -> bool:
        return self._protocol.state is State.OPEN

    def send(self, frame: from_client.ClientFrame) -> None:
        """Sends a frame, or drops it on a dead connection: the caller keeps the text until `stored`."""
        if self.open:
            self._protocol.send_binary(MSGPACK.encode(frame))
            self._flush()

    def close(self) -> None:
        if self.open:
            self._protocol.send_close(1000)
            self._flush()
        self._reader.kill()
        self._sock.close()

    def _read(self, hello: from_client.Hello) -> None:
        why = "the server closed the connection"
        try:
            while data := self._sock.recv(RECEIVE):
                self._protocol.receive_data(data)
                for event in self._protocol.events_received():
                    if isinstance(event, Frame):
                        self._frame(event)
                    elif self._protocol.handshake_exc is None:
                        self.send(hello)
                self._flush()
        except OSError as error:
            why = str(error)
        refused = self._protocol.handshake_exc
        if not self._welcome.ready():
            self._welcome.set_exception(Hung(str(refused) if isinstance(refused, InvalidHandshake) else why))
        self._protocol.receive_eof()

    def _frame(self, event: Frame) -> None:
        if event.opcode is not Opcode.BINARY:
            return
        frame = read_server(MSGPACK, bytes(event.data))
        if isinstance(frame, from_server.Ping):
            self.send(from_client.Pong(frame.token))
        elif isinstance(frame, from_server.Welcome):
            self._welcome.set(frame.greeted)
        elif frame is not None:
            self._take(frame)

    def _flush(self) -> None:
        try:
            for data in self._protocol.data_to_send():
                if data:
                    self._sock.sendall(data)
        except OSError:
            pass  # the reader will notice it


def dialled(url: str, source: str | None) -> socket.socket:
    """A connected socket."""
    parts = urlsplit(url)
    host, tls = parts.hostname or "", parts.scheme == "https"
    local = (source, 0) if source else None
    made = socket.create_connection((host, parts.port or (443 if tls else 80)), TIMEOUT, source_address=local)
    made.settimeout(None)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ssl.create_default_context().wrap_socket(made, server_hostname=host) if tls else made
