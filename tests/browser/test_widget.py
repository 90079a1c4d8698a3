"""The widget alone: keyboard, history, another language, a text that is too long."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Agent, Visitor

Talk = Callable[[], tuple[Visitor, Agent]]
MANY = 51  # messages: more than one page of history


@pytest.mark.smoke
def test_the_keyboard_opens_writes_and_closes(stage: Stage) -> None:
    visitor = stage.visitor()
    keys = visitor.page.keyboard
    visitor.launcher.focus()
    keys.press("Enter")
    expect(visitor.composer).to_be_focused()
    keys.type("one line")
    keys.press("Shift+Enter")
    keys.type("and another")
    keys.press("Enter")
    expect(visitor.bubble("one line")).to_contain_text("one line\nand another", use_inner_text=True)
    keys.press("Escape")
    expect(visitor.window).to_have_count(0)
    expect(visitor.launcher).to_be_focused()


def test_tab_leaves_a_window_beside_the_page_and_is_trapped_in_one_that_covers_it(stage: Stage) -> None:
    inside = "(frame) => frame.contains(frame.getRootNode().activeElement)"
    desk, phone = stage.visitor(), stage.visitor(viewport={"width": 390, "height": 844})
    desk.open()
    for _ in range(3):
        desk.page.keyboard.press("Tab")
    assert not desk.window.evaluate(inside)
    expect(desk.window).to_be_visible()
    phone.launcher.click()
    until(phone.page, lambda: phone.window.count() > 0 and bool(phone.window.evaluate(inside)))
    for _ in range(6):
        phone.page.keyboard.press("Tab")
        assert phone.window.evaluate(inside)


def test_the_page_gets_no_key_events_of_the_widget(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.page.evaluate("window.heard = []; addEventListener('keydown', ({key}) => { heard.push(key) })")
    visitor.open()
    visitor.page.keyboard.type("sk")
    assert visitor.page.evaluate("heard") == []


def test_scrolling_up_loads_older_messages(stage: Stage, talk: Talk) -> None:
    visitor, agent = talk()
    for number in range(MANY):
        agent.composer.fill(f"answer {number}.")
        agent.composer.press("Enter")
    expect(visitor.bubble(f"answer {MANY - 1}.")).to_be_visible()
    newcomer = stage.visitor(visitor.page.context)  # a new tab, with nothing in memory
    newcomer.open()
    expect(newcomer.bubble(f"answer {MANY - 1}.")).to_be_in_viewport()
    expect(newcomer.bubble("hello?")).to_have_count(0)
    newcomer.messages.evaluate("(box) => { box.scrollTop = 0 }")
    expect(newcomer.bubble("hello?")).to_have_count(1)
    expect(newcomer.messages.locator(".bubble")).to_have_count(MANY + 1)
    said = newcomer.messages.locator(".row.theirs .bubble").all_inner_texts()
    assert [re.findall(r"answer (\d+)", text)[0] for text in said] == [str(number) for number in range(MANY)]


@pytest.mark.parametrize("tag", ["en-US@posix", "en_US", "vi-VN@posix"])
def test_a_language_tag_that_intl_refuses_still_shows_every_text(stage: Stage, tag: str) -> None:
    context = stage.context()
    context.add_init_script(f"Object.defineProperty(navigator, 'languages', {{ get: () => ['{tag}'] }})")
    visitor = stage.visitor(context)
    visitor.launcher.click()
    # Named in another language: the window loads first, and takes the focus then.
    expect(visitor.window.get_by_role("textbox")).to_be_focused()
    visitor.page.keyboard.type("hello?")
    visitor.page.keyboard.press("Enter")
    expect(visitor.bubble("hello?")).to_contain_text(re.compile(r"\d{1,2}:\d{2}"))


def test_read_messages_stay_read_on_the_next_page(stage: Stage, talk: Talk) -> None:
    visitor, _ = talk()
    visitor.expect_mark("hello?", "Read")
    visitor.page.goto(stage.page_url() + "&page=2")
    visitor.expect_mark("hello?", "Read")


def test_a_vietnamese_browser_gets_vietnamese_texts(stage: Stage) -> None:
    visitor = stage.visitor(locale="vi-VN")
    expect(visitor.launcher).to_have_accessible_name("Mở trò chuyện")
    visitor.launcher.click()
    expect(visitor.window.get_by_role("button", name="Đóng trò chuyện")).to_be_visible()
    agent = Agent(stage.page(stage.context(locale="vi-VN")), stage.server.url)
    agent.visit()
    expect(agent.page.locator("html")).to_have_attribute("lang", "vi")


@pytest.mark.smoke
def test_a_text_that_is_too_long_is_counted_and_not_sent(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.composer.fill("x" * 4_990)
    expect(visitor.window.get_by_text("10 characters left")).to_be_visible()
    visitor.composer.fill("x" * 5_003)
    expect(visitor.window.get_by_text("3 characters too many")).to_be_visible()
    expect(visitor.window.get_by_role("button", name="Send")).to_be_disabled()
    visitor.composer.press("Enter")
    expect(visitor.composer).to_have_value("x" * 5_003)
