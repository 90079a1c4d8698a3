"""Files between visitor and agent, in both faces: picked, pasted, dragged, uploaded, shown, opened."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import accessibility
from tests.browser.attachments import (
    PDF,
    UPLOADS,
    AgentsFiles,
    VisitorsFiles,
    carry,
    cut_off,
    document,
    hold_uploads,
    image,
    picture,
)
from tests.browser.conftest import Stage, until


@pytest.mark.smoke
def test_a_visitor_pastes_a_picture_and_picks_a_document_and_the_agent_answers_with_a_file(
    stage: Stage,
) -> None:
    # The strictest page: it allows the connection to us and no images.
    visitor = stage.visitor(url=stage.page_url(policy="host"))
    files = VisitorsFiles(visitor)
    visitor.open()
    carry(visitor.composer, "paste", image())
    files.input.set_input_files([document()])
    expect(files.chips).to_have_count(2)
    expect(files.said).to_have_text(re.compile("uploaded"))
    visitor.composer.fill("the invoice and the damage")
    files.send.click()
    expect(files.chips).to_have_count(0)
    expect(visitor.composer).to_have_value("")
    visitor.expect_mark("the invoice and the damage", "Sent")
    until(visitor.page, lambda: files.is_painted(visitor.page))
    agent = stage.agent()
    theirs = AgentsFiles(agent)
    agent.open("the invoice and the damage")
    expect(theirs.pictures).to_have_attribute("alt", "photo.png")
    until(agent.page, lambda: theirs.pictures.evaluate("(image) => image.naturalWidth") == 400)
    with agent.page.expect_download() as loading:
        theirs.rows.get_by_text("invoice.pdf").click()
    assert loading.value.suggested_filename == "invoice.pdf"
    theirs.input.set_input_files([document("refund.pdf")])
    expect(theirs.chips.locator("small")).to_have_text(re.compile("byte"))
    agent.composer.press("Enter")
    expect(theirs.chips).to_have_count(0)
    expect(files.shown.get_by_text("refund.pdf")).to_be_visible()
    expect(agent.row("refund.pdf").get_by_role("img", name="Files")).to_be_visible()
    link = files.shown.filter(has_text="refund.pdf")
    expect(link).to_have_attribute("href", re.compile(f"^{stage.server.url}/files/"))
    answer = visitor.page.request.get(link.get_attribute("href") or "")
    assert (answer.status, answer.body()) == (200, PDF)
    assert "attachment" in answer.headers["content-disposition"]


@pytest.mark.smoke
def test_an_upload_is_cancelled_and_one_that_was_cut_off_goes_on(stage: Stage) -> None:
    stage.allow_errors("ERR_FAILED", "ERR_INTERNET_DISCONNECTED")
    visitor = stage.visitor()
    files = VisitorsFiles(visitor)
    visitor.open()
    held = hold_uploads(visitor.page)
    files.input.set_input_files([document("one.pdf"), document("two.pdf")])
    until(visitor.page, lambda: len(held) == 2)
    expect(files.send).to_be_disabled()
    visitor.page.get_by_role("button", name="Remove one.pdf").click()
    expect(files.chips).to_have_count(1)
    expect(visitor.composer).to_be_focused()
    visitor.page.unroute(UPLOADS)
    cut_off(held)
    expect(files.said).to_have_text("two.pdf: uploaded")
    files.send.click()
    expect(files.shown).to_have_count(1)
    visitor.expect_mark("two.pdf", "Sent")


def test_what_the_server_refuses_says_why_and_can_be_taken_out(stage: Stage) -> None:
    visitor = stage.visitor()
    files = VisitorsFiles(visitor)
    visitor.open()
    program = {"name": "setup.exe", "mimeType": "application/octet-stream", "buffer": b"MZ" + bytes(500)}
    files.input.set_input_files([program, {**program, "name": "empty.pdf", "buffer": b""}])
    expect(files.chips.first).to_contain_text("this type is not allowed")
    expect(files.chips.last).to_contain_text("is empty")
    expect(files.said).to_contain_text("failed")
    visitor.composer.fill("hello")
    expect(files.send).to_be_disabled()
    visitor.page.get_by_role("button", name="Remove setup.exe").click()
    visitor.page.get_by_role("button", name="Remove empty.pdf").click()
    expect(files.chips).to_have_count(0)
    visitor.composer.press("Enter")
    visitor.expect_mark("hello", "Sent")


def test_more_files_than_a_message_can_have_are_left_out(stage: Stage) -> None:
    visitor = stage.visitor()
    files = VisitorsFiles(visitor)
    visitor.open()
    files.input.set_input_files([document(f"{number}.pdf") for number in range(12)])
    expect(files.chips).to_have_count(10)
    expect(visitor.window.locator(".tray-note")).to_have_text("A message can have 10 files. 2 were left out.")


def test_files_are_dropped_on_the_window(stage: Stage) -> None:
    visitor = stage.visitor()
    files = VisitorsFiles(visitor)
    visitor.open()
    carry(visitor.messages, "dragover", document())
    expect(visitor.window.get_by_text("Drop files to attach them")).to_be_visible()
    carry(visitor.messages, "drop", document())
    expect(visitor.window.get_by_text("Drop files to attach them")).to_have_count(0)
    expect(files.chips).to_have_count(1)


def test_a_picture_of_a_text_is_pasted_as_the_text(stage: Stage) -> None:
    visitor = stage.visitor()
    files = VisitorsFiles(visitor)
    visitor.open()
    prevented = visitor.composer.evaluate(
        """(field) => {
            const data = new DataTransfer();
            data.setData("text/plain", "1\\t2");
            data.setData("text/html", "<table></table>");
            data.items.add(new File(["x"], "image.png", {type: "image/png"}));
            const more = {bubbles: true, cancelable: true, composed: true};
            const event = new ClipboardEvent("paste", {...more, clipboardData: data});
            return !field.dispatchEvent(event);
        }"""
    )
    assert prevented is False
    expect(files.chips).to_have_count(0)


def test_a_reload_keeps_what_was_uploaded_and_names_what_was_lost(stage: Stage) -> None:
    stage.allow_errors("ERR_FAILED")
    visitor = stage.visitor()
    files = VisitorsFiles(visitor)
    visitor.open()
    files.input.set_input_files([document("done.pdf")])
    expect(files.said).to_have_text("done.pdf: uploaded")
    held = hold_uploads(visitor.page)
    files.input.set_input_files([document("cut off.pdf")])
    until(visitor.page, lambda: bool(held))
    visitor.page.unroute_all(behavior="ignoreErrors")
    visitor.page.reload()
    expect(files.chips).to_have_count(1)
    expect(files.chips).to_contain_text("done.pdf")
    expect(visitor.window.locator(".tray-note")).to_contain_text("cut off.pdf")
    files.send.click()
    visitor.expect_mark("done.pdf", "Sent")


def test_a_message_with_files_waits_for_the_connection(stage: Stage) -> None:
    stage.allow_errors("ERR_INTERNET_DISCONNECTED", "WebSocket")
    visitor = stage.visitor()
    files = VisitorsFiles(visitor)
    visitor.open()
    files.input.set_input_files([document("ready.pdf")])
    expect(files.said).to_have_text("ready.pdf: uploaded")
    visitor.page.context.set_offline(True)
    expect(visitor.window.locator(".banner")).to_contain_text("offline")
    visitor.composer.press("Enter")
    visitor.expect_mark("ready.pdf", "Sending…")
    files.input.set_input_files([document("later.pdf")])
    expect(files.chips).to_contain_text("waiting")
    visitor.page.context.set_offline(False)
    visitor.expect_mark("ready.pdf", "Sent")
    expect(files.said).to_have_text("later.pdf: uploaded")


def test_the_gallery_shows_all_pictures_by_keyboard(stage: Stage) -> None:
    visitor = stage.visitor()
    files = VisitorsFiles(visitor)
    visitor.open()
    for name, colour in (("one.png", "teal"), ("two.png", "orange")):
        files.input.set_input_files([image(name, picture(colour=colour))])
        expect(files.said).to_have_text(f"{name}: uploaded")
        files.send.click()
        expect(files.chips).to_have_count(0)
    agent = stage.agent()
    theirs = AgentsFiles(agent)
    agent.open("two.png")
    agent.messages.get_by_role("button", name="Enlarge two.png").click()
    expect(theirs.gallery).to_have_attribute("aria-label", "two.png")
    expect(theirs.gallery.get_by_role("status")).to_have_text("2 of 2")
    until(
        agent.page,
        lambda: theirs.gallery.locator("img").evaluate("(image) => image.naturalWidth") == 640,
    )
    agent.page.keyboard.press("ArrowLeft")
    expect(theirs.gallery).to_have_attribute("aria-label", "one.png")
    assert accessibility.serious_violations(agent.page) == []
    with agent.page.expect_download() as loading:
        theirs.gallery.get_by_role("link", name="Download: one.png").click()
    assert loading.value.suggested_filename == "one.png"
    agent.page.keyboard.press("Escape")
    expect(theirs.gallery).to_have_count(0)


def test_a_removed_message_has_no_files(stage: Stage) -> None:
    visitor = stage.visitor()
    files = VisitorsFiles(visitor)
    visitor.open()
    visitor.write("hello?")
    agent = stage.agent()
    theirs = AgentsFiles(agent)
    agent.open("hello?")
    carry(agent.composer, "paste", image("wrong.png"))
    expect(theirs.said).to_have_text("wrong.png: uploaded")
    agent.composer.press("Enter")
    expect(files.pictures).to_have_count(1)
    sent = agent.messages.locator(".said", has=agent.page.locator(".file-picture"))
    expect(sent.locator(".tick")).to_be_visible()
    sent.hover()
    sent.get_by_role("button", name="Message options").click()
    agent.page.get_by_role("option", name="Remove").click()
    agent.page.get_by_role("dialog").get_by_role("button", name="Remove message").click()
    expect(agent.bubble("Message removed")).to_be_visible()
    expect(visitor.bubble("Message removed")).to_be_visible()
    expect(files.pictures).to_have_count(0)


def test_notes_have_no_files_and_files_are_dropped_on_the_conversation(stage: Stage) -> None:
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    agent = stage.agent()
    theirs = AgentsFiles(agent)
    agent.open("hello?")
    attach = agent.page.get_by_role("button", name="Attach files")
    expect(attach).to_be_visible()
    agent.page.get_by_role("radio", name="Note").click()
    expect(attach).to_have_count(0)
    carry(agent.messages, "dragover", document())
    expect(agent.page.get_by_text("Drop files to attach them")).to_be_visible()
    carry(agent.messages, "drop", document())
    expect(theirs.chips).to_have_count(1)
    expect(agent.page.get_by_role("radio", name="Reply")).to_be_checked()
    expect(theirs.said).to_have_text("invoice.pdf: uploaded")
    expect(agent.page.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    assert accessibility.serious_violations(agent.page) == []
    assert accessibility.serious_violations(visitor.page) == []
