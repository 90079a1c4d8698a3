"""Hops 2 and 9: one websocket over a raw socket: reads frames (with backpressure), and writes frames."""

import contextlib
import logging
import os
from collections.abc import Hashable, Iterator
from math import inf
from typing import Final

import trio
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side
from websockets.protocol import State as Wire

from core.ids import SocketId
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from protocol import limits
from protocol.codec import MSGPACK, Codec
from protocol.codes import CloseCode
from protocol.errors import ProtocolError
from protocol.from_client import ClientFrame
from protocol.from_server import ServerFrame
from protocol.session import Close, Pass, Reply, Role, Session, State, Verdict
from server.gateway.mailbox import Mailbox, wrap
from server.gateway.timer_wheel import TimerWheel

RECEIVE: Final = 16 * limits.KIB  # bytes
LINGER: Final = 256 * limits.KIB  # bytes that are read from a peer after our close
CLOSE_TIMEOUT: Final = 2.0  # seconds a peer has to answer our close
_DATA: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)

_quiet = logging.getLogger("parley.websocket")  # the library's log line per connection is noise
_quiet.setLevel(logging.ERROR)


class Connection:
    """One peer. Its own task reads; any task writes, and a write never waits.

    `held` buffers frames written while the peer resumes, so that the frames it missed are sent first.
    """

    __slots__ = (
        "_emptied", "_fragments", "_kind", "_nursery", "_resumed", "_sock", "_timers", "_until", "_wire",
        "codec", "held", "id", "mailbox", "session", "slot",
    )  # fmt: skip

    def __init__(
        self,
        sock: trio.socket.SocketType,
        nursery: trio.Nursery,
        clock: TimerWheel,
        *,
        socket_id: SocketId,
        codec: Codec = MSGPACK,
    ) -> None:
        """`nursery` outlives the peer: the task that empties the peer's mailbox runs there."""
        self.id = socket_id
        self.codec = codec
        self.session = Session(trio.current_time())
        self.mailbox: Mailbox | None = None
        self.held: Mailbox | None = None
        self._sock = sock
        self._nursery = nursery
        self._wire = Protocol(Side.SERVER, max_size=limits.VISITOR_FRAME, logger=_quiet)
        self._fragments: list[bytes] | None = None
        self._kind = Opcode.BINARY
        self._resumed: trio.Event | None = None
        self._emptied: trio.Event | None = None
        self._until = inf  # when the time of a closing peer is over
        self._timers = clock
        self.slot = 0
        clock.watch(self)

    # Reading

    def open(self, answer: bytes) -> None:
        """Write `answer`, the HTTP upgrade; from here on the connection is a websocket."""
        self._push(answer, None)

    async def receive(self) -> bool:
        """Wait for bytes and feed them to the parser; False when the connection has ended."""
        while not self.session.reading and self.session.state is State.OPEN:
            # Backpressure: too many commands wait for their answer. We stop reading, so TCP stops the peer.
            self._resumed = trio.Event()
            await self._resumed.wait()
        # The peer has sent a close frame or violated the protocol, or we have closed; `end` does the rest.
        # Bytes that a peer sends after that are not parsed: fifty such peers kept a process busy for seconds.
        if self._wire.eof_sent or self.session.state is State.CLOSING:
            return False
        try:
            data = await self._read()
        except (OSError, trio.ClosedResourceError):
            return False
        self.feed(data)
        return bool(data)

    async def _read(self) -> bytes:
        # Half the memory of a waiting `sock.recv`, which nests four coroutines; and one system call less.
        while True:
            if self._sock.fileno() < 0:  # closed while its task was elsewhere
                raise trio.ClosedResourceError
            await trio.lowlevel.wait_readable(self._sock)
            try:
                return os.read(self._sock.fileno(), RECEIVE)
            except BlockingIOError:
                continue

    def frames(self) -> Iterator[ClientFrame]:
        """The allowed frames in the bytes received; everything else is answered here."""
        events = self._wire.events_received()
        if self._wire.state is Wire.OPEN and any(
            isinstance(event, Frame) and event.opcode is Opcode.PING for event in events
        ):
            self.flush()  # a pong is sent before the answer to data received with its ping (RFC 6455, 5.5.3)
        for event in events:
            if not isinstance(event, Frame):
                continue
            if event.opcode in _DATA:
                counters[Metric.FRAMES_RECEIVED] += 1
                frame = self._judged(event)
                if frame is not None:
                    yield frame
            elif event.opcode is not Opcode.CLOSE:
                # Legal at any time, also before hello (RFC 6455, 5.5.2); each costs as much as any frame.
                self._act(self.session.control(trio.current_time()))
        self.flush()
        if self._wire.state is not Wire.OPEN:  # nothing may follow a close frame
            self.session.end()

    def feed(self, data: bytes) -> None:
        """Parse bytes from the peer; empty bytes mean that it has closed its side."""
        if data:
            self.session.heard(trio.current_time())  # half a frame counts too: a slow line is alive
            self._wire.receive_data(data)
        else:
            self._wire.receive_eof()

    def _judged(self, event: Frame) -> ClientFrame | None:
        if self.session.state is State.CLOSING or (payload := self._whole(event)) is None:
            return None
        now = trio.current_time()
        if (self._kind is Opcode.TEXT) is not self.codec.text:
            self.close(CloseCode.UNSUPPORTED_DATA, "frame type does not match the subprotocol")
            return None
        if self.codec.text and not _is_utf8(payload):
            self.close(CloseCode.INVALID_DATA, "not UTF-8")
            return None
        try:
            frame = self.codec.decode_client(payload)
        except ProtocolError as error:
            counters[Metric.PROTOCOL_ERRORS] += 1
            self._act(self.session.broken(error, now))
            return None
        verdict = self.session.receive(frame, now)
        if isinstance(verdict, Pass):
            return frame
        self._act(verdict)
        return None

    def _whole(self, event: Frame) -> bytes | None:
        """The message once its last fragment has arrived, None before."""
        if event.opcode is not Opcode.CONT:
            self._kind = event.opcode
            if event.fin:
                return bytes(event.data)
            self._fragments = [bytes(event.data)]
            return None
        assert self._fragments is not None, "the parser refuses a continuation without a first fragment"
        self._fragments.append(bytes(event.data))
        if len(self._fragments) > limits.FRAGMENTS:
            self._fragments = None
            self.close(CloseCode.TOO_BIG, "too many fragments")
            return None
        if not event.fin:
            return None
        whole, self._fragments = b"".join(self._fragments), None
        return whole

    def _act(self, verdict: Verdict | None) -> None:
        match verdict:
            case Reply(frame):
                self.send(frame)
            case Close(code, reason, frame):
                if frame is not None:
                    self.send(frame, last=True)
                self.close(code, reason)
            case _:
                pass

    # Writing

    def send(self, frame: ServerFrame, *, last: bool = False) -> None:
        """Encode and write. `last`: write although the session is closing."""
        self.write(wrap(self.codec.encode(frame), text=self.codec.text), last=last)

    def write(self, data: bytes, *, coalesce_key: Hashable = None, last: bool = False) -> None:
        """Write the bytes of whole frames to the kernel, or queue them. Never waits, never raises."""
        if self.session.state is State.CLOSING and not (last and self._wire.state is Wire.OPEN):
            return
        if self.held is not None and not last:
            if not self.held.put(data, coalesce_key):
                self.cut()
            return
        counters[Metric.FRAMES_SENT] += 1
        self._push(data, coalesce_key)

    def release(self) -> None:
        """The peer has resumed: write the held frames."""
        held, self.held = self.held, None
        while held is not None and self.session.state is not State.CLOSING and (portion := held.take()):
            self._push(portion, None)

    def flush(self) -> None:
        """Write what the protocol itself sends: handshake, pong, close and the end of our side."""
        parts = self._wire.data_to_send()
        if data := b"".join(parts):
            self._push(data, None)
        if b"" in parts and self.mailbox is None:
            with contextlib.suppress(OSError):
                self._sock.shutdown(trio.socket.SHUT_WR)

    def _push(self, data: bytes, coalesce_key: Hashable) -> None:
        if self.mailbox is not None:
            if not self.mailbox.put(data, coalesce_key):
                self.cut()
            return
        try:
            taken = os.write(self._sock.fileno(), data)
        except BlockingIOError:
            taken = 0
        except OSError:
            return  # the peer is gone; its own task is about to notice
        if taken < len(data):
            self.mailbox = Mailbox(data[taken:])
            self._nursery.start_soon(self._empty)

    async def _empty(self) -> None:
        """Write the mailbox as the kernel accepts bytes; close a peer that accepts none for too long."""
        mailbox = self.mailbox
        assert mailbox is not None
        try:
            while portion := mailbox.take():
                with trio.move_on_after(limits.SLOW_READER_TIMEOUT) as late:
                    taken = await self._sock.send(portion)
                if late.cancelled_caught:
                    self.session.end()
                    self._sock.close()
                    return
                if taken < len(portion):
                    mailbox.put_back(portion[taken:])
        except (OSError, trio.ClosedResourceError):
            pass
        finally:
            self.mailbox = None
            if self._emptied is not None:
                self._emptied.set()

    # Time and the end

    @property
    def due(self) -> float:
        """When to call `tick` next, in trio's time."""
        return self._until if self.session.state is State.CLOSING else self.session.next_tick

    def tick(self, now: float) -> None:
        """Act on a timeout; called by the timer wheel."""
        try:
            if self.session.state is State.CLOSING:
                self._until = inf
                self._sock.close()  # time is up; the peer's own task wakes up and ends
            else:
                self._act(self.session.tick(now))
        except Exception as error:  # noqa: BLE001  the top of a stage: one peer must not stop the timers of others
            log(Log.CONNECTION_FAILED, level=logging.ERROR, error=error)
            self.close(CloseCode.INTERNAL, "")

    def become(self, role: Role, now: float) -> bool:
        """Open the session after an accepted hello; False when the connection has ended meanwhile."""
        if self.session.state is not State.GREETING:
            return False
        self.session.welcomed(role, now)
        self._timers.watch(self)
        self._wire.max_message_size = self.session.frame_limit
        return True

    def settle(self) -> None:
        """One of the peer's commands was answered: it may be read from again."""
        self.session.settled()
        if self._resumed is not None and self.session.reading:
            self._resumed.set()
            self._resumed = None

    def close(self, code: int, reason: str) -> None:
        """Send a close frame; the peer's answer, or CLOSE_TIMEOUT, ends the connection."""
        self.session.end()
        if self._wire.state is Wire.OPEN:
            self._wire.send_close(code, reason)
            self.flush()
        self._closing(limits.SLOW_READER_TIMEOUT if self.mailbox is not None else 0)

    def cut(self) -> None:
        """Close a peer that reads too slowly. Code 4002 is the last thing it receives, if it reads on."""
        if self.session.state is State.CLOSING:
            return
        counters[Metric.PEERS_SLOW] += 1
        if self.mailbox is None:
            self.close(CloseCode.SLOW, "too slow")
            return
        self.session.end()
        if self._wire.state is Wire.OPEN:
            self._wire.send_close(CloseCode.SLOW, "too slow")
        self.mailbox.abandon(b"".join(self._wire.data_to_send()))
        self._closing(limits.SLOW_READER_TIMEOUT)
        with contextlib.suppress(OSError):  # the peer's own task then stops reading and leaves the rooms
            self._sock.shutdown(trio.socket.SHUT_RD)

    async def end(self) -> None:
        """The peer's task is over: write what is queued, within the timeouts, then close the socket."""
        self.session.end()
        self._timers.forget(self)
        with trio.move_on_after(limits.SLOW_READER_TIMEOUT):
            while self.mailbox is not None:
                self._emptied = trio.Event()
                await self._emptied.wait()
        with trio.move_on_after(CLOSE_TIMEOUT):
            await self._linger()
        self._sock.close()
        _unravel(self._wire)

    async def _linger(self) -> None:
        """Read what the peer still sends: unread bytes would turn our close into a reset, which may overtake
        the close frame.

        A peer that keeps flooding gets the reset: reading everything for CLOSE_TIMEOUT would cost too much.
        """
        with contextlib.suppress(OSError, trio.ClosedResourceError):
            self._sock.shutdown(trio.socket.SHUT_WR)
            left = LINGER
            while left > 0 and (data := await self._sock.recv(RECEIVE)):
                left -= len(data)

    def _closing(self, timeout: float) -> None:
        self._until = trio.current_time() + timeout + CLOSE_TIMEOUT
        self._timers.watch(self)
        if self._resumed is not None:
            self._resumed.set()


def _unravel(wire: Protocol) -> None:
    """Break the reference cycle of parser and protocol: else ended connections wait for the collector, which
    `gc_policy` makes rare.
    """
    del wire.parser


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
