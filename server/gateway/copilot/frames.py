"""Hop 8: the frames for what the copilot does in an agent's session."""

from typing import Final, assert_never

from core import events
from core.bus.copilot.turns import CopilotSnapshot
from core.copilot import signals
from core.errors import Refusal
from protocol import copilot_frames, from_server
from protocol.codes import ErrorCode

_CODES: Final = {
    Refusal.NOT_FOUND: ErrorCode.NOT_FOUND,
    Refusal.CONFLICT: ErrorCode.CONFLICT,
    Refusal.TOO_MANY: ErrorCode.BUSY,
}


def asked(event: events.CopilotAsked) -> copilot_frames.CopilotAsked:
    return copilot_frames.CopilotAsked(
        event.session, event.ref, event.message, event.number, event.at, event.waiting
    )


def refused(event: events.CopilotRefused, *, rid: int) -> from_server.Error:
    # A reason of a later release counts as final: the client must not send it again.
    code = next((code for reason, code in _CODES.items() if reason == event.reason), ErrorCode.FORBIDDEN)
    return from_server.error(code, str(event.reason), rid=rid, ref=event.ref)


def streamed(signal: signals.CopilotSignal) -> from_server.ServerFrame:
    session, turn = signal.session, signal.turn
    match signal:
        case signals.CopilotStarted():
            return copilot_frames.CopilotStart(session, turn, signal.number, signal.intent)
        case signals.CopilotStatus():
            return copilot_frames.CopilotStatus(session, turn, signal.stage)
        case signals.CopilotToken():
            return copilot_frames.CopilotToken(session, turn, signal.n, signal.offset, signal.text)
        case signals.CopilotEnded():
            return copilot_frames.CopilotEnd(session, turn, signal.message, signal.number)
        case signals.SocialGenerated():
            return copilot_frames.SocialGenerated(
                session,
                turn,
                signal.message,
                signal.number,
                signal.draft,
                signal.version,
                signal.social,
            )
        case signals.CopilotStopped():
            return copilot_frames.CopilotStopped(session, turn, signal.message, signal.number)
        case signals.CopilotFailed():
            return copilot_frames.CopilotFailed(session, turn, signal.code, signal.retryable)
        case _:
            assert_never(signal)


def so_far(session: bytes, found: CopilotSnapshot) -> list[from_server.ServerFrame]:
    """The frames for an agent's socket that joins a turn."""
    made: list[from_server.ServerFrame] = [
        copilot_frames.CopilotStart(session, found.turn, found.number, found.intent)
    ]
    if found.text:
        made.append(copilot_frames.CopilotToken(session, found.turn, max(0, found.n - 1), 0, found.text))
    else:
        made.append(copilot_frames.CopilotStatus(session, found.turn, found.stage))
    return made
