"""What the model is asked at a node: the instruction, the tools that it is offered, and how much it sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, assert_never

from core.assistant import tools, variables
from core.assistant.graph import Action, Collect, Condition, Model, Switch
from core.assistant.tools import Offer
from core.assistant.turn import MAX_CALLS, Ask, Turn, joined

NOT_COVERED: Final = "not_covered"

Asking = Model | Action | Condition | Switch | Collect


@dataclass(frozen=True)
class Choices:
    """Names that the model may choose from, by tool and parameter: such as the enabled templates."""

    of: Mapping[str, Mapping[str, Sequence[str]]]

    def offer(self, tool: str, *, preset: Mapping[str, Any] | None = None) -> Offer:
        """The tool with its choices, without the parameters that the author has set."""
        return tools.offer(tool, preset=preset or (), choices=self.of.get(tool))


NO_CHOICES: Final = Choices({})


def request(node: Asking, turn: Turn, choices: Choices) -> Ask:
    """The request of this node. Routing and collecting see the visitor's messages of this turn alone."""
    match node:
        case Model():
            return Ask(
                node.id,
                _filled(node.prompt, turn),
                _offers(node, turn, choices),
                whole=True,
                spoken=True,
                before=turn.before,
            )
        case Action():
            offered = choices.offer(node.tool, preset=node.arguments)
            made = Ask(node.id, _filled(node.prompt, turn), (offered,), whole=True, required=True)
        case Condition():
            made = _alone(node, turn, node.question, tools.offer("route"))
        case Switch():
            listed = "\n".join(f"{case.name}: {case.when}" if case.when else case.name for case in node.cases)
            names = {"case": [case.name for case in node.cases]}
            made = _alone(node, turn, joined(node.question, listed), tools.offer("switch", choices=names))
        case Collect():
            made = _alone(node, turn, node.question, tools.offer("collect"))
        case _:
            assert_never(node)
    return (
        made
        if not turn.strict
        else Ask(made.node, made.instruction, made.tools, required=True, whole=made.whole, strict=True)
    )


def values(turn: Turn) -> dict[str, str]:
    """The variables of prompts and texts: what is known about the visitor, and what was collected."""
    return {**turn.facts, **turn.at.variables}


def _offers(node: Model, turn: Turn, choices: Choices) -> tuple[Offer, ...]:
    if turn.calls == MAX_CALLS - 1:
        return ()  # the last call must bring the answer
    usable = [name for name in node.tools if name in tools.TOOLS and name not in turn.broken]
    if turn.intent == "question":
        usable.append(NOT_COVERED)
    return tuple(choices.offer(name) for name in usable)


def _alone(node: Asking, turn: Turn, question: str, tool: Offer) -> Ask:
    return Ask(node.id, _filled(question, turn), (tool,), required=True)


def _filled(prompt: str, turn: Turn) -> str:
    return variables.in_prompt(prompt, values(turn))
