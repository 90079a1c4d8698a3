"""Knowledge gaps in the settings: listed with their conversations, written about, dismissed and reopened."""

from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage, until
from tests.browser.knowledge import add_gap, ask_in, at_knowledge, text_of

QUESTION = "Do you deliver to Norway?"


def conversation(stage: Stage) -> UUID:
    visitor = stage.visitor()
    visitor.open()
    visitor.write(QUESTION)
    query = "SELECT id FROM conversations WHERE project_id = $1"
    until(visitor.page, lambda: bool(stage.stack.sql(query, stage.project_id)))
    made: UUID = stage.stack.sql(query, stage.project_id)[0]["id"]
    return made


@pytest.mark.smoke
def test_an_article_is_written_from_a_gap_and_closes_it(stage: Stage) -> None:
    gap = add_gap(stage, QUESTION, asked=7, language="vi")
    page = at_knowledge(stage, "knowledge-gaps")
    row = page.item(QUESTION)
    expect(row.locator(".gap-count")).to_contain_text("asked 7 times")
    row.get_by_role("link", name=f"Write an article about: {QUESTION}").click()
    expect(page.page.get_by_text("Asked 7 times")).to_be_visible()
    expect(page.page.get_by_label("Title", exact=True)).to_have_value(QUESTION)
    expect(page.page.get_by_label("Language", exact=True)).to_have_value("vi")
    page.page.reload()  # the address says which gap
    text_of(page).fill("Within five days.")
    page.press("Save as a draft")
    page.expect_toast("Saved as a draft.")
    expect(page.card(QUESTION)).to_be_visible()
    page.page.get_by_role("link", name="Gaps", exact=True).click()
    expect(page.page.get_by_text("No open gaps.")).to_be_visible()
    page.page.get_by_label("State").select_option("written")
    row.get_by_role("link", name="Open the article").click()
    expect(text_of(page)).to_have_value("Within five days.")
    rows = stage.stack.sql("SELECT state FROM knowledge_gaps WHERE id = $1", gap)
    assert rows[0]["state"] == "written"


@pytest.mark.smoke
def test_a_gap_leads_to_its_conversations_and_is_dismissed_and_reopened(stage: Stage) -> None:
    talk = conversation(stage)
    ask_in(stage, add_gap(stage, QUESTION), talk)
    page = at_knowledge(stage, "knowledge-gaps")
    page.press(f"Dismiss: {QUESTION}")
    page.expect_toast("Dismissed. If it is asked again, it is counted but not shown as open.")
    expect(page.page.get_by_text("No open gaps.")).to_be_visible()
    page.page.get_by_label("State").select_option(label="Dismissed (1)")
    page.press(f"Reopen: {QUESTION}")
    page.expect_toast("The gap is open again.")
    page.page.get_by_label("State").select_option("open")
    page.item(QUESTION).get_by_role("link", name="Conversation, 2 hours ago").click()
    expect(page.page.locator(".bubble", has_text=QUESTION)).to_be_visible()
    assert str(talk) in page.page.url


def test_a_gap_that_is_gone_is_said(stage: Stage) -> None:
    page = at_knowledge(stage, f"knowledge-gaps/{stage.project_id}")
    expect(page.page.get_by_text("This gap no longer exists.")).to_be_visible()
