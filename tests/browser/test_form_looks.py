"""Forms in each theme, size and language: axe finds no serious violation; screenshots for review."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.forms import ORDER, VisitorsForm, add_template, answer_card, in_conversation, send_form
from tests.browser.settings import at_settings
from tests.browser.test_looks import PICTURES, Look, each_look

each_language = pytest.mark.parametrize("language", ["en-US", "vi-VN"])


@each_look
def test_the_builder_looks_right_and_is_accessible(stage: Stage, look: Look) -> None:
    PICTURES.mkdir(exist_ok=True)
    add_template(stage, "Order details", description="So that we find your order.")
    add_template(stage, "Before we start", ORDER[:2], pre_chat=True)
    page = at_settings(stage, f"projects/{stage.project_id}/settings/forms")
    look.apply(page.page)
    expect(page.item("Order details")).to_be_visible()
    faults = look.faults(page.page, "forms-list")
    page.press("Edit “Order details”")
    expect(page.page.get_by_role("complementary", name="Preview")).to_be_visible()
    faults += look.faults(page.page, "forms-builder")
    page.page.get_by_role("complementary", name="Preview").scroll_into_view_if_needed()
    faults += look.faults(page.page, "forms-preview")
    assert not faults, "\n".join(faults)


@each_look
def test_a_form_in_a_conversation_looks_right_and_is_accessible(stage: Stage, look: Look) -> None:
    PICTURES.mkdir(exist_ok=True)
    add_template(stage, "Order details", description="So that we find your order.")
    visitor, agent = in_conversation(stage)
    for page in (visitor.page, agent.page):
        look.apply(page)
    agent.page.get_by_role("button", name="Send a form").click()
    expect(agent.page.get_by_role("option", name="Order details")).to_be_visible()
    faults = look.faults(agent.page, "forms-menu")
    agent.page.keyboard.press("Escape")
    send_form(agent, "Order details", expires="send.expires.day")
    form = VisitorsForm(visitor, "Order details")
    expect(form.send).to_be_visible()
    faults += look.faults(visitor.page, "forms-widget-end")
    form.field("Amount").fill("twelve")
    form.send.click()
    expect(form.error("Amount")).to_be_visible()
    faults += look.faults(visitor.page, "forms-widget-errors")
    faults += look.faults(agent.page, "forms-filling")
    form.fill()
    form.send.click()
    expect(form.outcome).to_contain_text("Thank you")
    expect(answer_card(agent, "Order details")).to_be_visible()
    faults += look.faults(visitor.page, "forms-widget-answered")
    faults += look.faults(agent.page, "forms-answered")
    answer_card(agent, "Order details").get_by_role("button", name="Edit").click()
    expect(agent.page.get_by_role("dialog").get_by_label("Your name")).to_have_value("Lan")
    faults += look.faults(agent.page, "forms-edit")
    assert not faults, "\n".join(faults)


@each_look
@each_language
def test_the_form_before_the_chat_looks_right_and_is_accessible(
    stage: Stage, look: Look, language: str
) -> None:
    PICTURES.mkdir(exist_ok=True)
    add_template(stage, "Before we start", description="One moment, please.", pre_chat=True)
    visitor = stage.visitor(locale=language)
    look.apply(visitor.page)
    visitor.launcher.click()
    form = VisitorsForm(visitor, "Before we start")
    expect(form.card).to_be_visible()
    faults = look.faults(visitor.page, f"forms-first-{language}")
    form.card.locator(".form-send").click()
    expect(form.error("Your name")).to_be_visible()
    faults += look.faults(visitor.page, f"forms-first-errors-{language}")
    assert not faults, "\n".join(faults)


def test_a_form_fits_into_a_window_of_320_pixels(stage: Stage) -> None:
    wide = ({"key": "a", "label": "W" * 120, "type": "select", "options": ["W" * 150]}, *ORDER)
    add_template(stage, "Order details", wide, description="w" * 300)
    visitor, agent = in_conversation(stage)
    visitor.page.set_viewport_size({"width": 320, "height": 640})
    send_form(agent, "Order details")
    form = VisitorsForm(visitor, "Order details")
    expect(form.send).to_be_visible()
    for box in (form.card, visitor.messages):
        assert box.evaluate("(box) => box.scrollWidth <= box.clientWidth")
    card = form.card.bounding_box()
    assert card and card["x"] >= 0 and card["x"] + card["width"] <= 320
    for one in form.card.locator(".form-input, .form-send, .form-choice").all():
        size = one.bounding_box()
        assert size and size["height"] >= 44
