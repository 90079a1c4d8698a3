"""One client's websocket: connects, sends hello, answers pings, reports frames and the disconnect."""

import asyncio
import socket
from abc import abstractmethod
from typing import Final

from picows import WSError, WSFrame, WSInvalidStatusError, WSListener, WSMsgType, WSTransport, ws_connect

from bench.target import Unfit
from protocol import from_client, from_server, limits
from protocol.codec import MSGPACK, read_server
from protocol.codes import CloseCode, come_back

WELCOME_TIMEOUT: Final = 30 * limits.SECONDS  # 10,000 at once take a while
BUSY: Final = (408, 503)  # the server was slow to read, or is full or not ready
TOO_MANY: Final = (
    "the server's rate limit refuses handshakes from one network: start it with"
    " PARLEY_HANDSHAKES_PER_MINUTE above the number of visitors"
)
LOST: Final = 1006  # RFC 6455: ended without a close frame

_encode = MSGPACK.encode


class TurnedAway(ConnectionError):
    """The connection was refused or closed before the welcome; it may be tried again."""

    def __init__(self, why: str, *, retry: float = 0.0) -> None:
        super().__init__(why)
        self.retry = retry  # seconds


class ClientSocket(WSListener):
    """A client that keeps its state between connections. `online`: from the welcome to the disconnect."""

    __slots__ = ("_code", "_transport", "_welcomed", "online")

    def __init__(self) -> None:
        self.online = False
        self._transport: WSTransport | None = None
        self._welcomed: asyncio.Future[None] | None = None
        self._code = LOST

    @abstractmethod
    def hello(self) -> from_client.Greeting:
        """The body of `hello` for a new connection."""

    @abstractmethod
    def welcome(self, greeted: from_server.Greeted) -> None:
        """Called with the body of `welcome`."""

    @abstractmethod
    def take(self, frame: from_server.ServerFrame) -> None:
        """Called with any other frame."""

    @abstractmethod
    def gone(self, code: int) -> None:
        """Called when a welcomed connection has ended."""

    async def connect(self, url: str, *, project: str, source: str | None = None) -> None:
        """Connects and waits for the welcome; raises TurnedAway, or Unfit for a permanent failure."""
        assert not self.online
        self._code = LOST
        self._welcomed = asyncio.get_running_loop().create_future()
        headers = {"Origin": url, "Sec-WebSocket-Protocol": limits.SUBPROTOCOL_MSGPACK}
        try:
            async with asyncio.timeout(WELCOME_TIMEOUT):
                await ws_connect(
                    lambda: self,
                    f"ws{url.removeprefix('http')}/ws?project={project}",
                    extra_headers=headers,
                    socket_factory=(lambda _: bound(source)) if source else None,
                    websocket_handshake_timeout=WELCOME_TIMEOUT,
                )
                await self._welcomed
        except WSInvalidStatusError as refused:
            raise _refusal(refused) from None
        except (WSError, OSError, TimeoutError) as error:
            self.disconnect()
            raise TurnedAway(str(error) or type(error).__name__) from None
        finally:
            self._welcomed = None

    def send(self, frame: from_client.ClientFrame) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.BINARY, _encoded(frame))

    def disconnect(self) -> None:
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self.send(from_client.Hello(1, self.hello()))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.BINARY:
            received = read_server(MSGPACK, frame.get_payload_as_bytes())
            if received is None:
                return  # of a later server: clients ignore it
            if type(received) is from_server.Ping:
                self.send(from_client.Pong(received.token))
            elif type(received) is from_server.Welcome:
                self.online = True
                self.welcome(received.greeted)
                if self._welcomed is not None and not self._welcomed.done():
                    self._welcomed.set_result(None)
            elif self.online or type(received) is not from_server.Error:  # else the close says why
                self.take(received)
        elif frame.msg_type is WSMsgType.CLOSE:
            self._code = int(frame.get_close_code())  # type: ignore[call-overload]  # an int for codes without a name
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if transport is not self._transport:
            return
        self._transport = None
        if self._welcomed is not None and not self._welcomed.done():
            self._welcomed.set_exception(self._before_welcome())
        if self.online:
            self.online = False
            self.gone(self._code)

    def _before_welcome(self) -> Exception:
        if self._code == CloseCode.RATE_LIMIT:
            return Unfit(TOO_MANY)
        if not come_back(self._code):
            return Unfit(f"the server closed a client permanently, with code {self._code}")
        return TurnedAway(f"closed with {self._code} before the welcome")


def bound(source: str) -> socket.socket:
    """A socket bound to `source`, which picows will connect."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.settimeout(0)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Let connect choose the port, per pair of addresses: otherwise only 28,000 ports are available.
    made.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
    made.bind((source, 0))
    return made


def _refusal(refused: WSInvalidStatusError) -> Exception:
    answer = refused.response
    status = int(answer.status) if answer is not None else 0
    if status == 429:
        return Unfit(TOO_MANY)
    if answer is not None and status in BUSY:
        return TurnedAway(str(status), retry=float(answer.headers.get("Retry-After", 0)))
    return Unfit(f"the server refused the websocket with {status}")


def _encoded(frame: from_client.ClientFrame) -> bytes:
    """A text about no article without that element, as 0.1.0 reads it: its servers refuse a surplus one."""
    data = _encode(frame)
    if isinstance(frame, from_client.Send) and frame.article is None:
        return bytes([data[0] - 1]) + data[1:-1]  # an array of at most 15 has its length in its first byte
    return data
