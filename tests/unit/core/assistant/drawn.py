"""Workflows for tests, and the other side of the engine: a model that answers from a list."""

from collections.abc import Callable
from typing import Any

import msgspec

from core.assistant import engine, requests
from core.assistant.graph import (
    Action,
    Condition,
    Model,
    Node,
    Start,
    Workflow,
)
from core.assistant.turn import Ask, Call, Failed, Input, Position, Ran, Replied, Run, Said, Say, Turn

FACTS = {"visitor.name": "Lan", "visitor.email": ""}


def workflow(*nodes: Node) -> Workflow:
    """A start that leads to the first of these nodes, and these nodes."""
    return Workflow(nodes=(Start(id="start", next=nodes[0].id), *nodes))


def sample() -> Workflow:
    """Has the visitor given an email address? Note it, then thank; otherwise answer."""
    return workflow(
        Condition(id="has", question="Does the visitor give an email address?", yes="note", no="answer"),
        Action(id="note", tool="add_visitor_note", by_model=True, prompt="Note the address.", next="thanks"),
        Model(id="thanks", prompt="Thank {{visitor.name|the visitor}}."),
        Model(id="answer", prompt="Answer.", tools=("handoff", "change_status")),
    )


def call(name: str, id: str = "c1", /, **arguments: Any) -> Call:
    return Call(id, name, msgspec.json.encode(arguments).decode())


def calls(name: str, /, **arguments: Any) -> Replied:
    """The model calls one tool."""
    return Replied(calls=(call(name, **arguments),), tokens=5)


def says(text: str) -> Replied:
    return Replied(text=text, tokens=5)


class Play:
    """One conversation: `turn` runs to its end with the answers that are given, in order."""

    def __init__(self, drawn: Workflow, *, choices: requests.Choices = requests.NO_CHOICES) -> None:
        self.drawn = drawn
        self.position = Position(1, drawn.start)
        self.asked: list[Ask] = []
        self.ran: list[tuple[str, dict[str, Any]]] = []
        self.said: list[str] = []
        self.choices = choices
        self.tool: Callable[[Run], Input] = lambda _: Ran(ok=True, words="Done.")

    def turn(self, message: str, *answers: Input, elapsed: int = 0) -> Turn:
        left = list(answers)
        turn = engine.begin(self.drawn, self.position, [message], facts=FACTS, choices=self.choices)
        while not turn.over:
            turn = engine.proceed(
                self.drawn, turn, self._answered(turn, left), elapsed=elapsed, choices=self.choices
            )
        assert left == [], "the engine asked for less"
        self.position = turn.at
        return turn

    def _answered(self, turn: Turn, left: list[Input]) -> Input:
        match turn.effect:
            case Ask() as asked:
                self.asked.append(asked)
                return left.pop(0) if left else Failed("no_answer_left")
            case Run() as run:
                self.ran.append((run.tool, run.arguments))
                return self.tool(run)
            case Say(text):
                self.said.append(text)
                return Said()
        raise AssertionError(turn.effect)
