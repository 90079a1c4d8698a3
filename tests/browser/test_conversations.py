"""The inbox's tools: filters and saved views, changes of many conversations, and deletion."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Agent, Visitor
from tests.browser.test_dashboard import three_waiting
from tests.browser.test_looks import PICTURES, Look, each_look
from tests.people import add_agent


def checkbox(agent: Agent, text: str) -> Locator:
    """The checkbox of a row; it appears under the pointer."""
    agent.row(text).hover()
    return agent.row(text).get_by_role("checkbox")


def toast(agent: Agent) -> Locator:
    return agent.page.locator(".toast")


def filter_by(agent: Agent, **fields: str | bool) -> None:
    """Opens the filter, sets its fields by their labels, and closes it."""
    page = agent.page
    page.get_by_role("button", name="Filter by status").click()
    panel = page.get_by_role("form", name="Conditions")
    for name, value in fields.items():
        field = panel.get_by_label(name.replace("_", " "), exact=True)
        if isinstance(value, bool):
            field.set_checked(value)
        else:
            field.select_option(label=value)
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def shown(agent: Agent, *texts: str) -> None:
    """The list has exactly these rows."""
    expect(agent.rows).to_have_count(len(texts))
    for text in texts:
        expect(agent.row(text)).to_be_visible()


def conversation_of(stage: Stage, text: str) -> UUID:
    found: UUID = stage.stack.sql(
        "SELECT id FROM conversations WHERE project_id = $1 AND snippet = $2", stage.project_id, text
    )[0][0]
    return found


@pytest.mark.smoke
def test_filters_are_combined_and_are_in_the_address(stage: Stage) -> None:
    add_agent(stage.stack, stage.project, name="Ben", role="agent")
    agent = three_waiting(stage)
    page = agent.page
    agent.open("first")
    agent.assign("Ben")
    page.keyboard.press("Escape")
    filter_by(agent, Assigned_to="Ben")
    shown(agent, "first")
    filter_by(agent, Unread=True)
    expect(page.get_by_text("No conversation fits").or_(page.get_by_text("All read"))).to_be_visible()
    page.get_by_role("button", name="Remove the condition: Unread").click()
    shown(agent, "first")
    assert "status=open" in page.url and "assignee=" in page.url and "unread" not in page.url
    page.reload()
    shown(agent, "first")
    filter_by(agent, Status="Open or pending", Assigned_to="Unassigned")
    shown(agent, "second", "third")
    agent.open("second")
    assert "assignee=none" in page.url
    page.keyboard.press("e")
    shown(agent, "third")
    page.get_by_role("button", name="Open", exact=True).or_(
        page.get_by_role("button", name=re.compile(r"^Open \d"))
    ).first.click()
    shown(agent, "first", "third")
    assert "?" not in page.url


def test_forms_and_notes_are_conditions_too(stage: Stage) -> None:
    agent = three_waiting(stage)
    for text, column in (("first", "has_form"), ("second", "has_note"), ("third", "has_form")):
        where = f"UPDATE conversations SET {column} = true WHERE id = $1"  # noqa: S608  a column
        stage.stack.sql(where, conversation_of(stage, text))
    filter_by(agent, With_a_form=True)
    shown(agent, "first", "third")
    filter_by(agent, With_a_form=False, With_notes_about_the_visitor=True)
    shown(agent, "second")


def test_a_filter_is_saved_and_follows_the_agent_to_other_devices(stage: Stage) -> None:
    agent = three_waiting(stage)
    elsewhere = stage.agent()
    page = agent.page

    def save(name: str) -> None:
        page.get_by_role("button", name="Filter by status").click()
        page.get_by_role("textbox", name="Save as a view: name").fill(name)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("form", name="Conditions")).to_have_count(0)

    filter_by(agent, Assigned_to="Unassigned", Status="Open or pending")
    save("To be taken")
    expect(page.get_by_role("button", name="To be taken")).to_have_attribute("aria-current", "page")
    filter_by(agent, Assigned_to="Me", Unread=True)
    save("My unread")

    expect(page.get_by_role("button", name="My unread", exact=True)).to_be_visible()
    until(page, lambda: len(more_once(elsewhere)) == 3)
    elsewhere.page.get_by_role("button", name="More", exact=True).click()
    elsewhere.page.get_by_role("option", name="To be taken").click()
    shown(elsewhere, "first", "second", "third")
    assert "assignee=none" in elsewhere.page.url

    page.get_by_role("button", name="My unread", exact=True).click()
    page.get_by_role("option", name="Manage saved views").click()
    dialog = page.get_by_role("dialog", name="Saved views")
    dialog.get_by_role("button", name="Move My unread up").click()
    expect(dialog.get_by_role("textbox").first).to_have_value("My unread")
    dialog.get_by_role("textbox").nth(1).fill("Free")
    dialog.get_by_role("textbox").nth(1).press("Enter")
    expect(dialog.get_by_role("button", name="Delete Free")).to_be_visible()
    dialog.get_by_role("textbox").nth(1).fill("my UNREAD")
    expect(dialog.get_by_text("Another view has this name.")).to_be_visible()
    dialog.get_by_role("textbox").nth(1).press("Enter")
    expect(dialog.get_by_role("textbox").nth(1)).to_have_value("Free")
    dialog.get_by_role("button", name="Delete My unread").click()
    expect(dialog.get_by_role("textbox")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(elsewhere.page.get_by_role("button", name="Free", exact=True)).to_be_visible()


def more_once(of: Agent) -> list[str]:
    """The saved views under "More", with the entry that manages them."""
    of.page.get_by_role("button", name="More", exact=True).click()
    names = of.page.get_by_role("listbox", name="More").get_by_role("option").all_inner_texts()
    of.page.keyboard.press("Escape")
    return [name for name in names if name not in {"Pending", "Solved", "Spam", "All"}]


@pytest.mark.smoke
def test_many_are_solved_with_the_mouse_and_put_back(stage: Stage) -> None:
    agent = three_waiting(stage)
    colleague = stage.agent(email=add_agent(stage.stack, stage.project, name="Ben", role="agent"))
    page = agent.page
    checkbox(agent, "third").check()
    expect(page.get_by_role("status").filter(has_text="1 selected")).to_be_attached()
    agent.row("first").get_by_role("checkbox").click(modifiers=["Shift"])
    expect(page.get_by_role("toolbar", name="Selected conversations")).to_contain_text("3 selected")
    agent.row("second").get_by_role("checkbox").uncheck()
    page.get_by_role("toolbar").get_by_role("button", name="Status").click()
    page.get_by_role("option", name="Solved").click()
    expect(toast(agent)).to_contain_text("Solved: 2.")
    shown(agent, "second")
    shown(colleague, "second")
    expect(page.get_by_role("toolbar")).to_have_count(0)
    toast(agent).get_by_role("button", name="Undo").click()
    shown(agent, "first", "second", "third")
    shown(colleague, "first", "second", "third")


def test_many_are_changed_with_the_keyboard(stage: Stage) -> None:
    agent = three_waiting(stage)
    page, keys = agent.page, agent.page.keyboard
    count = page.get_by_role("toolbar").locator(".selection-count")
    keys.press("x")
    expect(count).to_have_text("1 selected")
    expect(agent.row("third").get_by_role("checkbox")).to_be_checked()
    keys.press("Shift+J")
    expect(count).to_have_text("2 selected")
    keys.press("Shift+J")
    expect(count).to_have_text("3 selected")
    keys.press("Shift+K")
    expect(count).to_have_text("2 selected")
    expect(agent.row("first").get_by_role("checkbox")).not_to_be_checked()
    keys.press("Control+a")
    expect(count).to_have_text("3 selected")
    keys.press("a")
    page.get_by_role("option", name="Assign to me").click()
    expect(toast(agent)).to_contain_text("Assignee changed: 3.")
    page.get_by_role("button", name=re.compile("^Mine")).click()
    shown(agent, "first", "second", "third")
    keys.press("x")
    keys.press("Escape")
    expect(page.get_by_role("toolbar")).to_have_count(0)
    keys.press("x")
    keys.press("Shift+J")
    keys.press("e")
    expect(toast(agent)).to_contain_text("Solved: 2.")
    shown(agent, "first")
    keys.press("z")
    shown(agent, "first", "second", "third")
    keys.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Select all loaded conversations")


def test_the_selection_survives_live_updates_and_sorting(stage: Stage) -> None:
    visitors = {name: stage.visitor() for name in ("first", "second", "third")}
    for name, visitor in visitors.items():
        visitor.open()
        visitor.write(name)
        visitor.expect_mark(name, "Sent")
    agent = stage.agent()
    checkbox(agent, "first").check()
    expect(agent.rows.nth(2)).to_contain_text("first")
    visitors["first"].write("first again")
    expect(agent.rows.nth(0)).to_contain_text("first again")
    expect(agent.row("first again").get_by_role("checkbox")).to_be_checked()
    expect(agent.page.get_by_role("toolbar")).to_contain_text("1 selected")
    agent.page.get_by_role("toolbar").get_by_role("button", name="Mark as read").click()
    expect(toast(agent)).to_contain_text("Marked as read: 1.")
    expect(agent.unread("first again")).to_have_count(0)
    expect(agent.unread("second")).to_have_text("1")


def test_what_could_not_be_changed_is_said(stage: Stage) -> None:
    agent = three_waiting(stage)
    stage.stack.sql(
        "UPDATE conversations SET ended_at = now() WHERE id = $1", conversation_of(stage, "second")
    )
    agent.page.get_by_role("button", name="Select conversations").click()
    agent.page.get_by_role("checkbox", name="Select all loaded conversations").check()
    agent.page.keyboard.press("e")
    expect(toast(agent)).to_contain_text("Solved: 2. Not changed: 1.")
    shown(agent, "second")
    expect(agent.page.get_by_label("Filter conversations")).to_be_visible()  # the selection is over


def test_a_selection_that_is_only_begun_has_the_focus_and_ends_with_escape(stage: Stage) -> None:
    agent = three_waiting(stage)
    agent.open("second")
    agent.page.get_by_role("button", name="Select conversations").press("Enter")
    expect(agent.page.get_by_role("checkbox", name="Select all loaded conversations")).to_be_focused()
    agent.page.keyboard.press("Escape")
    expect(agent.page.get_by_label("Filter conversations")).to_be_visible()
    expect(agent.bubble("second")).to_be_visible()


@pytest.mark.smoke
def test_a_deleted_conversation_leaves_every_screen_and_the_next_text_starts_another(stage: Stage) -> None:
    stage.allow_errors("404")
    visitor, boss = stage.visitor(), stage.agent()
    ben = stage.agent(email=add_agent(stage.stack, stage.project, name="Ben", role="agent"))
    visitor.open()
    visitor.write("my card number is 4111")
    boss.open("my card number")
    boss.write("Please do not send it here")
    expect(visitor.bubble("Please do not send it here")).to_be_visible()
    ben.open("Please do not send it here")
    ben.page.get_by_role("button", name=re.compile("^Status: ")).click()
    expect(ben.page.get_by_role("option", name="Delete conversation")).to_have_count(0)
    ben.page.keyboard.press("Escape")

    boss.page.get_by_role("button", name=re.compile("^Status: ")).click()
    boss.page.get_by_role("option", name="Delete conversation").click()
    dialog = boss.page.get_by_role("dialog", name="Delete this conversation?")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    dialog.get_by_role("button", name="Delete conversation").click()
    expect(toast(boss)).to_contain_text("was deleted")
    for agent in (boss, ben):
        expect(agent.rows).to_have_count(0)
    expect(ben.page.get_by_text("Conversation not found")).to_be_visible()
    expect(visitor.messages.locator(".bubble")).to_have_count(0)
    visitor.page.reload()
    expect(visitor.composer).to_be_visible()
    expect(visitor.messages.locator(".bubble")).to_have_count(0)
    visitor.write("hello again")
    visitor.expect_mark("hello again", "Sent")
    for agent in (boss, ben):
        shown(agent, "hello again")
    boss.open("hello again")
    expect(boss.messages.locator(".said .bubble")).to_have_count(1)


def test_a_visitor_who_was_away_finds_nothing_of_a_deleted_conversation(stage: Stage) -> None:
    stage.allow_errors("404")
    context = stage.context()
    visitor, boss = stage.visitor(context), stage.agent()
    visitor.open()
    visitor.write("before")
    visitor.expect_mark("before", "Sent")
    visitor.page.close()
    boss.open("before")
    boss.page.get_by_role("button", name=re.compile("^Status: ")).click()
    boss.page.get_by_role("option", name="Delete conversation").click()
    boss.page.get_by_role("dialog").get_by_role("button", name="Delete conversation").click()
    expect(boss.rows).to_have_count(0)
    back: Visitor = stage.visitor(context)
    back.open()
    expect(back.messages.locator(".bubble")).to_have_count(0)


def test_a_reply_reopens_where_the_settings_say_so(stage: Stage) -> None:
    agent, visitor = stage.agent(), stage.visitor()
    visitor.open()
    visitor.write("hello?")
    agent.open("hello?")
    agent.page.keyboard.press("Escape")
    agent.visit(f"/app/projects/{stage.project_id}/settings")
    agent.page.get_by_role("radio", name="It is reopened").check()
    agent.page.get_by_role("button", name="Save").first.click()
    expect(agent.page.get_by_text("Saved").first).to_be_visible()
    agent.visit()
    agent.open("hello?")
    agent.page.get_by_role("button", name="Solve").click()
    expect(agent.page.get_by_role("button", name="Reopen")).to_be_visible()
    agent.write("one more thing", note=True)
    agent.write("one more thing")
    expect(agent.page.get_by_role("button", name="Solve")).to_be_visible()
    expect(agent.messages).to_contain_text("You reopened this")


def test_an_ended_conversation_leads_to_the_newer_one(stage: Stage) -> None:
    stage.allow_errors("409")
    stage.stack.sql("UPDATE projects SET history_mode = 'limit_to_active' WHERE id = $1", stage.project_id)
    agent, visitor = stage.agent(), stage.visitor()
    visitor.open()
    visitor.write("old question")
    agent.open("old question")
    agent.page.keyboard.press("e")
    expect(agent.page.get_by_role("button", name="Reopen")).to_be_visible()
    agent.write("are you there?")
    expect(agent.bubble("are you there?")).to_contain_text("Not sent")
    visitor.page.reload()
    expect(visitor.composer).to_be_visible()
    visitor.write("new question")
    visitor.expect_mark("new question", "Sent")
    agent.page.reload()
    expect(agent.page.get_by_text("This conversation has ended.")).to_be_visible()
    expect(agent.composer).to_have_count(0)
    agent.page.get_by_role("button", name="Open the newer conversation").click()
    expect(agent.bubble("new question")).to_be_visible()


@each_look
def test_the_tools_of_the_list_in_each_look(stage: Stage, look: Look) -> None:
    PICTURES.mkdir(exist_ok=True)
    agent = three_waiting(stage)
    page = agent.page
    look.apply(page)
    faults = []
    filter_by(agent, Assigned_to="Unassigned", With_notes_about_the_visitor=True)
    faults += look.faults(page, "list-conditions")
    page.get_by_role("button", name="Filter by status").click()
    faults += look.faults(page, "list-filter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove the condition: With notes").click()
    page.get_by_role("button", name="Select conversations").click()
    agent.row("second").get_by_role("checkbox").check()
    faults += look.faults(page, "list-selection")
    page.keyboard.press("Escape")
    agent.open("third")
    page.get_by_role("button", name=re.compile("^Status: ")).click()
    page.get_by_role("option", name="Delete conversation").click()
    faults += look.faults(page, "delete-conversation")
    assert faults == []
