"""The dashboard at every width, height and zoom: no element is squeezed, cut off or out of reach."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import Stage
from tests.browser.site import Site
from tests.browser.test_looks import PICTURES, Gallery, talk
from tests.people import add_agent
from tests.running import Running
from tests.stack import Stack

SIZES = (
    (320, 568),
    (390, 844),
    (768, 1024),
    (844, 390),
    (899, 800),
    (900, 800),
    (1024, 768),
    (1180, 800),
    (1181, 800),
    (1280, 800),
    (1920, 1080),
)
ZOOMED = {"200": (640, 512), "400": (320, 256), "400-low": (320, 200)}  # 1280 by 1024, in percent
OUTSIDE = """() => [...document.querySelectorAll(
    ".inbox button, .inbox a:not(.skip), .inbox textarea, .inbox input, .inbox h2")]
  .filter((one) => one.offsetParent !== null)
  .filter((one) => { const box = one.getBoundingClientRect();
                     return box.width > 1 && (box.left < -0.5 || box.right > innerWidth + 0.5); })
  .map((one) => one.outerHTML.slice(0, 120))"""
CUT = "(name) => name.scrollWidth > name.clientWidth"


@pytest.fixture(scope="module")
def gallery(browser: Browser, shared_stack: Stack, site: Site, server: Running) -> Iterator[Gallery]:
    """One assigned conversation, with the widest labels of the interface around it."""
    PICTURES.mkdir(exist_ok=True)
    stage = Stage(browser, shared_stack, site, server)
    add_agent(shared_stack, stage.project, name="Demo Manager", role="agent")
    agent, visitor = stage.agent(), stage.visitor()
    talk(visitor, agent)
    agent.assign("Demo Manager")
    expect(agent.page.get_by_role("button", name="Assignee: Demo Manager")).to_be_visible()
    yield Gallery(stage, stage.server.url, visitor, agent)
    stage.close()
    assert stage.errors == []


def shown_at(gallery: Gallery, width: int, height: int) -> Page:
    """Show the open conversation in a window of this size."""
    page = gallery.agent.page
    page.set_viewport_size(ViewportSize(width=width, height=height))
    if not gallery.agent.messages.is_visible():
        gallery.agent.open("south window")
    expect(gallery.agent.bubble("Is a south window")).to_be_in_viewport()
    return page


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_conversation_has_room_and_nothing_overflows(gallery: Gallery, width: int, height: int) -> None:
    page = shown_at(gallery, width, height)
    page.screenshot(path=PICTURES / f"dashboard-{width}.png")
    pane = gallery.agent.thread.bounding_box()
    assert pane is not None
    assert pane["width"] >= min(width, 400)
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".thread-name").evaluate(CUT) is False


@pytest.mark.parametrize("zoom", ZOOMED)
def test_zoomed_in_the_messages_keep_half_of_the_height(gallery: Gallery, zoom: str) -> None:
    width, height = ZOOMED[zoom]
    page = shown_at(gallery, width, height)
    page.screenshot(path=PICTURES / f"dashboard-zoom-{zoom}.png")
    messages = gallery.agent.messages.bounding_box()
    assert messages is not None
    assert messages["height"] >= height / 2
    assert page.evaluate(OUTSIDE) == []
    gallery.agent.composer.fill("\n".join(f"line {number}" for number in range(14)))
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_in_viewport()
    messages = gallery.agent.messages.bounding_box()
    assert messages is not None
    assert messages["height"] >= height / 2 - 24
    gallery.agent.composer.fill("")


@pytest.mark.parametrize("width", [320, pytest.param(768, marks=pytest.mark.soak), 1280])
@pytest.mark.smoke
def test_nothing_overflows_in_vietnamese(gallery: Gallery, width: int) -> None:
    page = shown_at(gallery, width, 800)
    speak(page, "vi")
    try:
        expect(gallery.agent.page.locator("html")).to_have_attribute("lang", "vi")
        page.screenshot(path=PICTURES / f"dashboard-vi-{width}.png")
        assert page.evaluate(OUTSIDE) == []
        assert page.locator(".thread-name").evaluate(CUT) is False
    finally:
        speak(page, "en")


def speak(page: Page, language: str) -> None:
    """Choose this language, as the language dialog does."""
    page.evaluate(
        """(language) => {
            const kept = JSON.parse(localStorage.getItem("parley:dashboard"));
            localStorage.setItem("parley:dashboard", JSON.stringify({...kept, language}));
        }""",
        language,
    )
    page.reload()
    expect(page.locator(".said").last).to_be_in_viewport()
