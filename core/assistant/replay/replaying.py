"""Runs a workflow against recorded turns of a conversation: which of their outcomes would it change? Pure.

The model's recorded answers are given to the same questions, whichever node asks them, and the recorded
results to the same tools. A question that was not asked in the recorded turn has no answer: the turn is then
unknown from there on.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from core.assistant import engine
from core.assistant.graph import NodeId, Workflow
from core.assistant.passages import Known
from core.assistant.replay.recording import Answer, EndKind, Question, Recorded, UsedTool, question
from core.assistant.turn import (
    MAX_MS,
    Ask,
    Effect,
    Fail,
    HandOff,
    Input,
    Position,
    Ran,
    Run,
    Said,
    Turn,
    Wait,
    cut,
)

DONE: Final = Ran(ok=True, words="Done.")  # of a tool that did not run in the recorded turn

OutcomeEnd = EndKind | Literal["unknown", "person"]


class Outcome(msgspec.Struct, frozen=True):
    """What a turn came to. `path`: the nodes that were entered. `handoff`: the reason; None: none.

    `text`: what the workflow said; "" where the visitor got a text of the project. `error`: of a failed one.
    `end` unknown: the model was asked something that was not recorded. `end` person: the workflow has handed
    the conversation over in an earlier turn.
    """

    path: tuple[NodeId, ...]
    end: OutcomeEnd
    tools: tuple[UsedTool, ...] = ()
    handoff: str | None = None
    text: str = ""
    error: str = ""


class Compared(msgspec.Struct, frozen=True):
    """A turn as it was, and as the workflow would do it. `texts`: the visitor's messages.

    `changed`: the outcomes differ; of an unknown one, what is known of it. `intent`: the visitor's, of both.
    `articles`: titles of those that the recorded turn was given.
    """

    texts: tuple[str, ...]
    recorded: Outcome
    draft: Outcome
    changed: bool
    intent: str = ""
    articles: tuple[str, ...] = ()

    @property
    def unknown(self) -> bool:
        """Whether the model was asked something that was not recorded."""
        return self.draft.end == "unknown"


def replay(workflow: Workflow, turns: Sequence[Recorded]) -> list[Compared]:
    """The recorded turns of one conversation, in order, and what the workflow makes of each."""
    run = _Conversation(workflow)
    return [run.turn(recorded) for recorded in turns]


class _Conversation:
    """Where the workflow stands between two turns."""

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self._at: Position | None = None  # None: where the recording was
        self._left: Position | None = None  # where the recording stood after its last turn
        self._handed_over = False  # by the workflow, and not in the recording

    def turn(self, recorded: Recorded) -> Compared:
        was = _recorded(recorded)
        made = Outcome((), "person") if self._handed_over else self._run(recorded)
        if was.end == "handoff":
            self._handed_over = False  # a further turn says that it was given back
        elif made.end == "handoff":
            self._handed_over = True
        self._left = recorded.ended.at
        ended = recorded.ended
        return Compared(recorded.texts, was, made, _differs(was, made), ended.intent, ended.articles)

    def _run(self, recorded: Recorded) -> Outcome:
        tape = _Tape(recorded)
        used: list[UsedTool] = []
        turn = engine.begin(
            self._workflow, self._position(recorded), recorded.texts, facts=recorded.ended.facts
        )
        while not turn.over:
            effect, known = turn.effect, Known(recorded.ended.intent)
            if isinstance(effect, Ask) and effect.spoken and known.intent and not turn.intent:
                turn = engine.inform(self._workflow, turn, known)
                continue
            if isinstance(turn.effect, Run):
                used.append(UsedTool(turn.effect.tool, turn.effect.arguments))
            if (played := tape.play(turn.effect)) is None:
                self._at = recorded.ended.at  # the best guess: as the recording went on
                return Outcome(turn.entered, "unknown", tuple(used))
            elapsed = MAX_MS if played.late else 0
            turn = engine.proceed(self._workflow, turn, played.input, elapsed=elapsed)
        self._at = turn.at
        return _ended(turn, tuple(used))

    def _position(self, recorded: Recorded) -> Position:
        """Where the workflow stands; where the recording was moved between two turns, so is the workflow."""
        began = recorded.ended.began
        if self._at is None or self._left is None or not _same(began, self._left):
            return began
        return self._at


class _Played(msgspec.Struct, frozen=True):
    input: Input
    late: bool = False


class _Tape:
    """The answers of one turn. Those of the same question are given in order, the last one again."""

    def __init__(self, recorded: Recorded) -> None:
        self._answers: dict[Question, list[Answer]] = {}
        for answer in recorded.answers:
            self._answers.setdefault(answer.question, []).append(answer)
        self._results = list(recorded.results)

    def play(self, effect: Effect) -> _Played | None:
        """What the engine receives; None: nothing was recorded."""
        match effect:
            case Ask():
                return self._answer(effect)
            case Run():
                return self._result(effect)
            case _:
                return _Played(Said())

    def _answer(self, asked: Ask) -> _Played | None:
        found = self._answers.get(question(asked))
        if not found:
            return None
        answer = found.pop(0) if len(found) > 1 else found[0]
        return _Played(answer.input, answer.late)

    def _result(self, run: Run) -> _Played:
        """Of the same arguments if it can be."""
        same = [one for one in self._results if one.used.tool == run.tool]
        if not same:
            return _Played(DONE)
        found = next((one for one in same if one.used.arguments == run.arguments), same[0])
        self._results.remove(found)
        return _Played(found.ran, found.late)


def _recorded(recorded: Recorded) -> Outcome:
    ended = recorded.ended
    return Outcome(
        ended.path,
        ended.end,
        tuple(one.used for one in recorded.results),
        ended.reason if ended.end == "handoff" else None,
        recorded.text,
        recorded.error,
    )


def _ended(turn: Turn, used: tuple[UsedTool, ...]) -> Outcome:
    text = cut(turn.text)
    match turn.effect:
        case HandOff(reason):
            return Outcome(turn.entered, "handoff", used, reason, text)
        case Fail(code):
            return Outcome(turn.entered, "fail", used, error=code)
        case Wait():
            return Outcome(turn.entered, "wait", used, text=text)
        case _:
            return Outcome(turn.entered, "end", used, text=text)


def _differs(was: Outcome, made: Outcome) -> bool:
    if made.end != "unknown":
        return was != made
    return (
        was.path[: len(made.path)] != made.path or was.tools[: len(made.tools)] != made.tools
    )  # as far as it is known


def _same(one: Position, other: Position) -> bool:
    """The same place, of whatever version."""
    return (one.node, one.variables, one.asked) == (other.node, other.variables, other.asked)
