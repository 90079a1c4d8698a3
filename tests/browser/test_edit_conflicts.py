"""Two agents save one thing at once: the server refuses the second, who sees both versions and decides.

test_canned_responses, test_form_templates and test_notes show what happens when the second learns of it
in time; here it learns by the refusal.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Stage
from tests.browser.forms import add_template
from tests.browser.page_objects import Agent, Visitor
from tests.browser.test_canned_responses import at_responses, create
from tests.browser.test_form_templates import at_forms, fields
from tests.browser.test_notes import note, notes, write
from tests.people import add_agent

Talk = Callable[[], tuple[Visitor, Agent]]
KEPT = ("mine", pytest.param("theirs", marks=pytest.mark.soak))
both_ways = pytest.mark.parametrize("kept", KEPT)


def learn_nothing(page: Page, path: str) -> None:
    """From now on the page reads nothing of this path, until it saves something there itself."""
    held: list[Route] = []
    saved = False

    def answer(route: Route) -> None:
        nonlocal saved
        if route.request.method == "GET" and not saved:
            held.append(route)
            return
        saved = True
        route.continue_()
        while held:
            held.pop().continue_()

    page.route(re.compile(rf"/api/v1/.*/{path}\b"), answer)


def refused(page: Page, press: Callable[[], None]) -> None:
    """Save, and be refused because of another version."""
    with page.expect_response(lambda response: response.status == 409) as waiting:
        press()
    assert waiting.value.json()["code"] == "stale"


@both_ways
@pytest.mark.smoke
def test_of_two_who_save_one_canned_response_at_once_the_second_sees_both(stage: Stage, kept: str) -> None:
    stage.allow_errors("409")
    mai = at_responses(stage)
    create(mai, "delivery", "Within three days.")
    tom = at_responses(stage, email=add_agent(stage.stack, stage.project, name="Tom"))
    form = tom.card("Canned responses")
    tom.press("Edit /delivery")
    tom.fill("Text", "Tom's text", inside=form)
    learn_nothing(tom.page, "canned-responses")
    mai.press("Edit /delivery")
    mai.fill("Text", "Mai's text", inside=mai.card("Canned responses"))
    mai.press("Save", inside=mai.card("Canned responses"))
    mai.expect_toast("/delivery was saved.")
    refused(tom.page, lambda: tom.press("Save", inside=form))
    notice = form.get_by_role("alert")
    expect(notice).to_contain_text("Mai changed this response while you were editing it.")
    expect(notice).to_contain_text("Mai's text")
    expect(form.get_by_label("Text", exact=True)).to_have_value("Tom's text")
    if kept == "mine":
        tom.press("Keep my changes and replace the saved version")
        expect(mai.item("/delivery")).to_contain_text("Tom's text")
    else:
        tom.press("Discard my changes and use the saved version")
        expect(form.get_by_label("Text", exact=True)).to_have_value("Mai's text")
        expect(notice).to_have_count(0)


@both_ways
def test_of_two_who_save_one_form_template_at_once_the_second_sees_both(stage: Stage, kept: str) -> None:
    stage.allow_errors("409")
    add_template(stage, "Order details", ({"key": "size", "label": "Size", "type": "text"},))
    mai = at_forms(stage)
    tom = at_forms(stage, email=add_agent(stage.stack, stage.project, name="Tom"))
    for page, label in ((tom, "Tom's size"), (mai, "Mai's size")):
        page.press("Edit “Order details”")
        fields(page).nth(0).get_by_label("Label", exact=True).fill(label)
    learn_nothing(tom.page, "form-templates")
    mai.press("Save")
    mai.expect_toast("“Order details” was saved.")
    refused(tom.page, lambda: tom.press("Save"))
    notice = tom.page.get_by_role("alert").filter(has_text="Another person changed this form")
    expect(notice).to_contain_text("Mai's size (Text)")
    own = fields(tom).nth(0).get_by_label("Label", exact=True)
    expect(own).to_have_value("Tom's size")
    if kept == "mine":
        tom.press("Keep my changes and replace the saved version")
        tom.expect_toast("“Order details” was saved.")
    else:
        tom.press("Discard my changes and use the saved version")
        expect(own).to_have_value("Mai's size")
        expect(notice).to_have_count(0)


@both_ways
def test_of_two_screens_that_save_one_note_at_once_the_second_shows_both(
    stage: Stage, talk: Talk, kept: str
) -> None:
    stage.allow_errors("409")
    _, here = talk()
    write(here, "First text")
    there = stage.agent()
    there.open("hello?")
    for agent, text in ((there, "Text of there"), (here, "Text of here")):
        agent.page.get_by_role("button", name="Edit the note by Mai").click()
        agent.page.get_by_label("Text of the note").fill(text)
    learn_nothing(there.page, "notes")
    here.page.get_by_role("button", name="Save").click()
    expect(note(here, "Text of here")).to_be_visible()
    refused(there.page, lambda: there.page.get_by_role("button", name="Save").click())
    notice = notes(there).get_by_role("alert")
    expect(notice).to_contain_text("You changed this note elsewhere")
    expect(notice).to_contain_text("Text of here")
    expect(there.page.get_by_label("Text of the note")).to_have_value("Text of there")
    if kept == "mine":
        there.page.get_by_role("button", name="Keep my changes").click()
        expect(note(here, "Text of there")).to_be_visible()
    else:
        there.page.get_by_role("button", name="Discard my changes").click()
        expect(there.page.get_by_label("Text of the note")).to_have_value("Text of here")
        expect(notice).to_have_count(0)
