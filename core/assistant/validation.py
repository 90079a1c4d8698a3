"""What keeps a draft from being published: each problem names its node, and is shown there."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, assert_never

import msgspec

from core.assistant import graph, tools, values, variables
from core.assistant.graph import (
    Action,
    Collect,
    Condition,
    End,
    Handoff,
    Model,
    Node,
    NodeId,
    Start,
    Switch,
    Workflow,
)

Code = Literal[
    "no_start",
    "several_starts",
    "too_many_nodes",
    "duplicate_id",
    "unreachable",
    "not_wired",
    "silent_end",
    "endless_cycle",
    "no_prompt",
    "no_question",
    "too_long",
    "no_cases",
    "too_many_cases",
    "bad_case",
    "bad_variable",
    "unknown_type",
    "no_tool",
    "unknown_tool",
    "bad_arguments",
    "unknown_choice",
]

_NO_CHOICES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {}


class Problem(msgspec.Struct, frozen=True):
    """`node`: "" for the whole workflow. `detail`: a route, a tool, a parameter."""

    node: NodeId
    code: Code
    detail: str = ""


def problems(
    workflow: Workflow, *, choices: Mapping[str, Mapping[str, Sequence[str]]] = _NO_CHOICES
) -> list[Problem]:
    """All problems; empty: it may be published. `choices`: what exists, by tool and parameter."""
    if len(workflow.nodes) > graph.MAX_NODES:
        return [Problem("", "too_many_nodes")]
    nodes = {node.id: node for node in reversed(workflow.nodes)}
    return [
        *_ids(workflow),
        *(problem for node in workflow.nodes for problem in _node(node, nodes, choices)),
        *_unreachable(workflow, nodes),
        *_silent_ends(workflow, nodes),
        *_endless_cycles(nodes),
    ]


def _ids(workflow: Workflow) -> Iterator[Problem]:
    starts = [node for node in workflow.nodes if isinstance(node, Start)]
    if not starts:
        yield Problem("", "no_start")
    yield from (Problem(node.id, "several_starts") for node in starts[1:])
    seen: set[NodeId] = set()
    for node in workflow.nodes:
        if not node.id or node.id in seen:
            yield Problem(node.id, "duplicate_id")
        seen.add(node.id)


def _node(
    node: Node, nodes: Mapping[NodeId, Node], choices: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[Problem]:
    yield from _routes(node, nodes)
    match node:
        case Start():
            pass
        case Model():
            yield from _text(node, node.prompt, "no_prompt")
            for name in set(node.tools) - tools.TOOLS.keys():
                yield Problem(node.id, "unknown_tool", name)
        case Action():
            yield from _action(node, choices.get(node.tool, {}))
        case Condition():
            yield from _text(node, node.question, "no_question")
        case Switch():
            yield from _text(node, node.question, "no_question")
            yield from _cases(node)
        case Collect():
            yield from _text(node, node.question, "no_question")
            yield from _collect(node)
        case Handoff() | End():
            yield from _text(node, node.text, None)
        case _:
            assert_never(node)


def _routes(node: Node, nodes: Mapping[NodeId, Node]) -> Iterator[Problem]:
    for route, target in graph.routes(node):
        optional = isinstance(node, Model) or (isinstance(node, Collect) and route == "otherwise")
        if target not in nodes if target else not optional:
            yield Problem(node.id, "not_wired", route)


def _text(node: Node, text: str, missing: Code | None) -> Iterator[Problem]:
    if missing is not None and not text.strip():
        yield Problem(node.id, missing)
    if len(text) > graph.MAX_PROMPT:
        yield Problem(node.id, "too_long")


def _action(node: Action, choices: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    if node.by_model:
        yield from _text(node, node.prompt, "no_prompt")
    if not node.tool:
        yield Problem(node.id, "no_tool")
    elif node.tool not in tools.TOOLS:
        yield Problem(node.id, "unknown_tool", node.tool)
    elif tools.preset_fault(node.tool, node.arguments, complete=not node.by_model):
        yield Problem(node.id, "bad_arguments", node.tool)
    else:
        for name, allowed in choices.items():
            given = node.arguments.get(name)
            if given and given not in allowed:
                yield Problem(node.id, "unknown_choice", name)


def _collect(node: Collect) -> Iterator[Problem]:
    if variables.NAME.fullmatch(node.variable) is None:
        yield Problem(node.id, "bad_variable", node.variable)
    if node.value_type not in values.TYPES:
        yield Problem(node.id, "unknown_type", node.value_type)


def _cases(node: Switch) -> Iterator[Problem]:
    if not node.cases:
        yield Problem(node.id, "no_cases")
    if len(node.cases) > graph.MAX_CASES:
        yield Problem(node.id, "too_many_cases")
    names: set[str] = {"default"}
    for case in node.cases:
        if not case.name.strip() or len(case.name) > graph.MAX_NAME or case.name in names:
            yield Problem(node.id, "bad_case", case.name)
        names.add(case.name)


def _unreachable(workflow: Workflow, nodes: Mapping[NodeId, Node]) -> Iterator[Problem]:
    found = _reached([workflow.start], nodes, through=lambda _: True)
    return (Problem(node.id, "unreachable") for node in workflow.nodes if node.id not in found)


def _silent_ends(workflow: Workflow, nodes: Mapping[NodeId, Node]) -> Iterator[Problem]:
    """An end without a text, in a turn in which nothing was said before."""
    begins = [workflow.start]
    begins += [
        target
        for node in nodes.values()
        if isinstance(node, Model | Collect)
        for _, target in graph.routes(node)
    ]
    found = _reached(begins, nodes, through=lambda node: not graph.waits(node))
    for node in nodes.values():
        if isinstance(node, End) and not node.text.strip() and node.id in found:
            yield Problem(node.id, "silent_end")


def _endless_cycles(nodes: Mapping[NodeId, Node]) -> Iterator[Problem]:
    """Each node of a cycle in which no node waits for the visitor."""
    for node in nodes.values():
        if graph.waits(node):
            continue
        targets = [target for _, target in graph.routes(node)]
        if node.id in _reached(targets, nodes, through=lambda one: not graph.waits(one)):
            yield Problem(node.id, "endless_cycle")


def _reached(
    begins: Iterable[NodeId], nodes: Mapping[NodeId, Node], *, through: Callable[[Node], bool]
) -> set[NodeId]:
    """The nodes to which routes lead from there; beyond a node only if `through` says so."""
    found: set[NodeId] = set()
    left = [id for id in begins if id in nodes]
    while left:
        id = left.pop()
        if id in found:
            continue
        found.add(id)
        if through(nodes[id]):
            left += [target for _, target in graph.routes(nodes[id]) if target in nodes]
    return found
