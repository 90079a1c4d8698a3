"""The session of one connection: what it allows by role, by rate limit and by time."""

import itertools
from typing import Any

import pytest

from protocol import limits
from protocol.codec import MSGPACK
from protocol.codes import CloseCode, ErrorCode
from protocol.errors import ProtocolError
from protocol.from_client import (
    ChooseOwner,
    ClientFrame,
    Greeting,
    Hello,
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
from protocol.from_server import Pong as ServerPong
from protocol.session import IGNORE, PASS, Close, Reply, Role, Session, State, Verdict

ID = bytes(range(16))
HELLO = Hello(1, Greeting(project=ID, tab=ID))
SEND = Send(7, ID, None, "text", "x")
WATCH = Watch(8, "inbox")


def opened(role: Role = Role.VISITOR, now: float = 0.0, **rates: float) -> Session:
    session = Session(now)
    assert session.receive(HELLO, now) is PASS
    session.welcomed(role, now, **rates)
    return session


def closed(verdict: Verdict | None, code: CloseCode) -> Close:
    assert isinstance(verdict, Close), verdict
    assert verdict.code == code
    return verdict


def refused(verdict: Verdict, code: ErrorCode) -> Error:
    assert isinstance(verdict, Reply), verdict
    assert isinstance(verdict.frame, Error)
    assert verdict.frame.code == code
    return verdict.frame


@pytest.mark.parametrize(
    "frame", [SEND, Ping(1), Pong(1), WATCH, Read(ID, 1), Page("", ""), Typing(None, on=True)]
)
def test_a_peer_that_does_not_send_hello_first_is_closed_permanently(frame: ClientFrame) -> None:
    session = Session(0)
    verdict = closed(session.receive(frame, 0), CloseCode.PROTOCOL_ERROR)
    assert verdict.frame is not None
    assert verdict.frame.code == ErrorCode.UNAUTHENTICATED
    assert session.state is State.CLOSING


def test_a_hello_is_passed_on_and_the_role_is_known_only_after_the_welcome() -> None:
    session = Session(0)
    assert session.receive(HELLO, 1) is PASS
    assert session.role is None
    session.welcomed(Role.AGENT, 2)
    assert session.role is Role.AGENT


@pytest.mark.parametrize("greeted", [False, True])
def test_a_second_hello_closes_permanently(*, greeted: bool) -> None:
    session = Session(0)
    session.receive(HELLO, 0)
    if greeted:
        session.welcomed(Role.VISITOR, 0)
    verdict = closed(session.receive(HELLO, 0), CloseCode.PROTOCOL_ERROR)
    assert verdict.frame is not None
    assert (verdict.frame.code, verdict.frame.rid) == (ErrorCode.BAD_FRAME, 1)


def test_a_text_before_the_welcome_must_be_sent_again() -> None:
    session = Session(0)
    session.receive(HELLO, 0)
    error = refused(session.receive(SEND, 0), ErrorCode.BUSY)
    assert (error.rid, error.ref, error.temporary) == (7, ID, True)
    assert error.retry_ms > 0
    assert session.receive(Typing(None, on=True), 0) is IGNORE


ALLOWED: dict[Role, list[ClientFrame]] = {
    Role.VISITOR: [
        SEND,
        Read(ID, 1),
        Typing(None, on=True),
        Page("", ""),
        Stop(1, ID, ID),
        StreamGet(2, ID),
        ChooseOwner(ID, "person"),
    ],
    Role.AGENT: [
        WATCH,
        Unwatch(9, "inbox"),
        Read(ID, 1),
        Typing(ID, on=True),
        Stop(1, ID, ID),
        StreamGet(2, ID),
    ],
}


@pytest.mark.parametrize(("role", "frame"), [(role, frame) for role in Role for frame in ALLOWED[role]])
def test_each_role_may_send_its_own_frames(role: Role, frame: ClientFrame) -> None:
    assert opened(role).receive(frame, 0) is PASS


@pytest.mark.parametrize(
    ("role", "frame"),
    [
        (Role.VISITOR, WATCH),
        (Role.VISITOR, Unwatch(8, "inbox")),
        (Role.AGENT, SEND),
        (Role.AGENT, Page("", "")),
        (Role.AGENT, ChooseOwner(ID, "assistant")),
    ],
)
def test_no_role_may_send_the_frames_of_the_other(role: Role, frame: ClientFrame) -> None:
    session = opened(role)
    error = refused(session.receive(frame, 0), ErrorCode.FORBIDDEN)
    assert error.rid == getattr(frame, "rid", 0)
    assert error.ref == getattr(frame, "ref", None)
    assert session.state is State.OPEN


def test_agents_may_send_larger_frames_but_only_after_the_welcome() -> None:
    session = Session(0)
    assert session.frame_limit == limits.VISITOR_FRAME
    session.receive(HELLO, 0)
    session.welcomed(Role.AGENT, 0)
    assert session.frame_limit == limits.AGENT_FRAME
    assert opened(Role.VISITOR).frame_limit == limits.VISITOR_FRAME


def test_a_ping_is_answered_with_its_token_and_a_pong_with_nothing() -> None:
    session = opened()
    assert session.receive(Ping(42), 0) == Reply(ServerPong(42))
    assert session.receive(Pong(42), 0) is IGNORE


# Timeouts and the heartbeat.


def test_a_peer_that_sends_no_hello_in_five_seconds_is_closed_and_may_reconnect() -> None:
    session = Session(100)
    assert session.next_tick == 105
    assert session.tick(104.9) is None
    closed(session.tick(105), CloseCode.HELLO_TIMEOUT)
    assert session.tick(1_000) is None


def test_a_welcome_that_never_comes_closes_with_an_internal_error() -> None:
    session = Session(0)
    session.receive(HELLO, 4)
    assert session.tick(13.9) is None
    verdict = closed(session.tick(14), CloseCode.INTERNAL)
    assert verdict.frame is not None
    assert verdict.frame.temporary


def test_an_open_connection_is_pinged_within_the_heartbeat_and_its_jitter() -> None:
    for start in (0.0, 17.25, 1e6 + 0.001):
        session = opened(now=start)
        wait = session.next_tick - start
        assert 4 <= wait <= 25
        verdict = session.tick(session.next_tick)
        assert isinstance(verdict, Reply)
        assert isinstance(verdict.frame, ServerPing)
        assert MSGPACK.decode_server(MSGPACK.encode(verdict.frame)) == verdict.frame


def test_peers_that_connected_together_are_not_pinged_together() -> None:
    due = [opened(now=1_000 + n / 1_000).next_tick - (1_000 + n / 1_000) for n in range(1_000)]
    buckets = [0] * 10
    for wait in due:
        buckets[int((wait - 4) / 2.2)] += 1
    assert min(buckets) > 30
    assert max(buckets) < 200, "nor within a few seconds of each other"


def test_a_missing_pong_closes_after_ten_seconds() -> None:
    session = opened()
    pinged = session.next_tick
    session.tick(pinged)
    assert session.tick(pinged + 9.9) is None
    closed(session.tick(pinged + 10), CloseCode.NO_PONG)


def test_any_bytes_count_as_a_pong() -> None:
    session = opened()
    pinged = session.next_tick
    session.tick(pinged)
    session.heard(pinged + 9)
    assert session.tick(pinged + 15) is None
    assert isinstance(session.tick(session.next_tick), Reply)
    assert 20 <= session.next_tick - limits.PONG_TIMEOUT - pinged <= 34


def test_a_text_postpones_the_next_ping_because_the_client_gets_an_answer() -> None:
    session = opened()
    due = session.next_tick
    assert session.receive(SEND, due - 1) is PASS
    assert session.tick(due) is None
    assert 20 <= session.next_tick - (due - 1) <= 25
    assert isinstance(session.tick(session.next_tick), Reply)


def test_bytes_between_pings_do_not_postpone_the_next_ping() -> None:
    # The client depends on pings: it disconnects after 40 s without any frame of ours.
    session = opened()
    due = session.next_tick
    session.heard(due - 1)
    assert isinstance(session.tick(due), Reply)


def test_a_peer_that_is_not_read_is_not_closed_for_its_unread_pong() -> None:
    session = opened()
    for _ in range(limits.PENDING_COMMANDS + 1):
        session.queued()
    assert not session.reading
    session.tick(session.next_tick)
    assert session.tick(session.next_tick) is None, "it is not read, so its pong cannot arrive"
    session.settled(limits.PENDING_COMMANDS + 1)
    assert session.tick(session.next_tick - 1) is None
    assert session.tick(session.next_tick) is None, "its pong may be among the bytes that are read now"
    closed(session.tick(session.next_tick), CloseCode.NO_PONG)


def test_reading_pauses_beyond_eight_pending_commands_and_resumes_after_an_answer() -> None:
    session = opened()
    for _ in range(8):
        session.queued()
    assert session.reading
    session.queued()
    assert not session.reading
    session.settled()
    assert session.reading


# Rate limits.


def test_a_burst_of_thirty_is_allowed_and_then_ten_a_second() -> None:
    session = opened()
    verdicts = [session.receive(SEND, 0) for _ in range(31)]
    assert verdicts[:30] == [PASS] * 30
    error = refused(verdicts[30], ErrorCode.RATE_LIMITED)
    assert (error.rid, error.ref, error.temporary) == (7, ID, True)
    assert session.receive(SEND, error.retry_ms / 1000) is PASS


def test_ten_a_second_may_go_on_indefinitely() -> None:
    session = opened()
    assert all(session.receive(SEND, n / 10) is PASS for n in range(10_000))


@pytest.mark.parametrize("frame", [SEND, Ping(1), Pong(1), Page("", ""), Typing(None, on=True), WATCH])
def test_a_flood_of_any_frame_is_closed_within_a_second(frame: ClientFrame) -> None:
    session = opened()
    for n in range(200):
        verdict = session.receive(frame, n / 200)
        if isinstance(verdict, Close):
            closed(verdict, CloseCode.RATE_LIMIT)
            assert verdict.frame is not None
            assert verdict.frame.retry_ms >= 3_000
            return
    pytest.fail("still open after 200 frames in one second")


def test_a_flood_of_broken_texts_is_closed_too() -> None:
    session = opened()
    broken = ProtocolError(ErrorCode.TOO_LARGE, "body", rid=7, ref=ID)
    verdicts = [session.broken(broken, 0) for _ in range(61)]
    refused(verdicts[0], ErrorCode.TOO_LARGE)
    refused(verdicts[30], ErrorCode.RATE_LIMITED)
    closed(verdicts[60], CloseCode.RATE_LIMIT)


@pytest.mark.parametrize("state", [State.WAITING, State.OPEN])
def test_a_flood_of_control_frames_is_closed_before_and_after_hello(state: State) -> None:
    session = opened() if state is State.OPEN else Session(0)
    verdicts = [session.control(0) for _ in range(61)]
    assert not any(isinstance(verdict, Reply | Close) for verdict in verdicts[:60])
    closed(verdicts[60], CloseCode.RATE_LIMIT)
    assert session.control(0) is IGNORE


def test_a_control_frame_counts_as_a_pong_and_against_the_rate_limit() -> None:
    session = opened()
    pinged = session.next_tick
    session.tick(pinged)
    assert session.control(pinged + 9) is IGNORE
    assert session.tick(pinged + 10) is None
    later = pinged + 100
    assert [session.control(later) for _ in range(30)] == [IGNORE] * 30
    refused(session.receive(SEND, later), ErrorCode.RATE_LIMITED)


def test_a_ping_flood_is_not_answered_by_a_flood() -> None:
    session = opened()
    answered = [session.receive(Ping(1), 0) for _ in range(60)]
    assert sum(isinstance(verdict, Reply) for verdict in answered) == 30


def test_the_gateway_may_set_other_rate_limits() -> None:
    session = opened(commands_per_second=1, burst=2)
    assert [session.receive(SEND, 0) for _ in range(2)] == [PASS, PASS]
    assert refused(session.receive(SEND, 0), ErrorCode.RATE_LIMITED).retry_ms == 2_000


def test_at_most_one_page_in_two_seconds_passes() -> None:
    session = opened()
    passed = [n / 10 for n in range(0, 200, 2) if session.receive(Page("", ""), n / 10) is PASS]
    assert 10 <= len(passed) <= 11
    assert all(later - earlier >= 1.5 for earlier, later in itertools.pairwise(passed))


def test_a_page_that_arrives_slightly_early_passes() -> None:
    session = opened()
    assert session.receive(Page("", ""), 0) is PASS
    assert session.receive(Page("", ""), 1.8) is PASS
    assert session.receive(Page("", ""), 3.4) is IGNORE, "the slack does not add up"


def test_repeated_typing_is_dropped_and_its_end_passes_at_once() -> None:
    session = opened(Role.AGENT)
    assert session.receive(Typing(ID, on=True), 0) is PASS
    assert session.receive(Typing(ID, on=True), 0.5) is IGNORE
    assert session.receive(Typing(ID, on=False), 0.6) is PASS
    assert session.receive(Typing(ID, on=True), 0.7) is PASS
    assert session.receive(Typing(bytes(16), on=True), 0.8) is PASS
    assert session.receive(Typing(bytes(16), on=True), 1.9) is PASS


# Invalid frames, and the end.


def test_bytes_that_are_not_a_frame_close_permanently() -> None:
    session = opened()
    verdict = closed(
        session.broken(ProtocolError(ErrorCode.BAD_FRAME, "no frame"), 0), CloseCode.PROTOCOL_ERROR
    )
    assert verdict.frame is not None
    assert verdict.frame.code == ErrorCode.BAD_FRAME


def test_a_refused_text_does_not_end_the_connection() -> None:
    session = opened()
    broken = ProtocolError(ErrorCode.TOO_LARGE, "body", rid=7, ref=ID)
    error = refused(session.broken(broken, 0), ErrorCode.TOO_LARGE)
    assert (error.rid, error.ref, error.temporary) == (7, ID, False)
    assert session.receive(SEND, 0) is PASS


def test_a_broken_text_before_hello_ends_the_connection() -> None:
    broken = ProtocolError(ErrorCode.TOO_LARGE, "body", rid=7, ref=ID)
    closed(Session(0).broken(broken, 0), CloseCode.PROTOCOL_ERROR)


def everything(session: Session) -> list[Any]:
    return [
        session.receive(SEND, 1e6),
        session.receive(HELLO, 1e6),
        session.broken(ProtocolError(ErrorCode.BAD_FRAME, "no frame"), 1e6),
    ]


def test_after_the_end_every_frame_is_ignored() -> None:
    session = opened()
    session.end()
    assert everything(session) == [IGNORE] * 3
    assert session.tick(1e9) is None
