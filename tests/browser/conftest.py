"""A browser, a server with its worker, and pages whose consoles must have no errors."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import chromium, patience
from tests.browser.page_objects import Agent, Visitor
from tests.browser.site import Site
from tests.client import text
from tests.people import add_agent, add_project
from tests.running import Running
from tests.smtp import MailDirectory
from tests.stack import Servers, Stack

SEEN_WITHIN = patience.PATIENCE * 1_000  # ms until an expected element is visible
WIDE = {"width": 1280, "height": 800}
UNTHROTTLED: dict[str, Any] = {
    "handshakes_per_minute": 10_000,
    "messages_per_minute": 10_000,
    "demo": "true",  # the page with the widget for the visual tests
}


# Scope package, not session: while it is open, asyncio counts as running in this thread, and the
# integration tests run their own loops.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium."""
    expect.set_options(timeout=SEEN_WITHIN)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.ARGS)
        yield made
        made.close()


@pytest.fixture(scope="package")
def shared_stack(servers: Servers) -> Iterator[Stack]:
    """A database with the demo page's project, which is older than every other project."""
    made = Stack(servers)
    add_project(made, name="Fern & Clay")
    yield made
    made.close()


@pytest.fixture
def stack_apart(fresh_stack: Stack) -> Stack:
    """For tests with a worker of their own: the worker of all other tests would read the same queue."""
    if fresh_stack.servers.cluster is None:
        fresh_stack.redis_url = fresh_stack.redis_url.removesuffix("/0") + "/1"
    return fresh_stack


@pytest.fixture(scope="package")
def demo(shared_stack: Stack) -> bytes:
    """The project of the demo page."""
    project: bytes = shared_stack.sql("SELECT id FROM projects ORDER BY created_at LIMIT 1")[0]["id"].bytes
    return project


@pytest.fixture(scope="package")
def worker(shared_stack: Stack) -> Running:
    """The worker for all browser tests."""
    return shared_stack.spawn("worker", screenshot_networks="127.0.0.1", outbound_networks="127.0.0.1")


@pytest.fixture(scope="package")
def server(shared_stack: Stack, worker: Running) -> Running:
    """The server for all tests that do not stop it."""
    return shared_stack.spawn("server", **UNTHROTTLED)


@pytest.fixture(scope="package")
def mails(shared_stack: Stack) -> MailDirectory:
    """The directory of sent mails."""
    return MailDirectory(shared_stack.data)


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """A customer's site on another port than ours."""
    made = Site()
    yield made
    made.close()


class Stage:
    """The browser contexts of a test, their pages, and the pages' console messages."""

    def __init__(
        self, browser: Browser, shared_stack: Stack, site: Site, server: Running, *, project: bytes = b""
    ) -> None:
        self._browser = browser
        self.stack = shared_stack
        self.site = site
        self.server = server
        self.project = project or add_project(shared_stack, name="Shop")
        self.project_id = UUID(bytes=self.project)
        self.email = add_agent(shared_stack, self.project, name="Mai")
        self.errors: list[str] = []
        self.allowed_errors: tuple[str, ...] = ()
        self._contexts: list[BrowserContext] = []

    def context(self, **options: Any) -> BrowserContext:
        """A separate browser: own cookies, own storage."""
        given: dict[str, Any] = {
            "viewport": WIDE,
            "locale": "en-US",
            "reduced_motion": "reduce",
            # A service worker would answer what tests intercept, and load files beside every page.
            "service_workers": "block",
        } | options
        made = self._browser.new_context(**given)
        made.set_default_timeout(SEEN_WITHIN)
        self._contexts.append(made)
        return made

    def page(self, context: BrowserContext) -> Page:
        """A tab whose console messages are collected."""
        made = context.new_page()
        made.on("pageerror", lambda error: self.errors.append(f"{made.url}: {error}"))
        made.on("console", lambda said: self._console(made, said))
        return made

    def page_url(self, *, policy: str = "", attributes: str = "") -> str:
        """The URL of the customer's page with this test's widget, under one of the site's policies."""
        return self.site.url(self.server.url, text(self.project), policy=policy, attributes=attributes)

    def visitor(self, context: BrowserContext | None = None, *, url: str = "", **options: Any) -> Visitor:
        """A visitor on the customer's site."""
        made = Visitor(self.page(context or self.context(**options)))
        made.page.goto(url or self.page_url())
        return made

    def agent(self, context: BrowserContext | None = None, *, email: str = "", **options: Any) -> Agent:
        """An agent signed in to the dashboard, at the inbox of this test's project."""
        made = Agent(self.page(context or self.context(**options)), self.server.url)
        made.arrive(email or self.email)
        return made

    def close(self) -> None:
        """Close every context."""
        for context in self._contexts:
            context.close()

    def allow_errors(self, *parts: str) -> None:
        """Allow console errors that contain one of these parts."""
        self.allowed_errors += parts

    def _console(self, page: Page, said: Any) -> None:
        line = f"{page.url}: {said.text} ({(said.location or {}).get('url', '')})"
        if said.type == "error":
            self.errors.append(line)


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for events of Playwright, which delivers them only while the test waits for a page."""
    deadline = time.monotonic() + patience.PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        page.wait_for_timeout(10)


@pytest.fixture
def stage(browser: Browser, shared_stack: Stack, site: Site, server: Running) -> Iterator[Stage]:
    """A project for one test; checks at the end that no console has an unexpected message."""
    made = Stage(browser, shared_stack, site, server)
    yield made
    made.close()
    unexpected = [line for line in made.errors if not any(part in line for part in made.allowed_errors)]
    assert unexpected == []


@pytest.fixture
def talk(stage: Stage) -> Callable[[], tuple[Visitor, Agent]]:
    """A visitor who has written "hello?" and an agent who has the conversation open."""

    def begin() -> tuple[Visitor, Agent]:
        agent, visitor = stage.agent(), stage.visitor()
        visitor.open()
        visitor.write("hello?")
        agent.open("hello?")
        expect(agent.bubble("hello?")).to_be_visible()
        return visitor, agent

    return begin
