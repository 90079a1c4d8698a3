"""The look of the widget on a customer's page: the project's, the page's own, and how visitors meet it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.appearance import themes
from core.appearance.colours import channels
from tests.browser.conftest import Stage, until
from tests.browser.looks import answered, dress
from tests.browser.page_objects import Visitor

TEXTS: dict[str, Any] = {
    "en": {
        "label": "Chat with us",
        "greeting": "Need <b>a hand</b>?",
        "title": "Hello there",
        "away": "Gone home",
    },
    "vi": {"label": "Nhắn cho chúng tôi", "title": "Xin chào"},
}


def rgb(colour: str) -> str:
    """As a browser says it."""
    return "rgb({}, {}, {})".format(*channels(colour))


def greeting(visitor: Visitor) -> Any:
    return visitor.page.locator("#parley-widget .greeting")


def warnings(page: Page) -> list[str]:
    """What the page's console says as a warning."""
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "warning" else None)
    return said


@pytest.mark.smoke
def test_the_widget_wears_the_look_of_the_project(stage: Stage) -> None:
    dress(stage, theme="dracula", position="left", offset_x=40, icon="smile", greeting_after=0, texts=TEXTS)
    answered(stage, 290)
    visitor = stage.visitor()
    launcher = visitor.page.get_by_role("button", name="Chat with us")
    expect(launcher).to_be_visible()
    assert launcher.bounding_box()["x"] == 40  # type: ignore[index]
    expect(greeting(visitor)).to_contain_text("Need <b>a hand</b>?")
    greeting(visitor).get_by_role("button", name="Need").click()
    expect(visitor.window).to_be_visible()
    expect(greeting(visitor)).to_be_hidden()
    tokens = themes.theme("dracula").tokens
    expect(visitor.window).to_have_css("background-color", rgb(tokens["surface"]))
    expect(visitor.window).to_have_css("color", rgb(tokens["text"]))
    expect(visitor.head).to_have_css("color", rgb(tokens["on-accent"]))
    assert visitor.window.bounding_box()["x"] == 40  # type: ignore[index]
    expect(visitor.window.get_by_role("heading", name="Hello there")).to_be_visible()
    expect(visitor.head).to_contain_text("Gone home")
    expect(visitor.window).to_contain_text("We usually answer in about 5 minutes.")
    visitor.write("good evening")
    visitor.expect_mark("good evening", "Sent")
    visitor.write("is anyone there?")
    visitor.expect_mark("is anyone there?", "Sent")
    visitor.expect_bubbles_in_order()
    bubble = visitor.bubble("good evening").locator(".bubble")
    expect(bubble).to_have_css("background-color", rgb(tokens["mine"]))
    expect(bubble).to_have_css("color", rgb(tokens["on-mine"]))


@pytest.mark.smoke
def test_a_page_changes_the_look_for_itself(stage: Stage) -> None:
    dress(stage, theme="dark", texts=TEXTS)
    visitor = stage.visitor()
    page = visitor.page
    expect(page.get_by_role("button", name="Chat with us")).to_be_visible()
    page.evaluate("Parley.set({ theme: 'matcha', position: 'left', label: false, offsetY: 60 })")
    visitor.open()
    expect(visitor.window).to_have_css("background-color", rgb(themes.theme("matcha").tokens["surface"]))
    assert visitor.window.bounding_box()["x"] == 20  # type: ignore[index]
    page.evaluate("Parley.set({ theme: null })")
    expect(visitor.window).to_have_css("background-color", rgb("#14171e"))
    visitor.write("in which language?")
    visitor.expect_mark("in which language?", "Sent")
    page.evaluate("Parley.set({ language: 'vi' })")
    expect(page.get_by_role("dialog").get_by_role("button", name="Gửi")).to_be_visible()
    expect(visitor.bubble("in which language?")).to_be_visible()
    page.evaluate("Parley.close(), Parley.set({ hidden: true })")
    expect(page.locator("#parley-widget .launcher")).to_be_hidden()
    page.evaluate("Parley.open()")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_wrong_choice_is_named_in_the_console(stage: Stage) -> None:
    visitor = stage.visitor()
    said = warnings(visitor.page)
    expect(visitor.launcher).to_be_visible()
    visitor.page.evaluate("Parley.set({ theme: 'hotdog', offsetX: -1, colour: 'red', position: 'left' })")
    until(visitor.page, lambda: len(said) == 3)
    assert any("theme must be one of: system" in one for one in said)
    until(visitor.page, lambda: visitor.launcher.bounding_box()["x"] == 20)  # type: ignore[index]


def test_a_dismissed_greeting_stays_away_for_the_session(stage: Stage) -> None:
    dress(stage, greeting_after=0, texts=TEXTS)
    visitor = stage.visitor()
    greeting(visitor).get_by_role("button", name="Close the greeting").click()
    expect(greeting(visitor)).to_be_hidden()
    expect(visitor.page.locator("#parley-widget .launcher")).to_be_focused()
    visitor.page.reload()
    expect(visitor.page.get_by_role("button", name="Chat with us")).to_be_visible()
    expect(greeting(visitor)).to_be_hidden()
    assert visitor.page.evaluate("Object.keys(sessionStorage).some((name) => name.endsWith(':greeted'))")


def test_the_chat_opens_by_itself_once_a_session_and_leaves_the_focus_to_the_page(stage: Stage) -> None:
    dress(stage, auto_open=1)
    visitor = stage.visitor(reduced_motion="no-preference")
    expect(visitor.window).to_be_visible()
    assert visitor.page.evaluate("document.activeElement === document.body")
    visitor.page.evaluate("Parley.close()")
    visitor.page.clock.install()
    visitor.page.reload()
    expect(visitor.launcher).to_be_visible()
    visitor.page.clock.run_for(10_000)
    expect(visitor.window).to_have_count(0)


@pytest.mark.parametrize(
    "options",
    [
        {"reduced_motion": "reduce"},
        {"viewport": {"width": 390, "height": 844}, "reduced_motion": "no-preference"},
    ],
    ids=["reduced motion", "phone"],
)
def test_the_chat_does_not_open_by_itself_where_it_would_be_in_the_way(
    stage: Stage, options: dict[str, Any]
) -> None:
    dress(stage, auto_open=1)
    context = stage.context(**options)
    context.clock.install()
    visitor = stage.visitor(context)
    context.clock.run_for(1_000)
    expect(visitor.page.locator("#parley-widget .launcher")).to_be_visible()
    context.clock.run_for(10_000)
    expect(visitor.window).to_have_count(0)


def test_a_look_that_cannot_be_loaded_leaves_the_built_in_one(stage: Stage) -> None:
    stage.allowed_errors = ("ERR_FAILED", "could not be loaded")
    dress(stage, theme="dracula")
    context = stage.context()
    context.route("**/look-*.js*", lambda route: route.abort())
    visitor = stage.visitor(context)
    visitor.open()
    visitor.write("still here")
    visitor.expect_mark("still here", "Sent")
