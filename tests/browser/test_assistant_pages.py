"""The assistant's pages in the settings: switch and budget, turns and figures, in every theme and size."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect

from core import ids
from tests.browser.accessibility import serious_violations
from tests.browser.conftest import Stage, until
from tests.browser.settings import Settings, at_settings
from tests.browser.site import Site
from tests.browser.test_looks import PICTURES, Look, each_look
from tests.browser.workflow import WorkflowEditor, at_workflow
from tests.people import add_agent
from tests.running import Running
from tests.stack import Stack


def at(stage: Stage, page: str, *, email: str = "") -> Settings:
    return at_settings(stage, f"projects/{stage.project_id}/settings/{page}", email=email)


def test_the_operator_is_told_what_is_missing(stage: Stage) -> None:
    page = at(stage, "assistant")
    expect(page.page.get_by_text("No AI provider is configured.")).to_be_visible()
    expect(page.page.get_by_text("must set PARLEY_AI")).to_be_visible()


def test_a_manager_turns_the_assistant_on(stage: Stage) -> None:
    page = at(stage, "assistant")
    expect(page.page.get_by_label("The workflow")).to_be_disabled()
    page.page.get_by_role("switch", name="Turned on").check()
    page.fill("Name", "Fern")
    page.fill("Prompt", "We sell pots.")
    page.page.get_by_label("When no agent is online").check()
    page.fill("Tokens a day, at most", "50,000")
    page.press("Save")
    page.expect_toast("Saved.")
    expect(page.page.get_by_text("0 of 50,000 tokens")).to_be_visible()
    page.page.reload()
    expect(page.page.get_by_role("switch", name="Turned on")).to_be_checked()
    expect(page.page.get_by_label("Name", exact=True)).to_have_value("Fern")
    expect(page.page.get_by_label("When no agent is online")).to_be_checked()


def test_a_wrong_budget_is_explained_at_its_field(stage: Stage) -> None:
    page = at(stage, "assistant")
    page.fill("Tokens a day, at most", "lots")
    page.press("Save")
    expect(page.page.get_by_label("Tokens a day, at most")).to_be_focused()
    expect(page.page.get_by_text("Enter a number between 1,000 and 100,000,000.")).to_be_visible()


@pytest.mark.parametrize("kept", ["mine", "theirs"])
def test_two_managers_who_change_the_settings_see_both_versions(stage: Stage, kept: str) -> None:
    stage.allow_errors("409")
    mai = at(stage, "assistant")
    tom = at(stage, "assistant", email=add_agent(stage.stack, stage.project, name="Tom"))
    for page, name in ((tom, "Tom's"), (mai, "Mai's")):
        page.fill("Name", name)
    mai.press("Save")
    mai.expect_toast("Saved.")
    tom.press("Save")
    notice = tom.page.get_by_role("alert").filter(has_text="Another person changed these settings")
    expect(notice).to_contain_text("Name: “Mai's”")
    if kept == "mine":
        tom.press("Keep my changes and replace what is saved")
        tom.expect_toast("Saved.")
    else:
        tom.press("Discard my changes and use what is saved")
    expect(notice).to_have_count(0)
    name = "Tom's" if kept == "mine" else "Mai's"
    expect(tom.page.get_by_label("Name", exact=True)).to_have_value(name)


def test_an_agent_reads_the_settings_and_sees_no_turns(stage: Stage) -> None:
    email = add_agent(stage.stack, stage.project, name="Lan", role="agent")
    page = at(stage, "assistant", email=email)
    expect(page.page.get_by_label("Name", exact=True)).to_be_disabled()
    expect(page.page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    page.page.get_by_role("link", name="Turns", exact=True).click()
    expect(page.page.get_by_text("Only project managers can see this page.")).to_be_visible()


def conversation(stage: Stage) -> UUID:
    """A visitor's conversation."""
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    query = "SELECT id FROM conversations WHERE project_id = $1"
    until(visitor.page, lambda: bool(stage.stack.sql(query, stage.project_id)))
    made: UUID = stage.stack.sql(query, stage.project_id)[0]["id"]
    return made


def add_turn(stage: Stage, talk: UUID, *, days: int = 0, state: str = "completed", error: str = "") -> UUID:
    """A turn of that many days ago, as the worker leaves it."""
    made = UUID(bytes=ids.make())
    stage.stack.sql(
        "INSERT INTO assistant_turns (project_id, id, conversation_id, state, error, first_ms, provider, "
        "model, prompt_tokens, answer_tokens, cost, owner_version, lease_until, created_at, ended_at) "
        "VALUES ($1, $2, $3, $4, $5, 640, 'local', 'small-1', 812, 64, 430, 0, now(), "
        "now() - $6 * interval '1 day', now() - $6 * interval '1 day' + interval '1.9 s')",
        stage.project_id,
        made,
        talk,
        state,
        error,
        days,
    )
    steps = (
        ("wants_person", "ask", "no", json.dumps({"instruction": "Does the visitor want a person?"})),
        ("answer", "ask", "text", "{}"),
        ("answer", "say", "", "It arrives tomorrow."),
    )
    for number, (node, kind, outcome, sent) in enumerate(steps, 1):
        stage.stack.sql(
            "INSERT INTO assistant_steps (project_id, turn_id, number, attempt, node, kind, outcome, sent, "
            "received, ms, prompt_tokens, answer_tokens, at) "
            "VALUES ($1, $2, $3, 1, $4, $5, $6, $7, '', 420, 180, 12, now())",
            stage.project_id,
            made,
            number,
            node,
            kind,
            outcome,
            sent,
        )
    return made


def test_a_turn_is_found_by_its_state_and_leads_to_its_conversation(stage: Stage) -> None:
    talk = conversation(stage)
    for days in range(3):
        add_turn(stage, talk, days=days)
    add_turn(stage, talk, state="failed", error="provider_unavailable")
    page = at(stage, "assistant-turns")
    expect(page.page.locator(".item")).to_have_count(4)
    page.page.get_by_label("State").select_option("failed")
    expect(page.page.locator(".item")).to_have_count(1)
    page.press("Details")
    expect(page.page.get_by_role("button", name="All turns")).to_be_focused()
    expect(page.card("One turn")).to_contain_text("The provider could not be reached.")
    expect(page.card("One turn")).to_contain_text("812 sent, 64 received")
    steps = page.page.get_by_role("list", name="Steps").locator("> li")
    expect(steps).to_have_count(3)
    steps.first.get_by_text("What was sent").click()
    expect(steps.first).to_contain_text('"instruction": "Does the visitor want a person?"')
    page.page.get_by_role("link", name="Open the conversation").click()
    expect(page.page).to_have_url(f"{page.url}/app/p/{stage.project_id}/c/{talk}")


def test_the_figures_count_turns_and_say_where_conversations_end(stage: Stage) -> None:
    talk = conversation(stage)
    for days in range(3):
        add_turn(stage, talk, days=days)
    add_turn(stage, talk, state="failed", error="empty_answer")
    stage.stack.sql(
        "UPDATE conversations SET owner = 'person', owner_reason = 'declined' WHERE id = $1", talk
    )
    page = at(stage, "assistant-figures")
    expect(page.page.locator(".numbers div").filter(has_text="Turns")).to_contain_text("4")
    expect(page.page.get_by_role("img", name="4 turns from")).to_be_visible()
    expect(page.card("Why it handed over")).to_contain_text("The visitor asked for a person")
    page.page.get_by_text("As a table").click()
    expect(page.page.get_by_role("table").locator("tbody tr")).to_have_count(30)
    page.page.get_by_label("Period").select_option("7")
    page.page.get_by_text("As a table").click()
    expect(page.page.get_by_role("table").locator("tbody tr")).to_have_count(7)


def test_a_published_workflow_that_is_not_in_use_says_why(stage: Stage) -> None:
    page = at_workflow(stage)
    unused = page.page.get_by_text("no conversation goes through the published workflow")
    page.save()
    expect(unused).to_have_count(0)
    page.publish("")
    expect(unused).to_have_text(re.compile("The assistant is turned off"))
    unused.get_by_role("link", name="Settings of the assistant").click()
    page.page.get_by_role("switch", name="Turned on").click()
    page.press("Save")
    page.expect_toast("Saved.")
    page.page.get_by_role("link", name="Workflow", exact=True).click()
    expect(page.page.get_by_text("Version 1 is published")).to_be_visible()
    expect(unused).to_have_count(0)
    page.page.get_by_role("link", name="Settings", exact=True).click()
    page.page.get_by_text("The prompt below").click()
    page.press("Save")
    page.expect_toast("Saved.")
    page.page.get_by_role("link", name="Workflow", exact=True).click()
    expect(unused).to_have_text(re.compile("The assistant follows its prompt"))


@dataclass(frozen=True)
class Studio:
    """A project with turns, and its manager at the editor."""

    stage: Stage
    editor: WorkflowEditor


@pytest.fixture(scope="module")
def studio(browser: Browser, shared_stack: Stack, site: Site, server: Running) -> Iterator[Studio]:
    """A version is published, and the draft has a problem."""
    PICTURES.mkdir(exist_ok=True)
    stage = Stage(browser, shared_stack, site, server)
    talk = conversation(stage)
    for days in range(20):
        for _ in range(days % 5 + 1):
            add_turn(stage, talk, days=days, state="failed" if days % 7 == 3 else "completed")
    stage.stack.sql(
        "UPDATE conversations SET owner = 'person', owner_reason = 'handed_over' WHERE id = $1", talk
    )
    editor = at_workflow(stage)
    editor.arrange()
    editor.save()
    editor.publish("The first one.")
    editor.expect_toast("Version 1 was published.")
    editor.add("Collect", Name_of_the_step="Order number", Name_of_the_value="order")
    editor.save()
    yield Studio(stage, editor)
    stage.close()


@each_look
def test_every_page_of_the_assistant_looks_right_and_is_accessible(studio: Studio, look: Look) -> None:
    editor, faults = studio.editor, []
    look.apply(editor.page)
    for name in ("assistant", "assistant-turns", "assistant-figures"):
        editor.visit(f"projects/{studio.stage.project_id}/settings/{name}")
        expect(editor.page.locator(".card").first).to_be_visible()
        expect(editor.page.locator(".bones")).to_have_count(0)
        faults += look.faults(editor.page, name)
    editor.visit(f"projects/{studio.stage.project_id}/settings/assistant-workflow")
    step = editor.page.locator(".flow-node.is-collect, .flow-item.is-collect > button")
    expect(step).to_be_visible()
    if editor.canvas.count():  # the map may be above the step where the view begins
        editor.press("Show everything")
    step.click()
    expect(editor.side.get_by_label("Name of the step")).to_have_value("Order number")
    faults += look.faults(editor.page, "workflow-step")
    for name in ("Problems", "Test", "Versions"):
        editor.tab(name)
        if name == "Versions":
            editor.press("Compare with the draft: version 1")
        faults += look.faults(editor.page, f"workflow-{name.lower()}")
    assert not faults, "\n".join(faults)


def test_the_editor_speaks_vietnamese(studio: Studio) -> None:
    stage = studio.stage
    agent = stage.agent(email=add_agent(stage.stack, stage.project, name="Linh"))
    stage.stack.sql("UPDATE users SET language = 'vi' WHERE full_name = 'Linh'")
    agent.page.goto(f"{agent.url}/app/projects/{stage.project_id}/settings/assistant-workflow")
    agent.page.locator(".flow-node.is-collect").click()
    agent.page.get_by_role("tab", name="Vấn đề").click()
    expect(agent.page.get_by_text("Hãy viết câu hỏi.")).to_be_visible()
    agent.page.screenshot(path=PICTURES / "workflow-vi.png")
    assert serious_violations(agent.page) == []


def test_the_editor_can_be_used_in_a_contrast_theme(studio: Studio) -> None:
    page = studio.editor.page
    page.emulate_media(forced_colors="active", color_scheme="dark")
    page.set_viewport_size({"width": 1280, "height": 800})
    studio.editor.visit(f"projects/{studio.stage.project_id}/settings/assistant-workflow")
    page.locator(".flow-node.is-collect").click()
    page.screenshot(path=PICTURES / "workflow-contrast.png")
    border = page.locator(".flow-node").first.evaluate("one => getComputedStyle(one).borderTopStyle")
    assert border == "solid"
    page.emulate_media(forced_colors="none")
