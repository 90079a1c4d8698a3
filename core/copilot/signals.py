"""Signals about the turns of agents' copilot sessions, for the sockets of one agent. See core.signals."""

from typing import Any

import msgspec

from core.ids import ProjectId, UserId


class CopilotStarted(msgspec.Struct, array_like=True, tag=53, frozen=True):
    """The copilot answers the `number`th message of a session of `user`. `intent`: what it takes it for."""

    project: ProjectId
    user: UserId
    session: bytes
    turn: bytes
    number: int
    intent: str


class CopilotStatus(msgspec.Struct, array_like=True, tag=54, frozen=True):
    """What it does; an open word."""

    project: ProjectId
    user: UserId
    session: bytes
    turn: bytes
    stage: str


class CopilotToken(msgspec.Struct, array_like=True, tag=55, frozen=True):
    """The next part of its text: the `n`th, after `offset` code points."""

    project: ProjectId
    user: UserId
    session: bytes
    turn: bytes
    n: int
    offset: int
    text: str


class CopilotEnded(msgspec.Struct, array_like=True, tag=56, frozen=True):
    """The turn is over, and its answer is committed."""

    project: ProjectId
    user: UserId
    session: bytes
    turn: bytes
    message: bytes
    number: int


class SocialGenerated(msgspec.Struct, array_like=True, tag=57, frozen=True):
    """The turn is over, and the draft is committed in this version. `social`: as the API serves it."""

    project: ProjectId
    user: UserId
    session: bytes
    turn: bytes
    message: bytes
    number: int
    draft: bytes
    version: int
    social: dict[str, Any]


class CopilotStopped(msgspec.Struct, array_like=True, tag=58, frozen=True):
    """The agent ended the turn. `message`: what it had said; None: nothing."""

    project: ProjectId
    user: UserId
    session: bytes
    turn: bytes
    message: bytes | None
    number: int


class CopilotFailed(msgspec.Struct, array_like=True, tag=59, frozen=True):
    """The turn failed with a code."""

    project: ProjectId
    user: UserId
    session: bytes
    turn: bytes
    code: str
    retryable: bool


CopilotSignal = (
    CopilotStarted
    | CopilotStatus
    | CopilotToken
    | CopilotEnded
    | SocialGenerated
    | CopilotStopped
    | CopilotFailed
)
"""For the sockets of one agent."""
