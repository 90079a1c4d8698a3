"""The session under any order of frames, answers and time, on a virtual clock."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from protocol import limits
from protocol.codes import CloseCode, ErrorCode, come_back
from protocol.errors import ProtocolError
from protocol.from_client import (
    OF_COPILOT,
    Answer,
    Attach,
    ChooseOwner,
    ClientFrame,
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
from protocol.from_server import Error
from protocol.from_server import Ping as ServerPing
from protocol.session import PASS, Close, Ignore, Pass, Reply, Role, Session, State, Verdict
from tests.unit.protocol.frames import client_frames, structs

FOR_ALL = (Read, Typing, Stop, StreamGet)
ONLY: dict[Role, tuple[type[Any], ...]] = {
    Role.VISITOR: (*FOR_ALL, Send, Page, Identify, Answer, Filling, Attach, ChooseOwner),
    Role.AGENT: (*FOR_ALL, Watch, Unwatch, *OF_COPILOT),
}

# Frames that end a connection are drawn rarely, or no connection would live to see the other rules.
RARELY = st.integers(0, 19).map(lambda drawn: drawn == 19)
ROLES = st.sampled_from([None, *Role, *Role])


class Connection(RuleBasedStateMachine):
    """A gateway that obeys every verdict, and a peer that sends anything."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0
        self.connect()

    def connect(self) -> None:
        self.session = Session(self.now)
        self.last_state = State.WAITING
        self.pending = 0
        self.commands: list[float] = []  # when each passed or was answered
        self.pages: list[float] = []
        self.identified: list[float] = []
        self.pinged_at: float | None = None

    def judge(self, verdict: Verdict) -> None:
        if isinstance(verdict, Close):
            assert self.session.state is State.CLOSING
            assert self.session.next_tick == float("inf")
            if verdict.frame is not None and verdict.frame.temporary:
                assert come_back(verdict.code), "a temporary error must not close permanently"
        if isinstance(verdict, Reply) and isinstance(verdict.frame, Error):
            assert verdict.frame.temporary == (verdict.frame.retry_ms > 0)

    def give(self, frame: ClientFrame) -> None:
        before = self.session.state
        self.pinged_at = None
        verdict = self.session.receive(frame, self.now)
        self.judge(verdict)
        if before is State.CLOSING:
            assert isinstance(verdict, Ignore)
        elif before is State.WAITING:
            assert (verdict == PASS) == isinstance(frame, Hello)
        elif isinstance(verdict, Pass):
            assert self.session.role is not None
            assert isinstance(frame, ONLY[self.session.role]), "passed a frame that its role may not send"
            self.commands.append(self.now)
            if isinstance(frame, Page):
                self.pages.append(self.now)
            if isinstance(frame, Identify):
                self.identified.append(self.now)
            if isinstance(frame, Send) and self.pending <= limits.PENDING_COMMANDS:
                self.session.queued()
                self.pending += 1

    def greet(self, hello: Hello, role: Role | None) -> None:
        """Most connections are open from the start, or the other rules would rarely apply."""
        if role is not None:
            self.give(hello)
            self.session.welcomed(role, self.now)

    @initialize(hello=structs(Hello), role=ROLES)
    def the_first_peer_connects(self, hello: Hello, role: Role | None) -> None:
        self.greet(hello, role)

    @precondition(lambda self: self.session.state is State.CLOSING)
    @rule(frame=client_frames, hello=structs(Hello), role=ROLES)
    def the_next_peer_connects(self, frame: ClientFrame, hello: Hello, role: Role | None) -> None:
        self.give(frame)
        self.connect()
        self.greet(hello, role)

    @rule(frame=client_frames, ends=RARELY)
    def the_peer_sends_anything(self, frame: ClientFrame, ends: bool) -> None:
        if ends or (self.session.state is State.OPEN and not isinstance(frame, Hello)):
            self.give(frame)

    @precondition(lambda self: self.session.state is State.WAITING)
    @rule(frame=structs(Hello))
    def the_peer_says_hello(self, frame: Hello) -> None:
        self.give(frame)

    @precondition(lambda self: self.session.state in {State.GREETING, State.OPEN})
    @rule(frame=structs(Send) | structs(Page) | structs(Ping) | structs(Pong), count=st.integers(1, 45))
    def the_peer_repeats_a_frame(self, frame: ClientFrame, count: int) -> None:
        for _ in range(count):
            self.give(frame)

    @rule(ref=st.binary(min_size=16, max_size=16), ends=RARELY)
    def the_peer_sends_garbage(self, ref: bytes | None, ends: bool) -> None:
        ref = None if ends else ref
        was = self.session.state
        verdict = self.session.broken(ProtocolError(ErrorCode.BAD_FRAME, "no frame", ref=ref), self.now)
        self.judge(verdict)
        self.pinged_at = None
        if was is not State.CLOSING and ref is None:
            assert isinstance(verdict, Close)

    @precondition(lambda self: self.session.state is State.GREETING)
    @rule(role=st.sampled_from(Role))
    def the_gateway_welcomes(self, role: Role) -> None:
        self.session.welcomed(role, self.now)
        self.commands.clear()
        self.pages.clear()
        self.identified.clear()

    @precondition(lambda self: self.pending > 0)
    @rule(data=st.data())
    def commands_are_answered(self, data: st.DataObject) -> None:
        count = data.draw(st.integers(1, self.pending))
        self.session.settled(count)
        self.pending -= count

    @rule(seconds=st.floats(0.001, 5) | st.floats(0.001, 40))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        due = self.session.next_tick <= self.now
        verdict = self.session.tick(self.now)
        if not due:
            assert verdict is None
        if verdict is None:
            return
        self.judge(verdict)
        if isinstance(verdict, Reply):
            assert isinstance(verdict.frame, ServerPing)
            self.pinged_at = self.now
        elif isinstance(verdict, Close) and verdict.code == CloseCode.NO_PONG:
            assert self.pinged_at is not None, "closed for a missing pong without a ping"
            assert self.now - self.pinged_at >= limits.PONG_TIMEOUT

    @rule()
    def bytes_arrive(self) -> None:
        self.session.heard(self.now)
        self.pinged_at = None

    @invariant()
    def the_state_only_moves_forward(self) -> None:
        assert self.session.state >= self.last_state
        self.last_state = self.session.state

    @invariant()
    def the_role_is_known_once_open(self) -> None:
        if self.session.state is State.OPEN:
            assert self.session.role is not None
        if self.session.state < State.OPEN:
            assert self.session.role is None

    @invariant()
    def the_next_tick_is_within_a_heartbeat(self) -> None:
        if self.session.state is not State.CLOSING:
            assert self.session.next_tick <= self.now + limits.HEARTBEAT * (1 + limits.HEARTBEAT_SPREAD)

    @invariant()
    def reading_depends_on_pending_commands(self) -> None:
        assert self.session.reading == (self.pending <= limits.PENDING_COMMANDS)

    @invariant()
    def no_more_commands_pass_than_the_bucket_holds(self) -> None:
        for first, since in enumerate(self.commands):
            allowed = limits.COMMANDS_BURST + (self.now - since) * limits.COMMANDS_PER_SECOND
            assert len(self.commands) - first <= allowed + 1e-6

    @invariant()
    def at_most_one_page_in_two_seconds_passes(self) -> None:
        for first, since in enumerate(self.pages):
            allowed = 1 + (self.now - since + limits.PAGE_SLACK) / limits.PAGE_INTERVAL
            assert len(self.pages) - first <= allowed + 1e-6

    @invariant()
    def at_most_one_identify_in_two_seconds_passes(self) -> None:
        times = zip(self.identified, self.identified[1:], strict=False)
        assert all(next_one - one >= limits.IDENTIFY_INTERVAL - limits.PAGE_SLACK for one, next_one in times)


TestConnection = Connection.TestCase
TestConnection.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
