"""The server is restored from a backup while pages are open: they drop lost messages and show new ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.backup import back_up, drill
from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.site import Site
from tests.browser.test_offline import AWAY
from tests.running import Running
from tests.stack import Stack


@pytest.fixture
def port(stack_apart: Stack) -> int:
    return stack_apart.port()


@pytest.fixture
def own(browser: Browser, stack_apart: Stack, site: Site, port: int) -> Iterator[Stage]:
    """A stage on separate servers, which the test restores."""
    server = started(stack_apart, port)
    made = Stage(browser, stack_apart, site, server)
    made.allow_errors(*AWAY, "Failed to load resource")
    yield made
    made.close()
    assert [line for line in made.errors if not any(part in line for part in made.allowed_errors)] == []


def started(stack: Stack, port: int) -> Running:
    stack.spawn("worker")
    server = stack.spawn("server", port=port, **UNTHROTTLED)
    server.wait_for_path("/readyz")
    return server


def test_open_pages_drop_lost_messages_and_show_new_ones(own: Stage, port: int, tmp_path: Path) -> None:
    agent, visitor = own.agent(), own.visitor()
    visitor.open()
    visitor.write("kept question")
    agent.open("kept question")
    agent.write("kept answer")
    expect(visitor.bubble("kept answer")).to_be_visible()
    back_up(own.stack, tmp_path)
    for number in range(3):
        visitor.write(f"lost text {number}")
    agent.write("lost answer")
    expect(visitor.bubble("lost answer")).to_be_visible()
    expect(agent.bubble("lost text 2")).to_be_visible()

    drill(own.stack, tmp_path, *own.stack.processes)
    started(own.stack, port)

    for face in (visitor, agent):
        expect(face.messages.get_by_text("lost", exact=False)).to_have_count(0, timeout=60_000)
        expect(face.bubble("kept answer")).to_be_visible()
    visitor.write("new question")
    visitor.expect_mark("new question", "Sent")
    expect(agent.bubble("new question")).to_be_visible()
    agent.write("new answer")
    expect(visitor.bubble("new answer")).to_be_visible()
    visitor.page.reload()
    for text in ("kept question", "kept answer", "new question", "new answer"):
        expect(visitor.bubble(text)).to_be_visible()
    expect(visitor.messages.get_by_text("lost", exact=False)).to_have_count(0)
