"""Settings at the width of a phone, and what they offer when something cannot be shown."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage
from tests.browser.screens import scan

TOPS = "links => [...new Set(links.map(one => Math.round(one.getBoundingClientRect().top)))].length"


def goto(stage: Stage, path: str) -> Page:
    agent = stage.agent()
    agent.page.set_viewport_size({"width": 390, "height": 844})
    agent.page.goto(f"{agent.url}/app/{path}")
    return agent.page


@pytest.mark.smoke
def test_the_pages_of_an_area_are_one_row_that_scrolls_to_the_current_one(stage: Stage) -> None:
    page = goto(stage, f"projects/{stage.project_id}/settings/assistant-figures")
    links = page.locator(".page-tabs a")
    expect(links.last).to_be_visible()
    assert links.evaluate_all(TOPS) == 1
    expect(page.locator('.page-tabs [aria-current="page"]')).to_be_in_viewport(ratio=1, timeout=3000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    links.first.focus()
    for _ in range(links.count() - 1):
        page.keyboard.press("Tab")
    expect(links.last).to_be_focused()
    expect(links.last).to_be_in_viewport(ratio=1, timeout=3000)
    page.keyboard.press("Enter")
    expect(links.last).to_have_attribute("aria-current", "page")


@pytest.mark.smoke
def test_the_code_of_the_second_factor_is_on_the_screen(stage: Stage) -> None:
    page = goto(stage, "account/security")
    scan(page)
    expect(page.locator(".step")).to_be_in_viewport(ratio=1, timeout=3000)
    expect(page.locator(".qr")).to_be_in_viewport(ratio=1, timeout=3000)
    expect(page.get_by_role("link", name="Open the app")).to_be_in_viewport(ratio=1, timeout=3000)


def test_what_is_gone_offers_a_way_on_and_what_failed_another_attempt(stage: Stage) -> None:
    stage.allow_errors("404", "500")
    route = re.compile(r"/api/.*/members(\?|$)")
    page = goto(stage, f"projects/{stage.project_id}/settings")
    page.route(route, lambda asked: asked.fulfill(status=500, json={"code": "internal", "status": 500}))
    page.goto(f"{page.url}/members")
    shown = page.locator(".not-shown")
    expect(shown.get_by_role("button", name="Try again")).to_be_visible()
    page.unroute(route)
    page.route(route, lambda asked: asked.fulfill(status=404, json={"code": "not_found", "status": 404}))
    shown.get_by_role("button", name="Try again").click()
    expect(shown.get_by_role("button")).to_have_count(0)
    shown.get_by_role("link", name="Back to the inbox").click()
    expect(page).to_have_url(re.compile(r"/app/p/[^/]+$"))
