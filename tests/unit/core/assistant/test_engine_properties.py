"""Whatever the graph, the model and the tools do, a turn ends within its bounds and leaves a next state."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.assistant import engine
from core.assistant import turn as turns
from core.assistant.graph import (
    Action,
    Case,
    Collect,
    Condition,
    End,
    Handoff,
    Model,
    Node,
    Start,
    Switch,
    Workflow,
)
from core.assistant.tools import TOOLS
from core.assistant.turn import Ask, Call, Failed, Input, Position, Ran, Replied, Run, Said, Say, Turn
from core.assistant.validation import problems

IDS = [f"n{number}" for number in range(7)]
id_ = st.sampled_from(["", *IDS])
text = st.sampled_from(["", "Hello", "{{visitor.name|you}} {{x}}", "\0", "é" * 6_000, "{{{{x}}}}"])
tool = st.sampled_from(["", "nothing", *TOOLS])
arguments = st.dictionaries(
    st.sampled_from(["content", "status", "reason", "member", "template", "name", "tool"]),
    st.one_of(text, st.integers(), st.none(), st.just("open")),
    max_size=3,
)
NAMES = ["yes", "no", "default", "refund", "x"]


@st.composite
def nodes(draw: st.DrawFn, id: str) -> Node:
    kind = draw(st.integers(0, 7))
    match kind:
        case 0:
            return Start(id=id, next=draw(id_))
        case 1:
            return Model(
                id=id, prompt=draw(text), tools=tuple(draw(st.lists(tool, max_size=3))), next=draw(id_)
            )
        case 2:
            return Action(
                id=id,
                tool=draw(tool),
                arguments=draw(arguments),
                by_model=draw(st.booleans()),
                next=draw(id_),
            )
        case 3:
            return Condition(id=id, question=draw(text), yes=draw(id_), no=draw(id_))
        case 4:
            names = draw(st.lists(st.sampled_from(NAMES), max_size=3))
            cases = tuple(Case(name=name, next=draw(id_)) for name in names)
            return Switch(id=id, question=draw(text), cases=cases, default=draw(id_))
        case 5:
            kinds = st.sampled_from(["text", "email", "number", "date", "phone", "colour"])
            return Collect(
                id=id,
                variable="x",
                value_type=draw(kinds),
                question=draw(text),
                next=draw(id_),
                otherwise=draw(id_),
            )
        case 6:
            return Handoff(id=id, text=draw(text))
        case _:
            return End(id=id, text=draw(text))


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    some = draw(st.lists(st.sampled_from(IDS), max_size=7))
    return Workflow(nodes=tuple(draw(nodes(id)) for id in some))


@st.composite
def wired(draw: st.DrawFn) -> Workflow:
    """Graphs whose routes lead somewhere: they reach further."""
    made = [draw(nodes(id)) for id in IDS]
    targets = st.sampled_from(IDS)

    def whole(node: Node) -> Node:
        changed = {
            field: draw(targets)
            for field in ("next", "yes", "no", "default", "otherwise")
            if getattr(node, field, None) == ""
        }
        return msgspec.structs.replace(node, **changed)

    return Workflow(nodes=(Start(id="start", next="n0"), *map(whole, made)))


call = st.builds(
    Call,
    st.sampled_from(["1", "2"]),
    st.sampled_from(["route", "switch", "collect", "nothing", *TOOLS]),
    st.sampled_from(
        [
            "",
            "{",
            "[]",
            '{"path":"yes"}',
            '{"path":"no"}',
            '{"case":"refund"}',
            '{"value":"12"}',
            '{"value":"a@b.example"}',
            '{"content":"x"}',
            '{"status":"open"}',
            '{"reason":"r"}',
            '{"a":' * 2_000,
        ]
    ),
)
replies = st.builds(
    Replied,
    text,
    st.lists(call, max_size=4).map(tuple),
    st.integers(0, 800),
    st.sampled_from([False, False, False, True]),
)


def answer(data: st.DataObject, turn: Turn) -> Input:
    match turn.effect:
        case Ask():
            return data.draw(st.one_of(replies, replies, replies, st.builds(Failed, st.just("away"))))
        case Run():
            return data.draw(st.builds(Ran, st.booleans(), text))
        case Say():
            return Said()
    raise AssertionError(turn.effect)


def run(drawn: Workflow, position: Position, data: st.DataObject) -> tuple[Turn, list[Any]]:
    elapsed, effects = 0, []
    turn = engine.begin(drawn, position, ["Hello"], facts={"visitor.name": "Lan"})
    while not turn.over:
        effects.append(turn.effect)
        assert len(effects) <= turns.MAX_STEPS + 1, "it does not end"
        assert turns.unpack(turns.pack(turn)) == turn
        elapsed += data.draw(st.sampled_from([0, 10, 10, 10, 30_000]))
        turn = engine.proceed(drawn, turn, answer(data, turn), elapsed=elapsed)
    return turn, effects


def check(drawn: Workflow, data: st.DataObject) -> None:
    position = Position(1, drawn.start)
    for _ in range(3):
        turn, effects = run(drawn, position, data)
        assert sum(isinstance(one, Ask) for one in effects) <= turns.MAX_CALLS
        assert sum(isinstance(one, Say) for one in effects) <= 1, "one message for each turn"
        assert all(not isinstance(one, Say) for one in effects[:-1]), "nothing is done after the message"
        assert all(0 < len(one.text) <= turns.MAX_TEXT for one in effects if isinstance(one, Say))
        for one in effects:
            if isinstance(one, Run):
                node = drawn.node(one.node)
                offered = node.tools if isinstance(node, Model) else (getattr(node, "tool", ""),)
                assert one.tool in offered and one.tool in TOOLS
            if isinstance(one, Ask) and not isinstance(drawn.node(one.node), Model | Action):
                assert not one.whole and len(one.tools) == 1 and one.required
        if isinstance(turn.effect, turns.Wait | turns.End):
            assert isinstance(effects[-1], Say), "the visitor met silence"
        assert turn.at.version == 1 and turn.at.asked <= turns.MAX_ASKED_AGAIN + 1
        assert (
            turn.at.node == drawn.start or drawn.node(turn.at.node) is not None or not drawn.node(drawn.start)
        )
        position = turn.at


@given(workflows(), st.data())
def test_any_graph_ends(drawn: Workflow, data: st.DataObject) -> None:
    check(drawn, data)


@given(wired(), st.data())
@settings(max_examples=100)
def test_a_graph_whose_routes_all_lead_somewhere_ends(drawn: Workflow, data: st.DataObject) -> None:
    check(drawn, data)


@given(workflows())
def test_the_problems_of_any_graph_can_be_listed(drawn: Workflow) -> None:
    ids = {"", *(node.id for node in drawn.nodes)}
    assert all(problem.node in ids for problem in problems(drawn))


@given(wired(), st.data())
@settings(max_examples=100)
def test_a_graph_without_problems_fails_only_by_its_model_or_by_a_bound(
    drawn: Workflow, data: st.DataObject
) -> None:
    if problems(drawn):
        return
    turn, _ = run(drawn, Position(1, drawn.start), data)
    if isinstance(turn.effect, turns.Fail):
        assert turn.effect.code in {"away", "refused", engine.EMPTY, engine.TOO_LONG}
