"""A workflow is run against recorded turns: the same answers to the same questions, and what changes."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.assistant.graph import Action, Collect, Condition, End, Handoff, Model, Node, Workflow
from core.assistant.replay import recording
from core.assistant.replay.recording import Step, UsedTool
from core.assistant.replay.replaying import Compared, Outcome, replay
from core.assistant.turn import Ask, Failed, Input, Ran, Turn
from tests.unit.core.assistant import test_engine_properties as properties
from tests.unit.core.assistant.drawn import calls, sample, says, workflow
from tests.unit.core.assistant.taped import Tape

YES, NO = calls("route", path="yes"), calls("route", path="no")
NOTE = calls("add_visitor_note", content="a@b.example")


def changed(drawn: Workflow, *nodes: Node) -> Workflow:
    """With these nodes instead of those of the same ids."""
    others = {node.id: node for node in nodes}
    return msgspec.structs.replace(drawn, nodes=tuple(others.get(one.id, one) for one in drawn.nodes))


def noted() -> Tape:
    """A turn that noted an address, and one that answered a question."""
    tape = Tape(sample())
    tape.turn("I am a@b.example", YES, NOTE, says("Thank you."))
    tape.turn("Are you open?", NO, says("We are."))
    return tape


def one(drawn: Workflow, tape: Tape) -> Compared:
    (found,) = replay(drawn, tape.turns)
    return found


def test_the_workflow_that_was_recorded_changes_nothing() -> None:
    first, second = replay(sample(), noted().turns)
    assert first.recorded == first.draft and not first.changed and not first.unknown
    assert first.draft == Outcome(
        ("start", "has", "note", "thanks"),
        "wait",
        (UsedTool("add_visitor_note", {"content": "a@b.example"}),),
        text="Thank you.",
    )
    assert (first.texts, second.texts) == (("I am a@b.example",), ("Are you open?",))
    assert second.draft.path == ("start", "has", "answer") and not second.changed


def test_a_question_keeps_its_answer_at_another_node() -> None:
    drawn = workflow(
        Condition(id="other", question="Does the visitor give an email address?", yes="over", no="answer"),
        Handoff(id="over", reason="An address.", text="One moment."),
        Model(id="answer", prompt="Answer.", tools=("change_status", "handoff")),
    )
    first, second = replay(drawn, noted().turns)
    assert (first.draft.path, first.draft.tools) == (("start", "other", "over"), ())
    assert (first.draft.end, first.draft.handoff, first.changed) == ("handoff", "An address.", True)
    assert (second.draft.end, second.draft.path, second.changed) == ("person", (), True), "a person has it"


def test_what_was_not_asked_is_unknown_and_the_next_turn_goes_on_as_it_did() -> None:
    drawn = changed(sample(), Model(id="thanks", prompt="Thank the visitor warmly."))
    first, second = replay(drawn, noted().turns)
    assert first.unknown and not first.changed, "it is the same as far as it is known"
    assert first.draft.path == first.recorded.path and first.draft.tools == first.recorded.tools
    assert not second.unknown and not second.changed and second.draft.text == "We are."


def test_an_unknown_turn_that_went_another_way_has_changed() -> None:
    drawn = changed(
        sample(),
        Condition(id="has", question="Does the visitor give an email address?", yes="x", no="answer"),
    )
    found = replay(workflow(*drawn.nodes[1:], Model(id="x", prompt="Be brief.")), noted().turns)[0]
    assert found.unknown and found.changed and found.draft.path == ("start", "has", "x")


def test_other_arguments_of_a_tool_are_a_change() -> None:
    preset = Action(
        id="note", tool="add_visitor_note", arguments={"content": "An address."}, next="thanks", x=5
    )
    first, _ = replay(changed(sample(), preset), noted().turns)
    assert first.changed and first.draft.tools == (UsedTool("add_visitor_note", {"content": "An address."}),)
    assert first.draft.path == first.recorded.path and first.draft.text == "Thank you."


def test_names_and_places_of_nodes_change_nothing() -> None:
    moved = [msgspec.structs.replace(node, name="New", x=99) for node in sample().nodes]
    assert not any(found.changed for found in replay(Workflow(nodes=tuple(moved)), noted().turns))


def test_a_tool_has_its_recorded_result_and_one_that_did_not_run_has_done_its_work() -> None:
    drawn = workflow(Model(id="talk", prompt="Talk.", tools=("send_form", "change_status")))
    tape = Tape(drawn)
    answers = [calls("send_form", template="Refund"), says("There is no such form.")]
    tape.turn("A refund, please.", *answers, tool=Ran(ok=False, words="There is no such form."))
    assert not one(drawn, tape).changed, "a tool that failed is not offered again"
    more = workflow(
        Action(id="solve", tool="change_status", arguments={"status": "solved"}, next="talk"),
        Model(id="talk", prompt="Talk.", tools=("change_status", "send_form")),
    )
    found = one(more, tape)
    assert not found.unknown and [used.tool for used in found.draft.tools] == ["change_status", "send_form"]


def test_a_question_that_is_asked_once_more_has_its_last_answer() -> None:
    tape = Tape(workflow(Condition(id="c", question="A person?", yes="h", no="e"), *_ends()))
    tape.turn("hello", says("Perhaps."), YES)
    twice = workflow(
        Condition(id="c", question="A person?", yes="d", no="e"),
        Condition(id="d", question="A person?", yes="h", no="e"),
        *_ends(),
    )
    found = one(twice, tape)
    assert not found.unknown and found.draft.path == ("start", "c", "d", "h")


def test_values_that_were_collected_go_on_into_the_next_turn() -> None:
    drawn = workflow(
        Collect(id="order", variable="order", value_type="number", question="Which order?", next="e"),
        End(id="e", text="Order {{order}}."),
    )
    tape = Tape(drawn)
    tape.turn("hello")
    tape.turn("twelve", calls("collect", value="12"))
    first, second = replay(drawn, tape.turns)
    assert (first.draft.text, second.draft.text) == ("Which order?", "Order 12.")
    reworded = changed(drawn, End(id="e", text="We look after order {{order}}."))
    first, second = replay(reworded, tape.turns)
    assert (first.changed, second.changed) == (False, True)
    assert second.draft.text == "We look after order 12."
    (alone,) = replay(drawn, tape.turns[1:])
    assert not alone.changed, "where the first turns are gone, it begins where the recording was"


def test_a_conversation_that_was_moved_between_two_turns_is_moved_in_the_replay() -> None:
    tape = noted()
    drawn = workflow(*_ends()[:1], *sample().nodes[1:])  # another version said something else in between
    tape.position = msgspec.structs.replace(tape.position, node="answer")
    tape.turn("And now?", says("Still."))
    *_, last = replay(sample(), tape.turns)
    assert last.draft.path == ("answer",) and not last.changed
    assert replay(drawn, tape.turns)[0].changed


def test_a_hand_over_that_the_recording_had_too_does_not_end_the_replay() -> None:
    drawn = workflow(Handoff(id="h", reason="All of them."))
    tape = Tape(drawn)
    tape.turn("hello")
    tape.turn("I am back")
    assert [found.changed for found in replay(drawn, tape.turns)] == [False, False]
    assert tape.turns[0].text == "", "the visitor got a text of the project"


def test_a_model_that_failed_fails_again() -> None:
    tape = Tape(sample())
    tape.turn("hello", NO, Failed("provider_unavailable"))
    found = one(sample(), tape)
    assert (found.draft.end, found.draft.error, found.changed) == ("fail", "provider_unavailable", False)
    instead = changed(sample(), Condition(id="has", question="Anything else?", yes="note", no="answer"))
    assert one(instead, tape).unknown


def test_a_turn_that_went_in_a_circle_after_a_tool_goes_there_again() -> None:
    drawn = workflow(
        Action(id="solve", tool="change_status", arguments={"status": "solved"}, next="circle"),
        Action(id="circle", tool="add_visitor_note", arguments={"content": ""}, next="circle"),
    )
    tape = Tape(drawn)
    tape.turn("hello")
    found = one(drawn, tape)
    assert found.recorded.error == "turn_too_long" and not found.changed
    assert found.draft.path == ("start", "solve", "circle", "circle", "circle"), "the tool was in time"


def test_only_turns_that_the_engine_ended_and_that_fit_their_rows_can_be_compared() -> None:
    tape = Tape(sample())
    turn = tape.turn("hello", NO, says("Hi."))
    ended = Step("say", "completed", recording.end_text(turn), "Hi.")
    assert recording.read(["hello"], []) is None
    assert recording.read(["hello"], [Step("outcome", "stopped", "", "Hi.")]) is None
    assert recording.read(["hello"], [Step("say", "completed", ended.sent[:40] + "…", "Hi.")]) is None
    asked = recording.request_text(Ask("n", "Answer."), [{"role": "system", "content": '","messages":['}])
    reply = recording.reply_text(says("Hi."), late=False)
    cut_off = Step("ask", "speak: text", asked[: asked.index('"role"')] + "…", reply, 5)
    read = recording.read(["hello"], [cut_off, ended])
    assert read is not None and [one.question.instruction for one in read.answers] == ["Answer."]
    broken = Step("ask", "speak: text", asked, reply[:9] + "…", 5)
    read = recording.read(["hello"], [broken, ended])
    assert read is not None and read.answers == ()


def test_what_came_before_a_restart_is_no_part_of_the_turn() -> None:
    tape = Tape(sample())
    turn = tape.turn("hello", NO, says("Hi."))
    ended = Step("say", "completed", recording.end_text(turn), "Hi.")
    early = Step("run", "change_status", '{"status":"open"}', "Done.")
    read = recording.read(["hello"], [early, Step("outcome", recording.RESTARTED, "", ""), ended])
    assert read is not None and read.results == ()


@given(properties.wired(), st.data())
@settings(max_examples=200)
def test_any_recorded_workflow_replayed_is_never_different_and_asks_nothing_new(
    drawn: Workflow, data: st.DataObject
) -> None:
    tape = Tape(drawn)
    for message in ("one", "two", "three"):
        elapsed = 0

        def play(turn: Turn) -> tuple[Input, int]:
            nonlocal elapsed
            elapsed += data.draw(st.sampled_from([0, 10, 10, 10, 30_000]))
            return properties.answer(data, turn), elapsed

        tape.run(message, play)
    for found in replay(drawn, tape.turns):
        assert found.draft == found.recorded
        assert not found.changed and not found.unknown


@given(properties.wired(), properties.workflows(), st.data())
@settings(max_examples=200)
def test_any_other_workflow_can_be_compared_and_unknown_is_the_end_of_a_turn(
    drawn: Workflow, other: Workflow, data: st.DataObject
) -> None:
    tape = Tape(drawn)
    for message in ("one", "two"):
        tape.run(message, lambda turn: (properties.answer(data, turn), 0))
    found = replay(other, tape.turns)
    assert len(found) == 2
    for each in found:
        assert each.changed or each.unknown or each.draft == each.recorded


def _ends() -> tuple[Node, ...]:
    return Handoff(id="h", reason="A person."), End(id="e", text="Good bye.")
