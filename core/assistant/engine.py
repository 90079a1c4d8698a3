"""Executes a workflow, one effect at a time. Pure: no clock, no await, no provider.

    turn = engine.begin(workflow, position, messages, facts=facts)
    while not turn.over:
        received = …                                    # carry out turn.effect
        turn = engine.proceed(workflow, turn, received, elapsed=ms)
    turn.at                                         # where the conversation is now

It always ends within the bounds of turn.py, whatever the graph, the model and the tools do: every effect but
the last two of a turn is a step, and steps are counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import msgspec

from core.assistant import passages, requests, tools, values, variables
from core.assistant.graph import (
    Action,
    Collect,
    Condition,
    Handoff,
    Model,
    NodeId,
    Start,
    Switch,
    Workflow,
)
from core.assistant.graph import End as EndNode
from core.assistant.passages import Known
from core.assistant.tools import BadArguments
from core.assistant.turn import (
    MAX_ASKED_AGAIN,
    MAX_CALLS,
    MAX_MS,
    MAX_STEPS,
    MAX_TOKENS,
    MAX_VISITS,
    Ask,
    Call,
    End,
    Exchange,
    Fail,
    Failed,
    HandOff,
    Input,
    Last,
    Position,
    Ran,
    Replied,
    Result,
    Run,
    Said,
    Say,
    Step,
    Turn,
    Wait,
    cut,
    joined,
)
from core.text import names

TOO_LONG = "turn_too_long"  # the code of every bound
NOT_WIRED = "not_wired"
EMPTY = "empty_answer"
REFUSED = "refused"
NOT_COLLECTED = "The visitor did not give a value that was asked for."
ASKED_FOR_PERSON = "The visitor asks for a person."


class TurnOver(Exception):
    """The turn has ended, or was received what it did not ask for: a fault of the caller."""


def begin(
    workflow: Workflow,
    position: Position,
    messages: Sequence[str],
    *,
    facts: Mapping[str, str],
    choices: requests.Choices = requests.NO_CHOICES,
) -> Turn:
    """The first effect of a turn that answers these messages. A position that the graph lacks: its start."""
    if workflow.node(position.node) is None:
        position = Position(position.version, workflow.start, position.variables)
    turn = Turn(position, position, tuple(messages), Wait(), facts=dict(facts))
    return _Machine(workflow, choices).enter(turn, position.node)


def inform(
    workflow: Workflow, turn: Turn, known: Known, *, choices: requests.Choices = requests.NO_CHOICES
) -> Turn:
    """Of a turn that is about to speak: with the visitor's intent, and what articles say about it.

    A visitor who asks for a person gets one where the node may hand over.
    """
    node = workflow.node(turn.at.node)
    if not isinstance(turn.effect, Ask) or not isinstance(node, Model) or turn.intent:
        raise TurnOver
    found = passages.added(turn.passages, known.passages)
    turn = msgspec.structs.replace(turn, intent=known.intent, passages=found)
    if known.intent == "handoff" and "handoff" in node.tools:
        return _Machine(workflow, choices).finish(
            _noted(turn, "intent", "handoff"), HandOff(ASKED_FOR_PERSON)
        )
    return msgspec.structs.replace(turn, effect=requests.request(node, turn, choices))


def proceed(
    workflow: Workflow,
    turn: Turn,
    received: Input,
    *,
    elapsed: int,
    choices: requests.Choices = requests.NO_CHOICES,
) -> Turn:
    """The next effect. `elapsed`: ms since the turn began."""
    machine = _Machine(workflow, choices)
    match turn.effect, received:
        case ((Ask() | Run() | Say()), Failed()):
            return _failed(turn, received.code)
        case Say(), Said():
            assert turn.last is not None
            return msgspec.structs.replace(turn, effect=turn.last)
        case Ask(), Replied() if received.refused:
            return _failed(turn, REFUSED)
        case Ask(), Replied():
            turn = msgspec.structs.replace(turn, tokens=turn.tokens + received.tokens)
            return machine.replied(turn, received, late=elapsed >= MAX_MS or turn.tokens >= MAX_TOKENS)
        case Run(), Ran():
            return _failed(turn, TOO_LONG) if elapsed >= MAX_MS else machine.ran(turn, turn.effect, received)
        case _:
            raise TurnOver
    raise AssertionError


@dataclass(frozen=True)
class _Machine:
    workflow: Workflow
    choices: requests.Choices

    # Entering a node.

    def enter(self, turn: Turn, id: NodeId) -> Turn:
        node = self.workflow.node(id)
        if node is None:
            return _failed(turn, NOT_WIRED)
        if turn.entered.count(id) >= MAX_VISITS or len(turn.entered) >= MAX_STEPS:
            return _failed(turn, TOO_LONG)
        resumed = not turn.entered and turn.at.asked > 0
        turn = msgspec.structs.replace(
            turn,
            at=Position(turn.at.version, id, turn.at.variables, turn.at.asked if resumed else 0),
            entered=(*turn.entered, id),
            strict=False,
            before=(),
        )
        match node:
            case Start():
                return self.enter(turn, node.next)
            case Model() | Condition() | Switch():
                return self.ask(turn, node)
            case Action():
                return self.act(turn, node)
            case Collect():
                return self.ask(turn, node) if resumed else self.question(turn, node)
            case Handoff():
                return self.finish(turn, HandOff(node.reason), node.text)
            case EndNode():
                return self.finish(turn, End(), node.text)
            case _:
                assert_never(node)

    def act(self, turn: Turn, node: Action) -> Turn:
        if node.tool not in tools.TOOLS:
            return _failed(turn, NOT_WIRED)
        if node.by_model:
            return self.ask(turn, node)
        arguments = {key: self.filled(turn, value) for key, value in node.arguments.items()}
        try:
            tools.read(node.tool, arguments)
        except BadArguments:  # a variable is empty, or too long
            return self.enter(_noted(turn, "tool", "bad_arguments"), node.next)
        return _stepped(turn, Run(node.id, node.tool, arguments))

    def question(self, turn: Turn, node: Collect) -> Turn:
        """Ends the turn with the question of a collect node."""
        at = msgspec.structs.replace(turn.at, asked=turn.at.asked + 1)
        return self.finish(msgspec.structs.replace(turn, at=at), Wait(), node.question)

    def finish(self, turn: Turn, last: Last, text: str = "") -> Turn:
        """The turn's message, if it has one, and what follows it."""
        whole = joined(turn.text, variables.in_text(text, requests.values(turn)))
        whole = whole if names.is_visible(whole) else ""
        at = (
            turn.at
            if isinstance(last, Wait)
            else Position(turn.at.version, self.workflow.start, turn.at.variables)
        )
        turn = msgspec.structs.replace(turn, at=at, text=whole, last=last)
        if not whole:  # who hands over says so, as what is not covered; nothing else ends in silence
            return (
                msgspec.structs.replace(turn, effect=last)
                if isinstance(last, HandOff) or turn.uncovered
                else _failed(turn, EMPTY)
            )
        return msgspec.structs.replace(turn, effect=Say(cut(whole)))

    def ask(self, turn: Turn, node: requests.Asking) -> Turn:
        if turn.calls >= MAX_CALLS:
            return _failed(turn, TOO_LONG)
        asked = requests.request(node, turn, self.choices)
        return _stepped(msgspec.structs.replace(turn, calls=turn.calls + 1), asked)

    # What the model answered.

    def replied(self, turn: Turn, received: Replied, *, late: bool) -> Turn:
        node = self.workflow.node(turn.at.node)
        match node:
            case Model():
                return self.spoke(turn, node, received, late=late)
            case _ if late:
                return _failed(turn, TOO_LONG)
            case Condition():
                paths, other = {"yes": node.yes, "no": node.no}, "no"
                return self.routed(turn, node, _argument(received.calls, "route", "path"), paths, other)
            case Switch():
                paths = {**{case.name: case.next for case in node.cases}, "default": node.default}
                return self.routed(turn, node, _argument(received.calls, "switch", "case"), paths, "default")
            case Collect():
                return self.collected(turn, node, _argument(received.calls, "collect", "value"))
            case Action():
                return self.chosen(turn, node, received.calls)
            case _:
                return _failed(turn, NOT_WIRED)

    def routed(
        self, turn: Turn, node: Condition | Switch, chosen: str, paths: Mapping[str, NodeId], other: str
    ) -> Turn:
        if chosen in paths:
            return self.enter(_noted(turn, "route", chosen), paths[chosen])
        if not turn.strict:
            return self.ask(_noted(msgspec.structs.replace(turn, strict=True), "route", "no_call"), node)
        return self.enter(_noted(turn, "route", f"undecided: {other}"), paths[other])

    def collected(self, turn: Turn, node: Collect, given: str) -> Turn:
        try:
            value = values.checked(node.value_type, given)
        except values.NotAValue:
            turn = _noted(turn, "collect", "no_value")
            if turn.at.asked <= MAX_ASKED_AGAIN:
                return self.question(turn, node)
            if node.otherwise:
                return self.enter(turn, node.otherwise)
            return self.finish(turn, HandOff(NOT_COLLECTED))
        known = {**turn.at.variables, node.variable: value}
        at = msgspec.structs.replace(turn.at, variables=known, asked=0)
        return self.enter(_noted(msgspec.structs.replace(turn, at=at), "collect", "value"), node.next)

    def chosen(self, turn: Turn, node: Action, calls: Sequence[Call]) -> Turn:
        """The model's arguments for an action. What the author set, the model cannot change."""
        call = next((one for one in calls if one.name == node.tool), None)
        try:
            if call is None:
                raise BadArguments
            preset = {key: self.filled(turn, value) for key, value in node.arguments.items()}
            arguments = tools.decoded(call.arguments) | preset
            tools.read(node.tool, arguments)
        except BadArguments:
            if not turn.strict:
                return self.ask(_noted(msgspec.structs.replace(turn, strict=True), "act", "no_call"), node)
            return self.enter(_noted(turn, "act", "skipped"), node.next)
        return _stepped(turn, Run(node.id, node.tool, arguments, call))

    def spoke(self, turn: Turn, node: Model, received: Replied, *, late: bool) -> Turn:
        """Text for the visitor, calls of tools, or both."""
        said = received.text.strip() if names.is_visible(received.text) else ""
        turn = msgspec.structs.replace(
            turn, text=joined(turn.text, said), cited=tuple(dict.fromkeys((*turn.cited, *received.cited)))
        )
        offered = {tool.name for tool in turn.effect.tools} if isinstance(turn.effect, Ask) else set()
        calls = tuple({(one.name, one.arguments): one for one in received.calls}.values())
        if calls and offered and not late:
            turn = msgspec.structs.replace(turn, answer=received.text, waiting=calls, results=())
            return self.call(_noted(turn, "speak", "calls"), node)
        if not turn.text:
            return _failed(turn, TOO_LONG if late else EMPTY)
        return self.finish(_noted(self.after(turn, node), "speak", "text"), Wait())

    def after(self, turn: Turn, node: Model) -> Turn:
        """Where the conversation is when the node has spoken."""
        following = node.next if self.workflow.node(node.next) else self.workflow.start
        at = Position(turn.at.version, following, turn.at.variables)
        return msgspec.structs.replace(turn, at=at)

    def call(self, turn: Turn, node: Model) -> Turn:
        """The next call of the model's answer; when all were run, the model hears the results."""
        while turn.waiting:
            call, *others = turn.waiting
            turn = msgspec.structs.replace(turn, waiting=tuple(others))
            if call.name == requests.NOT_COVERED and turn.intent == "question":
                turn = msgspec.structs.replace(self.after(turn, node), uncovered=True)
                return self.finish(_noted(turn, "tool", call.name), Wait())
            try:
                if call.name not in node.tools or call.name not in tools.TOOLS or call.name in turn.broken:
                    raise BadArguments("There is no such tool.")
                arguments = tools.decoded(call.arguments)
                read = tools.read(call.name, arguments)
            except BadArguments as error:
                turn = _answered(turn, call, str(error))
                continue
            if isinstance(read, tools.HandOver):
                return self.finish(_noted(turn, "tool", call.name), HandOff(read.reason))
            return _stepped(turn, Run(node.id, call.name, arguments, call))
        before = (*turn.before, Exchange(turn.answer, turn.results))
        return self.ask(msgspec.structs.replace(turn, before=before, answer="", results=()), node)

    # What a tool did.

    def ran(self, turn: Turn, run: Run, received: Ran) -> Turn:
        turn = _noted(turn, "tool", run.tool if received.ok else f"{run.tool}: failed")
        turn = msgspec.structs.replace(turn, passages=received.passages or turn.passages)
        node = self.workflow.node(turn.at.node)
        match node:
            case Model():
                assert run.call is not None
                if not received.ok:
                    turn = msgspec.structs.replace(turn, broken=(*turn.broken, run.tool))
                return self.call(_answered(turn, run.call, received.words), node)
            case Action() if run.tool == "handoff" and received.ok:
                return self.finish(turn, HandOff(str(run.arguments.get("reason", ""))))
            case Action():
                return self.enter(turn, node.next)
            case _:
                return _failed(turn, NOT_WIRED)

    def filled(self, turn: Turn, value: Any) -> Any:
        return variables.in_text(value, requests.values(turn)) if isinstance(value, str) else value


def _stepped(turn: Turn, effect: Ask | Run) -> Turn:
    asked = sum(1 for step in turn.steps if step.kind == "effect")
    if asked >= MAX_STEPS:
        return _failed(turn, TOO_LONG)
    return msgspec.structs.replace(
        turn, effect=effect, steps=(*turn.steps, Step(effect.node, "effect", type(effect).__name__.lower()))
    )


def _noted(turn: Turn, kind: str, outcome: str) -> Turn:
    return msgspec.structs.replace(turn, steps=(*turn.steps, Step(turn.at.node, kind, outcome)))


def _answered(turn: Turn, call: Call, words: str) -> Turn:
    return msgspec.structs.replace(turn, results=(*turn.results, Result(call, words)))


def _failed(turn: Turn, code: str) -> Turn:
    """Back to where the turn began, but with the values that it has collected."""
    began = turn.began
    at = Position(began.version, began.node, turn.at.variables, began.asked)
    return msgspec.structs.replace(turn, at=at, last=None, effect=Fail(code))


def _argument(calls: Sequence[Call], tool: str, name: str) -> str:
    """The argument of the first call of that tool that fits its schema; ""."""
    for call in calls:
        if call.name != tool:
            continue
        try:
            return str(getattr(tools.read(tool, tools.decoded(call.arguments)), name))
        except BadArguments:
            continue
    return ""
