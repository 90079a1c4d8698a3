"""The dashboard during failures, and without a mouse."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import UNTHROTTLED, Stage, until
from tests.browser.page_objects import Agent, Visitor

Talk = Callable[[], tuple[Visitor, Agent]]
AWAY = ("net::ERR_", "WebSocket connection to")
ARRIVED = re.compile("Sent|Seen")
STORED = "SELECT count(*) AS n FROM messages WHERE project_id = $1 AND body = $2"
MESSAGES = "**/api/v1/projects/*/conversations/*/messages"


def test_a_wrong_password_is_reported_and_the_right_one_signs_in(stage: Stage) -> None:
    stage.allow_errors("/auth/login")
    agent = Agent(stage.page(stage.context()), stage.server.url)
    agent.visit()
    agent.page.get_by_role("button", name="Sign in").click()
    email = agent.page.get_by_label("Email")
    expect(email).to_be_focused()
    expect(email).to_have_accessible_description("Enter your email address.")
    agent.sign_in(stage.email, "not the password")
    expect(agent.page.get_by_role("alert")).to_contain_text("That email and password do not match.")
    agent.sign_in(stage.email)
    expect(agent.page.get_by_text("Nothing waiting")).to_be_visible()


@pytest.mark.smoke
def test_a_session_outlives_a_reload_and_ends_with_signing_out(stage: Stage) -> None:
    stage.allow_errors("/auth/refresh")  # Chromium logs the 401 as an error
    agent = stage.agent()
    agent.page.reload()
    expect(agent.me).to_be_visible()
    agent.page.get_by_role("button", name=re.compile("^Your account")).click()
    agent.page.get_by_role("option", name="Sign out").click()
    expect(agent.page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()
    agent.page.reload()
    expect(agent.page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()


def test_without_a_server_a_banner_is_shown_and_a_reply_is_queued(stage: Stage) -> None:
    stage.allow_errors(*AWAY)
    server = stage.server = stage.stack.spawn("server", **UNTHROTTLED)
    agent, visitor = stage.agent(), stage.visitor()
    visitor.open()
    visitor.write("hello?")
    agent.open("hello?")
    expect(agent.bubble("hello?")).to_be_visible()
    server.kill()
    expect(agent.banner).to_contain_text("Connection lost. Reconnecting…")
    agent.write("just a moment")
    expect(agent.bubble("just a moment")).to_contain_text("Waiting for the connection")
    server.restart()
    expect(agent.bubble("just a moment")).to_contain_text(ARRIVED)
    expect(agent.banner).to_be_empty()
    expect(visitor.bubble("just a moment")).to_be_visible()
    assert stage.stack.sql(STORED, stage.project_id, "just a moment")[0]["n"] == 1
    server.kill()


@pytest.mark.smoke
def test_a_refused_reply_is_kept_as_failed_and_sent_on_retry(stage: Stage, talk: Talk) -> None:
    stage.allow_errors("403")
    visitor, agent = talk()
    refusal = '{"type": "about:blank", "title": "Forbidden", "status": 403, "code": "forbidden"}'

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=403, content_type="application/problem+json", body=refusal)
        else:
            route.continue_()

    agent.page.route(MESSAGES, refuse)
    agent.write("an answer")
    failed = agent.bubble("an answer")
    expect(failed).to_contain_text("Not sent")
    agent.page.unroute(MESSAGES)
    failed.get_by_role("button", name="Try again").click()
    expect(visitor.bubble("an answer")).to_be_visible()
    expect(agent.bubble("an answer")).to_have_count(1)
    expect(agent.bubble("an answer")).not_to_contain_text("Not sent")
    assert stage.stack.sql(STORED, stage.project_id, "an answer")[0]["n"] == 1


def test_an_optimistic_reply_is_shown_before_the_server_answers(talk: Talk) -> None:
    visitor, agent = talk()
    held: list[Route] = []
    agent.page.route(MESSAGES, lambda route: held.append(route))  # noqa: PLW0108  Playwright sets attributes on the callback
    agent.write("at once")
    expect(agent.bubble("at once")).to_contain_text("Sending")
    until(agent.page, lambda: bool(held))
    assert visitor.bubble("at once").count() == 0
    held[0].continue_()
    expect(agent.bubble("at once")).to_contain_text(ARRIVED)
    agent.page.unroute(MESSAGES)


def test_a_list_that_failed_to_load_says_so_and_loads_on_retry(stage: Stage) -> None:
    stage.allow_errors("503")
    agent = stage.agent()
    listing = re.compile(r"/conversations\?")
    agent.page.route(listing, lambda route: route.fulfill(status=503, body="{}"))
    agent.page.reload()
    expect(agent.page.get_by_text("The conversations could not be loaded.")).to_be_visible()
    again, loaded = (
        agent.page.get_by_role("button", name="Try again"),
        agent.page.get_by_text("Nothing waiting"),
    )
    with agent.page.expect_request(listing):
        again.click()
    agent.page.unroute(listing)
    again.or_(loaded).first.click()  # the page also retries by itself, and then the button is gone
    expect(loaded).to_be_visible()


def test_messages_that_failed_to_load_hide_no_reply_and_load_on_retry(stage: Stage) -> None:
    stage.allow_errors("503")
    agent, visitor = stage.agent(), stage.visitor()
    visitor.open()
    visitor.write("hello?")
    expect(agent.row("hello?")).to_be_visible()
    reading = re.compile(r"/messages\?")
    agent.page.route(reading, lambda route: route.fulfill(status=503, body="{}"))
    agent.row("hello?").click()
    expect(agent.thread).to_contain_text("The messages could not be loaded.")
    agent.write("an answer unseen")
    expect(agent.bubble("an answer unseen")).to_be_visible()
    expect(visitor.bubble("an answer unseen")).to_be_visible()
    again = agent.page.get_by_role("button", name="Try again")
    with agent.page.expect_request(reading):
        again.click()
    agent.page.unroute(reading)
    # When the connection opens, the page also retries by itself, and then the button is gone.
    again.or_(agent.bubble("hello?")).first.click()
    expect(agent.bubble("hello?")).to_be_visible()
    expect(agent.bubble("an answer unseen")).to_have_count(1)


def three_waiting(stage: Stage) -> Agent:
    """An agent with three conversations in the inbox, "third" at the top."""
    agent = stage.agent()
    for said in ("first", "second", "third"):
        visitor = stage.visitor()
        visitor.open()
        visitor.write(said)
        visitor.expect_mark(said, "Sent")
        visitor.page.context.close()
    expect(agent.rows).to_have_count(3)
    return agent


@pytest.mark.smoke
def test_the_keyboard_is_enough_for_daily_work(stage: Stage) -> None:
    agent = three_waiting(stage)
    keys, page = agent.page.keyboard, agent.page
    for key, said in (("j", "third"), ("j", "second"), ("j", "first"), ("k", "second")):
        keys.press(key)
        expect(agent.bubble(said)).to_be_visible()
    keys.press("r")
    expect(agent.composer).to_be_focused()
    keys.type("r j k e are only text here")
    keys.press("Enter")
    expect(agent.bubble("r j k e are only text here")).to_contain_text("Sent")
    keys.press("Escape")
    expect(agent.composer).not_to_be_focused()
    keys.press("a")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Assignee: Mai")).to_be_visible()
    keys.press("e")
    expect(page.get_by_role("button", name="Reopen", exact=True)).to_be_visible()
    keys.press("e")
    expect(page.get_by_role("button", name="Solve", exact=True)).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_text("Pick a conversation")).to_be_visible()
    keys.press("Enter")
    expect(agent.messages).to_be_visible()


def test_the_keyboard_filters_shows_help_and_switches_conversations(stage: Stage) -> None:
    agent = three_waiting(stage)
    keys, page = agent.page.keyboard, agent.page
    keys.press("/")
    expect(page.get_by_label("Filter conversations")).to_be_focused()
    keys.type("seco")
    expect(agent.rows).to_have_count(1)
    keys.press("Escape")
    expect(agent.rows).to_have_count(3)
    keys.press("?")
    help_page = page.get_by_role("dialog", name="Keyboard shortcuts")
    for works in ("Find a canned response", "Mention a teammate, in a note", "Category of canned responses"):
        expect(help_page.get_by_text(works)).to_be_attached()
    keys.press("Escape")
    expect(help_page).to_have_count(0)
    keys.press("Control+k")
    palette = page.get_by_role("dialog", name="Go to…")
    expect(palette).to_be_visible()
    keys.type("first")
    keys.press("Enter")
    expect(palette).to_have_count(0)
    expect(agent.bubble("first")).to_be_visible()
    keys.press("Control+k")
    expect(palette).to_be_visible()
    keys.press("Escape")
    expect(palette).to_have_count(0)
    expect(agent.bubble("first")).to_be_visible()
