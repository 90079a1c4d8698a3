"""Contrast themes remove backgrounds and shadows: the dashboard still shows what these expressed."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent, Visitor
from tests.browser.test_looks import PICTURES

Talk = Callable[[], tuple[Visitor, Agent]]


def picture(place: Locator) -> bytes:
    """A screenshot of the element."""
    return place.screenshot()


def test_focus_and_the_open_row_are_visible_without_colours(stage: Stage, talk: Talk) -> None:
    _, agent = talk()
    page = agent.page
    other = stage.visitor()
    other.open()
    other.write("hello?")
    expect(agent.rows).to_have_count(2)
    agent.rows.first.click()
    expect(agent.messages).to_be_visible()
    expect(page.locator(".row .badge")).to_have_count(0)
    page.emulate_media(forced_colors="active")
    page.mouse.move(1, 1)
    frame = page.locator(".composer")
    agent.composer.blur()
    blurred = picture(frame)
    agent.composer.focus()
    assert picture(frame) != blurred
    search = page.locator(".list-tools")
    blurred = picture(search)
    page.get_by_label("Filter conversations").focus()
    assert picture(search) != blurred
    outline = "(row) => getComputedStyle(row).outlineStyle"
    assert page.locator(".row.is-open").evaluate(outline) == "solid"
    assert page.locator(".row:not(.is-open)").evaluate(outline) == "none"
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "dashboard-contrast.png")


def test_presence_and_bubbles_have_shapes_without_colours(talk: Talk) -> None:
    visitor, agent = talk()
    page = agent.page
    page.emulate_media(forced_colors="active")
    page.mouse.move(1, 1)
    dot = agent.rows.first.locator(".dot")
    online = picture(dot)
    assert (
        agent.bubble("hello?").locator(".bubble").evaluate("(one) => getComputedStyle(one).borderStyle")
        == "solid"
    )
    agent.write("for the team", note=True)
    expect(agent.bubble("for the team").locator(".bubble")).to_have_css("border-style", "dashed")
    visitor.page.context.close()
    expect(agent.online()).to_have_text("Offline")
    assert picture(dot) != online
