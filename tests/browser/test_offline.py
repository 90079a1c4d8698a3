"""Texts written offline: they are queued, survive a reload, and are stored once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.page_objects import Visitor
from tests.running import Running

# Errors that Chromium logs about a server that is down.
AWAY = ("net::ERR_", "WebSocket connection to")
STORED = "SELECT body FROM messages WHERE project_id = $1 ORDER BY seq"


def stored(stage: Stage) -> list[str]:
    return [row["body"] for row in stage.stack.sql(STORED, stage.project_id)]


@pytest.fixture
def own_server(stage: Stage) -> Iterator[Running]:
    """A server for this test that may be killed; the stage uses it from here on."""
    stage.allow_errors(*AWAY)
    made = stage.server = stage.stack.spawn("server", **UNTHROTTLED)
    yield made
    made.kill()


@pytest.mark.smoke
def test_text_written_offline_waits_and_is_stored_once(stage: Stage) -> None:
    stage.allow_errors(*AWAY)
    visitor = stage.visitor()
    visitor.open()
    visitor.write("before")
    visitor.expect_mark("before", "Sent")
    visitor.page.context.set_offline(True)
    visitor.write("on the train")
    visitor.write("in the tunnel")
    visitor.expect_mark("on the train", "Sending…")
    visitor.expect_mark("in the tunnel", "Sending…")
    expect(visitor.window.get_by_text("offline. What you write is kept")).to_be_visible()
    visitor.page.context.set_offline(False)
    expect(visitor.mark("in the tunnel")).to_have_accessible_name("Sent")
    expect(visitor.window.get_by_text("offline. What you write is kept")).to_have_count(0)
    assert stored(stage) == ["before", "on the train", "in the tunnel"]


def test_text_written_while_the_server_is_down_survives_a_reload(stage: Stage, own_server: Running) -> None:
    agent, visitor = stage.agent(), stage.visitor()
    visitor.open()
    visitor.write("before")
    visitor.expect_mark("before", "Sent")
    own_server.kill()
    visitor.write("is an agent there?")
    visitor.expect_mark("is an agent there?", "Sending…")
    expect(visitor.window.get_by_text("Connection lost. What you write is kept")).to_be_visible()
    visitor.page.reload()
    visitor.expect_mark("is an agent there?", "Sending…")
    expect(visitor.bubble("before")).to_be_visible()
    visitor.write("hello?")
    own_server.restart()
    expect(visitor.mark("hello?")).to_have_accessible_name("Sent")
    assert stored(stage) == ["before", "is an agent there?", "hello?"]
    expect(agent.row("hello?")).to_be_visible()
    agent.open("hello?")
    expect(agent.bubble("is an agent there?")).to_have_count(1)
    expect(agent.bubble("hello?")).to_have_count(1)


@pytest.mark.smoke
def test_a_reload_between_queued_and_stored_does_not_duplicate_the_text(
    stage: Stage, worker: Running
) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write("before")
    visitor.expect_mark("before", "Sent")
    worker.pause()  # Redis queues the text, and no worker stores it
    try:
        visitor.write("once")
        visitor.expect_mark("once", "Sending…")
        visitor.page.reload()
        visitor.expect_mark("once", "Sending…")
    finally:
        worker.resume()
    visitor.expect_mark("once", "Sent")
    visitor.write("after")
    visitor.expect_mark("after", "Sent")
    expect(visitor.bubble("once")).to_have_count(1)
    assert stored(stage) == ["before", "once", "after"]


def test_another_tab_sends_the_unsent_texts_of_a_closed_tab(stage: Stage, own_server: Running) -> None:
    context = stage.context()
    first = stage.visitor(context)
    first.open()
    first.write("before")
    first.expect_mark("before", "Sent")
    second = stage.visitor(context)
    second.open()
    expect(second.bubble("before")).to_be_visible()
    own_server.kill()
    first.write("left behind")
    expect(second.mark("left behind")).to_have_accessible_name("Sending…")
    first.page.close()
    own_server.restart()
    expect(second.mark("left behind")).to_have_accessible_name("Sent")
    assert stored(stage) == ["before", "left behind"]


def test_a_second_tab_shows_the_same_conversation(stage: Stage) -> None:
    context = stage.context()
    first = stage.visitor(context)
    first.open()
    first.write("from the first")
    first.expect_mark("from the first", "Sent")
    second = stage.visitor(context)
    second.open()
    expect(second.bubble("from the first")).to_be_visible()
    second.write("from the second")
    first.expect_mark("from the second", "Sent")
    first.write("and back")
    second.expect_mark("and back", "Sent")
    for tab in (first, second):
        expect(tab.messages.locator(".bubble")).to_have_count(3)
    agent = stage.agent()
    expect(agent.rows).to_have_count(1)
    agent.open("and back")
    agent.write("hello to both")
    for tab in (first, second):
        expect(tab.bubble("hello to both")).to_be_visible()


def test_two_tabs_that_connect_at_once_are_one_visitor(stage: Stage) -> None:
    context = stage.context()
    tabs = [Visitor(stage.page(context)) for _ in range(2)]
    for tab in tabs:
        tab.page.goto(stage.page_url(), wait_until="commit")
    for number, tab in enumerate(tabs):
        tab.open()
        tab.write(f"tab {number}")
    for tab in tabs:
        for number in range(2):
            tab.expect_mark(f"tab {number}", "Sent")
        expect(tab.messages.locator(".bubble")).to_have_count(2)
    visitors = stage.stack.sql("SELECT count(*) AS n FROM visitors WHERE project_id = $1", stage.project_id)
    assert visitors[0]["n"] == 1
