"""Canned responses: categories as a filter, a CSV file that is shown first and then imported, the export."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Stage
from tests.browser.settings import Settings
from tests.browser.test_canned_responses import at_responses, create
from tests.browser.test_looks import PICTURES, Look, each_look
from tests.people import add_agent

FILE = "shortcut,content,category\ndelivery,Within two days.,Shipping\nrefund,Within seven days.,Money\n"
WRONG = FILE + "two words,x,\nrefund,again,\n"


def choose(page: Settings, text: str) -> None:
    picker = page.page.locator("input[type=file]")
    picker.set_input_files({"name": "team.csv", "mimeType": "text/csv", "buffer": text.encode()})


def alert(page: Settings) -> Locator:
    return page.card("Import and export").get_by_role("alert")


@pytest.mark.smoke
def test_a_file_is_shown_line_by_line_and_then_imported(stage: Stage) -> None:
    page = at_responses(stage)
    create(page, "delivery", "Within three days.", "Shipping")
    choose(page, WRONG)
    preview = page.page.get_by_role("region", name="What importing team.csv will do")
    expect(preview).to_contain_text("New: 1 · changed: 1 · unchanged: 0 · refused: 2")
    rows = preview.get_by_role("row")
    expect(rows.filter(has_text="two words")).to_contain_text("Refused: use 1 to 50 letters")
    expect(rows.filter(has_text="earlier line")).to_contain_text("5")
    expect(preview.get_by_role("button", name="Import")).to_be_disabled()
    choose(page, FILE)
    expect(rows.filter(has_text="delivery")).to_contain_text("Changed: Text")
    preview.get_by_role("button", name="Import (2)").click()
    page.expect_toast("Imported: 1 new, 1 changed.")
    expect(page.item("/delivery")).to_contain_text("Within two days.")
    expect(page.item("/refund")).to_be_visible()
    choose(page, FILE)
    expect(preview.get_by_role("button", name="Nothing to import")).to_be_disabled()


def test_a_file_that_cannot_be_read_says_what_to_do(stage: Stage) -> None:
    stage.allow_errors("422")
    page = at_responses(stage)
    choose(page, "a,b\n1,2\n")
    expect(alert(page)).to_contain_text("The first line must name the columns")


def test_what_changed_since_the_preview_is_shown_before_it_is_overwritten(stage: Stage) -> None:
    stage.allow_errors("409")
    mai = at_responses(stage)
    create(mai, "delivery", "Within three days.")
    choose(mai, FILE)
    preview = mai.page.get_by_role("region", name="What importing team.csv will do")
    expect(preview).to_contain_text("changed: 1")
    tom = at_responses(stage, email=add_agent(stage.stack, stage.project, name="Tom"))
    create(tom, "refund", "Never.")
    preview.get_by_role("button", name="Import (2)").click()
    expect(alert(mai)).to_contain_text("have changed since the preview")
    expect(preview).to_contain_text("New: 0 · changed: 2")
    expect(tom.item("/refund")).to_contain_text("Never.")


def test_an_export_is_a_file_that_imports_as_no_change(stage: Stage, tmp_path: Path) -> None:
    page = at_responses(stage)
    create(page, "list", "Please send:\n- a photo\n- =your order", "Shipping")
    with page.page.expect_download() as started:
        page.press("Export as CSV")
    kept = tmp_path / started.value.suggested_filename
    started.value.save_as(kept)
    text = kept.read_bytes().decode()
    assert kept.name == "canned-responses.csv" and text.startswith('\ufeff"shortcut","content","category"')
    choose(page, text)
    expect(page.page.get_by_role("button", name="Nothing to import")).to_be_disabled()


def test_a_category_filters_the_settings_and_the_menu_of_the_composer(stage: Stage) -> None:
    page = at_responses(stage)
    choose(page, FILE + "return,Send it back.,Shipping\n")
    page.press("Import (3)")
    page.expect_toast("Imported: 3 new, 0 changed.")
    card = page.card("Canned responses")
    card.get_by_label("Category").select_option("Money")
    expect(page.item("/refund")).to_be_visible()
    expect(page.item("/delivery")).to_have_count(0)
    visitor, agent = stage.visitor(), stage.agent()
    visitor.open()
    visitor.write("Where is my parcel?")
    agent.open("Where is my parcel?")
    agent.composer.focus()
    keyboard = agent.page.keyboard
    keyboard.type("/re")
    options = agent.page.get_by_role("listbox", name="Canned responses").get_by_role("option")
    expect(options).to_have_count(2)
    keyboard.press("PageDown")
    expect(agent.page.get_by_role("button", name="Money")).to_have_attribute("aria-pressed", "true")
    expect(options).to_have_count(1)
    agent.page.get_by_role("button", name="Shipping").click()
    expect(options).to_have_count(1)
    keyboard.press("Enter")
    expect(agent.composer).to_have_value("Send it back.")


@each_look
def test_the_preview_of_a_file_looks_right_and_is_accessible(stage: Stage, look: Look) -> None:
    PICTURES.mkdir(exist_ok=True)
    page = at_responses(stage)
    create(page, "delivery", "Within three days.", "Shipping")
    look.apply(page.page)
    choose(page, WRONG)
    preview = page.page.get_by_role("region", name="What importing team.csv will do")
    expect(preview).to_be_visible()
    preview.scroll_into_view_if_needed()
    faults = look.faults(page.page, "settings-canned-import")
    assert not faults, "\n".join(faults)
