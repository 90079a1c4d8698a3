"""Somebody at the settings, as people use them."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Stage
from tests.browser.faces import Agent


class Settings:
    """A tab at one of the pages for settings."""

    def __init__(self, agent: Agent) -> None:
        self.page: Page = agent.page
        self.url = agent.url
        self.toast = agent.page.locator(".toast")
        self.dialog = agent.page.get_by_role("dialog")
        self.title = agent.page.get_by_role("heading", level=1)

    def visit(self, path: str) -> None:
        """Load a page of the settings and wait for its title."""
        self.page.goto(f"{self.url}/app/{path}")
        expect(self.title).to_be_focused()

    def go(self, name: str) -> None:
        """Follow the link to another page."""
        self.page.get_by_role("navigation", name="Settings").get_by_role(
            "link", name=name, exact=True
        ).click()
        expect(self.title).to_be_focused()

    def card(self, title: str) -> Locator:
        """The part of the page with this heading."""
        return self.page.get_by_role("region", name=title, exact=True)

    def item(self, text: str) -> Locator:
        """The line of a list that says this."""
        return self.page.locator(".item", has_text=text)

    def press(self, name: str, *, inside: Locator | None = None) -> None:
        """The button of this name."""
        (inside or self.page).get_by_role("button", name=name, exact=True).click()

    def fill(self, label: str, text: str, *, inside: Locator | None = None) -> None:
        """The field with this label."""
        (inside or self.page).get_by_label(label, exact=True).fill(text)

    def expect_toast(self, text: str) -> None:
        """Wait until the page says so."""
        expect(self.toast).to_have_text(text)


def at_settings(stage: Stage, path: str, *, email: str = "") -> Settings:
    """Somebody signed in, at this page."""
    made = Settings(stage.agent(email=email))
    made.visit(path)
    return made
