"""Visitors in the dashboard: renamed, muted, blocked, found; their other conversations; blocked addresses."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent, Visitor
from tests.browser.settings import Settings
from tests.client import text


def actions(agent: Agent) -> Locator:
    return agent.panel.get_by_role("button", name="Actions")


def act(agent: Agent, name: str) -> None:
    """Choose an action on the open conversation's visitor."""
    actions(agent).click()
    agent.page.get_by_role("option", name=name).click()


def see(agent: Agent, view: str) -> None:
    """Show another view of the inbox."""
    views = agent.page.get_by_role("navigation", name="Inbox")
    views.get_by_role("button", name=re.compile("^(More|Muted|All|Solved)$")).click()
    agent.page.get_by_role("option", name=view, exact=True).click()


@pytest.fixture
def wide(stage: Stage) -> tuple[Visitor, Agent]:
    """A visitor who has written, and an agent with three panes who has opened the conversation."""
    agent = Agent(stage.page(stage.context(viewport={"width": 1440, "height": 900})), stage.server.url)
    agent.arrive(stage.email)
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    agent.open("hello?")
    expect(actions(agent)).to_be_visible()
    return visitor, agent


@pytest.mark.smoke
def test_a_new_name_is_on_every_screen_of_the_team_and_not_on_the_visitors(
    stage: Stage, wide: tuple[Visitor, Agent]
) -> None:
    visitor, agent = wide
    colleague = stage.agent()
    act(agent, "Rename")
    field = agent.panel.get_by_role("textbox", name="Name for your team")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile("Only your team sees"))
    field.fill("x" * 51)
    expect(agent.panel.get_by_role("alert")).to_have_text("Use at most 50 characters.")
    field.fill("Jonas, the regular")
    field.press("Enter")
    expect(agent.panel.get_by_role("heading", name="Jonas, the regular")).to_be_visible()
    expect(actions(agent)).to_be_focused()
    expect(colleague.row("Jonas, the regular")).to_be_visible()
    visitor.write("again")
    expect(colleague.row("Jonas, the regular")).to_contain_text("again")
    visitor.page.reload()
    expect(visitor.page.locator("body")).not_to_contain_text("Jonas")

    act(agent, "Rename")
    field.fill("")
    field.press("Escape")
    expect(agent.panel.get_by_role("heading", name="Jonas, the regular")).to_be_visible()
    act(agent, "Rename")
    field.fill("")
    agent.panel.get_by_role("button", name="Save").click()
    expect(colleague.row("Jonas, the regular")).to_have_count(0)


def test_a_muted_visitor_is_in_a_view_of_their_own(stage: Stage, wide: tuple[Visitor, Agent]) -> None:
    visitor, agent = wide
    colleague = stage.agent()
    expect(colleague.row("hello?")).to_be_visible()
    act(agent, "Mute")
    expect(agent.panel.get_by_text("Muted by Mai")).to_be_visible()
    expect(agent.row("hello?")).to_have_count(0)
    expect(colleague.row("hello?")).to_have_count(0)
    see(colleague, "Muted")
    expect(colleague.row("hello?")).to_be_visible()
    visitor.write("anyone?")
    visitor.expect_mark("anyone?", "Sent")
    expect(colleague.row("anyone?")).to_be_visible()
    expect(agent.bubble("anyone?")).to_be_visible()
    expect(agent.row("anyone?")).to_have_count(0)
    act(agent, "Unmute")
    expect(agent.row("anyone?")).to_be_visible()
    expect(colleague.row("anyone?")).to_have_count(0)


@pytest.mark.smoke
def test_a_blocked_visitor_notices_nothing_and_no_agent_sees_what_they_write(
    stage: Stage, wide: tuple[Visitor, Agent]
) -> None:
    visitor, agent = wide
    act(agent, "Block…")
    dialog = agent.page.get_by_role("dialog", name=re.compile("^Block .+\\?$"))
    dialog.get_by_label("Reason").fill("Insults")
    dialog.get_by_role("button", name="Block").click()
    expect(dialog).to_have_count(0)
    expect(agent.panel.get_by_text("Blocked by Mai")).to_be_visible()
    expect(agent.panel.get_by_text("Insults")).to_be_visible()
    expect(agent.row("hello?")).to_have_count(0)
    expect(agent.thread.get_by_text("You do not see new messages and cannot answer.")).to_be_visible()
    expect(agent.composer).to_have_count(0)
    visitor.write("you fools")
    visitor.expect_mark("you fools", "Sent")
    visitor.page.reload()
    expect(visitor.bubble("you fools")).to_be_visible()
    agent.page.reload()
    expect(agent.bubble("hello?")).to_be_visible()
    expect(agent.page.get_by_text("you fools")).to_have_count(0)

    settings = Settings(agent)
    settings.visit(f"projects/{text(stage.project)}/settings/blocked")
    expect(settings.item("Insults")).to_contain_text("by Mai")
    settings.item("Insults").get_by_role("button", name=re.compile("^Unblock ")).click()
    expect(settings.toast).to_contain_text("is no longer blocked.")
    expect(settings.item("Insults")).to_have_count(0)
    agent.visit()
    expect(agent.row("you fools")).to_be_visible()


def test_the_menu_and_the_dialog_work_with_the_keyboard(wide: tuple[Visitor, Agent]) -> None:
    _, agent = wide
    actions(agent).focus()
    agent.page.keyboard.press("Enter")
    agent.page.keyboard.press("B")
    agent.page.keyboard.press("Enter")
    dialog = agent.page.get_by_role("dialog", name=re.compile("^Block"))
    expect(dialog).to_be_visible()
    agent.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(actions(agent)).to_be_focused()
    expect(agent.row("hello?")).to_be_visible()


def test_other_conversations_of_the_visitor_are_listed_and_open(
    stage: Stage, wide: tuple[Visitor, Agent]
) -> None:
    visitor, agent = wide
    expect(agent.panel.get_by_text("This is the only one.")).to_be_visible()
    stage.stack.sql("UPDATE projects SET history_mode = 'limit_to_active' WHERE id = $1", stage.project_id)
    agent.page.get_by_role("button", name="Solve").click()
    expect(agent.page.get_by_role("button", name="Reopen")).to_be_visible()
    visitor.write("something else")
    agent.open("something else")
    other = agent.panel.get_by_role("link", name=re.compile("Solved.*hello\\?"))
    other.click()
    expect(agent.bubble("hello?")).to_be_visible()
    expect(agent.panel.get_by_role("link", name=re.compile("Open.*something else"))).to_be_visible()


def test_a_visitor_is_found_by_a_part_of_the_e_mail_address_beyond_the_loaded_rows(stage: Stage) -> None:
    stage.stack.sql(
        "INSERT INTO visitors (project_id, id, name, facts) "
        """VALUES ($1, gen_random_uuid(), 'Ada', '{"name": "Ada", "email": "ada@numbers.example"}')""",
        stage.project_id,
    )
    stage.stack.sql(
        "INSERT INTO conversations (project_id, id, visitor_id, last_seq, snippet, last_message_at) "
        "SELECT project_id, gen_random_uuid(), id, 0, 'the oldest', now() - interval '1 year' "
        "FROM visitors WHERE project_id = $1",
        stage.project_id,
    )
    stage.stack.sql(
        "WITH made AS (INSERT INTO visitors (project_id, id) "
        "SELECT $1, gen_random_uuid() FROM generate_series(1, 120) RETURNING project_id, id) "
        "INSERT INTO conversations (project_id, id, visitor_id, last_seq, snippet, last_message_at) "
        "SELECT project_id, gen_random_uuid(), id, 0, 'newer', now() FROM made",
        stage.project_id,
    )
    agent = stage.agent()
    expect(agent.rows.first).to_contain_text("newer")
    agent.page.get_by_role("textbox", name="Filter conversations").fill("numbers.ex")
    expect(agent.row("the oldest")).to_contain_text("Ada")
    expect(agent.rows).to_have_count(1)


def test_a_manager_blocks_a_range_and_not_their_own(stage: Stage) -> None:
    stage.allow_errors("/address-blocks")  # Chromium logs the 422 as an error
    agent, colleague = stage.agent(), stage.agent()
    settings, other = Settings(agent), Settings(colleague)
    for page in (settings, other):
        page.visit(f"projects/{text(stage.project)}/settings/blocked")
    expect(settings.card("Addresses")).to_contain_text("No address is blocked.")
    for wrong, sentence in (
        ("127.0.0.0/8", "Your own address is in this range."),
        ("10.0.0.0/7", "This range is too wide."),
        ("example.com", "Enter an address like"),
    ):
        settings.fill("Address or range", wrong)
        settings.press("Block")
        expect(settings.page.get_by_label("Address or range")).to_have_accessible_description(
            re.compile(re.escape(sentence))
        )
    settings.fill("Address or range", "203.0.113.9/24")
    settings.fill("Reason", "Spam")
    settings.page.get_by_label("Blocked for").select_option("One day")
    settings.press("Block")
    settings.expect_toast("203.0.113.0/24 is blocked.")
    for page in (settings, other):
        expect(page.item("203.0.113.0/24")).to_contain_text("Spam")
    settings.press("Unblock 203.0.113.0/24")
    settings.expect_toast("203.0.113.0/24 is no longer blocked.")
    expect(other.item("203.0.113.0/24")).to_have_count(0)
