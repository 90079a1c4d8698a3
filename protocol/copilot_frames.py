"""Hop 8: the frames that a server sends about an agent's copilot sessions."""

from typing import Final

import msgspec

from protocol.values import CopilotText, Id, Milliseconds, Seq, Social, Word


class CopilotAsked(msgspec.Struct, array_like=True, tag=50, frozen=True):
    """To every socket of the agent: the question is stored, as the `number`th message of the session.

    `waiting`: another turn of the session runs; this one begins after it.
    """

    session: Id
    ref: Id
    message: Id
    number: Seq
    at: Milliseconds
    waiting: bool = False


class CopilotStart(msgspec.Struct, array_like=True, tag=51, frozen=True):
    """The copilot begins to answer the `number`th message. `intent`: what it takes the question for."""

    session: Id
    turn: Id
    number: Seq
    intent: Word


class CopilotStatus(msgspec.Struct, array_like=True, tag=52, frozen=True):
    """What it does: `thinking`, `searching`, `writing`, `checking` or `repairing`."""

    session: Id
    turn: Id
    stage: Word


class CopilotToken(msgspec.Struct, array_like=True, tag=53, frozen=True):
    """The next part of the text. `n` counts them from 0; `offset`: code points before it."""

    session: Id
    turn: Id
    n: Seq
    offset: Seq
    text: CopilotText


class CopilotEnd(msgspec.Struct, array_like=True, tag=54, frozen=True):
    """The turn is over, and its answer is stored."""

    session: Id
    turn: Id
    message: Id
    number: Seq


class SocialGenerated(msgspec.Struct, array_like=True, tag=55, frozen=True):
    """The turn is over, and has made posts for social networks, or changed those of a draft: both are stored.

    Comes instead of `copilotend`. `social`: `{posts, warnings}`, as REST serves the draft in this version.
    """

    session: Id
    turn: Id
    message: Id
    number: Seq
    draft: Id
    version: Seq
    social: Social


class CopilotStopped(msgspec.Struct, array_like=True, tag=56, frozen=True):
    """The agent ended the turn. `message`: what was said until then; null: nothing is kept of it."""

    session: Id
    turn: Id
    message: Id | None
    number: Seq


class CopilotFailed(msgspec.Struct, array_like=True, tag=57, frozen=True):
    """The turn has failed, and has no answer."""

    session: Id
    turn: Id
    code: Word
    retryable: bool


OF_COPILOT: Final = (
    CopilotAsked,
    CopilotStart,
    CopilotStatus,
    CopilotToken,
    CopilotEnd,
    SocialGenerated,
    CopilotStopped,
    CopilotFailed,
)
"""Frames of one agent's copilot sessions: no other person gets them."""
