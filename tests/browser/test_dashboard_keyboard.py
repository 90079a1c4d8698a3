"""The dashboard without a mouse, and with a screen reader."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent, Visitor
from tests.browser.test_dashboard import three_waiting
from tests.people import add_agent

Talk = Callable[[], tuple[Visitor, Agent]]
SAFARI_ENTER = """(field) => field.dispatchEvent(new KeyboardEvent(
    "keydown", {key: "Enter", keyCode: 229, bubbles: true, cancelable: true}))"""


def row_link(agent: Agent, text: str) -> Locator:
    """The element of a row that takes the focus."""
    return agent.row(text).get_by_role("link")


@pytest.mark.smoke
def test_the_list_is_one_tab_stop_and_arrows_move_in_it(stage: Stage) -> None:
    agent = three_waiting(stage)
    keys, page = agent.page.keyboard, agent.page
    expect(page.locator(".row[tabindex='0']")).to_have_count(1)
    page.get_by_role("button", name="Select conversations").focus()
    keys.press("Tab")
    expect(row_link(agent, "third")).to_be_focused()
    for key, said in (("ArrowDown", "second"), ("End", "first"), ("ArrowDown", "first"), ("Home", "third")):
        keys.press(key)
        expect(row_link(agent, said)).to_be_focused()
        expect(page.locator(".row[tabindex='0']")).to_have_count(1)
    keys.press("ArrowDown")
    keys.press("Tab")
    expect(page.get_by_role("separator", name="Width of the list")).to_be_focused()
    keys.press("Shift+Tab")
    expect(row_link(agent, "second")).to_be_focused()
    keys.press("Enter")
    expect(agent.bubble("second")).to_be_visible()


def test_skip_links_lead_past_the_list(stage: Stage) -> None:
    agent = three_waiting(stage)
    agent.open("second")
    page = agent.page
    page.reload()
    expect(agent.bubble("second")).to_be_visible()
    address = page.url
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the conversations")).to_be_focused()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the messages")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(agent.messages).to_be_focused()
    assert page.url == address


def test_single_key_shortcuts_can_be_switched_off(stage: Stage) -> None:
    agent = three_waiting(stage)
    keys, page = agent.page.keyboard, agent.page
    keys.press("?")
    page.get_by_role("switch", name="Single-key shortcuts").uncheck()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for key in ("j", "e", "/", "?", "n"):
        keys.press(key)
    expect(page.get_by_text("Pick a conversation")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    keys.press("Control+k")
    expect(page.get_by_role("dialog", name="Go to…")).to_be_visible()
    keys.press("Escape")
    page.reload()
    expect(agent.rows).to_have_count(3)
    keys.press("j")
    keys.press("Control+k")  # handled after the previous key
    expect(page.get_by_role("dialog", name="Go to…")).to_be_visible()
    expect(page.get_by_text("Pick a conversation")).to_be_attached()


@pytest.mark.smoke
def test_solving_can_be_undone(stage: Stage) -> None:
    agent = three_waiting(stage)
    keys, page = agent.page.keyboard, agent.page
    solve = page.get_by_role("button", name="Solve", exact=True)
    reopen = page.get_by_role("button", name="Reopen", exact=True)
    agent.open("second")
    keys.press("e")
    expect(reopen).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(solve).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    keys.press("e")
    expect(reopen).to_be_visible()
    keys.press("j")
    expect(agent.bubble("third")).to_be_visible()
    keys.press("z")
    expect(agent.row("second")).to_be_visible()
    keys.press("j")
    expect(agent.bubble("second")).to_be_visible()
    expect(solve).to_be_visible()


def test_enter_in_an_input_method_does_not_send(stage: Stage, talk: Talk) -> None:
    visitor, agent = talk()
    agent.composer.fill("にほ")
    agent.composer.evaluate(SAFARI_ENTER)
    expect(agent.composer).to_have_value("にほ")
    agent.composer.press("Enter")
    expect(visitor.bubble("にほ")).to_be_visible()
    expect(agent.messages.locator(".said.is-mine")).to_have_count(1)
    agent.page.keyboard.press("Escape")
    agent.page.keyboard.press("Control+k")
    field = agent.page.get_by_role("combobox")
    field.fill("sign out")
    field.evaluate(SAFARI_ENTER)
    expect(agent.page.get_by_role("dialog", name="Go to…")).to_be_visible()
    expect(field).to_have_value("sign out")


def test_a_menu_finds_a_name_by_typing_part_of_it(stage: Stage, talk: Talk) -> None:
    for name in ("Bao Tran", "Anh Le"):
        add_agent(stage.stack, stage.project, name=name, role="agent")
    _, agent = talk()
    agent.page.reload()  # members are loaded once per page
    expect(agent.messages).to_be_visible()
    for typed, name in (("tran", "Bao Tran"), ("mai", "Mai"), ("anh l", "Anh Le")):
        agent.page.get_by_role("button", name=re.compile("^Assignee: ")).click()
        expect(agent.page.get_by_role("listbox")).to_be_focused()
        agent.page.keyboard.type(typed)
        agent.page.keyboard.press("Enter")
        expect(agent.page.get_by_role("button", name=f"Assignee: {name}")).to_be_visible()


@pytest.mark.smoke
def test_a_screen_reader_announces_the_author_of_each_message(stage: Stage, talk: Talk) -> None:
    bao = add_agent(stage.stack, stage.project, name="Bao", role="agent")
    visitor, agent = talk()
    name = agent.thread.get_by_role("heading", level=2).inner_text()
    colleague = stage.agent(email=bao)
    colleague.open("hello?")
    colleague.write("good morning")
    expect(agent.bubble("good morning")).to_be_visible()
    agent.write("he is angry", note=True)
    expect(agent.messages.locator(".is-sending")).to_have_count(0)
    visitor.write("one more")
    expect(agent.bubble("one more")).to_be_visible()
    heard = [line.strip() for line in agent.messages.locator(".said .said-body > .sr-only").all_inner_texts()]
    assert heard == [f"{name}:", "Bao:", "Internal note by You:", f"{name}:"]
    expect(agent.page.get_by_role("heading", level=1)).to_have_text(re.compile("^Inbox"))


def test_a_phone_has_landmarks_and_closing_the_details_restores_the_focus(stage: Stage, talk: Talk) -> None:
    _, agent = talk()
    page = agent.page
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(agent.thread.get_by_role("heading", level=2)).to_be_visible()
    details = page.get_by_role("button", name="Visitor details")
    details.click()
    expect(page.get_by_role("button", name="Close details")).to_be_focused()
    page.keyboard.press("Escape")
    expect(agent.panel).to_have_count(0)
    expect(details).to_be_focused()
    page.get_by_role("button", name="Back to the list").click()
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def test_on_medium_widths_the_details_open_over_the_conversation(stage: Stage, talk: Talk) -> None:
    _, agent = talk()
    page = agent.page
    page.set_viewport_size({"width": 1024, "height": 768})
    expect(agent.panel).to_have_count(0)
    details = page.get_by_role("button", name="Visitor details").last
    for close in (page.get_by_role("button", name="Close details"), agent.thread.locator(".thread-details")):
        details.click()
        expect(agent.panel).to_be_visible()
        close.click()
        expect(agent.panel).to_have_count(0)
    details.click()
    expect(agent.panel).to_be_visible()
    agent.composer.click(position={"x": 5, "y": 5})
    expect(agent.panel).to_have_count(0)
    expect(agent.composer).to_be_focused()
