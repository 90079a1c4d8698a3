"""Writing in the dashboard: drafts, colleagues, a growing field, and texts of every direction."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.page_objects import Agent, Visitor
from tests.people import add_agent

Talk = Callable[[], tuple[Visitor, Agent]]
AWAY = ("net::ERR_", "WebSocket connection to")
RTL = ("שלום, אפשר לשאול?", "مرحبا، لدي سؤال؟", "سلام، یک سؤال دارم؟")
DIRECTION = "(one) => getComputedStyle(one).direction"
LAST_LINE_HIDDEN = """(log) => log.scrollHeight - log.scrollTop - log.clientHeight"""


@pytest.mark.smoke
def test_a_draft_survives_a_reload_in_its_conversation(stage: Stage, talk: Talk) -> None:
    _, agent = talk()
    other = stage.visitor()
    other.open()
    other.write("another question")
    agent.composer.fill("half an answ")
    agent.open("another question")
    expect(agent.composer).to_have_value("")
    agent.page.get_by_role("radio", name="Note").click()
    agent.composer.fill("ask Bao")
    agent.page.reload()
    expect(agent.composer).to_have_value("ask Bao")
    expect(agent.page.get_by_role("radio", name="Note")).to_be_checked()
    agent.open("hello?")
    expect(agent.composer).to_have_value("half an answ")
    expect(agent.page.get_by_role("radio", name="Reply")).to_be_checked()
    agent.composer.press("Enter")
    expect(agent.bubble("half an answ")).to_be_visible()
    agent.page.reload()
    expect(agent.bubble("half an answ")).to_be_visible()
    expect(agent.composer).to_have_value("")


def test_signing_out_deletes_drafts(stage: Stage, talk: Talk) -> None:
    stage.allow_errors("/auth/refresh")
    _, agent = talk()
    agent.composer.fill("not for the next person")
    agent.page.get_by_role("button", name=re.compile("^Your account")).click()
    agent.page.get_by_role("option", name="Sign out").click()
    expect(agent.page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()
    assert "not for" not in str(agent.page.evaluate("({...sessionStorage, ...localStorage})"))


def test_an_agent_who_is_writing_sees_that_a_colleague_answered(stage: Stage, talk: Talk) -> None:
    email = add_agent(stage.stack, stage.project, name="Bao", role="agent")
    _, mai = talk()
    bao = stage.agent(email=email)
    bao.open("hello?")
    mai.composer.fill("I will look")
    bao.write("done already")
    expect(mai.page.get_by_text("Bao answered while you were writing")).to_be_visible()
    mai.composer.fill("")
    expect(mai.page.get_by_text("Bao answered while you were writing")).to_have_count(0)
    mai.composer.fill("anything else?")
    expect(mai.bubble("done already")).to_be_visible()
    expect(mai.page.get_by_text("Bao answered while you were writing")).to_have_count(0)


@pytest.mark.smoke
def test_a_growing_field_never_hides_the_newest_message(talk: Talk) -> None:
    visitor, agent = talk()
    for number in range(7):
        visitor.write(f"question {number}\n\n\nplease")
    expect(agent.bubble("question 6")).to_be_in_viewport()
    agent.composer.focus()
    for number in range(14):
        agent.page.keyboard.type(f"line {number} ")
        agent.page.keyboard.press("Shift+Enter")
    expect(agent.bubble("question 6")).to_be_in_viewport(ratio=1)
    assert agent.messages.evaluate(LAST_LINE_HIDDEN) <= 1
    agent.page.keyboard.type("and on in the same line")
    expect(agent.bubble("question 6")).to_be_in_viewport(ratio=1)
    agent.composer.fill("")
    expect(agent.bubble("question 6")).to_be_in_viewport(ratio=1)


def test_texts_have_the_direction_of_their_own_script(talk: Talk) -> None:
    visitor, agent = talk()
    for said in RTL:
        visitor.write(said)
        expect(agent.bubble(said)).to_be_visible()
        assert agent.bubble(said).locator(".bubble").evaluate(DIRECTION) == "rtl"
        assert agent.row(said).locator(".row-snippet > bdi").evaluate(DIRECTION) == "rtl"
    agent.composer.fill(RTL[0])
    assert agent.composer.evaluate(DIRECTION) == "rtl"
    agent.composer.press("Enter")
    expect(agent.bubble(RTL[0]).last.locator(".bubble")).to_have_css("direction", "rtl")
    agent.composer.fill("an answer")
    assert agent.composer.evaluate(DIRECTION) == "ltr"


def test_a_direction_override_in_a_text_does_not_affect_its_neighbours(talk: Talk) -> None:
    visitor, agent = talk()
    visitor.write("see \u202ehttps://evil.example/gpj.exe and more")
    expect(agent.bubble("and more")).to_be_visible()
    for place in (
        agent.bubble("and more").locator(".bubble"),
        agent.row("and more").locator(".row-snippet > bdi"),
    ):
        assert place.evaluate("(one) => getComputedStyle(one).unicodeBidi") in ("isolate", "plaintext")
    assert all("\u202e" not in text for text in agent.messages.locator(".bubble a").all_inner_texts())


def test_without_a_server_the_field_says_that_the_server_is_unavailable(stage: Stage) -> None:
    stage.allow_errors(*AWAY)
    server = stage.server = stage.stack.spawn("server", **UNTHROTTLED)
    agent, visitor = stage.agent(), stage.visitor()
    visitor.open()
    visitor.write("hello?")
    agent.open("hello?")
    server.kill()
    expect(agent.page.locator(".composer")).to_contain_text("The server cannot be reached.")
    agent.page.context.set_offline(offline=True)
    expect(agent.page.locator(".composer")).to_contain_text("You are offline.")


def test_rows_show_the_author_of_the_snippet_and_which_colleague_is_typing(stage: Stage, talk: Talk) -> None:
    email = add_agent(stage.stack, stage.project, name="Bao", role="agent")
    visitor, mai = talk()
    bao = stage.agent(email=email)
    bao.open("hello?")
    bao.write("12 EUR up to 5 kg")
    row = mai.rows.first
    expect(row).to_contain_text("Bao: 12 EUR up to 5 kg")
    expect(bao.rows.first).to_contain_text("You: 12 EUR up to 5 kg")
    bao.write("Norway: VAT on delivery", note=True)
    expect(row).to_contain_text("Internal note")
    expect(row).to_contain_text("Bao: Norway: VAT on delivery")
    mai.page.reload()
    expect(row).to_contain_text("Internal note")
    expect(row).to_contain_text("Bao: Norway: VAT on delivery")
    visitor.write("thank you")
    expect(row).not_to_contain_text("Internal note")
    bao.page.get_by_role("radio", name="Reply").click()
    bao.composer.press_sequentially("You are")
    expect(row).to_contain_text("Bao is typing…")


def test_a_new_project_shows_its_first_steps_until_a_visitor_writes(stage: Stage) -> None:
    agent = stage.agent()
    steps = agent.page.locator(".first-steps")
    expect(steps).to_contain_text("Put the chat on your site")
    steps.get_by_role("link", name="Invite a colleague").click()
    expect(agent.page.get_by_role("heading", name="Invitations", exact=True)).to_be_visible()
    agent.page.go_back()
    agent.page.set_viewport_size({"width": 390, "height": 844})
    expect(steps).to_contain_text("Say hello as a visitor")
    agent.page.set_viewport_size({"width": 1280, "height": 800})
    visitor = stage.visitor()
    visitor.open()
    visitor.write("first!")
    expect(agent.row("first!")).to_be_visible()
    expect(steps).to_have_count(0)


def test_an_unknown_url_says_so_and_links_to_the_inbox(stage: Stage) -> None:
    stage.allow_errors("404")
    agent = stage.agent()
    agent.visit("/app/anything")
    expect(agent.page.get_by_role("heading", name="Page not found")).to_be_attached()
    agent.page.get_by_role("link", name="Go to the inbox").click()
    expect(agent.page.get_by_text("Nothing waiting")).to_be_visible()
