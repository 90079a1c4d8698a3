"""Page object for the pages of the settings."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent


class Settings:
    """A tab with one of the settings' pages."""

    def __init__(self, agent: Agent) -> None:
        self.page: Page = agent.page
        self.url = agent.url
        self.toast = agent.page.locator(".toast")
        self.dialog = agent.page.get_by_role("dialog")
        self.title = agent.page.get_by_role("heading", level=1)

    def visit(self, path: str) -> None:
        """Load a settings page and wait for its title."""
        self.page.goto(f"{self.url}/app/{path}")
        expect(self.title).to_be_focused()

    def go(self, name: str) -> None:
        """Follow the link to another settings page."""
        self.page.get_by_role("navigation", name="Settings").get_by_role(
            "link", name=name, exact=True
        ).click()
        expect(self.title).to_be_focused()

    def card(self, title: str) -> Locator:
        """The section of the page with this heading."""
        return self.page.get_by_role("region", name=title, exact=True)

    def item(self, text: str) -> Locator:
        """The item of a list with this text."""
        return self.page.locator(".item", has_text=text)

    def press(self, name: str, *, inside: Locator | None = None) -> None:
        """Press the button with this name."""
        (inside or self.page).get_by_role("button", name=name, exact=True).click()

    def fill(self, label: str, text: str, *, inside: Locator | None = None) -> None:
        """Fill the field with this label."""
        (inside or self.page).get_by_label(label, exact=True).fill(text)

    def hold_reads(self, path: str) -> Callable[[], None]:
        """Leave every GET of this path of the API without an answer, until the result is called."""
        url = f"{self.url}/api/v1/{path}"

        def held(route: Route) -> None:
            if route.request.method != "GET":
                route.continue_()

        self.page.route(url, held)
        return lambda: self.page.unroute(url, held)

    def expect_toast(self, text: str) -> None:
        """Wait until the toast shows this text."""
        expect(self.toast).to_have_text(text)


def at_settings(stage: Stage, path: str, *, email: str = "") -> Settings:
    """A signed-in agent at this settings page."""
    made = Settings(stage.agent(email=email))
    made.visit(path)
    return made
