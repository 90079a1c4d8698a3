"""Form templates in the settings: built, reordered, previewed, switched, exported and deleted."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Stage
from tests.browser.forms import add_template
from tests.browser.settings import Settings, at_settings
from tests.people import add_agent


def at_forms(stage: Stage, *, email: str = "") -> Settings:
    return at_settings(stage, f"projects/{stage.project_id}/settings/forms", email=email)


def fields(page: Settings) -> Locator:
    return page.page.locator(".builder-fields li")


def labels(page: Settings) -> list[str]:
    return [one.input_value() for one in page.page.get_by_label("Label", exact=True).all()]


def build(page: Settings, name: str, *names: str) -> None:
    """Fill the builder with text fields."""
    page.press("New form")
    page.fill("Name", name)
    for index, label in enumerate(names):
        if index:
            page.press("Add a field")
        fields(page).nth(index).get_by_label("Label", exact=True).fill(label)


@pytest.mark.smoke
def test_a_manager_builds_changes_and_deletes_a_form(stage: Stage) -> None:
    page = at_forms(stage)
    build(page, "Order details", "Order number", "Size")
    size = fields(page).nth(1)
    size.get_by_label("Type").select_option("One of several options")
    size.get_by_label("Options").fill("Small\nLarge")
    size.get_by_label("Required").check()
    preview = page.page.get_by_role("complementary", name="Preview")
    expect(preview).to_contain_text("Order details")
    expect(preview.get_by_label("Size")).to_contain_text("Large")
    page.press("Create")
    page.expect_toast("“Order details” was created.")
    expect(page.item("Order details")).to_contain_text("2 fields")
    page.press("Edit “Order details”")
    expect(fields(page).nth(0).get_by_label("Key in exports")).to_have_value("order_number")
    fields(page).nth(0).get_by_label("Label", exact=True).fill("Number of the order")
    expect(fields(page).nth(0).get_by_label("Key in exports")).to_have_value("order_number")
    page.press("Save")
    page.expect_toast("“Order details” was saved.")
    page.press("Turn off “Order details”")
    page.expect_toast("“Order details” was turned off.")
    expect(page.item("Order details").locator(".tag")).to_have_text("off")
    page.press("Delete “Order details”")
    page.press("Delete", inside=page.dialog)
    page.expect_toast("“Order details” was deleted.")
    expect(page.item("Order details")).to_have_count(0)


def test_fields_are_moved_by_keyboard_and_the_move_is_announced(stage: Stage) -> None:
    page = at_forms(stage)
    build(page, "Order details", "One", "Two", "Three")
    first = fields(page).nth(0).get_by_label("Label", exact=True)
    first.focus()
    page.page.keyboard.press("Alt+ArrowDown")
    assert labels(page) == ["Two", "One", "Three"]
    expect(fields(page).nth(1).get_by_label("Label", exact=True)).to_be_focused()
    expect(page.page.locator(".builder-fields [role=status]")).to_have_text(
        "“One” is now at position 2 of 3."
    )
    page.page.keyboard.press("Alt+ArrowDown")
    page.page.keyboard.press("Alt+ArrowDown")  # it is the last one already
    assert labels(page) == ["Two", "Three", "One"]
    page.press("Move “Three” up")
    assert labels(page) == ["Three", "Two", "One"]
    expect(page.page.get_by_role("button", name="Move “Three”, position 1 of 3")).to_be_focused()
    page.press("Remove “Two”")
    assert labels(page) == ["Three", "One"]


def test_a_field_is_moved_by_dragging(stage: Stage) -> None:
    page = at_forms(stage)
    build(page, "Order details", "One", "Two", "Three")
    page.page.set_viewport_size({"width": 1280, "height": 1600})
    grip = fields(page).nth(2).locator(".builder-grip").bounding_box()
    target = fields(page).nth(0).bounding_box()
    assert grip and target
    page.page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.page.mouse.down()
    page.page.mouse.move(target["x"] + 20, target["y"] + 10, steps=5)
    expect(fields(page).nth(0)).to_have_class("is-drop-before")
    page.page.mouse.up()
    assert labels(page) == ["Three", "One", "Two"]


def test_faults_are_explained_at_their_fields(stage: Stage) -> None:
    stage.allow_errors("422")
    add_template(stage, "Order details")
    page = at_forms(stage)
    build(page, "", "")
    page.press("Create")
    expect(page.page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.page.get_by_role("alert").first).to_have_text("Fill in this field.")
    page.fill("Name", "ORDER details")
    fields(page).nth(0).get_by_label("Label", exact=True).fill("Size")
    fields(page).nth(0).get_by_label("Type").select_option("Several options")
    page.press("Create")
    expect(page.page.get_by_text("Enter at least one option.")).to_be_visible()
    fields(page).nth(0).get_by_label("Options").fill("S")
    page.press("Create")
    expect(page.page.get_by_text("Another form already has this name.")).to_be_visible()


def test_a_field_that_is_new_after_a_fault_is_not_wrong_yet(stage: Stage) -> None:
    page = at_forms(stage)
    build(page, "", "")
    page.press("Create")
    expect(fields(page).nth(0).get_by_label("Label", exact=True)).to_have_attribute("aria-invalid", "true")
    page.press("Add a field")
    expect(fields(page)).to_have_count(2)
    expect(fields(page).nth(1).get_by_label("Label", exact=True)).not_to_have_attribute(
        "aria-invalid", "true"
    )
    expect(fields(page).nth(0).get_by_label("Label", exact=True)).to_have_attribute("aria-invalid", "true")
    page.press("Create")
    expect(fields(page).nth(1).get_by_label("Label", exact=True)).to_have_attribute("aria-invalid", "true")


def test_only_one_form_is_shown_before_the_chat(stage: Stage) -> None:
    stage.allow_errors("422")
    add_template(stage, "Welcome", pre_chat=True)
    page = at_forms(stage)
    expect(page.item("Welcome")).to_contain_text("before the chat")
    build(page, "Order details", "Size")
    page.page.get_by_role("switch", name="Before the chat").check()
    page.press("Create")
    expect(page.page.get_by_text("Another form is already shown before the chat.")).to_be_visible()


@pytest.mark.parametrize("kept", ["mine", "theirs"])
def test_two_managers_who_edit_one_form_see_both_versions(stage: Stage, kept: str) -> None:
    add_template(stage, "Order details", ({"key": "size", "label": "Size", "type": "text"},))
    mai = at_forms(stage)
    tom = at_forms(stage, email=add_agent(stage.stack, stage.project, name="Tom"))
    for page, label in ((tom, "Tom's size"), (mai, "Mai's size")):
        page.press("Edit “Order details”")
        fields(page).nth(0).get_by_label("Label", exact=True).fill(label)
    mai.press("Save")
    notice = tom.page.get_by_role("alert").filter(has_text="Another person changed this form")
    expect(notice).to_contain_text("Mai's size (Text)")
    assert labels(tom) == ["Tom's size"]
    if kept == "mine":
        tom.press("Keep my changes and replace the saved version")
        tom.expect_toast("“Order details” was saved.")
        mai.press("Edit “Order details”")
        expect(fields(mai).nth(0).get_by_label("Label", exact=True)).to_have_value("Tom's size")
    else:
        tom.press("Discard my changes and use the saved version")
        expect(fields(tom).nth(0).get_by_label("Label", exact=True)).to_have_value("Mai's size")
        expect(notice).to_have_count(0)


def test_leaving_the_builder_with_changes_asks_first(stage: Stage) -> None:
    page = at_forms(stage)
    build(page, "Order details", "Size")
    page.page.get_by_role("link", name="Members", exact=True).click()
    expect(page.dialog).to_contain_text("Leave without saving?")
    page.press("Cancel", inside=page.dialog)
    assert labels(page) == ["Size"]


def test_answers_are_downloaded_as_csv(stage: Stage) -> None:
    add_template(stage, "Order details")
    page = at_forms(stage)
    expect(page.item("Order details")).to_contain_text("0 answers")
    with page.page.expect_download() as download:
        page.press("Download the answers to “Order details” as CSV")
    assert download.value.suggested_filename == "Order details.csv"
    assert "Your name" in Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_an_agent_reads_and_does_not_write(stage: Stage) -> None:
    add_template(stage, "Order details")
    page = at_forms(stage, email=add_agent(stage.stack, stage.project, name="Lan", role="agent"))
    expect(page.item("Order details")).to_be_visible()
    for name in ("New form", "Edit “Order details”", "Turn off “Order details”", "Delete “Order details”"):
        expect(page.page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.page.get_by_role("button", name="Download the answers")).to_be_visible()
