"""What is recorded of a turn, so that another workflow can be run against it: written and read here.

A question and an answer stand on the turn's page as JSON, the end as what the last step was sent.
"""

import itertools
from collections.abc import Sequence
from typing import Any, Final, Literal, TypeVar

import msgspec

from core.assistant.context import Message
from core.assistant.engine import TOO_LONG
from core.assistant.graph import NodeId
from core.assistant.passages import numbered
from core.assistant.requests import NOT_COVERED
from core.assistant.turn import Ask, Call, End, Fail, Failed, HandOff, Position, Ran, Replied, Turn, Wait

RESTARTED: Final = "restarted"  # outcome of a step: what came before it is no part of the turn any more
FAILED: Final = ": failed"  # ends the outcome of a tool's step
BEFORE_MESSAGES: Final = ',"messages":['
"""Ends the question in the JSON of a request: within its strings the quotes are escaped."""

T = TypeVar("T")
EndKind = Literal["wait", "handoff", "end", "fail"]


class Question(msgspec.Struct, frozen=True):
    """What a model was asked. Equal ones are the same question, whichever node asks.

    `tools`: names, sorted. `exchanges`: how many of its answers with calls came before, at this node.
    """

    instruction: str
    tools: tuple[str, ...] = ()
    required: bool = False
    strict: bool = False
    exchanges: int = 0


class Ended(msgspec.Struct, frozen=True):
    """How the engine ended a turn. `own`: its message is the workflow's, and no text of the project.

    `reason`: of a hand-over. `began` and `at`: positions. `path`: every node that was entered. `intent`: of
    the visitor; "": it was not asked for. `articles`: titles of those that the model was given, as numbered.
    `late`: the turn's time was over when the last effect had its result; None: an earlier release ended it.
    """

    end: EndKind
    path: tuple[NodeId, ...]
    own: bool
    reason: str
    began: Position
    at: Position
    facts: dict[str, str]
    intent: str = ""
    articles: tuple[str, ...] = ()
    late: bool | None = None


class Step(msgspec.Struct, frozen=True):
    """A row of a turn's steps. `tokens`: of the answer."""

    kind: str
    outcome: str
    sent: str
    received: str
    tokens: int = 0


class UsedTool(msgspec.Struct, frozen=True):
    """A tool that ran."""

    tool: str
    arguments: dict[str, Any]


class Answer(msgspec.Struct, frozen=True):
    """Of the model. `late`: the turn's time was over when it came."""

    question: Question
    input: Replied | Failed
    late: bool = False


class ToolResult(msgspec.Struct, frozen=True):
    """Of a tool; `late` as in Answer."""

    used: UsedTool
    ran: Ran
    late: bool = False


class Recorded(msgspec.Struct, frozen=True):
    """A turn that the engine ended. `texts`: the visitor's messages. `error`: of a failed one.

    `text`: what the workflow said; "" where the visitor got a text of the project instead.
    """

    texts: tuple[str, ...]
    ended: Ended
    answers: tuple[Answer, ...] = ()
    results: tuple[ToolResult, ...] = ()
    text: str = ""
    error: str = ""


class _Request(msgspec.Struct, frozen=True):
    instruction: str
    tools: tuple[str, ...]
    required: bool
    strict: bool
    exchanges: int
    messages: Sequence[Message]  # the last: a long one is cut


class _Call(msgspec.Struct, frozen=True):
    name: str
    arguments: str


class _Reply(msgspec.Struct, frozen=True):
    text: str
    calls: tuple[_Call, ...]
    refused: bool | msgspec.UnsetType = msgspec.UNSET
    late: bool | msgspec.UnsetType = msgspec.UNSET
    cited: tuple[int, ...] | msgspec.UnsetType = msgspec.UNSET  # numbers of articles


def question(asked: Ask) -> Question:
    """The question of a request. A tool that the visitor's intent adds is no part of it."""
    names = tuple(sorted(offer.name for offer in asked.tools if offer.name != NOT_COVERED))
    return Question(asked.instruction, names, asked.required, asked.strict, len(asked.before))


def request_text(asked: Ask, messages: Sequence[Message]) -> str:
    """What a model was sent."""
    key = question(asked)
    return _text(_Request(key.instruction, key.tools, key.required, key.strict, key.exchanges, messages))


def reply_text(reply: Replied, *, late: bool) -> str:
    """What a model answered. `late`: after the turn's time."""
    calls = tuple(_Call(one.name, one.arguments) for one in reply.calls)
    return _text(
        _Reply(
            reply.text,
            calls,
            reply.refused or msgspec.UNSET,
            late or msgspec.UNSET,
            reply.cited or msgspec.UNSET,
        )
    )


def end_text(turn: Turn) -> str:
    """How the turn ended. It is over."""
    reason, own = "", bool(turn.text)
    match turn.effect:
        case HandOff():
            end: EndKind = "handoff"
            reason = turn.effect.reason
        case Wait():
            end = "wait"
        case End():
            end = "end"
        case Fail():
            end, own = "fail", False
        case _:
            raise AssertionError(turn.effect)
    titles = {number: one.title for number, one in numbered(turn.passages)}
    return _text(
        Ended(
            end,
            turn.entered,
            own,
            reason,
            turn.began,
            turn.at,
            turn.facts,
            turn.intent,
            tuple(titles.values()),
            _is_late(turn),
        )
    )


def _is_late(turn: Turn) -> bool:
    """The engine notes each result before it goes on; one that is late it does not."""
    too_long = isinstance(turn.effect, Fail) and turn.effect.code == TOO_LONG
    return too_long and bool(turn.steps) and turn.steps[-1].kind == "effect"


def read(texts: Sequence[str], steps: Sequence[Step]) -> Recorded | None:
    """A turn from its steps, in order; None: the engine did not end it, or too much was recorded to keep."""
    kept = _last_round(steps)
    if not kept or (ended := _decoded(kept[-1].sent, Ended)) is None:
        return None
    last = kept[-1]
    late = last.outcome == TOO_LONG if ended.late is None else ended.late
    answers = [found for step in kept if step.kind == "ask" and (found := _answer(step)) is not None]
    results = [
        _result(step, late=late and after is last)
        for step, after in itertools.pairwise(kept)
        if step.kind == "run"
    ]
    return Recorded(
        tuple(texts),
        ended,
        tuple(answers),
        tuple(results),
        last.received if ended.own else "",
        last.outcome if ended.end == "fail" else "",
    )


def _last_round(steps: Sequence[Step]) -> Sequence[Step]:
    """The steps since the visitor's further messages began the turn again."""
    restarts = [
        number for number, step in enumerate(steps) if step.kind == "outcome" and step.outcome == RESTARTED
    ]
    return steps[restarts[-1] + 1 :] if restarts else steps


def _answer(step: Step) -> Answer | None:
    """None: it was cut, or is of another form."""
    head, found, _ = step.sent.partition(BEFORE_MESSAGES)
    asked = _decoded(f"{head}}}" if found else step.sent, Question)
    if asked is None:
        return None
    if not step.received:
        return Answer(asked, Failed(step.outcome))
    reply = _decoded(step.received, _Reply)
    if reply is None:
        return None
    calls = tuple(Call(f"call_{n}", one.name, one.arguments) for n, one in enumerate(reply.calls))
    return Answer(
        asked,
        Replied(reply.text, calls, step.tokens, reply.refused is True),
        late=reply.late is True,
    )


def _result(step: Step, *, late: bool) -> ToolResult:
    ok = not step.outcome.endswith(FAILED)
    arguments = _decoded(step.sent, dict[str, Any])
    used = UsedTool(step.outcome.removesuffix(FAILED), arguments if arguments is not None else {})
    return ToolResult(used, Ran(ok, step.received), late)


def _text(made: msgspec.Struct) -> str:
    return msgspec.json.encode(made).decode()


def _decoded(text: str, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        return None
