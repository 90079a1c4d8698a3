"""The workflow editor: built by mouse and by keyboard, checked, published, compared and tested."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.assistant import graph
from tests.browser.conftest import Stage, until
from tests.browser.forms import add_template
from tests.browser.workflow import WorkflowEditor, at_workflow
from tests.people import add_agent

KINDS = ("Start", "AI answer", "Action", "Condition", "Switch", "Collect", "Hand-off", "End")


def empty(page: WorkflowEditor) -> None:
    """Delete the sample."""
    page.nodes.first.focus()
    page.page.keyboard.press("Control+a")
    page.page.keyboard.press("Delete")
    expect(page.nodes).to_have_count(0)


def saved(stage: Stage) -> graph.Workflow:
    """The draft in the database."""
    row = stage.stack.sql("SELECT workflow FROM workflow_drafts WHERE project_id = $1", stage.project_id)[0]
    return graph.parse(row["workflow"] if isinstance(row["workflow"], bytes) else row["workflow"].encode())


def wires(workflow: graph.Workflow) -> set[tuple[str, str, str]]:
    """Each route with the names of its steps."""
    names = {node.id: node.name for node in workflow.nodes}
    return {
        (node.name, route, names[target])
        for node in workflow.nodes
        for route, target in graph.routes(node)
        if target
    }


REFUND = {
    ("Begin", "next", "Refund?"),
    ("Refund?", "yes", "Form"),
    ("Refund?", "no", "Helper"),
    ("Form", "next", "Thanks"),
}


@pytest.mark.smoke
def test_a_workflow_is_built_by_mouse_and_published(stage: Stage) -> None:
    add_template(stage, "Refund form")
    page = at_workflow(stage)
    empty(page)
    page.add("Start", Name_of_the_step="Begin")
    page.add("Condition", Name_of_the_step="Refund?", Question="Does the visitor want a refund?")
    page.add("Action", Name_of_the_step="Form")
    page.side.get_by_label("What it does").select_option("Send a form")
    page.side.get_by_label("Form", exact=True).select_option("Refund form")
    page.add("AI answer", Name_of_the_step="Helper", Prompt="Answer the visitor.")
    page.add("End", Name_of_the_step="Thanks", Text_for_the_visitor="Thank you.")
    page.arrange()
    page.wire("Begin", "next", "Refund?")
    page.wire("Refund?", "yes", "Form")
    page.wire("Refund?", "no", "Helper")
    page.wire("Form", "next", "Thanks")
    expect(page.lines).to_have_count(4)
    expect(page.page.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
    page.save()
    expect(page.page.get_by_text("Ready to publish")).to_be_visible()
    assert wires(saved(stage)) == REFUND
    page.publish("Refunds.")
    page.expect_toast("Version 1 was published.")
    expect(page.page.get_by_text("Version 1 is published")).to_be_visible()
    expect(page.page.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
    page.tab("Versions")
    expect(page.side.get_by_text("Refunds.")).to_be_visible()


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press Tab until this element has the focus."""
    for _ in range(120):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError("the element is not reached by keyboard")


def test_a_workflow_is_built_by_keyboard_alone_and_published(stage: Stage) -> None:
    add_template(stage, "Refund form")
    page = at_workflow(stage)
    keys, side = page.page.keyboard, page.side

    def press(name: str, key: str = "Tab") -> None:
        tab_to(page.page, page.page.get_by_role("button", name=name, exact=True), key)
        keys.press("Enter")

    def add(kind: str, name: str) -> None:
        press(f"Add a step: {kind}", "Shift+Tab")
        expect(side.get_by_label("Name of the step")).to_be_focused()
        keys.type(name)

    def fill(label: str, text: str) -> None:
        tab_to(page.page, side.get_by_label(label, exact=True))
        keys.type(text)

    def choose(label: str, text: str) -> None:
        field = side.get_by_label(label, exact=True)
        tab_to(page.page, field)
        for _ in range(20):
            if text in str(field.evaluate("one => one.selectedOptions[0].text")):
                return
            keys.press("ArrowDown")
        raise AssertionError(f"there is no {text}")

    tab_to(page.page, page.nodes.first)
    keys.press("Control+a")
    keys.press("Delete")
    expect(page.nodes).to_have_count(0)
    add("End", "Thanks")
    fill("Text for the visitor", "Thank you.")
    add("Action", "Form")
    choose("What it does", "Send a form")
    choose("Form", "Refund form")
    choose("next", "Thanks")
    add("AI answer", "Helper")
    fill("Prompt", "Answer the visitor.")
    add("Condition", "Refund?")
    fill("Question", "Does the visitor want a refund?")
    choose("yes", "Form")
    choose("no", "Helper")
    add("Start", "Begin")
    choose("next", "Refund?")
    expect(page.lines).to_have_count(4)
    press("Save", "Shift+Tab")
    page.expect_toast("The draft was saved.")
    assert wires(saved(stage)) == REFUND
    press("Publish")
    tab_to(page.page, page.dialog.get_by_label("Note"))
    keys.type("By keyboard.")
    tab_to(page.page, page.dialog.get_by_role("button", name="Publish"))
    keys.press("Enter")
    page.expect_toast("Version 1 was published.")


def test_every_type_of_step_is_added_edited_and_undone(stage: Stage) -> None:
    page = at_workflow(stage)
    empty(page)
    for kind in KINDS:
        page.add(kind, Name_of_the_step=f"My {kind}")
        expect(page.node(f"My {kind}")).to_be_visible()
    expect(page.page.get_by_role("button", name="Add a step: Start")).to_be_disabled()
    page.page.get_by_role("heading", level=1).click()
    for count in (7, 6):  # the name, then the step
        page.page.keyboard.press("Control+z")
        page.page.keyboard.press("Control+z")
        expect(page.nodes).to_have_count(count)
    page.page.keyboard.press("Control+Shift+z")
    page.press("Redo")
    expect(page.node("My Hand-off")).to_be_visible()
    expect(page.nodes).to_have_count(7)


def test_an_area_is_selected_and_deleted(stage: Stage) -> None:
    page = at_workflow(stage)
    count = page.nodes.count()
    page.press("Select an area")
    box = page.page.locator(".react-flow__pane").bounding_box()
    assert box is not None
    page.page.mouse.move(box["x"] + box["width"] - 8, box["y"] + 8)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 8, box["y"] + box["height"] - 130, steps=8)
    page.page.mouse.up()
    expect(page.side.get_by_text(f"{count} steps are selected.")).to_be_visible()
    page.press("Delete what is selected")
    expect(page.nodes).to_have_count(0)
    page.press("Undo")
    expect(page.nodes).to_have_count(count)


def test_delete_right_after_a_click_on_a_line_removes_the_line(stage: Stage) -> None:
    page = at_workflow(stage)
    nodes, lines = page.nodes.count(), page.lines.count()
    page.nodes.last.click()
    # Both in one task of the page: nothing is rendered in between.
    page.page.evaluate(
        """() => {
          const line = document.querySelector(".react-flow__edge .react-flow__edge-interaction");
          line.dispatchEvent(new MouseEvent("click", { bubbles: true }));
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Delete", bubbles: true }));
        }"""
    )
    expect(page.lines).to_have_count(lines - 1)
    expect(page.nodes).to_have_count(nodes)


def place(node: Locator) -> tuple[float, float]:
    """Where a step is on the canvas, whatever part of it is shown."""
    x, y = node.evaluate("one => { const m = new DOMMatrix(one.style.transform); return [m.e, m.f] }")
    return float(x), float(y)


def test_a_step_is_moved_by_mouse_and_by_the_arrow_keys(stage: Stage) -> None:
    page = at_workflow(stage)
    node = page.nodes.first
    box, before = node.bounding_box(), place(node)
    assert box is not None
    page.page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 20, box["y"] + 60, steps=5)
    page.page.mouse.up()
    dragged = place(node)
    assert dragged[1] - before[1] > 40
    node.focus()
    page.page.keyboard.press("ArrowLeft")
    until(page.page, lambda: place(node)[0] < dragged[0])
    page.press("Undo")
    until(page.page, lambda: place(node) == dragged)
    page.press("Undo")
    until(page.page, lambda: place(node) == before)


def test_enter_selects_a_step_and_once_more_opens_its_fields(stage: Stage) -> None:
    page = at_workflow(stage)
    page.node("Answer").focus()
    page.page.keyboard.press("Enter")
    expect(page.side.get_by_label("Name of the step")).to_have_value("Answer")
    expect(page.node("Answer")).to_be_focused()
    page.page.keyboard.press("Enter")
    expect(page.side.get_by_label("Name of the step")).to_be_focused()


def test_problems_are_shown_on_the_step_and_lead_to_it(stage: Stage) -> None:
    page = at_workflow(stage)
    empty(page)
    page.add("Start")
    page.add("Collect", Name_of_the_step="Order number")
    page.save()
    publish = page.page.get_by_role("button", name="Publish", exact=True)
    expect(publish).to_be_disabled()
    expect(publish).to_have_accessible_description("Solve 5 problems before you publish.")
    expect(page.node("Order number").locator(".tag")).to_contain_text("4")
    page.tab("Problems")
    page.side.get_by_text("Order number: Write a question.").click()
    expect(page.side.get_by_label("Name of the step")).to_have_value("Order number")
    expect(page.side.get_by_text("No way leads here from the start.")).to_be_visible()


def test_versions_are_compared_with_the_draft_and_restored(stage: Stage) -> None:
    page = at_workflow(stage)
    page.save()
    page.publish("The sample.")
    page.expect_toast("Version 1 was published.")
    page.node("Answer").click()
    page.fill("Prompt", "Answer in rhymes.", inside=page.side)
    page.add("End", Name_of_the_step="Bye")
    page.tab("Versions")
    page.press("Compare with the draft: version 1")
    expect(page.side.locator(".flow-diff > li").filter(has_text="Bye")).to_contain_text("added")
    changed = page.side.locator(".flow-diff > li").filter(has_text="Answer in rhymes.")
    expect(changed).to_contain_text("Prompt")
    page.press("Restore into the draft")
    page.expect_toast("The draft is version 1 again. Save it to keep it.")
    expect(page.side.get_by_text("There are no differences.")).to_be_visible()


def test_the_test_chat_goes_through_the_draft(stage: Stage) -> None:
    page = at_workflow(stage)
    empty(page)
    page.add("Hand-off", Name_of_the_step="Colleague", Text_for_the_visitor="A colleague helps you.")
    page.add("AI answer", Name_of_the_step="Helper", Prompt="Answer the visitor.")
    page.side.get_by_label("Write a note about the visitor").check()
    page.add("Condition", Name_of_the_step="Person?", Question="Does the visitor want a person?")
    page.leads("yes", "Colleague")
    page.leads("no", "Helper")
    page.add("Start")
    page.leads("next", "Person?")
    page.tab("Test")
    chat = page.side
    chat.get_by_label("Message of the visitor").fill("Where is my parcel?")
    chat.get_by_label("Message of the visitor").press("Enter")
    expect(page.node("Person?").locator(".flow-node")).to_have_class("flow-node is-condition is-active")
    page.press("no", inside=chat)
    expect(page.node("Helper").locator(".is-active")).to_be_visible()
    chat.get_by_label("Tool that the model calls").select_option("Write a note about the visitor")
    chat.get_by_label("Note", exact=True).fill("Waits for a parcel.")
    page.press("Call: Write a note about the visitor", inside=chat)
    page.press("It worked", inside=chat)
    chat.get_by_label("Play the model's answer").fill("It arrives tomorrow.")
    page.press("Answer", inside=chat)
    expect(chat.locator(".test-said.is-assistant")).to_contain_text("It arrives tomorrow.")
    expect(chat.get_by_text("The assistant waits for the visitor.")).to_be_visible()
    chat.get_by_label("Message of the visitor").fill("A person, please")
    page.press("Send", inside=chat)
    page.press("yes", inside=chat)
    expect(chat.locator(".test-over")).to_have_count(2)
    expect(chat.locator(".test-over").last).to_contain_text("A person takes over.")
    page.press("Start again", inside=chat)
    expect(chat.locator(".test-log li")).to_have_count(0)
    assert stage.stack.sql("SELECT 1 FROM workflow_drafts WHERE project_id = $1", stage.project_id) == []


@pytest.mark.parametrize("kept", ["mine", "theirs"])
def test_two_managers_who_edit_one_workflow_see_both_drafts(stage: Stage, kept: str) -> None:
    stage.allow_errors("409")
    mai = at_workflow(stage)
    tom = at_workflow(stage, email=add_agent(stage.stack, stage.project, name="Tom"))
    for page, name in ((tom, "Tom's end"), (mai, "Mai's end")):
        page.add("End", Name_of_the_step=name)
    mai.save()
    tom.press("Save")
    notice = tom.page.get_by_role("alert").filter(has_text="Mai saved this workflow")
    notice.get_by_text("How the saved draft differs from yours").click()
    expect(notice).to_contain_text("Mai's end")
    if kept == "mine":
        tom.press("Keep my changes and replace the saved draft")
        tom.expect_toast("The draft was saved.")
        expect(notice).to_have_count(0)
        names = {node.name for node in saved(stage).nodes}
        assert "Tom's end" in names and "Mai's end" not in names
    else:
        tom.press("Discard my changes and use the saved draft")
        expect(tom.node("Mai's end")).to_be_visible()
        expect(tom.node("Tom's end")).to_have_count(0)


def test_a_workflow_is_exported_and_imported(stage: Stage, tmp_path: Path) -> None:
    page = at_workflow(stage)
    with page.page.expect_download() as download:
        page.press("Export")
    exported = Path(download.value.path()).read_bytes()
    assert graph.parse(exported).start != ""
    empty(page)
    file = tmp_path / "workflow.json"
    file.write_text("{}")
    page.page.locator(".flow-bar input[type=file]").set_input_files(file)
    expect(page.page.get_by_role("alert").filter(has_text="This file is not a workflow.")).to_be_visible()
    file.write_bytes(exported)
    page.page.locator(".flow-bar input[type=file]").set_input_files(file)
    expect(page.nodes).to_have_count(len(graph.parse(exported).nodes))


def test_a_workflow_of_200_steps_can_be_edited(stage: Stage, tmp_path: Path) -> None:
    nodes: list[dict[str, object]] = [{"id": "n0", "type": "start", "next": "n1"}]
    nodes += [
        {"id": f"n{n}", "type": "llm", "name": f"Step {n}", "prompt": "Go on.", "next": f"n{n + 1}"}
        for n in range(1, 199)
    ]
    nodes.append({"id": "n199", "type": "end", "name": "Last", "text": "Bye."})
    file = tmp_path / "large.json"
    file.write_text(json.dumps({"nodes": nodes}))
    page = at_workflow(stage)
    page.page.locator(".flow-bar input[type=file]").set_input_files(file)
    expect(page.nodes).to_have_count(200)
    page.arrange()
    page.press("List")
    page.page.get_by_role("button", name="AI answer Step 150").click()
    page.fill("Name of the step", "In the middle", inside=page.side)
    page.press("List")
    expect(page.node("In the middle")).to_be_visible()
    expect(page.page.get_by_role("button", name="Add a step: End")).to_be_disabled()
    page.save()
    assert len(saved(stage).nodes) == 200


def test_leaving_with_unsaved_changes_asks_first(stage: Stage) -> None:
    page = at_workflow(stage)
    page.add("End")
    page.page.get_by_role("link", name="Members", exact=True).click()
    expect(page.dialog).to_contain_text("Leave without saving?")


def test_an_agent_reads_and_does_not_write(stage: Stage) -> None:
    page = at_workflow(stage, email=add_agent(stage.stack, stage.project, name="Lan", role="agent"))
    for name in ("Save", "Publish", "Add a step: End", "Undo", "Import"):
        expect(page.page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    page.nodes.last.click()
    expect(page.side.get_by_label("Name of the step")).to_be_disabled()
    count = page.nodes.count()
    page.page.keyboard.press("Delete")
    expect(page.nodes).to_have_count(count)


def test_a_phone_shows_the_steps_as_a_list(stage: Stage) -> None:
    page = at_workflow(stage)
    page.page.set_viewport_size({"width": 390, "height": 844})
    expect(page.canvas).to_have_count(0)
    steps = page.page.get_by_role("region", name="Steps", exact=True)
    steps.get_by_role("button").last.click()
    expect(page.side.get_by_label("Name of the step")).to_be_focused()
    page.fill("Name of the step", "On the phone", inside=page.side)
    expect(steps.get_by_role("button", name="On the phone")).to_be_visible()
    page.save()
