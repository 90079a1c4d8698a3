"""The engine with articles: what a visitor's intent changes, and what is not covered."""

import pytest

from core.assistant import engine
from core.assistant.engine import ASKED_FOR_PERSON, TurnOver, begin, inform, proceed
from core.assistant.graph import Action, Model, Start, Workflow
from core.assistant.passages import Known, Passage
from core.assistant.replay import recording, replaying
from core.assistant.replay.recording import Step
from core.assistant.turn import (
    Ask,
    Call,
    HandOff,
    Position,
    Ran,
    Replied,
    Run,
    Said,
    Say,
    Turn,
    Wait,
    pack,
    unpack,
)

PART = Passage(b"a" * 16, 3, "Delivery", "", "", "Three days.")
NOT_COVERED = Replied(calls=(Call("c", "not_covered", "{}"),))


def workflow(*tools: str, next: str = "") -> Workflow:
    return Workflow(nodes=(Start(id="s", next="m"), Model(id="m", prompt="Answer.", tools=tools, next=next)))


def begun(made: Workflow, intent: str = "question", *parts: Passage) -> Turn:
    turn = begin(made, Position(1, "s"), ["How long?"], facts={})
    return inform(made, turn, Known(intent, parts))


def names(turn: Turn) -> list[str]:
    assert isinstance(turn.effect, Ask)
    return [offer.name for offer in turn.effect.tools]


def test_a_question_may_be_declined_by_a_tool_and_other_intents_may_not() -> None:
    made = workflow("handoff")
    assert names(begun(made)) == ["handoff", "not_covered"]
    for intent in ("smalltalk", "clarify", "out_of_scope"):
        assert names(begun(made, intent)) == ["handoff"]


def test_what_is_not_covered_ends_the_turn_without_a_text_of_the_model() -> None:
    made = workflow(next="m")
    turn = proceed(made, begun(made), NOT_COVERED, elapsed=0)
    assert (turn.effect, turn.text, turn.uncovered) == (Wait(), "", True)
    assert turn.at == Position(1, "m")
    assert ("tool", "not_covered") in [(step.kind, step.outcome) for step in turn.steps]


def test_what_the_model_says_beside_it_is_the_message() -> None:
    made = workflow()
    given = Replied("Sorry, I cannot find that.", NOT_COVERED.calls)
    turn = proceed(made, begun(made), given, elapsed=0)
    assert turn.effect == Say("Sorry, I cannot find that.") and turn.uncovered
    assert proceed(made, turn, Said(), elapsed=0).effect == Wait()


def test_without_articles_the_tool_does_not_exist() -> None:
    made = workflow("add_visitor_note")
    turn = begin(made, Position(1, "s"), ["How long?"], facts={})
    assert names(turn) == ["add_visitor_note"]
    after = proceed(made, turn, NOT_COVERED, elapsed=0)
    assert isinstance(after.effect, Ask) and not after.uncovered


def test_a_visitor_who_asks_for_a_person_gets_one_where_the_node_may_hand_over() -> None:
    turn = begun(workflow("handoff"), "handoff")
    assert turn.effect == HandOff(ASKED_FOR_PERSON)
    assert isinstance(begun(workflow(), "handoff").effect, Ask)


def test_a_turn_is_informed_once_and_only_where_it_speaks() -> None:
    made = workflow()
    turn = begun(made)
    with pytest.raises(TurnOver):
        inform(made, turn, Known("question"))
    action = Workflow(nodes=(Start(id="s", next="a"), Action(id="a", tool="search_articles", by_model=True)))
    with pytest.raises(TurnOver):
        inform(action, begin(action, Position(1, "s"), ["x"], facts={}), Known("question"))


def test_a_search_adds_passages_and_citations_are_kept() -> None:
    made = workflow("search_articles")
    turn = begun(made)
    call = Call("c", "search_articles", '{"query": "delivery"}')
    turn = proceed(made, turn, Replied(calls=(call,)), elapsed=0)
    assert isinstance(turn.effect, Run) and turn.effect.arguments == {"query": "delivery"}
    turn = proceed(made, turn, Ran(ok=True, words="Found: [1] Delivery", passages=(PART,)), elapsed=0)
    assert turn.passages == (PART,) and isinstance(turn.effect, Ask)
    turn = proceed(made, turn, Replied("Three days.", cited=(1,)), elapsed=0)
    assert turn.cited == (1,)
    assert unpack(pack(turn)) == turn


def test_a_static_search_comes_before_the_answer() -> None:
    made = Workflow(
        nodes=(
            Start(id="s", next="a"),
            Action(id="a", tool="search_articles", arguments={"query": "{{message}}"}, next="m"),
            Model(id="m", prompt="Answer."),
        )
    )
    turn = begin(made, Position(1, "s"), ["How long?"], facts={"message": "How long?"})
    assert turn.effect == Run("a", "search_articles", {"query": "How long?"})
    turn = proceed(made, turn, Ran(ok=True, passages=(PART,)), elapsed=0)
    other = Passage(b"b" * 16, 1, "Other", "", "", "x")
    turn = inform(made, turn, Known("question", (other, PART)))
    assert turn.passages == (PART, other)


def recorded(made: Workflow, *replies: Replied, intent: str = "question") -> recording.Recorded:
    """A turn as its steps keep it."""
    turn = begin(made, Position(1, "s"), ["How long?"], facts={})
    turn = engine.inform(made, turn, Known(intent, (PART,)))
    steps = [Step("intent", intent, "", "")]
    for reply in replies:
        assert isinstance(turn.effect, Ask)
        sent = recording.request_text(turn.effect, [])
        steps.append(Step("ask", "", sent, recording.reply_text(reply, late=False)))
        turn = proceed(made, turn, reply, elapsed=0)
        if isinstance(turn.effect, Say):
            turn = proceed(made, turn, Said(), elapsed=0)
    steps.append(Step("say", "completed", recording.end_text(turn), turn.text))
    found = recording.read(["How long?"], steps)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("reply", "intent", "tools"),
    [
        (Replied("Three days.", cited=(1,)), "question", ()),
        (NOT_COVERED, "question", ()),
        (Replied("Hello!"), "smalltalk", ()),
        (None, "handoff", ("handoff",)),
    ],
)
def test_a_recorded_turn_with_articles_is_replayed_the_same(
    reply: Replied | None, intent: str, tools: tuple[str, ...]
) -> None:
    made = workflow(*tools)
    turn = recorded(made, *([reply] if reply else []), intent=intent)
    assert turn.ended.intent == intent
    assert turn.ended.articles == ("Delivery",)
    (compared,) = replaying.replay(made, [turn])
    assert not compared.changed and not compared.unknown
    assert compared.draft == compared.recorded
