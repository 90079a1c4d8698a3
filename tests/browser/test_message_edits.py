"""Messages that are edited, removed and delivered: all open screens, keyboard, phone, two agents at once."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import accessibility
from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent, Visitor
from tests.people import add_agent

Talk = Callable[[], tuple[Visitor, Agent]]


def menu(agent: Agent, text: str) -> Locator:
    """Opens the menu of a message, and returns it."""
    bubble = agent.bubble(text)
    bubble.hover()
    bubble.get_by_role("button", name="Message options").click()
    return agent.page.get_by_role("listbox", name="Message options")


def editor(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Edit message")


def expect_stored(agent: Agent, text: str) -> None:
    expect(agent.bubble(text).locator(".tick")).to_be_visible()


def edit(agent: Agent, text: str, better: str) -> None:
    menu(agent, text).get_by_role("option", name="Edit").click()
    field = editor(agent.page)
    expect(field).to_be_focused()
    expect(field).to_have_value(text)
    field.fill(better)
    field.press("Enter")


def remove(agent: Agent, text: str) -> None:
    menu(agent, text).get_by_role("option", name="Remove").click()
    dialog = agent.page.get_by_role("dialog", name="Remove this message?")
    expect(dialog).to_contain_text(text)
    dialog.get_by_role("button", name="Remove message").click()
    expect(dialog).to_have_count(0)


@pytest.mark.smoke
def test_an_edit_is_on_every_open_screen_and_after_a_reload(stage: Stage, talk: Talk) -> None:
    visitor, mai = talk()
    email = add_agent(stage.stack, stage.project, name="Bao", role="agent")
    bao = stage.agent(email=email)
    bao.open("hello?")
    mai.write("It costs 100 d")
    expect(visitor.bubble("It costs 100 d")).to_be_visible()
    edit(mai, "It costs 100 d", "It costs 100 đ")
    for agent in (mai, bao):
        expect(agent.bubble("It costs 100 đ")).to_contain_text(re.compile(r"edited \d"))
        expect(agent.row("It costs 100 đ")).to_have_count(1)
    expect(visitor.bubble("It costs 100 đ")).to_contain_text("edited")
    expect(visitor.bubble("It costs 100 d")).to_have_count(0)
    for page in (mai.page, visitor.page):
        page.reload()
    expect(mai.bubble("It costs 100 đ")).to_contain_text("edited")
    expect(visitor.bubble("It costs 100 đ")).to_contain_text("edited")


@pytest.mark.smoke
def test_a_removed_message_is_gone_from_every_screen_and_storage(stage: Stage, talk: Talk) -> None:
    visitor, mai = talk()
    visitor.write("my password is hunter2")
    expect(mai.bubble("hunter2")).to_be_visible()
    remove(mai, "my password is hunter2")
    for messages in (mai.messages, visitor.messages):
        expect(messages.get_by_text("Message removed")).to_be_visible()
        expect(messages.get_by_text("hunter2")).to_have_count(0)
    expect(mai.row("Message removed")).to_have_count(1)
    kept = "JSON.stringify({...sessionStorage, ...localStorage})"
    expect(visitor.bubble("Message removed")).to_be_visible()
    assert "hunter2" not in visitor.page.evaluate(kept)
    assert "hunter2" not in mai.page.evaluate(kept)
    mai.page.reload()
    expect(mai.messages.get_by_text("Message removed")).to_be_visible()
    assert stage.stack.sql("SELECT 1 FROM messages WHERE body LIKE '%hunter2%'") == []


def test_a_widget_that_was_away_shows_what_became_of_a_message(stage: Stage, talk: Talk) -> None:
    visitor, mai = talk()
    mai.write("version one")
    expect(visitor.bubble("version one")).to_be_visible()
    visitor.page.context.set_offline(True)
    stage.allow_errors("net::ERR_", "WebSocket connection to")
    edit(mai, "version one", "version two")
    expect(mai.bubble("version two")).to_be_visible()
    remove(mai, "version two")
    edit_later = "a second one"
    mai.write(edit_later)
    expect(mai.bubble(edit_later)).to_be_visible()
    visitor.page.context.set_offline(False)
    expect(visitor.bubble(edit_later)).to_be_visible()
    expect(visitor.messages.get_by_text("Message removed")).to_be_visible()
    expect(visitor.messages.get_by_text("version")).to_have_count(0)


def test_an_agent_without_the_role_edits_only_own_messages(stage: Stage, talk: Talk) -> None:
    visitor, mai = talk()
    mai.write("of Mai")
    email = add_agent(stage.stack, stage.project, name="Bao", role="agent")
    bao = stage.agent(email=email)
    bao.open("of Mai")
    bao.write("of Bao")
    for text, names in (("of Bao", ["Edit", "Copy text", "Remove…"]), ("of Mai", ["Copy text"])):
        options = menu(bao, text).get_by_role("option")
        expect(options).to_have_text(names)
        bao.page.keyboard.press("Escape")
    expect(menu(mai, "of Bao").get_by_role("option")).to_have_text(["Edit", "Copy text", "Remove…"])
    mai.page.keyboard.press("Escape")
    del visitor


def test_with_the_keyboard_alone(talk: Talk) -> None:
    _, mai = talk()
    mai.write("first")
    mai.write("secnd")
    expect_stored(mai, "secnd")
    mai.messages.focus()
    mai.page.keyboard.press("Tab")
    button = mai.bubble("secnd").get_by_role("button", name="Message options")
    expect(button).to_be_focused()
    mai.page.keyboard.press("ArrowUp")
    expect(mai.bubble("first").get_by_role("button", name="Message options")).to_be_focused()
    mai.page.keyboard.press("ArrowDown")
    mai.page.keyboard.press("Enter")
    mai.page.keyboard.press("Enter")
    expect(editor(mai.page)).to_be_focused()
    mai.page.keyboard.press("Escape")
    expect(editor(mai.page)).to_have_count(0)
    expect(button).to_be_focused()
    mai.page.keyboard.press("Enter")
    mai.page.keyboard.press("e")
    mai.page.keyboard.press("Enter")
    editor(mai.page).fill("second")
    mai.page.keyboard.press("Enter")
    expect(mai.bubble("second")).to_contain_text("edited")
    expect(mai.bubble("second").get_by_role("button", name="Message options")).to_be_focused()


def test_of_two_who_edit_at_once_the_second_sees_both_texts(stage: Stage, talk: Talk) -> None:
    stage.allow_errors("409")
    _, mai = talk()
    mai.write("the text")
    bao = stage.agent(email=add_agent(stage.stack, stage.project, name="Bao"))
    bao.open("the text")
    menu(mai, "the text").get_by_role("option", name="Edit").click()
    editor(mai.page).fill("the text of Mai")
    edit(bao, "the text", "the text of Bao")
    notice = mai.page.get_by_role("alert").filter(has_text="changed in the meantime")
    expect(notice).to_contain_text("the text of Bao")
    expect(editor(mai.page)).to_have_value("the text of Mai")
    mai.page.get_by_role("button", name="Replace with mine").click()
    for agent in (mai, bao):
        expect(agent.bubble("the text of Mai")).to_be_visible()
        expect(agent.messages.get_by_text("the text of Bao")).to_have_count(0)


def test_a_text_is_kept_when_its_message_was_removed_or_the_server_is_away(stage: Stage, talk: Talk) -> None:
    stage.allow_errors("net::ERR_", "WebSocket connection to")
    _, mai = talk()
    mai.write("one")
    expect_stored(mai, "one")
    menu(mai, "one").get_by_role("option", name="Edit").click()
    mai.page.context.set_offline(True)
    editor(mai.page).fill("one, better")
    editor(mai.page).press("Enter")
    expect(mai.page.get_by_text("The server cannot be reached. Your text is kept here")).to_be_visible()
    mai.page.context.set_offline(False)
    expect(mai.me).to_be_visible()
    bao = stage.agent(email=add_agent(stage.stack, stage.project, name="Bao"))
    bao.open("one")
    remove(bao, "one")
    expect(mai.page.get_by_text("This message was removed in the meantime")).to_be_visible()
    expect(editor(mai.page)).to_have_value("one, better")
    expect(mai.page.get_by_role("button", name="Save")).to_be_disabled()


def test_a_long_press_opens_the_menu_on_a_phone(stage: Stage) -> None:
    agent = stage.agent(stage.context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True))
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    agent.open("hello?")
    agent.composer.fill("on my way")
    agent.page.get_by_role("button", name="Send", exact=True).click()  # Enter is a new line there
    expect_stored(agent, "on my way")
    bubble = agent.bubble("on my way").locator(".bubble")
    press = "(one, type) => one.dispatchEvent(new PointerEvent(type, {pointerType: 'touch', bubbles: true}))"
    bubble.evaluate(press, "pointerdown")
    options = agent.page.get_by_role("listbox", name="Message options").get_by_role("option")
    expect(options).to_have_count(3)
    bubble.evaluate(press, "pointerup")
    for option in options.all():
        box = option.bounding_box()
        assert box is not None and box["height"] >= 44 and box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_the_edit_form_is_as_high_as_its_text_on_a_phone(stage: Stage) -> None:
    agent = stage.agent(stage.context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True))
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    agent.open("hello?")
    agent.composer.fill("a text of one and a half lines, which is not much on any phone")
    agent.page.get_by_role("button", name="Send", exact=True).click()
    expect_stored(agent, "a text of one")
    bubble = agent.bubble("a text of one").locator(".bubble")
    bubble.evaluate(
        "(one) => one.dispatchEvent(new PointerEvent('pointerdown', {pointerType: 'touch', bubbles: true}))"
    )
    agent.page.get_by_role("option", name="Edit").click()
    field = editor(agent.page)
    expect(field).to_be_focused()
    agent.page.wait_for_function("() => document.querySelector('.edit-form textarea').offsetHeight < 120")
    assert field.evaluate("(one) => one.scrollHeight <= one.clientHeight + 1")


def test_a_reply_is_sent_then_delivered_then_seen(stage: Stage, talk: Talk) -> None:
    visitor, mai = talk()
    visitor.page.keyboard.press("Escape")  # the window is closed: what comes is not read
    expect(visitor.window).to_have_count(0)
    mai.write("are you there?")
    expect(mai.bubble("are you there?")).to_contain_text("Delivered")
    mai.page.reload()
    expect(mai.bubble("are you there?")).to_contain_text("Sent")
    visitor.launcher.click()
    expect(mai.bubble("are you there?")).to_contain_text("Seen")
    visitor.page.goto("about:blank")
    expect(mai.online()).to_have_text("Offline")
    mai.write("gone?")
    expect(mai.bubble("gone?")).to_contain_text("Sent")
    visitor.page.goto(stage.page_url())
    expect(mai.bubble("gone?")).to_contain_text(re.compile("Delivered|Seen"))


def test_the_screens_of_editing_are_accessible(talk: Talk) -> None:
    _, mai = talk()
    mai.write("**one** and `two`\n- a\n- b\n\n0912 345 678")
    expect_stored(mai, "one")
    menu(mai, "one")
    assert accessibility.serious_violations(mai.page) == []
    mai.page.keyboard.press("Enter")
    expect(editor(mai.page)).to_be_focused()
    assert accessibility.serious_violations(mai.page) == []
    mai.page.keyboard.press("Escape")
    menu(mai, "one").get_by_role("option", name="Remove").click()
    assert accessibility.serious_violations(mai.page) == []
