"""Unread counts, the history of changes and names of visitors, as agents see them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Agent, Visitor
from tests.people import add_agent

Talk = Callable[[], tuple[Visitor, Agent]]

# Conversations of an hour ago and older, each with one unread message.
MANY = """
WITH made AS (
    SELECT 'question ' || n AS body, gen_random_uuid() AS visitor, gen_random_uuid() AS conversation,
           now() - interval '1 hour' - n * interval '1 s' AS at
    FROM generate_series(1, $2::int) AS n
), visitors AS (
    INSERT INTO visitors (project_id, id) SELECT $1, visitor FROM made
), conversations AS (
    INSERT INTO conversations (project_id, id, visitor_id, last_seq, snippet, last_message_at)
    SELECT $1, conversation, visitor, 1, body, at FROM made
)
INSERT INTO messages (project_id, conversation_id, seq, id, sender_party, sender_id, ref, kind, body, at)
SELECT $1, conversation, 1, gen_random_uuid(), 'visitor', visitor, gen_random_uuid(), 'text', body, at
FROM made
"""


def seed(stage: Stage, count: int) -> None:
    stage.stack.sql(MANY, stage.project_id, count)


def expect_unread(agent: Agent, count: int) -> None:
    """Expect this count in the list's tab and in the page title."""
    expect(agent.page.get_by_role("button", name=re.compile("^Open")).first).to_contain_text(str(count))
    expect(agent.page).to_have_title(re.compile(rf"^\({count}\) "))


def at_the_end(agent: Agent, text: str) -> bool:
    """Scroll to the end of the loaded rows; returns whether this row is visible there."""
    agent.page.locator(".rows").evaluate("(rows) => rows.scrollTo(0, rows.scrollHeight)")
    return agent.row(text).is_visible()


def test_unread_conversations_are_counted_beyond_the_first_page_in_all_tabs(stage: Stage) -> None:
    seed(stage, 70)
    context = stage.context()
    agent = stage.agent(context)
    second = Agent(stage.page(context), stage.server.url)
    second.visit()
    other = stage.agent(email=add_agent(stage.stack, stage.project, name="Lea", role="agent"))
    for tab in (agent, second, other):
        expect_unread(tab, 70)
    for last in (50, 70):  # the last row of the first page, and of the second
        until(agent.page, lambda last=last: at_the_end(agent, f"question {last}"))  # type: ignore[misc]
    expect_unread(agent, 70)
    agent.open("question 70")
    expect(agent.bubble("question 70")).to_be_visible()
    for tab in (agent, second):
        expect_unread(tab, 69)
    expect_unread(other, 70)
    visitor = stage.visitor()
    visitor.open()
    visitor.write("a new one")
    for tab in (agent, second):
        expect_unread(tab, 70)
    expect_unread(other, 71)
    other.open("question 3")
    other.page.get_by_role("button", name="Solve", exact=True).click()
    for tab in (agent, second):
        expect_unread(tab, 69)
    expect_unread(other, 70)


@pytest.mark.smoke
def test_changes_of_a_conversation_show_their_author_live_and_after_a_reload(
    stage: Stage, talk: Talk
) -> None:
    colleague = add_agent(stage.stack, stage.project, name="Lea", role="agent")
    visitor, mai = talk()
    lea = stage.agent(email=colleague)
    lea.open("hello?")
    mai.assign("me")
    expect(lea.messages).to_contain_text("Mai took this conversation")
    lea.page.get_by_role("button", name="Solve", exact=True).click()
    expect(mai.messages).to_contain_text("Lea solved this")
    visitor.write("it came back")
    expect(mai.bubble("it came back")).to_be_visible()
    mai.assign("Lea")
    expect(lea.messages).to_contain_text("Mai assigned this to you")
    for agent in (mai, lea):
        agent.page.reload()
        expect(agent.bubble("it came back")).to_be_visible()
    lines = lea.messages.locator(".line:has(time)")
    expect(lines).to_have_text(
        [
            re.compile("^Mai took this conversation · "),
            re.compile("^You solved this · "),
            re.compile("reopened this · "),
            re.compile("^Mai assigned this to you · "),
        ]
    )
    expect(mai.messages.locator(".line:has(time)").nth(1)).to_contain_text("Lea solved this")


def test_a_visitor_has_the_name_that_the_page_gives_at_once_and_everywhere(stage: Stage, talk: Talk) -> None:
    visitor, agent = talk()
    identify(visitor.page, "{name: 'Jonas Weber', email: 'jonas@example.com', plan: 'pro', vip: true}")
    head = agent.thread.get_by_role("heading", level=2)
    expect(head).to_have_text("Jonas Weber")
    expect(agent.row("hello?")).to_contain_text("Jonas Weber")
    expect(agent.panel.get_by_role("heading", name="Jonas Weber")).to_be_visible()
    expect(agent.panel).to_contain_text("not verified")
    for said in ("jonas@example.com", "plan", "pro", "Yes"):
        expect(agent.panel.locator(".facts").first).to_contain_text(said)
    agent.page.locator("#list-filter").fill("jonas@exam")
    expect(agent.rows).to_have_count(1)
    agent.page.locator("#list-filter").fill("zebra")
    expect(agent.rows).to_have_count(0)
    agent.page.locator("#list-filter").fill("")
    identify(visitor.page, "{name: 'Jonas W. Weber'}")
    visitor.write("I married")  # the text carries the name, whatever happens to the identify frame
    expect(head).to_have_text("Jonas W. Weber")
    agent.page.reload()
    expect(agent.thread.get_by_role("heading", level=2)).to_have_text("Jonas W. Weber")
    expect(agent.panel.locator(".facts").first).to_contain_text("Jonas W. Weber")


def test_visitors_without_a_name_can_be_distinguished(stage: Stage) -> None:
    seed(stage, 20)
    agent = stage.agent()
    expect(agent.rows.first).to_be_visible()
    names = agent.page.locator(".row-name").all_inner_texts()
    assert len(names) >= 8
    assert len(set(names)) >= len(names) - 1
    assert not any("#" in name for name in names)
    agent.page.locator("#list-filter").fill(names[0].lower())
    expect(agent.page.locator(".row-name").first).to_have_text(names[0])


def identify(page: Page, facts: str) -> None:
    page.evaluate(f"Parley.identify({facts})")
