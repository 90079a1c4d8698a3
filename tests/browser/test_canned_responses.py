"""Canned responses in the settings: created, searched, edited and deleted; two managers edit one at once."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.settings import Settings, at_settings
from tests.browser.test_looks import PICTURES, Look, each_look
from tests.people import add_agent


def at_responses(stage: Stage, *, email: str = "") -> Settings:
    return at_settings(stage, f"projects/{stage.project_id}/settings/canned-responses", email=email)


def create(page: Settings, shortcut: str, text: str, category: str = "") -> None:
    card = page.card("New canned response")
    page.fill("Shortcut", shortcut, inside=card)
    page.fill("Text", text, inside=card)
    page.fill("Category", category, inside=card)
    page.press("Create", inside=card)
    page.expect_toast(f"/{shortcut} was created.")


@pytest.mark.smoke
def test_a_manager_creates_finds_edits_and_deletes_a_response(stage: Stage) -> None:
    page = at_responses(stage)
    create(page, "delivery", "Hello {{visitor.name|there}}, within three days.", "Shipping")
    create(page, "hoan-tien", "Chúng tôi hoàn tiền trong bảy ngày.")
    expect(page.item("/delivery")).to_contain_text("Shipping")
    page.fill("Search", "HOAN tien")  # neither case nor accents matter
    expect(page.item("/hoan-tien")).to_be_visible()
    expect(page.item("/delivery")).to_have_count(0)
    page.fill("Search", "")
    page.press("Edit /delivery")
    form = page.card("Canned responses")
    page.fill("Text", "Within two days.", inside=form)
    page.press("Save", inside=form)
    page.expect_toast("/delivery was saved.")
    expect(page.item("/delivery")).to_contain_text("Within two days.")
    page.press("Delete /hoan-tien")
    page.press("Delete", inside=page.dialog)
    page.expect_toast("/hoan-tien was deleted.")
    expect(page.item("/hoan-tien")).to_have_count(0)


def test_a_wrong_shortcut_is_explained_at_its_field(stage: Stage) -> None:
    stage.allow_errors("422")
    page = at_responses(stage)
    create(page, "delivery", "Within three days.")
    card = page.card("New canned response")
    page.fill("Shortcut", "DELIVERY", inside=card)
    page.fill("Text", "x", inside=card)
    page.press("Create", inside=card)
    expect(card.get_by_role("alert").first).to_have_text("Another response already has this shortcut.")
    page.fill("Shortcut", "two words", inside=card)
    page.press("Create", inside=card)
    expect(card.get_by_label("Shortcut")).to_be_focused()
    expect(card.get_by_role("alert").first).to_contain_text("without spaces")


@pytest.mark.parametrize("kept", ["mine", "theirs"])
def test_two_managers_who_edit_one_response_see_both_versions(stage: Stage, kept: str) -> None:
    mai = at_responses(stage)
    create(mai, "delivery", "Within three days.")
    tom = at_responses(stage, email=add_agent(stage.stack, stage.project, name="Tom"))
    form = tom.card("Canned responses")
    tom.press("Edit /delivery")
    tom.fill("Text", "Tom's text", inside=form)
    mai.press("Edit /delivery")
    mai.fill("Text", "Mai's text", inside=mai.card("Canned responses"))
    mai.press("Save", inside=mai.card("Canned responses"))
    notice = form.get_by_role("alert")
    expect(notice).to_contain_text("changed this response while you were editing it.")
    expect(notice).to_contain_text("Mai's text")
    expect(form.get_by_label("Text", exact=True)).to_have_value("Tom's text")
    if kept == "mine":
        tom.press("Keep my changes and replace the saved version")
        tom.expect_toast("/delivery was saved.")
        expect(mai.item("/delivery")).to_contain_text("Tom's text")
    else:
        tom.press("Discard my changes and use the saved version")
        expect(form.get_by_label("Text", exact=True)).to_have_value("Mai's text")
        expect(notice).to_have_count(0)


def test_a_response_that_another_manager_deletes_keeps_what_was_typed(stage: Stage) -> None:
    mai = at_responses(stage)
    create(mai, "delivery", "Within three days.")
    tom = at_responses(stage, email=add_agent(stage.stack, stage.project, name="Tom"))
    form = tom.card("Canned responses")
    tom.press("Edit /delivery")
    tom.fill("Text", "Tom's text", inside=form)
    mai.press("Delete /delivery")
    mai.press("Delete", inside=mai.dialog)
    expect(form.get_by_text("Another person deleted this response.")).to_be_visible()
    expect(form.get_by_label("Text", exact=True)).to_have_value("Tom's text")


def test_an_agent_reads_and_does_not_write(stage: Stage) -> None:
    create(at_responses(stage), "delivery", "Within three days.")
    agent = at_responses(stage, email=add_agent(stage.stack, stage.project, name="Lan", role="agent"))
    expect(agent.item("/delivery")).to_contain_text("Within three days.")
    expect(agent.page.get_by_role("button", name="Edit /delivery")).to_have_count(0)
    expect(agent.page.get_by_label("Shortcut")).to_have_count(0)


@each_look
def test_the_page_looks_right_and_is_accessible(stage: Stage, look: Look) -> None:
    PICTURES.mkdir(exist_ok=True)
    page = at_responses(stage)
    create(
        page,
        "delivery",
        "Hello {{visitor.name|there}},\n\nyour parcel arrives within three days.",
        "Shipping",
    )
    create(page, "hoan-tien", "Chúng tôi hoàn tiền trong bảy ngày. " * 20)
    look.apply(page.page)
    page.page.reload()
    page.page.get_by_role("button", name="/delivery").first.click()
    expect(page.page.get_by_role("heading", level=3)).to_be_visible()
    faults = look.faults(page.page, "settings-canned-responses")
    assert not faults, "\n".join(faults)


def test_a_slash_in_a_project_without_responses_says_so(stage: Stage) -> None:
    visitor, agent = stage.visitor(), stage.agent()
    visitor.open()
    visitor.write("Where is my parcel?")
    agent.open("Where is my parcel?")
    keyboard = agent.page.keyboard
    agent.composer.focus()
    keyboard.type("/")
    told = agent.thread.locator(".canned-none")
    expect(told).to_contain_text("There are no canned responses yet.")
    keyboard.press("Escape")
    expect(told).to_have_count(0)
    expect(agent.composer).to_be_focused()
    keyboard.type(" or /")
    expect(told).to_be_visible()
    keyboard.type("usr")  # a path
    expect(told).to_have_count(0)
    agent.composer.fill("/")
    told.get_by_role("link", name="Create one").click()
    expect(agent.page.get_by_role("heading", level=1, name="Canned responses")).to_be_focused()


@pytest.mark.smoke
def test_a_slash_in_the_composer_finds_a_response_by_keyboard_alone(stage: Stage) -> None:
    settings = at_responses(stage)
    create(settings, "delivery", "Hello {{visitor.name|there}},\nwithin three days. {{agent.name}}")
    create(settings, "defect", "Sorry. Please send us a photo.")
    visitor, agent = stage.visitor(), stage.agent()
    visitor.open()
    visitor.write("Where is my parcel?")
    agent.open("Where is my parcel?")
    composer = agent.composer
    composer.focus()
    keyboard = agent.page.keyboard
    menu = agent.page.get_by_role("listbox", name="Canned responses")
    keyboard.type("/de")
    expect(menu.get_by_role("option")).to_have_count(2)
    keyboard.press("ArrowDown")
    keyboard.press("ArrowUp")
    keyboard.type("l")
    expect(menu.get_by_role("option")).to_have_count(1)
    expect(agent.page.locator(".canned-preview")).to_contain_text("Hello there,")
    keyboard.press("Enter")
    expect(menu).to_have_count(0)
    expect(composer).to_have_value("Hello there,\nwithin three days. Mai")
    keyboard.type(" Bye /defe")
    keyboard.press("Tab")
    expect(composer).to_have_value("Hello there,\nwithin three days. Mai Bye Sorry. Please send us a photo.")
    keyboard.press("Enter")
    expect(visitor.bubble("within three days. Mai Bye Sorry.")).to_be_visible()
    settings.page.reload()
    expect(settings.item("/delivery")).to_contain_text("used once")


def test_the_menu_does_not_stand_in_the_way_of_other_slashes(stage: Stage) -> None:
    create(at_responses(stage), "delivery", "Within three days.")
    visitor, agent = stage.visitor(), stage.agent()
    visitor.open()
    visitor.write("Hello")
    agent.open("Hello")
    agent.composer.focus()
    keyboard = agent.page.keyboard
    menu = agent.page.get_by_role("listbox", name="Canned responses")
    keyboard.type("/d")
    expect(menu).to_be_visible()
    keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(agent.composer).to_be_focused()
    keyboard.type("e and/or 1/2 ")
    expect(menu).to_have_count(0)
    keyboard.type("/zzz")  # matches nothing: Enter sends
    keyboard.press("Enter")
    expect(visitor.bubble("/de and/or 1/2 /zzz")).to_be_visible()


@each_look
def test_the_menu_looks_right_and_is_accessible(stage: Stage, look: Look) -> None:
    PICTURES.mkdir(exist_ok=True)
    settings = at_responses(stage)
    create(
        settings,
        "delivery",
        "Hello {{visitor.name|there}},\n\nyour parcel arrives within three days.",
        "Shipping",
    )
    for number in range(12):
        create(
            settings, f"de-{number}", f"Text number {number}, which is rather long for one line of the list"
        )
    visitor, agent = stage.visitor(), stage.agent()
    visitor.open()
    visitor.write("Where is my parcel?")
    look.apply(agent.page)
    agent.open("Where is my parcel?")
    agent.composer.focus()
    agent.page.keyboard.type("/de")
    expect(agent.page.get_by_role("option")).to_have_count(13)
    agent.page.keyboard.press("ArrowUp")
    expect(agent.page.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    faults = look.faults(agent.page, "canned-menu")
    assert not faults, "\n".join(faults)
