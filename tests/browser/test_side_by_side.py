"""A visitor and an agent in one conversation see each other's actions live."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent, Visitor
from tests.people import add_agent
from tests.running import Running

Talk = Callable[[], tuple[Visitor, Agent]]
COUNTS = (
    "SELECT (SELECT count(*) FROM visitors WHERE project_id = $1) AS visitors,"
    " (SELECT count(*) FROM conversations WHERE project_id = $1) AS conversations"
)


@pytest.mark.smoke
def test_on_the_demo_page_a_message_reaches_the_agent_and_the_reply_the_visitor(
    stage: Stage, demo: bytes
) -> None:
    agent = stage.agent(email=add_agent(stage.stack, demo, name="Linh"))
    visitor = stage.visitor(url=f"{stage.server.url}/demo")
    visitor.page.get_by_role("button", name="Ask us anything").click()
    expect(visitor.head).to_contain_text("re online")
    visitor.write("is the fern in stock?")
    agent.open("is the fern in stock?")
    agent.write("yes, three of them")
    expect(visitor.bubble("yes, three of them")).to_contain_text("Linh")
    visitor.expect_mark("is the fern in stock?", "Read")
    expect(agent.bubble("yes, three of them")).to_contain_text("Seen")
    visitor.page.get_by_role("link", name="Shop", exact=True).click()
    expect(agent.current_page).to_contain_text("All plants")
    expect(agent.current_page).to_contain_text("/demo/shop")
    visitor.page.go_back()
    expect(agent.current_page).to_contain_text("plants and pots that stay")


def test_the_demo_page_fits_a_width_of_320_pixels(stage: Stage, demo: bytes) -> None:
    visitor = stage.visitor(url=f"{stage.server.url}/demo")
    for path in ("/demo", "/demo/shop", "/demo/shop/olive", "/demo/care"):
        visitor.page.goto(f"{stage.server.url}{path}")
        visitor.page.set_viewport_size({"width": 320, "height": 640})
        assert visitor.page.evaluate("document.documentElement.scrollWidth") == 320, path


def test_opening_the_window_writes_no_row_and_the_first_message_one_of_each(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    expect(visitor.head).to_contain_text("reply as soon as we can")
    assert tuple(stage.stack.sql(COUNTS, stage.project_id)[0]) == (0, 0)
    visitor.write("first")
    visitor.write("second")
    visitor.expect_mark("second", "Sent")
    assert tuple(stage.stack.sql(COUNTS, stage.project_id)[0]) == (1, 1)


@pytest.mark.smoke
def test_a_tick_changes_from_sending_to_sent_to_read(stage: Stage, worker: Running) -> None:
    agent, visitor = stage.agent(), stage.visitor()
    visitor.open()
    visitor.write("first")
    visitor.expect_mark("first", "Sent")
    worker.pause()  # the text is in Redis and not yet in Postgres
    try:
        visitor.write("second")
        visitor.expect_mark("second", "Sending…")
    finally:
        worker.resume()
    visitor.expect_mark("second", "Sent")
    agent.open("second")
    visitor.expect_mark("second", "Read")


def test_each_sees_that_the_other_is_typing(talk: Talk) -> None:
    visitor, agent = talk()
    visitor.composer.press_sequentially("I wonder")
    expect(agent.typing).to_be_visible()
    visitor.composer.fill("")
    expect(agent.typing).to_have_count(0)
    agent.composer.press_sequentially("Let me look")
    expect(visitor.window.get_by_role("status", name="Mai is typing")).to_be_visible()
    agent.composer.press("Enter")
    expect(visitor.bubble("Let me look")).to_be_visible()
    expect(visitor.typing).to_have_count(0)


@pytest.mark.smoke
def test_presence_ends_some_seconds_after_the_visitor_leaves_and_returns_with_them(
    stage: Stage, talk: Talk
) -> None:
    visitor, agent = talk()
    expect(agent.online()).to_have_text("Online")
    agent.page.mouse.move(0, 0)  # the row under the mouse shows the box that selects it instead
    expect(agent.row("hello?").locator(".dot.is-online")).to_be_visible()
    context = visitor.page.context
    visitor.page.close()
    expect(agent.online()).to_have_text("Offline")
    expect(agent.row("hello?").locator(".dot.is-online")).to_have_count(0)
    stage.visitor(context)
    expect(agent.online()).to_have_text("Online")


def test_a_page_change_does_not_interrupt_presence(stage: Stage, talk: Talk) -> None:
    visitor, agent = talk()
    agent.page.evaluate(
        """() => { window.said = []; new MutationObserver(() => said.push(
            document.querySelector(".presence").textContent)).observe(
            document.querySelector(".panel-pane"), {subtree: true, childList: true, characterData: true}) }"""
    )
    visitor.page.goto(stage.page_url() + "&page=terms")
    expect(visitor.bubble("hello?")).to_be_visible()
    visitor.page.evaluate("document.title = 'Our terms'")
    expect(agent.current_page).to_contain_text("Our terms")
    assert set(agent.page.evaluate("said")) <= {"Online"}


def test_a_newly_loaded_page_is_shown_to_the_agent_at_once(stage: Stage, talk: Talk) -> None:
    visitor, agent = talk()
    visitor.page.goto(stage.page_url() + "&page=terms")
    expect(visitor.bubble("hello?")).to_be_visible()
    visitor.write("and now?")
    expect(agent.bubble("and now?")).to_be_visible()
    expect(agent.current_page).to_contain_text("page=terms", timeout=20_000)


@pytest.mark.smoke
def test_unread_is_exact_in_every_tab_and_cleared_by_reading(stage: Stage) -> None:
    context = stage.context()
    agent = stage.agent(context)
    visitor = stage.visitor()
    visitor.open()
    for count, said in enumerate(("one", "two", "three"), start=1):
        visitor.write(said)
        expect(agent.unread(said)).to_have_text(str(count))
    expect(agent.page).to_have_title(re.compile(r"^\(1\) "))
    second = Agent(stage.page(context), stage.server.url)
    second.visit()  # signed in by the cookie
    expect(second.unread("three")).to_have_text("3")
    agent.open("three")
    for tab in (agent, second):
        expect(tab.unread("three")).to_have_count(0)
        expect(tab.page).not_to_have_title(re.compile(r"^\("))
    visitor.write("four")
    expect(agent.bubble("four")).to_be_visible()
    visitor.expect_mark("four", "Read")
    expect(second.row("four")).to_be_visible()
    expect(second.unread("four")).to_have_count(0)


def test_status_and_assignment_are_shown_on_both_sides(stage: Stage, talk: Talk) -> None:
    visitor, agent = talk()
    agent.assign("me")
    expect(visitor.head).to_contain_text("Mai is helping you")
    expect(agent.messages).to_contain_text("You took this conversation")
    agent.page.get_by_role("button", name="Solve", exact=True).click()
    expect(visitor.messages).to_contain_text("This conversation was closed. Write to open it again.")
    expect(agent.messages).to_contain_text("You solved this")
    visitor.write("one more thing")
    expect(visitor.messages).not_to_contain_text("This conversation was closed")
    expect(agent.bubble("one more thing")).to_be_visible()
    expect(agent.page.get_by_role("button", name="Solve", exact=True)).to_be_visible()


def test_a_second_tab_of_the_agent_stays_in_step(stage: Stage, talk: Talk) -> None:
    visitor, agent = talk()
    second = Agent(stage.page(agent.page.context), stage.server.url)
    second.visit()
    second.open("hello?")
    agent.write("from the first tab")
    expect(second.bubble("from the first tab")).to_be_visible()
    second.write("from the second tab")
    expect(agent.bubble("from the second tab")).to_have_count(1)
    visitor.write("understood")
    for tab in (agent, second):
        expect(tab.bubble("understood")).to_be_visible()
    second.page.get_by_role("button", name="Solve", exact=True).click()
    expect(agent.page.get_by_role("button", name="Reopen", exact=True)).to_be_visible()


def test_two_agents_see_each_other_type_and_assign(stage: Stage, talk: Talk) -> None:
    colleague = add_agent(stage.stack, stage.project, name="Bao", role="agent")
    visitor, mai = talk()
    bao = stage.agent(email=colleague)
    bao.open("hello?")
    mai.composer.press_sequentially("I will")
    expect(bao.page.get_by_text("Mai is typing a reply")).to_be_visible()
    mai.composer.fill("")
    mai.assign("Bao")
    expect(bao.page.get_by_role("button", name="Assignee: Bao")).to_be_visible()
    expect(visitor.head).to_contain_text("Bao is helping you")


@pytest.mark.smoke
def test_a_note_is_visible_to_the_team_only(talk: Talk) -> None:
    visitor, agent = talk()
    agent.write("he sounds angry", note=True)
    expect(agent.bubble("he sounds angry")).to_contain_text("Internal note")
    agent.write("how can I help?")
    expect(visitor.bubble("how can I help?")).to_be_visible()
    expect(visitor.page.locator("body")).not_to_contain_text("angry")
    visitor.page.evaluate("Object.keys(sessionStorage).forEach((name) => sessionStorage.removeItem(name))")
    visitor.page.reload()
    visitor.open()
    expect(visitor.bubble("how can I help?")).to_be_visible()
    expect(visitor.messages).not_to_contain_text("angry")


def test_the_closed_launcher_counts_unread_messages(talk: Talk) -> None:
    visitor, agent = talk()
    visitor.window.get_by_role("button", name="Close chat").click()
    expect(visitor.window).to_have_count(0)
    agent.write("are you there?")
    expect(visitor.badge).to_have_text("1")
    agent.write("we close at six")
    expect(visitor.badge).to_have_text("2")
    expect(agent.bubble("we close at six")).to_contain_text("Sent")
    visitor.open()
    expect(visitor.badge).to_be_hidden()
    expect(visitor.bubble("we close at six")).to_be_visible()
    expect(agent.bubble("we close at six")).to_contain_text("Seen")
