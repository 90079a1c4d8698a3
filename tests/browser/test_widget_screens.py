"""The open window on small, short, rotated and touch screens, and while its composer grows."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Agent, Visitor
from tests.browser.test_offline import AWAY

Talk = Callable[[], tuple[Visitor, Agent]]
END = "(list) => list.scrollHeight - list.scrollTop - list.clientHeight"
WINDOW = 600  # px, its height when there is room
LINES = "\n".join(str(number) for number in range(8))


def long_talk(visitor: Visitor) -> None:
    """Write more messages than any screen shows."""
    for number in range(16):
        visitor.write(f"message {number}.")
    expect(visitor.mark("message 15.")).to_have_accessible_name(re.compile("Sent|Read"))


def at_end(visitor: Visitor) -> None:
    """Wait until the newest message is visible."""
    until(visitor.page, lambda: visitor.messages.evaluate(END) < 2)


@pytest.mark.parametrize(
    ("width", "height"), [(667, 375), (852, 393), (640, 360), (768, 1024), (500, 700), (390, 844)]
)
def test_no_touch_screen_zooms_into_the_field(stage: Stage, width: int, height: int) -> None:
    visitor = stage.visitor(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    visitor.launcher.tap()
    expect(visitor.composer).to_have_css("font-size", "16px")
    box = visitor.messages.bounding_box()
    assert box is not None
    assert box["height"] > min(height, WINDOW) / 2


@pytest.mark.parametrize(("width", "height"), [(320, 256), (320, 200), (320, 568), (640, 512), (844, 390)])
def test_the_messages_keep_half_of_a_zoomed_screen(stage: Stage, width: int, height: int) -> None:
    visitor = stage.visitor(viewport={"width": width, "height": height})
    visitor.launcher.click()
    box = visitor.messages.bounding_box()
    assert box is not None
    assert box["height"] >= height / 2
    for part in (visitor.composer, visitor.window.get_by_role("button", name="Send"), visitor.head):
        expect(part).to_be_in_viewport(ratio=1)
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visitor.window.get_by_role("button", name="Close chat").click()
    expect(visitor.launcher).to_be_visible()


def test_enter_on_a_touch_screen_starts_a_new_line_and_the_button_sends(stage: Stage) -> None:
    visitor = stage.visitor(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    visitor.launcher.tap()
    visitor.composer.fill("one")
    visitor.composer.press("Enter")
    visitor.composer.press_sequentially("two")
    expect(visitor.composer).to_have_value("one\ntwo")
    visitor.window.get_by_role("button", name="Send").tap()
    visitor.expect_mark("one", "Sent")


def test_a_rotated_screen_still_shows_the_newest_message(stage: Stage) -> None:
    upright, turned = ViewportSize(width=390, height=844), ViewportSize(width=844, height=390)
    visitor = stage.visitor(viewport=upright)
    visitor.launcher.click()
    long_talk(visitor)
    for size in (turned, upright, ViewportSize(width=320, height=500), upright):
        visitor.page.set_viewport_size(size)
        expect(visitor.messages).to_be_visible()
        at_end(visitor)
        expect(visitor.bubble("message 15.")).to_be_in_viewport()


def test_the_newest_message_is_visible_after_the_page_has_replaced_its_body(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    long_talk(visitor)
    visitor.page.evaluate("document.body.replaceWith(document.createElement('body'))")
    expect(visitor.messages).to_be_visible()
    at_end(visitor)


@pytest.mark.smoke
def test_a_growing_composer_does_not_hide_the_newest_message(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    long_talk(visitor)
    for line in LINES.split("\n"):
        visitor.composer.press_sequentially(line)
        visitor.composer.press("Shift+Enter")
        at_end(visitor)
    visitor.composer.fill("")
    at_end(visitor)
    visitor.composer.fill(LINES)
    at_end(visitor)


def test_a_new_message_does_not_scroll_a_reader_of_older_ones(stage: Stage, talk: Talk) -> None:
    visitor, agent = talk()
    long_talk(visitor)
    visitor.messages.evaluate("(list) => { list.scrollTop = 40 }")
    expect(visitor.window.get_by_role("button", name="Go to the newest message")).to_be_visible()
    agent.write("something new")
    expect(visitor.window.get_by_role("button", name="New messages")).to_be_visible()
    assert visitor.messages.evaluate("(list) => list.scrollTop") == 40


def test_the_eleventh_message_is_sent_and_after_too_many_the_wait_counts_down(stage: Stage) -> None:
    stage.server = stage.stack.spawn("server", handshakes_per_minute=10_000, messages_per_minute=12)
    visitor = stage.visitor()
    visitor.open()
    for number in range(12):
        visitor.write(f"message {number}.")
    visitor.expect_mark("message 11.", "Sent")
    visitor.composer.fill("one more")
    visitor.composer.press("Enter")
    expect(visitor.window.get_by_role("alert")).to_contain_text("Please wait a moment.")
    seconds = visitor.window.get_by_role("alert").locator("b")
    first = int((seconds.text_content() or "").removesuffix(" s"))
    assert 0 < first <= 60
    send = visitor.window.get_by_role("button", name="Send")
    expect(send).to_be_disabled()
    expect(seconds).not_to_have_text(f"{first} s")  # it counts down
    expect(visitor.composer).to_have_value("one more")
    expect(send).to_be_enabled(timeout=70_000)
    send.click()
    visitor.expect_mark("one more", "Sent")
    stage.server.kill()


def test_a_text_that_is_too_long_says_so_in_red(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.composer.fill("x" * 5_003)
    expect(visitor.window.get_by_text("3 characters too many")).to_have_css("color", "rgb(180, 35, 24)")


def test_the_dot_and_the_banner_show_that_the_server_is_down(stage: Stage) -> None:
    stage.allow_errors(*AWAY)
    stage.agent()
    visitor = stage.visitor()
    visitor.open()
    dot = visitor.head.locator(".dot.on")
    expect(dot).to_be_visible()
    visitor.page.context.set_offline(True)
    expect(dot).to_have_count(0)
    visitor.page.context.set_offline(False)
    expect(dot).to_be_visible()


def test_a_visitor_who_was_never_connected_sees_no_lost_connection(stage: Stage) -> None:
    stage.allow_errors(*AWAY, "429")
    visitor = stage.visitor(url="about:blank")
    visitor.page.route_web_socket("**/ws*", lambda socket: socket.close(code=1013))
    visitor.page.goto(stage.page_url())
    visitor.open()
    visitor.write("am I heard?")
    expect(visitor.window.get_by_text("Connecting…")).to_be_visible()
    expect(visitor.window.get_by_text("lost")).to_have_count(0)
    expect(visitor.window.get_by_text("minutes")).to_have_count(0)
