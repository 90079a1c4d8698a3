"""A draft may be incomplete; what is published is not."""

import msgspec
import pytest

from core.assistant import graph
from core.assistant.graph import (
    Action,
    Case,
    Collect,
    Condition,
    End,
    Handoff,
    InvalidWorkflow,
    Model,
    Node,
    Start,
    Switch,
    Workflow,
)
from core.assistant.validation import Problem, problems
from tests.unit.core.assistant.drawn import sample, workflow

BYE = End(id="bye", text="Bye.")


def note(**changed: object) -> Action:
    return Action(
        **{"id": "a", "tool": "add_visitor_note", "arguments": {"content": "x"}, "next": "bye", **changed}
    )  # type: ignore[arg-type]


def test_the_sample_can_be_published() -> None:
    assert problems(sample()) == []


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([], [Problem("", "no_start")]),
        (
            [Start(id="s", next="bye"), Start(id="t", next="bye"), BYE],
            [("t", "several_starts"), ("t", "unreachable")],
        ),
        ([Start(id="s", next="bye"), BYE, BYE], [("bye", "duplicate_id")]),
        ([Start(id="s", next="bye"), BYE, End(id="other", text="x")], [("other", "unreachable")]),
        ([Start(id="s"), BYE], [("s", "not_wired", "next"), ("bye", "unreachable")]),
        ([Start(id="s", next="gone")], [("s", "not_wired", "next")]),
        ([Start(id="s", next="end"), End(id="end")], [("end", "silent_end")]),
        ([Start(id="s", next="a"), note(next="end"), End(id="end")], [("end", "silent_end")]),
        (
            [Start(id="s", next="m"), Model(id="m", prompt="x", next="end"), End(id="end")],
            [("end", "silent_end")],
        ),
        (
            [Start(id="s", next="c"), Condition(id="c", question="?", yes="c", no="bye"), BYE],
            [("c", "endless_cycle")],
        ),
        (
            [Start(id="s", next="m"), Model(id="m", tools=("rm",))],
            [("m", "no_prompt"), ("m", "unknown_tool", "rm")],
        ),
        ([Start(id="s", next="m"), Model(id="m", prompt="x" * 8_001)], [("m", "too_long")]),
        ([Start(id="s", next="a"), note(tool=""), BYE], [("a", "no_tool")]),
        ([Start(id="s", next="a"), note(tool="rm"), BYE], [("a", "unknown_tool", "rm")]),
        ([Start(id="s", next="a"), note(arguments={}), BYE], [("a", "bad_arguments", "add_visitor_note")]),
        ([Start(id="s", next="a"), note(arguments={}, by_model=True), BYE], [("a", "no_prompt")]),
        (
            [Start(id="s", next="a"), note(arguments={"x": 1}, by_model=True, prompt="p"), BYE],
            [("a", "bad_arguments", "add_visitor_note")],
        ),
        (
            [Start(id="s", next="w"), Switch(id="w", question="?", default="bye"), BYE],
            [("w", "no_cases")],
        ),
        (
            [
                Start(id="s", next="w"),
                Switch(
                    id="w",
                    question="?",
                    default="bye",
                    cases=(
                        Case(name="a", next="bye"),
                        Case(name="a", next="bye"),
                        Case(name="default", next="bye"),
                    ),
                ),
                BYE,
            ],
            [("w", "bad_case", "a"), ("w", "bad_case", "default")],
        ),
        (
            [
                Start(id="s", next="q"),
                Collect(id="q", variable="my name", value_type="colour", next="bye"),
                BYE,
            ],
            [("q", "no_question"), ("q", "bad_variable", "my name"), ("q", "unknown_type", "colour")],
        ),
        ([Start(id="s", next="h"), Handoff(id="h")], []),
    ],
)
def test_each_problem_is_named_at_its_node(nodes: list[Node], expected: list[tuple[str, ...]]) -> None:
    found = [msgspec.structs.astuple(problem) for problem in problems(Workflow(nodes=tuple(nodes)))]
    wanted = [
        msgspec.structs.astuple(Problem(*one)) if isinstance(one, tuple) else msgspec.structs.astuple(one)
        for one in expected
    ]
    assert sorted(found) == sorted(wanted)


def test_an_end_may_be_silent_after_the_question_of_the_same_turn_was_answered_by_nobody() -> None:
    drawn = workflow(Collect(id="q", variable="x", question="?", next="end"), End(id="end"))
    assert problems(drawn) == [Problem("end", "silent_end")]


def test_a_preset_must_name_what_exists() -> None:
    drawn = workflow(Action(id="f", tool="send_form", arguments={"template": "Order"}, next="bye"), BYE)
    assert problems(drawn, choices={"send_form": {"template": ["Order", "Return"]}}) == []
    assert problems(drawn, choices={"send_form": {"template": ["Return"]}}) == [
        Problem("f", "unknown_choice", "template")
    ]


def test_more_than_two_hundred_nodes_are_too_many() -> None:
    chain = [Model(id=f"m{n}", prompt="x", next=f"m{n + 1}") for n in range(199)]
    chain[-1] = msgspec.structs.replace(chain[-1], next="")
    assert problems(workflow(*chain)) == []
    assert problems(workflow(*chain, BYE)) == [Problem("", "too_many_nodes")]


def test_a_workflow_is_the_same_after_export_and_import() -> None:
    assert graph.parse(graph.pack(sample())) == sample()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"nodes": [{"type": "script", "id": "a"}]}',
        b'{"nodes": [{"type": "end", "id": "a", "run": "x"}]}',
        b'{"nodes": [], "format": 2}',
        b'{"nodes": ' + b"[" * 100_000,
        b'{"nodes": []}' + b" " * graph.MAX_BYTES,
    ],
)
def test_what_is_no_workflow_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(InvalidWorkflow) as refused:
        graph.parse(data)
    assert str(refused.value).endswith(".")
