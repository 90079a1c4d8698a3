"""Every theme once: looked at, and judged by axe, in a chat with all kinds of rows."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import serious_violations
from tests.browser.conftest import Stage
from tests.browser.looks import THEMES, answered, dress
from tests.browser.test_looks import PICTURES

TEXTS = {"en": {"label": "Chat with us", "greeting": "Hello! How can we help you today?"}}


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_is_readable_in_every_state(stage: Stage, theme: str) -> None:
    dress(stage, theme=theme, greeting_after=0, texts=TEXTS)
    answered(stage, 290)
    agent = stage.agent()
    visitor = stage.visitor(viewport={"width": 500, "height": 700})
    expect(visitor.page.locator("#parley-widget .greeting")).to_be_visible()
    assert serious_violations(visitor.page) == []
    PICTURES.mkdir(exist_ok=True)
    visitor.page.screenshot(path=PICTURES / f"theme-{theme}-closed.png")
    visitor.page.evaluate("Parley.open()")
    expect(visitor.window).to_contain_text("We usually answer")
    assert serious_violations(visitor.page) == []
    visitor.write("Do you deliver on Saturdays?")
    agent.open("Do you deliver on Saturdays?")
    agent.write("Yes, **until noon**.\n> See https://shop.example\n\nThe code is `SAT`.")
    expect(visitor.messages).to_contain_text("until noon")
    visitor.write("Thank you")
    visitor.expect_mark("Thank you", "Sent")
    assert serious_violations(visitor.page) == []
    visitor.page.screenshot(path=PICTURES / f"theme-{theme}.png")
