"""The page of the widget's look: the preview is the widget, contrast is enforced, two managers at once."""

import re
import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, expect

from core.appearance import themes
from tests.browser.conftest import Stage, until
from tests.browser.looks import dress
from tests.browser.page_objects import Visitor
from tests.browser.pictures import difference
from tests.browser.settings import Settings
from tests.browser.test_project_settings import at_project
from tests.browser.test_widget_look import rgb
from tests.people import add_agent

LAYERS = 12  # of 255: in a frame, Chromium draws gradients and edges in another layer
QUESTION = "Hello! Do you deliver on Saturdays?"
ANSWER = "Yes, until noon. Shall I book a slot for you?"


def preview(mine: Settings) -> FrameLocator:
    return mine.page.frame_locator(".look-frame")


def window(mine: Settings) -> Locator:
    """The widget's window in the preview."""
    return preview(mine).get_by_role("dialog")


def choose(mine: Settings, theme: str) -> None:
    mine.page.get_by_role("radio", name=theme, exact=True).check()


@pytest.mark.smoke
def test_a_manager_sees_the_widget_change_and_visitors_get_it(stage: Stage) -> None:
    mine = at_project(stage, "widget")
    expect(window(mine)).to_contain_text(ANSWER)
    choose(mine, "Dracula")
    surface = rgb(themes.theme("dracula").tokens["surface"])
    expect(window(mine)).to_have_css("background-color", surface)
    mine.fill("Label on the launcher", "Chat with us")
    expect(mine.page.get_by_label("Label on the launcher")).to_be_focused()  # the preview takes no focus
    expect(preview(mine).locator(".launcher .label")).to_have_text("Chat with us")
    mine.page.get_by_label("Side", exact=True).select_option("left")
    mine.press("Save the appearance")
    mine.expect_toast("Saved. Visitors see it within a minute.")
    expect(mine.page.get_by_role("button", name="Save the appearance")).to_be_disabled()
    visitor = stage.visitor()
    visitor.page.get_by_role("button", name="Chat with us").click()
    expect(visitor.window).to_have_css("background-color", surface)
    assert visitor.window.bounding_box()["x"] == 20  # type: ignore[index]


@pytest.mark.smoke
def test_colours_without_contrast_cannot_be_saved_until_they_pass(stage: Stage) -> None:
    mine = at_project(stage, "widget")
    choose(mine, "Own colours")
    page = mine.page
    save = page.get_by_role("button", name="Save the appearance")
    page.get_by_role("textbox", name="Accent", exact=True).fill("#ffd500")
    fault = page.get_by_text(re.compile("Text on the accent on Accent: contrast 1.4"))
    expect(fault).to_be_visible()
    expect(save).to_be_disabled()
    on_background = page.locator(".look-faults li", has_text="Accent on Background")
    sentence, use = (
        on_background.locator("p").bounding_box(),
        on_background.locator("button").last.bounding_box(),
    )
    around = on_background.bounding_box()
    assert sentence and use and around
    assert sentence["width"] == around["width"]  # not one word a line beside the buttons
    assert use["x"] + use["width"] <= around["x"] + around["width"]
    on_background.get_by_role("button", name=re.compile("^Accent: #")).click()
    expect(on_background).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Text on the accent: #")).click()
    passes = "All texts and controls have the contrast that WCAG AA requires."
    expect(page.get_by_text(passes)).to_be_visible()
    save.click()
    mine.expect_toast("Saved. Visitors see it within a minute.")


def test_two_managers_do_not_overwrite_each_other(stage: Stage) -> None:
    stage.allowed_errors = ("409",)
    mine = at_project(stage, "widget")
    theirs = at_project(stage, "widget")
    choose(mine, "Matcha")
    choose(theirs, "Terminal")
    theirs.press("Save the appearance")
    theirs.expect_toast("Saved. Visitors see it within a minute.")
    expect(mine.page.get_by_text("Someone else has changed the appearance in the meantime.")).to_be_visible()
    mine.press("Show the current appearance")
    expect(mine.page.get_by_role("radio", name="Terminal", exact=True)).to_be_checked()
    choose(theirs, "Paperback")
    theirs.press("Save the appearance")
    expect(mine.page.get_by_role("radio", name="Paperback", exact=True)).to_be_checked()  # nothing was typed


def test_a_logo_is_made_of_a_file_and_shown(stage: Stage, tmp_path: Path) -> None:
    picture = tmp_path / "logo.png"
    picture.write_bytes(red(600, 300))
    mine = at_project(stage, "widget")
    expect(window(mine)).to_be_visible()
    mine.page.locator("input[type=file]").set_input_files(picture)
    logo = window(mine).locator(".head .logo")
    expect(logo).to_be_visible()
    assert logo.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 128
    mine.press("Save the appearance")
    mine.expect_toast("Saved. Visitors see it within a minute.")
    visitor = stage.visitor()
    visitor.open()
    expect(visitor.head.locator(".logo")).to_be_visible()


def test_agents_see_the_look_and_change_nothing(stage: Stage) -> None:
    dress(stage, theme="nordic-frost")
    mine = at_project(stage, "widget", email=stage_agent(stage))
    expect(mine.page.get_by_role("radio", name="Nordic Frost", exact=True)).to_be_checked()
    expect(mine.page.get_by_role("radio", name="Matcha", exact=True)).to_be_disabled()
    expect(mine.page.get_by_role("button", name="Save the appearance")).to_have_count(0)
    expect(window(mine)).to_be_visible()


@pytest.mark.parametrize("theme", ["system", "dracula", "paperback"])
def test_the_preview_equals_the_widget_pixel_by_pixel(stage: Stage, theme: str) -> None:
    dress(
        stage, theme=theme, icon="smile", texts={"en": {"placeholder": "Ask away", "online": "We are here"}}
    )
    agent = stage.agent()
    visitor = stage.visitor(viewport={"width": 498, "height": 698})
    visitor.page.evaluate("document.querySelector('main').remove()")
    visitor.open()
    visitor.write(QUESTION)
    agent.open(QUESTION)
    agent.write(ANSWER)
    expect(visitor.bubble(ANSWER)).to_be_visible()
    visitor.expect_mark(QUESTION, "Read")
    sent = visitor.bubble(ANSWER).locator("time").get_attribute("datetime")
    assert sent is not None
    visitor.composer.blur()
    mine = Settings(stage.agent())
    mine.page.clock.set_fixed_time(sent)
    mine.visit(f"projects/{stage.project_id}/settings/widget")
    expect(window(mine)).to_contain_text(ANSWER)
    frame = mine.page.locator(".look-frame")
    visitor.page.mouse.move(1, 1)
    # At the same place of the screen: Chromium dithers gradients and smooths edges by it.
    mine.page.set_viewport_size({"width": 498, "height": 698})
    frame.evaluate(
        """(one) => Object.assign(one.style, {
            position: "fixed", top: "-1px", left: "-1px", width: "500px", height: "700px", zIndex: "9999",
        })"""
    )
    until(mine.page, lambda: same(mine, visitor))


def same(mine: Settings, visitor: Visitor) -> bool:
    """Whether the windows are the same pictures."""
    shown, real = (
        one.screenshot(animations="disabled", caret="hide") for one in (window(mine), visitor.window)
    )
    return difference(visitor.page.context, shown, real) <= LAYERS


def stage_agent(stage: Stage) -> str:

    return add_agent(stage.stack, stage.project, name="Ben", role="agent")


def red(width: int, height: int) -> bytes:
    """A red PNG."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + b"\xd9\x2d\x20" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
