"""Forms between agent and visitor, in both faces: sent, filled in, answered once, cancelled, corrected."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.forms import (
    ORDER,
    VisitorsForm,
    add_template,
    answer_card,
    in_conversation,
    pick_form,
    request_card,
    send_form,
)
from tests.people import add_agent


@pytest.mark.smoke
def test_a_form_is_sent_filled_in_and_answered_with_every_type_of_field(stage: Stage) -> None:
    add_template(stage, "Order details", description="So that we find it.")
    visitor, agent = in_conversation(stage)
    send_form(agent, "Order details")
    request = request_card(agent, "Order details")
    expect(request).to_contain_text("Waiting for an answer")
    form = VisitorsForm(visitor, "Order details")
    expect(form.card).to_contain_text("So that we find it.")
    form.field("Your name").fill("L")
    expect(request).to_contain_text("The visitor is filling it in")
    form.fill()
    form.send.click()
    expect(form.outcome).to_have_text("Thank you. Your answers have been sent.")
    expect(request).to_contain_text("Answered")
    answers = answer_card(agent, "Order details")
    for label, value in (
        ("Your name", "Lan"),
        ("Amount", "1,234.5"),
        ("Bought on", "Nov 20, 2026"),
        ("Size", "Large"),
        ("Extras", "Pot, Card"),
        ("I agree to the terms", "Yes"),
    ):
        expect(answers.locator("dl > div", has_text=label).locator("dd")).to_contain_text(value)
    expect(visitor.bubble("Your name: Lan")).to_contain_text("Amount: 1234.5")
    expect(visitor.bubble("Your name: Lan")).to_contain_text("Bought on: Nov 20, 2026")
    expect(agent.row("Order details: Lan")).to_be_visible()  # the snippet


def test_wrong_values_are_explained_at_their_fields_and_the_first_has_the_focus(stage: Stage) -> None:
    add_template(stage, "Order details")
    visitor, agent = in_conversation(stage)
    send_form(agent, "Order details")
    form = VisitorsForm(visitor, "Order details")
    form.field("Amount").fill("twelve")
    form.send.click()
    expect(form.field("Your name")).to_be_focused()
    expect(form.error("Your name")).to_have_text("Please fill in this field.")
    expect(form.error("Amount")).to_contain_text("Please enter a number")
    expect(form.error("I agree")).to_have_text("Please fill in this field.")
    expect(form.field("Your name")).to_have_attribute("aria-invalid", "true")
    form.field("Your name").fill("Lan")
    expect(form.error("Your name")).to_have_count(0)
    expect(form.error("Amount")).to_be_visible()


def test_a_draft_is_kept_across_a_reload(stage: Stage) -> None:
    add_template(stage, "Order details")
    visitor, agent = in_conversation(stage)
    send_form(agent, "Order details")
    form = VisitorsForm(visitor, "Order details")
    form.fill()
    visitor.page.reload()
    expect(form.field("Your name")).to_have_value("Lan")
    expect(form.field("Size")).to_have_value("Large")
    expect(form.field("Pot")).to_be_checked()
    expect(form.field("Soil")).not_to_be_checked()
    form.send.click()
    expect(form.outcome).to_contain_text("Thank you")


@pytest.mark.smoke
def test_an_answer_given_offline_is_kept_and_arrives_once(stage: Stage) -> None:
    stage.allow_errors("ERR_INTERNET_DISCONNECTED", "WebSocket")
    add_template(stage, "Order details")
    visitor, agent = in_conversation(stage)
    send_form(agent, "Order details")
    form = VisitorsForm(visitor, "Order details")
    form.fill()
    visitor.page.context.set_offline(True)
    expect(visitor.window.locator(".banner")).to_contain_text("offline")
    form.send.click()
    expect(form.outcome).to_have_text("Your answers are being sent…")
    visitor.page.context.set_offline(False)
    expect(form.outcome).to_contain_text("Thank you")
    expect(answer_card(agent, "Order details")).to_have_count(1)
    rows = stage.stack.sql("SELECT 1 FROM form_answers WHERE project_id = $1", stage.project_id)
    assert len(rows) == 1


def test_a_cancelled_form_takes_no_answer_and_another_one_can_be_sent(stage: Stage) -> None:
    stage.allow_errors("409")
    add_template(stage, "Order details")
    add_template(stage, "Address", ({"key": "street", "label": "Street", "type": "text", "required": True},))
    visitor, agent = in_conversation(stage)
    send_form(agent, "Order details")
    form = VisitorsForm(visitor, "Order details")
    expect(form.send).to_be_visible()
    dialog = pick_form(agent, "Address")
    dialog.get_by_role("button", name="Send to the visitor").click()
    expect(dialog.get_by_role("alert")).to_contain_text("has a form to answer already")
    dialog.get_by_role("button", name="Cancel").click()
    request_card(agent, "Order details").get_by_role("button", name="Cancel the form").click()
    expect(request_card(agent, "Order details")).to_contain_text("Cancelled")
    expect(form.outcome).to_have_text("This form is no longer needed.")
    send_form(agent, "Address", expires="send.expires.day")
    expect(request_card(agent, "Address")).to_contain_text("Expires")
    address = VisitorsForm(visitor, "Address")
    expect(address.card).to_contain_text("Please answer by")
    address.field("Street").fill("1 Main Street")
    address.field("Street").press("Enter")
    expect(address.outcome).to_contain_text("Thank you")


def test_a_form_that_expired_meanwhile_says_so(stage: Stage) -> None:
    add_template(stage, "Order details")
    visitor, agent = in_conversation(stage)
    send_form(agent, "Order details", expires="send.expires.hour")
    form = VisitorsForm(visitor, "Order details")
    form.fill()
    stage.stack.sql(
        "UPDATE form_requests SET expires_at = now() - interval '1 minute' WHERE project_id = $1",
        stage.project_id,
    )
    form.send.click()
    expect(form.outcome).to_have_text("This form has expired.")
    expect(request_card(agent, "Order details")).to_contain_text("Expired")


def test_answers_from_another_tab_close_the_form_here(stage: Stage) -> None:
    add_template(stage, "Order details")
    visitor, agent = in_conversation(stage)
    other = stage.visitor(visitor.page.context)
    other.open()
    send_form(agent, "Order details")
    form, elsewhere = VisitorsForm(visitor, "Order details"), VisitorsForm(other, "Order details")
    form.fill()
    elsewhere.fill()
    elsewhere.send.click()
    expect(elsewhere.outcome).to_contain_text("Thank you")
    expect(form.outcome).to_contain_text("Thank you")
    expect(answer_card(agent, "Order details")).to_have_count(1)


def test_a_manager_fills_in_a_form_corrects_and_deletes_it(stage: Stage) -> None:
    add_template(stage, "Order details")
    visitor, agent = in_conversation(stage)
    pick_form(agent, "Order details").get_by_role("button", name="Fill it in myself").click()
    dialog = agent.page.get_by_role("dialog", name="Fill in “Order details”")
    dialog.get_by_role("button", name="Save the answers").click()
    expect(dialog.get_by_label("Your name")).to_be_focused()
    expect(dialog.get_by_role("alert").first).to_have_text("Fill in this field.")
    dialog.get_by_label("Your name").fill("Lan")
    dialog.get_by_label("I agree").check()
    dialog.get_by_role("button", name="Save the answers").click()
    answers = answer_card(agent, "Order details")
    expect(answers).to_contain_text("Lan")
    expect(visitor.messages).to_contain_text("Your name: Lan")
    answers.get_by_role("button", name="Edit").click()
    dialog = agent.page.get_by_role("dialog", name="Edit the answers")
    expect(dialog.get_by_label("Your name")).to_have_value("Lan")
    dialog.get_by_label("Your name").fill("Linh")
    dialog.get_by_label("Size").select_option("Small")
    dialog.get_by_role("button", name="Save").click()
    expect(answers).to_contain_text("Linh")
    expect(answers).to_contain_text("(edited)")
    expect(visitor.messages).to_contain_text("Your name: Linh")
    expect(agent.row("Order details: Linh")).to_be_visible()
    answers.get_by_role("button", name="Delete").click()
    agent.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(answers).to_contain_text("The answers were deleted.")
    expect(visitor.messages).not_to_contain_text("Linh")


def test_two_agents_who_correct_one_answer_see_both_versions(stage: Stage) -> None:
    add_template(stage, "Order details")
    visitor, mai = in_conversation(stage)
    send_form(mai, "Order details")
    form = VisitorsForm(visitor, "Order details")
    form.fill()
    form.send.click()
    tom = stage.agent(email=add_agent(stage.stack, stage.project, name="Tom"))
    tom.open("Order details")
    for agent, name in ((tom, "Tom's"), (mai, "Mai's")):
        answer_card(agent, "Order details").get_by_role("button", name="Edit").click()
        agent.page.get_by_role("dialog").get_by_role("textbox", name="Your name").fill(name)
    mai.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    dialog = tom.page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("Another person changed these answers.")
    expect(dialog.get_by_role("alert")).to_contain_text("Mai's")
    expect(dialog.get_by_role("textbox", name="Your name")).to_have_value("Tom's")
    dialog.get_by_role("button", name="Replace the saved answers").click()
    expect(answer_card(mai, "Order details")).to_contain_text("Tom's")


def test_an_agent_corrects_only_own_answers(stage: Stage) -> None:
    add_template(stage, "Order details")
    visitor, mai = in_conversation(stage)
    send_form(mai, "Order details")
    form = VisitorsForm(visitor, "Order details")
    form.fill()
    form.send.click()
    agent = stage.agent(email=add_agent(stage.stack, stage.project, name="Bao", role="agent"))
    agent.open("Order details")
    answers = answer_card(agent, "Order details")
    expect(answers).to_contain_text("Lan")
    expect(answers.get_by_role("button", name="Edit")).to_have_count(0)
    expect(answer_card(mai, "Order details").get_by_role("button", name="Edit")).to_be_visible()


def test_an_answer_is_copied(stage: Stage) -> None:
    add_template(stage, "Order details")
    visitor, agent = in_conversation(stage)
    send_form(agent, "Order details")
    form = VisitorsForm(visitor, "Order details")
    form.fill()
    form.send.click()
    agent.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer_card(agent, "Order details").get_by_role("button", name="Copy “Amount”").click()
    expect(answer_card(agent, "Order details").get_by_role("button", name="Copied")).to_be_visible()
    assert agent.page.evaluate("navigator.clipboard.readText()") == "1234.5"


@pytest.mark.smoke
def test_the_form_before_the_first_message_is_answered_first_and_never_asked_again(stage: Stage) -> None:
    add_template(stage, "Before we start", ORDER[:1], description="One moment.", pre_chat=True)
    agent = stage.agent()
    visitor = stage.visitor()
    visitor.launcher.click()
    form = VisitorsForm(visitor, "Before we start")
    expect(form.field("Your name")).to_be_focused()
    expect(visitor.composer).to_be_hidden()
    form.send.click()
    expect(form.error("Your name")).to_be_visible()
    form.field("Your name").fill("Lan")
    visitor.page.reload()  # nothing is answered yet: it asks again, with the draft
    expect(form.field("Your name")).to_have_value("Lan")
    form.send.click()
    expect(form.card).to_have_count(0)
    expect(visitor.composer).to_be_focused()
    expect(visitor.messages).to_contain_text("Your name: Lan")
    agent.open("Before we start: Lan")
    expect(answer_card(agent, "Before we start")).to_contain_text("Lan")
    visitor.write("And now my question")
    expect(agent.bubble("And now my question")).to_be_visible()
    visitor.page.reload()
    expect(visitor.bubble("And now my question")).to_be_visible()
    expect(form.card).to_have_count(0)
    again = stage.visitor(visitor.page.context)
    again.open()
    expect(again.messages).to_contain_text("Your name: Lan")
    expect(VisitorsForm(again, "Before we start").card).to_have_count(0)


def test_a_form_before_the_chat_that_is_turned_off_meanwhile_lets_the_visitor_write(stage: Stage) -> None:
    template = add_template(stage, "Before we start", ORDER[:1], pre_chat=True)
    visitor = stage.visitor()
    visitor.launcher.click()
    form = VisitorsForm(visitor, "Before we start")
    form.field("Your name").fill("Lan")
    stage.stack.sql("UPDATE form_templates SET enabled = false WHERE id = $1", template)
    form.send.click()
    expect(visitor.composer).to_be_visible()
    expect(form.card).to_have_count(0)
    expect(visitor.bubble("Your name: Lan")).to_contain_text("Not sent")  # nothing is lost
    visitor.write("Hello")
    visitor.expect_mark("Hello", "Sent")


def test_the_menu_of_forms_is_opened_by_a_key_and_closed_by_escape(stage: Stage) -> None:
    add_template(stage, "Order details")
    _, agent = in_conversation(stage)
    agent.messages.focus()
    agent.page.keyboard.press("f")
    menu = agent.page.get_by_role("listbox", name="Send a form")
    expect(menu.get_by_role("option")).to_have_text(re.compile("Order details"))
    agent.page.keyboard.type("nothing")
    expect(menu.get_by_role("option")).to_have_count(0)
    agent.page.keyboard.press("Escape")
    expect(menu).to_have_count(0)


def test_without_forms_the_agent_learns_where_they_are_made(stage: Stage) -> None:
    _, mai = in_conversation(stage)
    bao = stage.agent(email=add_agent(stage.stack, stage.project, name="Bao", role="agent"))
    bao.open("Where is my order?")
    bao.page.get_by_role("button", name="Send a form").click()
    dialog = bao.page.get_by_role("dialog", name="Send a form")
    expect(dialog).to_contain_text("A manager can create one")
    expect(dialog.get_by_role("link")).to_have_count(0)
    mai.page.get_by_role("button", name="Send a form").click()
    mai.page.get_by_role("dialog", name="Send a form").get_by_role("link", name="To the forms").click()
    expect(mai.page.get_by_role("heading", level=1, name="Forms")).to_be_focused()
