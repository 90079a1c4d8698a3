"""Hop 2: the state machine of one connection, on the server: takes frames and time, returns a verdict.

    waiting ── hello ──▶ greeting ── welcomed() ──▶ open ── any Close ──▶ closing

Times are monotonic seconds, passed in. Nothing here waits, sends or knows a socket.
"""

from enum import Enum, IntEnum
from math import inf
from typing import Final, assert_never

import msgspec

from protocol import limits
from protocol.codes import CloseCode, ErrorCode
from protocol.errors import ProtocolError
from protocol.from_client import (
    Answer,
    Attach,
    ChooseOwner,
    ClientFrame,
    CopilotAsk,
    CopilotGet,
    CopilotStop,
    Filling,
    Hello,
    Identify,
    Page,
    Ping,
    Pong,
    Read,
    Send,
    Stop,
    StreamGet,
    Typing,
    Unwatch,
    Watch,
)
from protocol.from_server import Error, ServerFrame, error
from protocol.from_server import Ping as ServerPing
from protocol.from_server import Pong as ServerPong


class Role(Enum):
    """The role of an accepted connection."""

    VISITOR = "visitor"
    AGENT = "agent"


class Pass(msgspec.Struct, frozen=True):
    """The frame is allowed: process it."""


class Ignore(msgspec.Struct, frozen=True):
    """Drop the frame without a reply."""


class Reply(msgspec.Struct, frozen=True):
    """Send this frame; the connection stays open."""

    frame: ServerFrame


class Close(msgspec.Struct, frozen=True):
    """Send `frame` if there is one, then close."""

    code: CloseCode
    reason: str
    frame: Error | None = None


Verdict = Pass | Ignore | Reply | Close
PASS: Final = Pass()
IGNORE: Final = Ignore()


class State(IntEnum):
    """The state of a connection; it only moves forward."""

    WAITING = 0  # for hello
    GREETING = 1  # the gateway has the hello and will call welcomed()
    OPEN = 2
    CLOSING = 3


# The frames that each role may send after the hello.
_OF_ALL: Final = frozenset({Read, Typing, Stop, StreamGet, Ping, Pong})
_ALLOWED: Final = {
    Role.VISITOR: _OF_ALL | {Send, Page, Identify, Answer, Filling, Attach, ChooseOwner},
    Role.AGENT: _OF_ALL | {Watch, Unwatch, CopilotAsk, CopilotStop, CopilotGet},
}
_ANSWERED: Final = (
    Send | Watch | Unwatch | Answer | Attach | Stop | StreamGet | CopilotAsk | CopilotStop | CopilotGet
)
"""Frames with a `rid`, whose sender waits for an answer."""
_PING_TOKENS: Final = 2**31


class Session:
    """One connection. The caller must execute every verdict; frames after a Close are ignored.

    Owns the timeouts too: `next_tick` says when to call `tick`, so that one timer serves all connections of a
    process.
    """

    __slots__ = (
        "_burst",
        "_excused",
        "_identify_due",
        "_interval",
        "_page_due",
        "_pending",
        "_pinged",
        "_proof_at",
        "_rate",
        "_refilled",
        "_tokens",
        "_typed",
        "_typed_at",
        "next_tick",
        "role",
        "state",
    )

    def __init__(self, now: float) -> None:
        self.state = State.WAITING
        self.role: Role | None = None
        self.next_tick: float = now + limits.HELLO_TIMEOUT
        self._interval = limits.HEARTBEAT * (1 - limits.HEARTBEAT_SPREAD * _chance(now))
        self._proof_at = now  # when the last traffic proved, to both sides, that the connection is alive
        self._pinged = False
        self._excused = False
        self._pending = 0
        self._rate = limits.COMMANDS_PER_SECOND
        self._burst = limits.COMMANDS_BURST
        self._tokens: float = self._burst
        self._refilled = now
        self._page_due = -inf
        self._identify_due = -inf
        self._typed: Typing | Filling | None = None
        self._typed_at = -inf

    @property
    def frame_limit(self) -> int:
        """The largest frame in bytes that this peer may send now."""
        return limits.AGENT_FRAME if self.role is Role.AGENT else limits.VISITOR_FRAME

    @property
    def reading(self) -> bool:
        """Backpressure: False while too many commands are pending; then do not read from the socket."""
        return self._pending <= limits.PENDING_COMMANDS

    def receive(self, frame: ClientFrame, now: float) -> Verdict:
        """Whether `frame` is allowed now."""
        self.heard(now)
        if self.state is State.OPEN:
            return self._receive_open(frame, now)
        match self.state:
            case State.WAITING:
                return self._receive_first(frame, now)
            case State.GREETING:
                return self._receive_early(frame)
            case State.CLOSING:
                return IGNORE

    def control(self, now: float) -> Verdict:
        """A websocket control frame arrived: a sign of life, rate limited like any other frame.

        The websocket layer replies to it; one over the rate limit gets no error until the connection closes.
        """
        self.heard(now)
        if self.state is State.CLOSING or self._afford(now):
            return IGNORE
        refused = self._too_many(rid=0, ref=None)
        return refused if type(refused) is Close else IGNORE

    def broken(self, problem: ProtocolError, now: float) -> Verdict:
        """The frame is invalid: refuses it when it names a `ref` or has an unknown type, else closes."""
        self.heard(now)
        if self.state is State.CLOSING:
            return IGNORE
        answer = error(problem.code, problem.reason, rid=problem.rid, ref=problem.ref)
        goes_on = problem.ref is not None or problem.code is ErrorCode.UNSUPPORTED
        if not goes_on or self.state is not State.OPEN:
            return self._close(CloseCode.PROTOCOL_ERROR, problem.reason, answer)
        if not self._afford(now):
            return self._too_many(rid=problem.rid, ref=problem.ref)
        return Reply(answer)

    def welcomed(
        self,
        role: Role,
        now: float,
        *,
        commands_per_second: float = limits.COMMANDS_PER_SECOND,
        burst: float = limits.COMMANDS_BURST,
    ) -> None:
        """The gateway accepted the hello."""
        assert self.state is State.GREETING, self.state
        self.state = State.OPEN
        self.role = role
        self._rate, self._burst = commands_per_second, burst
        self._tokens, self._refilled = burst, now
        # Backdate the sign of life: ten thousand clients that reconnect together must not be pinged together.
        self._proof_at = now - self._interval * (1 - limits.HEARTBEAT_LEAST) * _chance(now)
        self.next_tick = self._proof_at + self._interval

    def queued(self) -> None:
        """A command of this peer is pending."""
        self._pending += 1
        if not self.reading:
            # Its pong may lie unread behind its commands, because we have stopped reading.
            self._excused = True

    def settled(self, count: int = 1) -> None:
        """`count` pending commands were accepted or refused."""
        self._pending -= count
        assert self._pending >= 0, "more answers than commands"

    def heard(self, now: float) -> None:
        """The peer sent bytes, of any content: a sign of life."""
        if self._excused and self.reading:
            self._excused = False
        if self._pinged and self.state is State.OPEN:
            self._pinged = False
            self._proof_at = now
            self.next_tick = now + self._interval

    def tick(self, now: float) -> Verdict | None:
        """Handles timeouts; None when nothing is due."""
        if now < self.next_tick:
            return None
        match self.state:
            case State.WAITING:
                return self._close(CloseCode.HELLO_TIMEOUT, "no hello")
            case State.GREETING:
                late = error(
                    ErrorCode.BUSY, "no welcome in time", retry_ms=round(limits.GREETING_TIMEOUT * 1000)
                )
                return self._close(CloseCode.INTERNAL, "no welcome", late)
            case State.OPEN:
                return self._tick_open(now)
            case State.CLOSING:
                return None

    def end(self) -> None:
        """The gateway closes the connection for its own reason."""
        self.state = State.CLOSING
        self.next_tick = inf

    def _tick_open(self, now: float) -> Verdict | None:
        if not self._pinged:
            if (due := self._proof_at + self._interval) > now:
                self.next_tick = due
                return None
            self._pinged = True
            self.next_tick = now + limits.PONG_TIMEOUT
            return Reply(ServerPing(int(now) % _PING_TOKENS))
        if self._excused or not self.reading:
            self._excused = not self.reading  # once we read again, it gets a full PONG_TIMEOUT
            self.next_tick = now + limits.PONG_TIMEOUT
            return None
        return self._close(CloseCode.NO_PONG, "no pong")

    def _receive_first(self, frame: ClientFrame, now: float) -> Verdict:
        if type(frame) is Hello:
            self.state = State.GREETING
            self.next_tick = now + limits.GREETING_TIMEOUT
            return PASS
        reason = "hello must be the first frame"
        answer = error(ErrorCode.UNAUTHENTICATED, reason, rid=_rid(frame), ref=_ref(frame))
        return self._close(CloseCode.PROTOCOL_ERROR, reason, answer)

    def _receive_early(self, frame: ClientFrame) -> Verdict:
        """A frame before the welcome. Not reached by a gateway that sends the welcome before it reads on."""
        match frame:
            case Hello():
                return self._second_hello(frame)
            case (
                Send()
                | Watch()
                | Unwatch()
                | Answer()
                | Attach()
                | Stop()
                | StreamGet()
                | CopilotAsk()
                | CopilotStop()
                | CopilotGet()
            ):
                wait = error(
                    ErrorCode.BUSY, "wait for welcome", rid=frame.rid, retry_ms=1_000, ref=_ref(frame)
                )
                return Reply(wait)
            case _:
                return IGNORE

    def _receive_open(self, frame: ClientFrame, now: float) -> Verdict:  # noqa: C901  one total match
        assert self.role is not None
        if isinstance(frame, Hello):
            return self._second_hello(frame)
        if not self._afford(now):
            refused = self._too_many(rid=_rid(frame), ref=_ref(frame))
            # A frame without a rid gets no error, so that a flood of pings causes no flood of errors.
            named = type(refused) is Close or isinstance(frame, _ANSWERED)
            return refused if named else IGNORE
        if type(frame) not in _ALLOWED[self.role]:
            reason = "not allowed for this role"
            return Reply(error(ErrorCode.FORBIDDEN, reason, rid=_rid(frame), ref=_ref(frame)))
        match frame:
            case Send() | Answer() | Attach() | CopilotAsk():
                self._proof_at = now  # a sign of life that gets a reply, as a ping would
                return PASS
            case Read() | Watch() | Unwatch() | Stop() | StreamGet() | ChooseOwner():
                return PASS
            case CopilotStop() | CopilotGet():
                return PASS
            case Ping():
                return Reply(ServerPong(frame.token))
            case Pong():
                return IGNORE
            case Page():
                return self._page(now)
            case Identify():
                return self._identify(now)
            case Typing() | Filling():
                return self._typing(frame, now)
            case _:
                assert_never(frame)

    def _second_hello(self, frame: Hello) -> Close:
        answer = error(ErrorCode.BAD_FRAME, "a second hello", rid=frame.rid)
        return self._close(CloseCode.PROTOCOL_ERROR, "a second hello", answer)

    def _page(self, now: float) -> Verdict:
        if now < self._page_due - limits.PAGE_SLACK:
            return IGNORE
        self._page_due = max(self._page_due, now) + limits.PAGE_INTERVAL
        return PASS

    def _identify(self, now: float) -> Verdict:
        if now < self._identify_due - limits.PAGE_SLACK:
            return IGNORE
        self._identify_due = now + limits.IDENTIFY_INTERVAL
        return PASS

    def _typing(self, frame: Typing | Filling, now: float) -> Verdict:
        if frame == self._typed and now < self._typed_at + limits.TYPING_INTERVAL:
            return IGNORE
        self._typed, self._typed_at = frame, now
        return PASS

    def _afford(self, now: float) -> bool:
        """Takes one token of the bucket for this frame; whether there was one."""
        tokens = min(self._burst, self._tokens + (now - self._refilled) * self._rate) - 1
        self._refilled = now
        self._tokens = tokens
        return tokens >= 0

    def _too_many(self, *, rid: int, ref: bytes | None) -> Reply | Close:
        """Refuses a frame over the rate limit; closes at a debt of a whole burst: a flood within a second."""
        retry_ms = round((1 - self._tokens) / self._rate * 1000)
        answer = error(ErrorCode.RATE_LIMITED, "rate limit exceeded", rid=rid, retry_ms=retry_ms, ref=ref)
        if self._tokens < -self._burst:
            return self._close(CloseCode.RATE_LIMIT, "rate limit exceeded", answer)
        return Reply(answer)

    def _close(self, code: CloseCode, reason: str, frame: Error | None = None) -> Close:
        self.end()
        return Close(code, reason, frame)


def _chance(now: float) -> float:
    """A number in [0, 1) from the digits of the time: random enough to spread pings, without a source."""
    return now * 9973.0 % 1.0


def _rid(frame: ClientFrame) -> int:
    return frame.rid if isinstance(frame, Hello | _ANSWERED) else 0


def _ref(frame: ClientFrame) -> bytes | None:
    return frame.ref if isinstance(frame, Send | Answer | Attach | CopilotAsk) else None
