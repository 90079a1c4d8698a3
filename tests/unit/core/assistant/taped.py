"""Conversations that are recorded as the worker records them."""

from collections.abc import Callable

import msgspec

from core.assistant import context, engine
from core.assistant.context import Conversation
from core.assistant.graph import Workflow
from core.assistant.replay import recording
from core.assistant.replay.recording import Recorded, Step
from core.assistant.turn import (
    MAX_MS,
    Ask,
    Effect,
    Fail,
    Failed,
    HandOff,
    Input,
    Position,
    Ran,
    Replied,
    Run,
    Said,
    Say,
    Turn,
    cut,
)
from tests.unit.core.assistant.drawn import FACTS

DONE = Ran(ok=True, words="Done.")
Player = Callable[[Turn], tuple[Input, int]]
"""What the engine receives for the turn's effect, and ms since the turn began."""


class Tape:
    """One conversation."""

    def __init__(self, drawn: Workflow) -> None:
        self.drawn = drawn
        self.position = Position(3, drawn.start)
        self.turns: list[Recorded] = []
        self.steps: list[list[Step]] = []  # of each turn

    def turn(self, message: str, *answers: Input, tool: Input = DONE) -> Turn:
        """The model's answers, in order."""
        left = list(answers)

        def play(turn: Turn) -> tuple[Input, int]:
            match turn.effect:
                case Ask():
                    return left.pop(0), 0
                case Run():
                    return tool, 0
                case _:
                    return Said(), 0

        turn = self.run(message, play)
        assert left == [], "the engine asked for less"
        return turn

    def run(self, message: str, play: Player) -> Turn:
        """A turn to its end."""
        steps: list[Step] = []
        turn = engine.begin(self.drawn, self.position, [message], facts=FACTS)
        while not turn.over:
            effect = turn.effect
            received, elapsed = play(turn)
            turn = engine.proceed(self.drawn, turn, received, elapsed=elapsed)
            if not isinstance(effect, Say):
                steps.append(_step(effect, received, message, late=elapsed >= MAX_MS))
        steps.append(_last(turn))
        self.position = turn.at
        read = recording.read([message], steps)
        assert read is not None
        self.turns.append(read)
        self.steps.append(steps)
        return turn


def _step(effect: Effect, received: Input, message: str, *, late: bool) -> Step:
    match effect, received:
        case Ask(), Failed(code):
            return Step("ask", code, _sent(effect, message), "")
        case Ask(), Replied():
            answer = recording.reply_text(received, late=late)
            return Step("ask", "…", _sent(effect, message), answer, received.tokens)
        case Run(), Ran():
            outcome = effect.tool if received.ok else effect.tool + recording.FAILED
            return Step("run", outcome, msgspec.json.encode(effect.arguments).decode(), received.words)
    raise AssertionError(effect, received)


def _sent(asked: Ask, message: str) -> str:
    return recording.request_text(asked, context.messages(asked, Conversation(answered=(message,))))


def _last(turn: Turn) -> Step:
    """Where the workflow says nothing, the visitor gets a text of the project."""
    said = "" if isinstance(turn.effect, Fail) else cut(turn.text)
    outcome = turn.effect.code if isinstance(turn.effect, Fail) else "completed"
    if isinstance(turn.effect, HandOff):
        outcome = "handed over"
    return Step("say", outcome, recording.end_text(turn), said or "A person will answer.")
