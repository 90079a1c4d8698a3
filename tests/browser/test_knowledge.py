"""Articles in the settings: written, published, found, compared and restored; two managers write at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.knowledge import DELIVERY, add_article, at_knowledge, open_article, text_of, write
from tests.people import add_agent


@pytest.mark.smoke
def test_a_manager_writes_publishes_changes_and_deletes_an_article(stage: Stage) -> None:
    page = at_knowledge(stage)
    expect(page.card("Nothing written yet")).to_contain_text("Write an article")
    page.page.get_by_role("link", name="Write the first article").click()
    write(page, "Delivery", DELIVERY, category="Shipping")
    preview = page.page.get_by_role("region", name="Preview")
    expect(preview.get_by_role("heading", name="How long")).to_be_visible()
    expect(preview.locator("strong")).to_have_text("three days")
    page.press("Save and publish")
    page.expect_toast("Version 1 is published.")
    card = page.card("Delivery")
    expect(card.locator(".card-head")).to_contain_text("Published")
    expect(card.locator(".preparation")).to_have_count(0)  # the worker has prepared it
    text_of(page).fill(DELIVERY.replace("three", "two"))
    page.press("Save")
    page.expect_toast("Saved as version 2.")
    expect(card.locator(".card-head")).to_contain_text("Version 2, published is version 1")
    page.press("Publish")
    page.expect_toast("Version 2 is published.")
    page.press("Unpublish")
    page.expect_toast("It is a draft again. Visitors no longer see it.")
    page.page.get_by_role("link", name="All articles").click()
    expect(page.item("Delivery")).to_contain_text("Draft")
    open_article(page, "Delivery")
    page.press("Delete")
    page.press("Delete", inside=page.dialog)
    page.expect_toast("“Delivery” was deleted.")
    expect(page.card("Nothing written yet")).to_be_visible()


def test_what_is_missing_or_wrong_is_said_at_its_field(stage: Stage) -> None:
    page = at_knowledge(stage, "knowledge/new")
    page.fill("Address", "shop.example/delivery")
    page.press("Save as a draft")
    expect(page.page.get_by_label("Title", exact=True)).to_be_focused()
    errors = page.page.locator(".setting-error")
    expect(errors).to_have_count(3)
    expect(errors.nth(1)).to_contain_text("begins with https://")


def test_the_editor_counts_near_the_limit_and_refuses_more(stage: Stage) -> None:
    page = at_knowledge(stage, "knowledge/new")
    page.fill("Title", "Long")
    count = page.page.locator(".markup-count")
    text_of(page).fill("x" * 179_999)
    expect(count).to_be_hidden()
    text_of(page).fill("x" * 180_000)
    expect(count).to_have_text("180,000 of 200,000 characters")
    text_of(page).fill("x" * 200_001)
    expect(count).to_have_class(re.compile("is-over"))
    page.press("Save as a draft")
    expect(page.page.locator(".setting-error")).to_contain_text("The limit is 200,000 characters")
    text_of(page).fill("🎉" * 200_000)  # two units each, one character
    page.press("Save as a draft")
    page.expect_toast("Saved as a draft.")


@pytest.mark.smoke
def test_the_toolbar_and_its_keys_mark_the_selection_and_can_be_undone(stage: Stage) -> None:
    page = at_knowledge(stage, "knowledge/new")
    area, keyboard = text_of(page), page.page.keyboard
    area.fill("two days")
    area.press("ControlOrMeta+a")
    area.press("ControlOrMeta+b")
    expect(area).to_have_value("**two days**")
    area.press("ControlOrMeta+z")
    expect(area).to_have_value("two days")
    area.press("ControlOrMeta+a")
    bar = page.page.get_by_role("toolbar", name="Formatting")
    bar.get_by_role("button", name="Link", exact=True).click()
    expect(area).to_have_value("[two days](https://)")
    expect(area).to_be_focused()
    keyboard.type("https://shop.example")
    expect(area).to_have_value("[two days](https://shop.example)")
    area.fill("post\nbicycle")
    area.press("ControlOrMeta+a")
    area.press("ControlOrMeta+Shift+Digit8")
    expect(area).to_have_value("- post\n- bicycle")
    area.press("ControlOrMeta+k")  # no palette here
    expect(page.dialog).to_have_count(0)
    bar.get_by_role("button", name="Bold", exact=True).focus()
    keyboard.press("ArrowRight")
    expect(bar.get_by_role("button", name="Italic", exact=True)).to_be_focused()


def test_leaving_unsaved_changes_asks_first(stage: Stage) -> None:
    add_article(stage, "Delivery")
    page = at_knowledge(stage)
    open_article(page, "Delivery")
    text_of(page).fill("Something else")
    expect(page.page.get_by_role("button", name="Discard changes")).to_be_visible()
    page.page.go_back()
    expect(page.dialog).to_contain_text("Leave without saving?")
    page.press("Cancel", inside=page.dialog)
    expect(text_of(page)).to_have_value("Something else")
    page.press("Discard changes")
    expect(text_of(page)).to_have_value(DELIVERY)
    page.page.get_by_role("link", name="All articles").click()
    expect(page.item("Delivery")).to_be_visible()


@pytest.mark.smoke
@pytest.mark.parametrize("kept", [pytest.param("mine", marks=pytest.mark.soak), "theirs"])
def test_two_managers_who_write_at_once_see_both_texts(stage: Stage, kept: str) -> None:
    stage.allow_errors("409")
    made = add_article(stage, "Delivery")
    mai = at_knowledge(stage, f"knowledge/{made}")
    tom = at_knowledge(stage, f"knowledge/{made}", email=add_agent(stage.stack, stage.project, name="Tom"))
    for page, days in ((mai, "four"), (tom, "two")):
        text_of(page).fill(DELIVERY.replace("three", days))
    mai.press("Save")
    mai.expect_toast("Saved as version 2.")
    tom.page.locator("form").get_by_role("button", name="Save", exact=True).click(force=True)
    notice = tom.page.get_by_role("alert").filter(has_text="saved a newer version while you were writing")
    expect(notice.locator("ins")).to_have_text("Parcels arrive within **four days**.")
    expect(text_of(tom)).to_have_value(DELIVERY.replace("three", "two"))
    if kept == "mine":
        tom.press("Keep my version and save it over theirs")
        tom.expect_toast("Saved as version 3.")
    else:
        tom.press("Discard mine and use theirs")
    expect(notice).to_have_count(0)
    expect(text_of(tom)).to_have_value(DELIVERY.replace("three", "two" if kept == "mine" else "four"))
    if kept == "mine":  # without changes of her own she sees the newest
        mai.expect_toast("Another person changed this article. You see the newest version.")
        expect(text_of(mai)).to_have_value(DELIVERY.replace("three", "two"))


def test_an_article_that_another_person_deletes_can_still_be_copied(stage: Stage) -> None:
    stage.allow_errors("404")
    made = add_article(stage, "Delivery")
    mai = at_knowledge(stage, f"knowledge/{made}")
    text_of(mai).fill("my text")
    tom = at_knowledge(stage, f"knowledge/{made}", email=add_agent(stage.stack, stage.project, name="Tom"))
    tom.press("Delete")
    tom.press("Delete", inside=tom.dialog)
    expect(mai.page.get_by_text("Another person deleted this article.")).to_be_visible()
    expect(text_of(mai)).to_have_value("my text")
    expect(mai.page.get_by_role("button", name="Save", exact=True)).to_be_disabled()


@pytest.mark.smoke
def test_versions_are_compared_by_lines_and_restored(stage: Stage) -> None:
    made = add_article(stage, "Delivery", earlier=("Two days.\nBy post.\n", "Two days.\nBy bicycle.\n"))
    page = at_knowledge(stage, f"knowledge/{made}")
    card = page.card("Versions")
    page.press("Compare version 2")
    compared = card.locator(".version-compared")
    expect(compared).to_contain_text("1 line added · 1 line removed")
    expect(compared.locator(".is-added")).to_contain_text("1 line added, line 2:")
    expect(compared.locator("ins")).to_have_text("By bicycle.")
    expect(compared.locator("del")).to_have_text("By post.")
    compared.get_by_label("Compared with").select_option("newest")
    expect(compared.locator("del").first).to_have_text("Two days.")
    text_of(page).fill("unsaved")
    expect(compared.get_by_role("button", name="Restore version 2")).to_be_disabled()
    page.press("Discard changes")
    page.press("Restore version 2")
    page.expect_toast("The text of version 2 is version 4 now. Publish it to show it to visitors.")
    expect(text_of(page)).to_have_value("Two days.\nBy bicycle.\n")
    expect(card.locator(".version").first).to_contain_text("Version 4")


def test_the_list_is_filtered_and_goes_on_with_a_button(stage: Stage) -> None:
    for n in range(52):
        add_article(stage, f"Question {n}", days=n)
    add_article(stage, "Giao hàng mất bao lâu?", language="vi", category="Shipping", published=True)
    page = at_knowledge(stage)
    rows = page.page.locator(".article-row")
    expect(rows).to_have_count(50)
    page.press("Show more")
    expect(rows).to_have_count(53)
    page.page.get_by_label("State").select_option("published")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Vietnamese")
    open_article(page, "Giao hàng mất bao lâu?")
    page.page.get_by_role("link", name="All articles").click()
    expect(page.page.get_by_label("State")).to_have_value("published")  # the same list as before
    expect(rows).to_have_count(1)
    page.page.get_by_label("State").select_option("")
    page.page.get_by_label("Category").select_option("Shipping (1)")
    expect(rows).to_have_count(1)
    page.page.get_by_label("Category").select_option("All categories")
    page.fill("Title or address", "question 51")
    expect(rows).to_have_count(1)
    page.fill("Title or address", "zzz")
    expect(page.page.get_by_text("No article matches these filters.")).to_be_visible()


def test_an_agent_reads_articles_and_changes_nothing(stage: Stage) -> None:
    add_article(stage, "Delivery", earlier=("Two days.",))
    page = at_knowledge(stage, email=add_agent(stage.stack, stage.project, name="Lan", role="agent"))
    expect(page.page.get_by_role("button", name="New article")).to_have_count(0)
    open_article(page, "Delivery")
    expect(page.card("Delivery").get_by_role("heading", name="How long")).to_be_visible()
    page.press("Compare version 1")
    expect(page.page.locator("textarea, form")).to_have_count(0)
    expect(page.page.get_by_role("button", name=re.compile("Restore"))).to_have_count(0)


@pytest.mark.smoke
def test_a_manager_decides_where_visitors_find_articles(stage: Stage) -> None:
    page = at_knowledge(stage, "knowledge-settings")
    address = f"{page.url}/help/{stage.project_id}"
    expect(page.card("Address of the help page")).to_contain_text(address)
    expect(page.page.get_by_role("link", name="Open the help page")).to_have_count(0)
    page.page.get_by_role("switch", name="Public help page").check()
    page.expect_toast("The help page is public.")
    expect(page.page.get_by_role("link", name="Open the help page")).to_have_attribute("href", address)
    page.page.get_by_role("switch", name="Search in the widget").uncheck()
    page.expect_toast("The widget shows no articles any more.")
    page.page.reload()
    expect(page.page.get_by_role("switch", name="Search in the widget")).not_to_be_checked()
    expect(page.page.get_by_role("switch", name="Public help page")).to_be_checked()
