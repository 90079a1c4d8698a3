"""Every view in every theme and size: axe finds no serious violation; screenshots are taken for review."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.accessibility import serious_violations
from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent, Visitor
from tests.browser.site import Site
from tests.people import add_agent, add_project
from tests.running import Running
from tests.stack import ROOT, Stack

PICTURES = ROOT / "tests" / "screenshots"
DESK, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)


@dataclass(frozen=True)
class Look:
    """A theme and size in which a page is shown."""

    name: str
    scheme: Literal["light", "dark"]
    size: ViewportSize

    def apply(self, page: Page) -> None:
        """Show the page in this look."""
        page.emulate_media(color_scheme=self.scheme, reduced_motion="reduce")
        page.set_viewport_size(self.size)

    def faults(self, page: Page, view: str) -> list[str]:
        """Take the screenshot and run axe; returns the violations."""
        page.mouse.move(1, 1)
        page.screenshot(path=PICTURES / f"{view}-{self.name}.png")
        return [f"{view} {self.name}: {line}" for line in serious_violations(page)]


LOOKS = (
    Look("light", "light", DESK),
    Look("dark", "dark", DESK),
    Look("phone", "light", PHONE),
    Look("phone-dark", "dark", PHONE),
)
# `make test` looks at both themes and both widths, each once.
each_look = pytest.mark.parametrize(
    "look",
    [
        pytest.param(
            look, id=look.name, marks=() if look.name in {"light", "phone-dark"} else pytest.mark.soak
        )
        for look in LOOKS
    ],
)


@dataclass(frozen=True)
class Gallery:
    """A project with several conversations."""

    stage: Stage
    url: str
    visitor: Visitor  # in a conversation with the agent
    agent: Agent


@pytest.fixture(scope="module")
def gallery(
    browser: Browser, shared_stack: Stack, site: Site, server: Running, demo: bytes
) -> Iterator[Gallery]:
    """Visitors of the demo shop, some of them answered."""
    PICTURES.mkdir(exist_ok=True)
    stage = Stage(browser, shared_stack, site, server, project=demo)
    add_agent(shared_stack, demo, name="Bao", role="agent")
    agent, url = stage.agent(), f"{server.url}/demo"
    for said in ("Do you ship to Norway?", "The pot arrived broken :(", "Thanks, that helped a lot!"):
        visitor = stage.visitor(url=f"{url}/delivery")
        visitor.open()
        visitor.write(said)
        expect(agent.row(said)).to_be_visible()
        visitor.page.context.close()
    agent.open("Thanks, that helped a lot!")
    agent.assign("me")
    visitor = stage.visitor(url=f"{url}/shop/calathea")
    talk(visitor, agent)
    yield Gallery(stage, url, visitor, agent)
    stage.close()


def talk(visitor: Visitor, agent: Agent) -> None:
    """A question, answers, a note, and another question."""
    visitor.open()
    visitor.write("Hello! My calathea folds its leaves all day, is that normal?")
    agent.open("calathea")
    agent.assign("me")
    expect(visitor.head).to_contain_text("Mai is helping you")
    agent.write("It folds them at night; all day means that it stands too dark or too cold.")
    agent.write("There is more on https://example.com/care/calathea")
    agent.write("Asked the same in spring, see the older order.", note=True)
    expect(visitor.bubble("There is more")).to_be_visible()
    visitor.write("It stands in the corridor.\nI will move it to the window, thank you!")
    visitor.write("Is a south window all right, or too much?")
    visitor.expect_mark("Is a south window", "Read")
    agent.page.get_by_role("radio", name="Reply").click()


@each_look
@pytest.mark.smoke
def test_the_widget_looks_right_and_is_accessible(gallery: Gallery, look: Look) -> None:
    visitor = gallery.stage.visitor(url=gallery.url)
    look.apply(visitor.page)
    expect(visitor.launcher).to_be_visible()
    faults = look.faults(visitor.page, "widget-closed")
    visitor.launcher.click()
    expect(visitor.window).to_be_visible()
    faults += look.faults(visitor.page, "widget-open")
    visitor.page.context.close()
    look.apply(gallery.visitor.page)
    expect(gallery.visitor.bubble("Is a south window")).to_be_in_viewport()
    faults += look.faults(gallery.visitor.page, "widget-conversation")
    assert not faults, "\n".join(faults)


@each_look
@pytest.mark.smoke
def test_the_dashboard_looks_right_and_is_accessible(gallery: Gallery, look: Look) -> None:
    stage, page = gallery.stage, gallery.agent.page
    newcomer = Agent(stage.page(stage.context()), stage.server.url)
    look.apply(newcomer.page)
    newcomer.visit()
    expect(newcomer.page.get_by_role("button", name="Sign in")).to_be_visible()
    faults = look.faults(newcomer.page, "dashboard-sign-in")
    newcomer.sign_in(add_agent(stage.stack, add_project(stage.stack, name="New shop"), name="Ana"))
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()
    expect(newcomer.me).to_be_visible()
    faults += look.faults(newcomer.page, "dashboard-empty")
    look.apply(page)
    gallery.agent.visit()
    expect(gallery.agent.rows).to_have_count(4)
    faults += look.faults(page, "dashboard-inbox")
    gallery.agent.open("south window")
    expect(gallery.agent.bubble("Is a south window")).to_be_in_viewport()
    faults += look.faults(page, "dashboard-conversation")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("look", LOOKS[:2], ids=lambda look: look.name)
def test_the_dialogs_are_accessible(gallery: Gallery, look: Look) -> None:
    page = gallery.agent.page
    look.apply(page)
    gallery.agent.visit()
    expect(gallery.agent.rows).to_have_count(4)
    faults = []
    for item, name in ((None, "palette"), ("Keyboard shortcuts", "keys"), ("Preferences", "preferences")):
        if item is None:
            page.get_by_role("button", name="Go to…").click()
        else:
            page.get_by_role("button", name="Your account").click()
            page.get_by_role("option", name=item).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        faults += look.faults(page, f"dashboard-{name}")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert not faults, "\n".join(faults)
