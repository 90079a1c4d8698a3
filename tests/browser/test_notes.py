"""Notes about visitors: written, edited, deleted, live on other screens; mentions, and the bell."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Agent, Visitor
from tests.browser.test_looks import PICTURES, Look, each_look
from tests.people import add_agent

Talk = Callable[[], tuple[Visitor, Agent]]

# More messages than the dashboard loads at once, after those that the conversation has.
MORE = """
WITH conversation AS (
    UPDATE conversations SET last_seq = last_seq + $2 WHERE project_id = $1
    RETURNING id, visitor_id, last_seq - $2 AS before
)
INSERT INTO messages (project_id, conversation_id, seq, id, sender_party, sender_id, ref, kind, body, at)
SELECT $1, id, before + n, gen_random_uuid(), 'visitor', visitor_id, gen_random_uuid(), 'text', 'later ' || n,
       now()
FROM conversation, generate_series(1, $2::int) AS n
"""


def notes(agent: Agent) -> Locator:
    return agent.panel.get_by_role("region", name="Notes")


def note(agent: Agent, text: str) -> Locator:
    return notes(agent).get_by_role("listitem").filter(has_text=text)


def teammate(stage: Stage) -> str:
    """The address of an agent called Tom Brandt."""
    email = add_agent(stage.stack, stage.project, name="Tom", role="agent")
    stage.stack.sql("UPDATE users SET full_name = 'Tom Brandt' WHERE email = $1", email)
    return email


def write(agent: Agent, text: str) -> None:
    notes(agent).get_by_label("New note").fill(text)
    notes(agent).get_by_role("button", name="Add note").click()
    expect(note(agent, text)).to_be_visible()


def mention(agent: Agent, field: Locator, before: str, typed: str, after: str) -> None:
    """Types a text with a mention, by keyboard alone."""
    field.focus()
    keyboard = agent.page.keyboard
    keyboard.type(f"{before}@{typed}")
    expect(agent.page.get_by_role("listbox", name="Members").get_by_role("option")).to_have_count(1)
    keyboard.press("Enter")
    keyboard.type(after)


def bell(agent: Agent) -> Locator:
    return agent.page.get_by_role("button", name=re.compile("^Mentions"))


def expect_unread(agent: Agent, count: int) -> None:
    """Wait until the bell shows so many unread mentions."""
    name = re.compile(rf"^Mentions\W+{count} unread$" if count else "^Mentions$")
    expect(bell(agent)).to_have_accessible_name(name)


@pytest.mark.smoke
def test_a_note_is_written_edited_and_deleted_live_on_every_panel(stage: Stage, talk: Talk) -> None:
    _, mai = talk()
    tom = stage.agent(email=add_agent(stage.stack, stage.project, name="Tom", role="agent"))
    tom.open("hello?")
    expect(notes(mai).get_by_text("No notes yet.")).to_be_visible()
    write(tom, "Prefers tea.\nSpeaks German: https://shop.example/de")
    expect(note(mai, "Prefers tea.")).to_contain_text("Tom")
    expect(note(mai, "Prefers tea.").get_by_role("link", name="https://shop.example/de")).to_be_visible()
    expect(mai.row("hello?").get_by_role("img", name="There are notes about this visitor")).to_be_visible()
    write(mai, "Called on Monday.")
    expect(notes(tom).get_by_role("listitem").first).to_contain_text("Called on Monday.")
    tom.page.get_by_role("button", name="Edit the note by Tom").click()
    field = tom.page.get_by_label("Text of the note")
    expect(field).to_be_focused()
    field.fill("Prefers coffee.")
    field.press("Control+Enter")
    expect(note(mai, "Prefers coffee.")).to_contain_text("edited")
    expect(tom.page.get_by_role("button", name="Edit the note by Tom")).to_be_focused()
    expect(tom.page.get_by_role("button", name="Delete the note by Mai")).to_have_count(0)
    mai.page.get_by_role("button", name="Delete the note by Tom").click()
    mai.page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(note(tom, "Prefers coffee.")).to_have_count(0)
    expect(note(tom, "Called on Monday.")).to_be_visible()


@pytest.mark.parametrize("kept", ["mine", "theirs"])
def test_a_note_that_was_changed_elsewhere_shows_both_versions(stage: Stage, talk: Talk, kept: str) -> None:
    stage.allow_errors("409")
    _, here = talk()
    write(here, "First text")
    there = stage.agent()
    there.open("hello?")
    for agent, text in ((there, "Text of there"), (here, "Text of here")):
        agent.page.get_by_role("button", name="Edit the note by Mai").click()
        agent.page.get_by_label("Text of the note").fill(text)
    here.page.get_by_role("button", name="Save").click()
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


def test_a_draft_stays_while_the_agent_reads_another_conversation(stage: Stage, talk: Talk) -> None:
    _, agent = talk()
    other = stage.visitor()
    other.open()
    other.write("another question")
    notes(agent).get_by_label("New note").fill("half a no")
    agent.open("another question")
    expect(notes(agent).get_by_label("New note")).to_have_value("")
    agent.open("hello?")
    expect(notes(agent).get_by_label("New note")).to_have_value("half a no")


@pytest.mark.smoke
def test_a_mention_in_a_note_about_a_visitor_rings_the_bell_and_leads_there(stage: Stage, talk: Talk) -> None:
    tom = teammate(stage)
    _, mai = talk()
    agent = stage.agent(email=tom)
    expect_unread(agent, 0)
    field = notes(mai).get_by_label("New note")
    mention(mai, field, "Please call, ", "tb", "today")
    expect(field).to_have_value("Please call, @Tom Brandt today")
    field.press("Control+Enter")
    expect(note(mai, "Please call").locator(".mention")).to_have_text("@Tom Brandt")
    expect_unread(agent, 1)
    bell(agent).click()
    item = agent.page.get_by_role("dialog", name="Your mentions").get_by_role("button", name="Mai in a note")
    expect(item).to_contain_text("Please call, @Tom Brandt today")
    item.click()
    expect(note(agent, "Please call").locator(".mention.is-me")).to_be_visible()
    expect_unread(agent, 0)
    agent.page.reload()
    expect(agent.me).to_be_visible()
    expect_unread(agent, 0)


def test_a_mention_in_an_internal_note_is_read_when_the_conversation_is_open(
    stage: Stage, talk: Talk
) -> None:
    tom = teammate(stage)
    visitor, mai = talk()
    agent = stage.agent(email=tom)
    mai.page.get_by_role("radio", name="Note").click()
    mention(mai, mai.composer, "Look at this, ", "Tom", "please")
    expect(mai.composer).to_have_value("Look at this, @Tom Brandt please")
    mai.composer.press("Enter")
    expect(mai.bubble("Look at this").locator(".mention")).to_have_text("@Tom Brandt")
    expect_unread(agent, 1)
    agent.open("Look at this")
    expect(agent.bubble("Look at this").locator(".mention.is-me")).to_be_visible()
    expect_unread(agent, 0)
    expect(visitor.messages).not_to_contain_text("Look at this")


@pytest.mark.parametrize("later", [30, 130])  # on the first page, and two pages before it
def test_a_mention_leads_to_its_message_and_marks_it(stage: Stage, talk: Talk, later: int) -> None:
    tom = teammate(stage)
    _, mai = talk()
    agent = stage.agent(email=tom)
    mai.page.get_by_role("radio", name="Note").click()
    mention(mai, mai.composer, "Look at this, ", "Tom", "please")
    mai.composer.press("Enter")
    expect_unread(agent, 1)
    stage.stack.sql(MORE, stage.project_id, later)
    agent.page.reload()
    expect(agent.me).to_be_visible()
    bell(agent).click()
    agent.page.get_by_role("button", name="Mai in the conversation").press("Enter")
    found = agent.bubble("Look at this")
    expect(found).to_be_in_viewport()
    expect(found).to_be_focused()
    expect(found).to_have_class(re.compile("is-found"))
    expect(agent.bubble(f"later {later}")).not_to_be_in_viewport()
    agent.composer.focus()
    expect(found).not_to_have_class(re.compile("is-found"))
    bell(agent).click()  # the conversation is open now
    agent.page.get_by_role("button", name="Mai in the conversation").click()
    expect(found).to_be_focused()


def test_a_note_that_is_not_sent_yet_shows_its_mentions(stage: Stage, talk: Talk) -> None:
    teammate(stage)
    _, mai = talk()
    mai.page.get_by_role("radio", name="Note").click()
    mention(mai, mai.composer, "Look at this, ", "Tom", "please")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    mai.page.route("**/messages", hold)
    mai.composer.press("Enter")
    pending = mai.messages.locator(".said.is-sending")
    expect(pending.locator(".mention")).to_have_text("@Tom Brandt")
    until(mai.page, lambda: bool(held))
    held[0].continue_()
    expect(pending).to_have_count(0)
    expect(mai.bubble("Look at this").locator(".mention")).to_have_text("@Tom Brandt")


def test_all_mentions_are_marked_as_read_by_keyboard(stage: Stage, talk: Talk) -> None:
    tom = add_agent(stage.stack, stage.project, name="Tom", role="agent")
    _, mai = talk()
    agent = stage.agent(email=tom)
    for number in range(2):
        field = notes(mai).get_by_label("New note")
        mention(mai, field, f"{number} ", "Tom", "")
        field.press("Control+Enter")
        expect(field).to_have_value("")
    expect_unread(agent, 2)
    bell(agent).focus()
    keyboard = agent.page.keyboard
    keyboard.press("Enter")
    expect(agent.page.get_by_role("dialog", name="Your mentions")).to_be_focused()
    agent.page.get_by_role("button", name="Mark all as read").press("Enter")
    expect_unread(agent, 0)
    keyboard.press("Escape")
    expect(agent.page.get_by_role("dialog", name="Your mentions")).to_have_count(0)


def test_a_reply_to_the_visitor_offers_no_members(stage: Stage, talk: Talk) -> None:
    add_agent(stage.stack, stage.project, name="Tom", role="agent")
    _, mai = talk()
    mai.composer.focus()
    mai.page.keyboard.type("@To")
    expect(mai.composer).to_have_value("@To")
    expect(mai.page.get_by_role("listbox", name="Members")).to_have_count(0)


@each_look
def test_notes_and_mentions_look_right_and_are_accessible(stage: Stage, talk: Talk, look: Look) -> None:
    PICTURES.mkdir(exist_ok=True)
    tom = teammate(stage)
    _, mai = talk()
    field = notes(mai).get_by_label("New note")
    mention(mai, field, "Prefers to be called in the afternoon. ", "Tom", "please call back about the pot.")
    field.press("Control+Enter")
    write(mai, "Kích thước M. Địa chỉ giao hàng: 12 Lê Lợi, Quận 1.\nĐã gửi mẫu lần 2.")
    agent = stage.agent(email=tom)
    look.apply(agent.page)
    expect_unread(agent, 1)
    bell(agent).click()
    item = agent.page.get_by_role("button", name="Mai in a note")
    expect(item).to_be_visible()
    faults = look.faults(agent.page, "mentions-bell")
    item.click()
    note(agent, "Prefers to be called").scroll_into_view_if_needed()
    faults += look.faults(agent.page, "notes-panel")
    write(agent, "Mine")
    agent.page.get_by_role("button", name="Edit the note by Tom").click()
    agent.page.get_by_label("Text of the note").press_sequentially(" and @")
    expect(agent.page.get_by_role("listbox", name="Members")).to_be_visible()
    faults += look.faults(agent.page, "notes-edit")
    assert not faults, "\n".join(faults)
