"""Page objects: a visitor's page with the widget and an agent's page with the dashboard."""

import re
from itertools import pairwise

from playwright.sync_api import Locator, Page, expect

from tests.people import PASSWORD


class Visitor:
    """A page of the customer's site with the widget."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.locator("#parley-widget .launcher")
        self.window = page.get_by_role("dialog")
        self.composer = self.window.get_by_role("textbox", name="Message")
        self.messages = self.window.get_by_role("log")
        self.badge = self.launcher.locator(".badge")
        self.typing = self.window.get_by_role("status", name=re.compile("is typing"))
        self.head = self.window.locator(".head")

    def open(self) -> None:
        """Open the window and wait until it is connected."""
        self.launcher.click()
        expect(self.composer).to_be_focused()

    def write(self, text: str) -> None:
        """Write a text and send it."""
        self.composer.fill(text)
        self.composer.press("Enter")
        expect(self.composer).to_have_value("")

    def bubble(self, text: str) -> Locator:
        """The single bubble with this text, including its tick and time."""
        return self.messages.locator(".row", has=self.page.locator(".bubble", has_text=text))

    def expect_bubbles_in_order(self) -> None:
        """Every message is within the list, below the one before it: no style of a later part moves it."""
        inside = self.messages.bounding_box()
        boxes = [one.bounding_box() for one in self.messages.locator(".bubble").all()]
        assert inside is not None and boxes
        places = [(box["y"], box["y"] + box["height"]) for box in boxes if box is not None]
        assert all(end <= begin for (_, end), (begin, _) in pairwise(places)), places
        assert places[-1][1] <= inside["y"] + inside["height"], (places, inside)

    def mark(self, text: str) -> Locator:
        """The tick of a sent text: Sending…, Sent or Read."""
        return self.bubble(text).get_by_role("img")

    def expect_mark(self, text: str, name: str) -> None:
        """Wait until the tick has this name."""
        expect(self.bubble(text).get_by_role("img", name=name)).to_be_visible()


class Agent:
    """A tab with the dashboard."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.rows = page.locator(".row-place")
        self.thread = page.locator(".thread-pane")
        self.messages = page.get_by_role("log", name="Messages")
        self.composer = page.locator("#composer")
        self.panel = page.get_by_role("complementary", name="Visitor")
        self.current_page = self.panel.locator(".page-card")
        self.banner = page.locator(".live-banner")
        self.me = page.locator(".rail-me .dot.is-online")  # the websocket is open
        self.typing = self.messages.locator(".is-typing")

    def visit(self, path: str = "/app") -> None:
        """Load the dashboard."""
        self.page.goto(self.url + path)

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Fill in the form and submit it."""
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def arrive(self, email: str) -> None:
        """Load the page, sign in, and wait until the websocket is open."""
        self.visit()
        self.sign_in(email)
        expect(self.me).to_be_visible()

    def row(self, text: str) -> Locator:
        """The row of the list that shows this text."""
        return self.rows.filter(has_text=text)

    def open(self, text: str) -> None:
        """Open the conversation whose row shows this text."""
        self.row(text).click()
        expect(self.messages).to_be_visible()

    def write(self, text: str, *, note: bool = False) -> None:
        """Write a reply or a note."""
        self.page.get_by_role("radio", name="Note" if note else "Reply").click()
        self.composer.fill(text)
        self.composer.press("Enter")

    def assign(self, name: str) -> None:
        """Assign the open conversation to this agent; `name` may be "me"."""
        self.page.get_by_role("button", name=re.compile("^Assignee: ")).click()
        self.page.get_by_role("option", name="Assign to me" if name == "me" else name).click()

    def bubble(self, text: str) -> Locator:
        """The message with this text, including its footer."""
        return self.messages.locator(".said", has=self.page.locator(".bubble", has_text=text))

    def online(self) -> Locator:
        """The presence of the open conversation's visitor in the details panel."""
        return self.panel.locator(".presence")

    def unread(self, text: str) -> Locator:
        """The unread badge of a row."""
        return self.row(text).locator(".badge")
