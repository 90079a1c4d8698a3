"""The account's page of notifications: what is kept, without violations, dark and on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import serious_violations
from tests.browser.conftest import Stage

PATH = "/app/account/notifications"


def opened(stage: Stage, **options: object) -> Page:
    agent = stage.agent(**options)
    agent.page.goto(stage.server.url + PATH)
    expect(agent.page.get_by_role("heading", level=2)).to_have_count(4)
    return agent.page


def test_what_and_when_is_kept_for_the_account(stage: Stage) -> None:
    page = opened(stage)
    page.get_by_label("Notifications show").select_option("text")
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("switch", name="Quiet hours").press("Space")
    expect(page.get_by_label("From", exact=True)).to_have_value("20:00")
    page.get_by_label("From", exact=True).fill("21:30")
    page.get_by_label("Until", exact=True).focus()
    page.get_by_label("Sun").check()
    page.get_by_role("button", name="For 8 hours").click()
    expect(page.get_by_text("Muted until")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Notifications show")).to_have_value("text")
    expect(page.get_by_label("From", exact=True)).to_have_value("21:30")
    expect(page.get_by_label("Sun")).to_be_checked()
    page.get_by_role("button", name="Unmute").click()
    expect(page.get_by_role("button", name="For 1 hour")).to_be_visible()


PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, PHONE])
def test_the_page_has_no_violations_and_fits_a_phone(stage: Stage, options: dict[str, object]) -> None:
    page = opened(stage, **options)
    assert serious_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
