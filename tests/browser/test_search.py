"""The search: what was said is found, by keyboard and mouse, and a result leads to its message."""

import re
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Agent
from tests.browser.test_looks import PHONE, PICTURES, Look, each_look

TITLE: Final = "Search messages, visitors and notes"

# Older messages than the dashboard loads at once, before the latest ones.
MANY: Final = """
WITH conversation AS (
    UPDATE conversations SET last_seq = last_seq + 60 WHERE project_id = $1
    RETURNING id, visitor_id, last_seq - 60 AS before
)
INSERT INTO messages (project_id, conversation_id, seq, id, sender_party, sender_id, ref, kind, body, at)
SELECT $1, id, before + n, gen_random_uuid(), 'visitor', visitor_id, gen_random_uuid(), 'text', 'later ' || n,
       now()
FROM conversation, generate_series(1, 60) AS n
"""


def search(page: Page, title: str = TITLE) -> Locator:
    return page.get_by_role("dialog", name=title)


def indexed(stage: Stage, page: Page) -> None:
    """Waits until the worker has made everything searchable."""
    until(page, lambda: stage.stack.sql("SELECT count(*) FROM search_queue")[0][0] == 0)


def said(stage: Stage, *texts: str) -> Agent:
    """An agent beside a visitor who wrote these."""
    visitor, agent = stage.visitor(), stage.agent()
    visitor.open()
    for text in texts:
        visitor.write(text)
    expect(agent.row(texts[-1])).to_be_visible()
    return agent


@pytest.mark.smoke
def test_a_message_is_found_without_its_accents_and_opened_where_it_stands(stage: Stage) -> None:
    agent = said(stage, "Giao đến Đà Nẵng được không? <b>Gấp</b>", "Xin cảm ơn")
    stage.stack.sql(MANY, stage.project_id)
    indexed(stage, agent.page)
    page = agent.page
    page.reload()
    expect(agent.rows).to_have_count(1)
    page.keyboard.press("s")
    expect(search(page)).to_be_visible()
    page.keyboard.type("da nang")
    messages = search(page).get_by_role("region", name="Messages")
    expect(messages.locator("mark")).to_have_text(["Đà", "Nẵng"])
    expect(messages.get_by_role("button")).to_contain_text("<b>Gấp</b>")
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_have_role("button")
    while "Đà Nẵng" not in (page.locator(":focus").text_content() or ""):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(search(page)).to_have_count(0)
    expect(page.locator(":focus")).to_contain_text("Đà Nẵng")

    page.keyboard.press("Control+k")
    page.keyboard.type("later 7")
    page.get_by_role("option", name=re.compile("Search for")).click()
    expect(messages.get_by_role("button").first).to_contain_text("later 7")
    search(page).get_by_role("searchbox").fill("zebra")
    expect(search(page).locator(".empty-title")).to_have_text("Nothing found for “zebra”")


def test_more_results_are_loaded_and_a_failure_is_said(stage: Stage) -> None:
    stage.allow_errors("503")
    agent = said(stage, "hello")
    stage.stack.sql(MANY, stage.project_id)
    indexed(stage, agent.page)
    page = agent.page
    page.locator("#list-filter").fill("later")
    page.keyboard.press("Enter")
    messages = search(page).get_by_role("region", name="Messages")
    expect(messages.get_by_role("listitem")).to_have_count(10)
    page.route("**/search?*cursor=*", lambda route: route.fulfill(status=503, json={"code": "unavailable"}))
    messages.get_by_role("button", name="Show more messages").click()
    expect(messages.get_by_role("alert")).to_contain_text("could not be searched")
    page.unroute("**/search?*cursor=*")
    messages.get_by_role("button", name="Try again").click()
    expect(messages.get_by_role("listitem")).to_have_count(20)
    page.keyboard.press("Escape")
    expect(search(page)).to_have_count(0)


@each_look
def test_the_search_looks_right_and_is_accessible(stage: Stage, look: Look) -> None:
    PICTURES.mkdir(exist_ok=True)
    agent = said(
        stage, "Do you ship the large pot to Đà Nẵng?", "And is the pot heavy? " * 12, "你好 pot 请问 👍"
    )
    agent.open("pot")
    agent.write("The large pot weighs 4 kg.")
    agent.write("Pot and plant are two parcels.", note=True)
    indexed(stage, agent.page)
    language = "vi" if look.size == PHONE else "en"
    stage.stack.sql("UPDATE users SET language = $2 WHERE email = $1", stage.email, language)
    page = agent.page
    page.reload()
    look.apply(page)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("[data-seq]").first).to_be_visible()
    page.keyboard.press("Control+k")
    faults = look.faults(page, "search-palette")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    dialog, field = page.get_by_role("dialog"), page.get_by_role("searchbox")
    expect(field).to_be_focused()
    faults += look.faults(page, "search-empty")
    page.keyboard.type("pot")
    expect(dialog.get_by_role("listitem").first).to_be_visible()
    expect(dialog.locator("[aria-busy=false]")).to_be_visible()
    faults += look.faults(page, "search-found")
    field.fill("zebra")
    expect(dialog.locator(".empty-title")).to_contain_text("“zebra”")
    faults += look.faults(page, "search-none")
    assert not faults, "\n".join(faults)
