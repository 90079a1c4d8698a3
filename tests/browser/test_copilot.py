"""The copilot beside a conversation, with the scripted provider: an agent sends what it writes, or not."""

import re
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.accessibility import serious_violations
from tests.browser.conftest import UNTHROTTLED, Stage, until
from tests.browser.page_objects import Agent, Visitor
from tests.browser.site import Site
from tests.scripted import ai, scripted
from tests.stack import Stack

SUGGESTED: Final = "Could you tell me your order number?"
ACCEPTED: Final = "SELECT intent, accepted, unedited, edited FROM copilot_figures ORDER BY intent"
SENT: Final = "SELECT count(*) FROM messages WHERE sender_party = 'agent'"


@pytest.fixture
def own(browser: Browser, stack_apart: Stack, site: Site) -> Iterator[Stage]:
    """A project whose copilot says a word each 0.08 s."""
    with scripted("--delay", "80") as url:
        stack_apart.spawn("worker", ai=ai(url))
        server = stack_apart.spawn("server", **UNTHROTTLED)
        server.wait_for_path("/readyz")
        made = Stage(browser, stack_apart, site, server)
        yield made
        made.close()
        unexpected = [line for line in made.errors if not any(part in line for part in made.allowed_errors)]
        assert unexpected == []


def begin(stage: Stage, said: str = "Where is my order?") -> tuple[Visitor, Agent, Locator]:
    """A visitor who has asked, and an agent with the copilot open beside it."""
    visitor, agent = stage.visitor(), stage.agent()
    visitor.open()
    visitor.write(said)
    agent.open(said)
    agent.page.locator("[data-opens-copilot]").click()
    panel = agent.page.get_by_role("complementary", name="Copilot")
    expect(panel.get_by_role("button", name="Suggest a reply")).to_be_focused()
    return visitor, agent, panel


def composer(agent: Agent) -> Locator:
    return agent.page.locator("#composer")


@pytest.mark.smoke
def test_a_suggested_reply_streams_and_reaches_the_visitor_only_when_the_agent_sends_it(own: Stage) -> None:
    visitor, agent, panel = begin(own)
    panel.get_by_role("button", name="Suggest a reply").click()
    expect(panel.locator(".is-running")).to_contain_text("Thank you")
    answer = panel.locator(".cop-answer").filter(has_text=SUGGESTED)
    expect(answer).to_have_count(1)
    answer.get_by_role("button", name="Use in the reply").click()
    expect(composer(agent)).to_have_value(re.compile(re.escape(SUGGESTED)))
    expect(composer(agent)).to_be_focused()
    assert own.stack.sql(SENT) == [(0,)]
    expect(visitor.bubble(SUGGESTED)).to_have_count(0)

    agent.page.keyboard.press("End")
    composer(agent).press_sequentially(" OK")
    composer(agent).press("Enter")
    expect(visitor.bubble(SUGGESTED)).to_be_visible()
    until(agent.page, lambda: own.stack.sql(ACCEPTED) == [("draft_reply", 1, 0, 3)])


@pytest.mark.smoke
def test_a_turn_is_stopped_and_the_session_is_there_after_a_reload(own: Stage) -> None:
    _, agent, panel = begin(own)
    panel.get_by_role("button", name="Suggest a reply").click()
    running = panel.locator(".is-running")
    expect(running).to_contain_text("Thank you")
    running.get_by_role("button", name="Stop").click()
    stopped = panel.locator(".cop-answer").filter(has_text="Stopped")
    expect(stopped).to_contain_text("Thank you")
    expect(running).to_have_count(0)
    panel.get_by_role("button", name="Summarise").click()
    expect(panel.locator(".is-running")).to_contain_text("Scripted")
    agent.page.reload()
    agent.page.locator("[data-opens-copilot]").click()
    expect(stopped).to_contain_text("Thank you")
    expect(panel.locator(".cop-answer").filter(has_text="nothing else is open.")).to_have_count(1)
    expect(panel.locator(".cop-answer")).to_have_count(2)
    panel.get_by_role("textbox", name="Ask the copilot").fill("What does the customer want?")
    panel.get_by_role("textbox", name="Ask the copilot").press("Enter")
    expect(panel.locator(".cop-answer").filter(has_text="I follow a few fixed rules")).to_have_count(1)
    panel.get_by_role("textbox", name="Ask the copilot").fill("Write a post for X about fast answers")
    panel.get_by_role("textbox", name="Ask the copilot").press("Enter")
    expect(panel.get_by_text("The copilot has made posts.")).to_be_visible()
    panel.get_by_role("button", name="Open the draft").click()
    expect(agent.page.get_by_role("region", name="X", exact=True)).to_be_visible()


def test_the_reply_is_rewritten_and_translated_into_the_visitors_language(own: Stage) -> None:
    _, agent, panel = begin(own)
    panel.get_by_role("button", name="Rewrite").click()
    agent.page.get_by_role("option", name="Shorter").click()
    expect(panel.get_by_role("status").first).to_contain_text("Write something in the reply first.")
    composer(agent).fill("We will look into it.")
    panel.get_by_role("button", name="Rewrite").click()
    agent.page.get_by_role("option", name="Friendlier").click()
    rewritten = panel.locator(".cop-answer").filter(has_text="[scripted rewrite] We will look into it.")
    rewritten.get_by_role("button", name="Use in the reply").click()
    expect(composer(agent)).to_have_value("[scripted rewrite] We will look into it.")
    agent.page.keyboard.press("Control+z")
    expect(composer(agent)).to_have_value("We will look into it.")
    panel.get_by_role("button", name="Translate my reply").click()
    expect(agent.page.get_by_role("option").first).to_contain_text("The visitor's")
    menu = agent.page.locator(".cop-actions .menu").bounding_box()
    view = agent.page.viewport_size
    assert menu is not None and view is not None
    assert menu["x"] + menu["width"] <= view["width"]
    agent.page.keyboard.type("vietn")
    agent.page.keyboard.press("Enter")
    expect(panel.get_by_text("Translate into Vietnamese")).to_be_visible()
    expect(panel.locator(".cop-answer").filter(has_text="[scripted translation] We will")).to_have_count(1)


def test_what_the_visitor_writes_is_translated_live_with_the_original_one_click_away(own: Stage) -> None:
    visitor, agent, panel = begin(own, "Đơn hàng của tôi ở đâu?")
    panel.get_by_role("switch").check(force=True)
    first = agent.bubble("Đơn hàng")
    expect(first).to_contain_text("[scripted translation] Đơn hàng của tôi ở đâu?")
    visitor.write("Tôi cần gấp")
    second = agent.bubble("Tôi cần gấp")
    expect(second).to_contain_text("[scripted translation] Tôi cần gấp")
    second.get_by_role("button", name="Show the original").click()
    expect(second).not_to_contain_text("[scripted translation]")
    second.get_by_role("button", name="Show the translation").click()
    expect(second).to_contain_text("[scripted translation]")
    expect(panel.locator(".cop-answer")).to_have_count(0)  # they are in the thread
    panel.get_by_role("switch").uncheck(force=True)
    thread = agent.page.locator(".timeline")
    for line in range(6):
        visitor.write(f"Dòng thứ {line} của tôi, khá dài để thành nhiều dòng trong khung " * 3)
        expect(agent.bubble(f"Dòng thứ {line}")).to_be_visible()
    panel.get_by_role("switch").check(force=True)
    for line in range(6):
        expect(agent.bubble(f"Dòng thứ {line}")).to_contain_text("[scripted translation]")
    below = "at => at.scrollHeight - at.scrollTop - at.clientHeight"
    until(agent.page, lambda: thread.evaluate(below) < 5)


def test_one_message_is_translated_from_its_menu_and_again_after_a_reload_without_a_new_question(
    own: Stage,
) -> None:
    _, agent, panel = begin(own, "Đơn hàng của tôi ở đâu?")
    panel.get_by_role("button", name="Close the copilot").click()
    for _ in range(2):
        message = agent.bubble("Đơn hàng")
        message.hover()
        agent.thread.get_by_role("button", name="Message options").click()
        agent.page.get_by_role("option", name="Translate").click()
        expect(message).to_contain_text("[scripted translation] Đơn hàng của tôi ở đâu?")
        agent.page.reload()
    assert own.stack.sql("SELECT count(*) FROM copilot_messages WHERE role = 'agent'") == [(1,)]


def test_without_a_provider_the_panel_says_what_to_do(
    browser: Browser, stack_apart: Stack, site: Site
) -> None:
    stack_apart.spawn("worker")
    server = stack_apart.spawn("server", **UNTHROTTLED)
    server.wait_for_path("/readyz")
    stage = Stage(browser, stack_apart, site, server)
    _, _, panel = begin(stage)
    panel.get_by_role("button", name="Suggest a reply").click()
    expect(panel.get_by_role("alert")).to_contain_text("No model answers. A manager can check the provider")
    stage.close()
    assert stage.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_panel_is_accessible_by_keyboard_and_on_a_phone(own: Stage, theme: str) -> None:
    visitor, agent = own.visitor(), own.agent()
    visitor.open()
    visitor.write("Where is my order?")
    agent.open("Where is my order?")
    agent.page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    composer(agent).focus()
    agent.page.keyboard.press("Control+j")
    panel = agent.page.get_by_role("complementary", name="Copilot")
    expect(panel.get_by_role("button", name="Suggest a reply")).to_be_focused()
    agent.page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="Use in the reply")).to_be_visible()
    assert serious_violations(agent.page) == []
    agent.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(agent.page.locator("[data-opens-copilot]")).to_be_focused()
    agent.page.keyboard.press("c")
    expect(panel).to_be_visible()
    agent.page.keyboard.press("Escape")
    agent.page.set_viewport_size({"width": 375, "height": 700})
    agent.page.locator("[data-opens-copilot]").click()
    expect(panel).to_be_visible()
    assert serious_violations(agent.page) == []
    panel.get_by_role("button", name="Use in the reply").last.click()
    expect(panel).to_have_count(0)
    expect(composer(agent)).to_have_value(re.compile(re.escape(SUGGESTED)))
