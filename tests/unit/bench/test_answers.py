"""The ledger of the assistant's turns detects tokens, messages and ends that do not fit, in any order."""

from typing import Any
from uuid import UUID

import pytest

from bench.load.assistant import model
from bench.verdict.answers import Answer, Frame, TurnVerdict
from protocol import from_server
from protocol.values import Person

TALK, TURN, FORMER, MESSAGE = b"c" * 16, b"t" * 16, b"f" * 16, b"m" * 16
ASSISTANT = Person("assistant", bytes(16), "Assistant")
WHOLE = "question and answer"


def start() -> Frame:
    return from_server.StreamStart(TALK, TURN, ASSISTANT)


def token(n: int, offset: int, text: str, *, turn: bytes = TURN) -> Frame:
    return from_server.StreamToken(TALK, turn, n, offset, text)


def end() -> Frame:
    return from_server.StreamEnd(TALK, TURN, MESSAGE, 2)


def stopped(message: bytes | None = MESSAGE) -> Frame:
    return from_server.StreamStopped(TALK, TURN, "visitor", message)


def failed() -> Frame:
    return from_server.StreamFailed(TALK, TURN, "provider_unavailable", True)


def said(body: str = WHOLE, *, turn: bytes = TURN, **content: Any) -> from_server.Message:
    named = {"type": "assistant_turn", "turn": str(UUID(bytes=turn))} | content
    return from_server.Message(TALK, 2, MESSAGE, None, ASSISTANT, 1, "text", body, {}, named)


TOKENS = [start(), token(0, 0, "question"), token(1, 8, " and answer")]


def verdict(*frames: Frame | from_server.Message) -> dict[str, int]:
    """The counts that are not zero."""
    found = TurnVerdict()
    answer = Answer(WHOLE, found, former=FORMER)
    for frame in frames:
        if isinstance(frame, from_server.Message):
            answer.say(frame)
        else:
            answer.take(frame)
    answer.judge()
    return {name: count for name in found.__struct_fields__ if (count := getattr(found, name))}


@pytest.mark.parametrize(
    "frames",
    [
        [*TOKENS, end(), said()],
        [*TOKENS, said(), end()],
        [*TOKENS[:2], said("question", stopped=True), stopped()],
        [start(), stopped(None)],
    ],
)
def test_a_whole_turn_is_clean(frames: list[Any]) -> None:
    assert verdict(*frames) == {}


@pytest.mark.parametrize(
    ("frames", "wrong"),
    [
        ([*TOKENS, said()], {"unanswered": 1}),
        ([*TOKENS, end()], {"unanswered": 1}),
        ([*TOKENS, end(), said(), end()], {"doubled": 1}),
        ([*TOKENS, end(), said(), stopped()], {"doubled": 1}),
        ([*TOKENS, end(), said(), said()], {"doubled": 1}),
        ([*TOKENS, end(), said(), TOKENS[-1]], {"late": 1}),
        ([token(0, 0, "x", turn=FORMER), *TOKENS, end(), said()], {"late": 1}),
        ([said(turn=FORMER), *TOKENS, end(), said()], {"doubled": 1}),
        ([*TOKENS, token(1, 8, " and answer"), end(), said()], {"gaps": 1, "altered": 1}),
        ([start(), token(0, 0, "question"), token(2, 8, " and answer"), end(), said()], {"gaps": 1}),
        ([*TOKENS, end(), said("another")], {"altered": 1}),
        ([*TOKENS, end(), said(turn=b"x" * 16)], {"altered": 1}),
        ([*TOKENS[:2], end(), said("question")], {"altered": 1}),
        ([*TOKENS[:2], said("question"), stopped()], {"altered": 1}),
        ([*TOKENS[:2], stopped(None)], {"altered": 1}),
        ([start(), failed(), said("Sorry.")], {"failed": 1}),
        ([start(), failed()], {"failed": 1, "unanswered": 1}),
    ],
)
def test_a_turn_that_is_not_of_one_piece_is_counted(frames: list[Any], wrong: dict[str, int]) -> None:
    assert verdict(*frames) == wrong


def test_every_answer_begins_with_its_question() -> None:
    assert model.answer("Where is it?").startswith("Where is it? ")
    assert model.answer("a") != model.answer("b")
    assert len(model.answer("one two three").split()) == 105, "5.3 s at 20 words a second"
    assert model.DELAY == 0.05
