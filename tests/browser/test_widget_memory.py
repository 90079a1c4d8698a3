"""What the widget stores in a visitor's browser, for how long, and what deletes it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Visitor
from tests.people import add_project

DRAFT = "I have been thinking about the fern in your window, and about whether it would grow in our hall."
STORED = """() =>
    Object.keys({...localStorage, ...sessionStorage}).filter((name) => name.startsWith("parley:"))"""


def by_button(visitor: Visitor) -> None:
    visitor.window.get_by_role("button", name="Close chat").click()
    visitor.open()


def by_escape(visitor: Visitor) -> None:
    visitor.composer.press("Escape")
    visitor.open()


def by_reload(visitor: Visitor) -> None:
    visitor.page.reload()


def by_link(visitor: Visitor) -> None:
    visitor.page.get_by_role("link", name="Elsewhere").click()
    visitor.page.wait_for_url("**/elsewhere*")


@pytest.mark.parametrize(
    "away_and_back", [by_button, by_escape, by_reload, by_link], ids=lambda way: way.__name__
)
def test_a_draft_is_restored(stage: Stage, away_and_back: Callable[[Visitor], None]) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.composer.fill(DRAFT)
    away_and_back(visitor)
    expect(visitor.composer).to_have_value(DRAFT)
    visitor.composer.press("Enter")
    visitor.expect_mark(DRAFT, "Sent")
    away_and_back(visitor)
    expect(visitor.composer).to_have_value("")


@pytest.mark.smoke
def test_nothing_is_stored_or_connected_before_the_visitor_opens_the_chat(stage: Stage) -> None:
    visitor = stage.visitor(url="about:blank")
    sockets: list[str] = []
    visitor.page.on("websocket", lambda socket: sockets.append(socket.url))
    visitor.page.goto(stage.page_url(attributes=' data-start="on-open"'))
    expect(visitor.launcher).to_be_visible()
    # The window is loaded after the moment at which the chat would have connected.
    visitor.page.wait_for_function(
        "performance.getEntriesByType('resource').some(({name}) => /window-/.test(name))"
    )
    assert visitor.page.evaluate(STORED) == []
    assert sockets == []
    visitor.open()
    visitor.write("now I do")
    visitor.expect_mark("now I do", "Sent")
    assert any(name.endswith(":key") for name in visitor.page.evaluate(STORED))
    agent = stage.agent()
    visitor.page.evaluate("Parley.close()")
    visitor.page.reload()
    agent.open("now I do")
    agent.write("and an answer")
    expect(visitor.badge).to_have_text("1")  # a visitor who has opened the chat once is connected


@pytest.mark.smoke
def test_reset_deletes_the_visitor_in_every_tab(stage: Stage) -> None:
    first = stage.visitor()
    first.open()
    first.write("a secret of A")
    first.expect_mark("a secret of A", "Sent")
    second = stage.visitor(first.page.context)
    second.open()
    expect(second.bubble("a secret of A")).to_be_visible()
    second.composer.fill("half a secret")
    first.page.evaluate("window.counts = []; void Parley.on('unread', ({count}) => counts.push(count))")
    first.page.evaluate("Parley.reset()")
    for visitor in (first, second):
        expect(visitor.window).to_have_count(0)
        visitor.open()
        expect(visitor.composer).to_have_value("")
        expect(visitor.window.get_by_text("How can we help?")).to_be_visible()
        expect(visitor.bubble("a secret of A")).to_have_count(0)
    assert first.page.evaluate("counts") == [0]
    second.write("hello from B")
    second.expect_mark("hello from B", "Sent")
    expect(first.bubble("hello from B")).to_be_visible()  # both tabs are the same new visitor
    assert "secret" not in first.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    agent = stage.agent()
    expect(agent.row("a secret of A")).to_be_visible()
    expect(agent.row("hello from B")).to_be_visible()


def refusals(page: Page) -> list[str]:
    """The console messages of our script."""
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.text.startswith("Parley:") else None)
    return said


def test_a_refused_domain_is_logged_once_with_what_to_do(stage: Stage) -> None:
    stage.project = add_project(stage.stack, name="Elsewhere", domains=("shop.example",))
    stage.allow_errors("Parley:", "403")
    visitor = stage.visitor(url="about:blank")
    said = refusals(visitor.page)
    asked: list[str] = []
    visitor.page.on(
        "request", lambda request: asked.append(request.url) if "/settings" in request.url else None
    )
    visitor.page.clock.install()
    visitor.page.goto(stage.page_url())
    until(visitor.page, lambda: len(said) == 1)
    assert re.search(r"127\.0\.0\.1:\d+ is not a domain of project", said[0])
    assert f"{stage.server.url}/app" in said[0]
    visitor.page.clock.run_for(600_000)
    assert len(asked) == len(said) == 1
    expect(visitor.page.locator("#parley-widget .launcher")).to_have_count(0)


def test_an_unknown_project_is_logged(stage: Stage) -> None:
    stage.project = bytes(16)
    stage.allow_errors("Parley:", "404")
    visitor = stage.visitor(url="about:blank")
    said = refusals(visitor.page)
    visitor.page.goto(stage.page_url())
    until(visitor.page, lambda: len(said) == 1)
    assert "there is no project 00000000-0000-0000-0000-000000000000" in said[0]


def test_internals_of_the_loader_are_not_public(stage: Stage) -> None:
    visitor = stage.visitor()
    assert visitor.page.evaluate("Object.keys(Parley).sort()") == sorted(
        ["again", "close", "destroy", "identify", "on", "open", "reset", "setPage", "toggle"]
    )
