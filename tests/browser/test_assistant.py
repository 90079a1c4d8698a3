"""The assistant's running turn in the widget and in the inbox, and who answers."""

import re
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.assistant import Assistant, announce
from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Agent, Visitor

ANSWER = ("Hello! ", "We deliver within **two days**", ", see https://shop.example/delivery.")
SHOWN = "We deliver within two days"
Both = tuple[Visitor, Agent, Assistant]

# How many bubbles have the answer, in each frame that is painted from now on.
COUNT: Final = """() => {
    const root = document.querySelector("parley-widget")?.shadowRoot ?? document;
    const counts = (window.counts = new Set());
    const look = () => {
        const bubbles = [...root.querySelectorAll(".bubble")];
        counts.add(bubbles.filter((one) => one.textContent.includes("two days")).length);
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""


@pytest.fixture
def both(stage: Stage) -> Callable[[], Both]:
    """A visitor and an agent in a conversation that the assistant answers."""

    def begin() -> Both:
        agent = stage.agent()
        visitor = Visitor(stage.page(stage.context()))
        announce(visitor.page, "Aria")
        visitor.page.goto(stage.page_url())
        visitor.open()
        visitor.write("hello?")
        agent.open("hello?")
        expect(agent.bubble("hello?")).to_be_visible()
        assistant = Assistant(stage)
        assistant.own()
        expect(agent.page.get_by_role("button", name="Take over")).to_be_visible()
        return visitor, agent, assistant

    return begin


def running(visitor: Visitor) -> Locator:
    """The running turn in the widget."""
    return visitor.messages.locator(".running")


def live(agent: Agent) -> Locator:
    """The running turn in the inbox."""
    return agent.messages.locator(".is-running")


@pytest.mark.smoke
def test_a_turn_grows_on_both_sides_and_becomes_its_message(both: Callable[[], Both]) -> None:
    visitor, agent, assistant = both()
    turn = assistant.begin()
    expect(visitor.window.get_by_role("status", name="Aria is thinking…")).to_be_visible()
    expect(live(agent)).to_contain_text("thinking…")
    for word in ANSWER:
        turn.say(word)
    for side in (running(visitor), live(agent)):
        expect(side).to_contain_text(SHOWN)
        expect(side).to_contain_text(re.compile("Aria ?AI"))
        expect(side.get_by_role("link")).to_have_attribute("href", "https://shop.example/delivery")
        expect(side.locator("strong")).to_have_text("two days")
    posted = turn.store()
    for bubble in (visitor.bubble(SHOWN), agent.bubble(SHOWN)):
        expect(bubble).to_have_count(1)  # never both
    expect(running(visitor)).to_have_count(0)
    expect(live(agent)).to_have_count(0)
    turn.end(posted)
    turn.say("late")
    expect(visitor.window.locator(".middle > .unseen")).to_contain_text("Aria (Assistant): Hello!")
    expect(agent.bubble(SHOWN)).to_contain_text("AI")
    expect(running(visitor)).to_have_count(0)


def test_a_turn_that_ends_before_its_message_stays_until_it_is_there(both: Callable[[], Both]) -> None:
    visitor, agent, assistant = both()
    turn = assistant.begin()
    for word in ANSWER:
        turn.say(word)
    expect(running(visitor)).to_contain_text(SHOWN)
    expect(live(agent)).to_contain_text(SHOWN)
    for page in (visitor.page, agent.page):
        page.evaluate(COUNT)
    turn.finish()
    expect(running(visitor)).to_have_count(0)
    expect(live(agent)).to_have_count(0)
    expect(visitor.bubble(SHOWN)).to_have_count(1)
    expect(agent.bubble(SHOWN)).to_have_count(1)
    for page in (visitor.page, agent.page):
        assert page.evaluate("[...window.counts]") == [1], "in no frame there was none, or two of them"


def test_a_lost_token_and_a_reload_get_what_was_said_from_the_snapshot(both: Callable[[], Both]) -> None:
    visitor, agent, assistant = both()
    turn = assistant.begin()
    turn.say("one ")
    turn.say("two ", lost=True)
    turn.say("three ")
    for side in (running(visitor), live(agent)):
        expect(side).to_contain_text("one two three")
    for page in (visitor.page, agent.page):
        page.reload()
    expect(live(agent)).to_contain_text("one two three")
    expect(running(visitor)).to_contain_text("one two three")
    turn.say("four")
    for side in (running(visitor), live(agent)):
        expect(side).to_contain_text("one two three four")
    turn.failed()
    for side in (running(visitor), live(agent)):
        expect(side).to_have_count(0)


@pytest.mark.smoke
def test_a_visitor_stops_the_turn_by_keyboard_and_the_message_says_so(both: Callable[[], Both]) -> None:
    visitor, agent, assistant = both()
    turn = assistant.begin()
    turn.say("It was a dark and stormy")
    stop = running(visitor).get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    stop.focus()
    visitor.page.keyboard.press("Enter")
    expect(running(visitor).get_by_role("button", name="Stopping…")).to_be_disabled()
    until(visitor.page, lambda: assistant.stop_request() is not None)
    asked = assistant.stop_request()
    assert asked is not None and (asked.turn, asked.party) == (turn.id, "visitor")
    turn.stopped("visitor", turn.store(stopped=True))
    expect(running(visitor)).to_have_count(0)
    expect(visitor.bubble("dark and stormy")).to_contain_text("stopped")
    expect(agent.bubble("dark and stormy")).to_contain_text("stopped")
    expect(visitor.composer).to_be_focused()


def test_an_agent_stops_the_turn(both: Callable[[], Both]) -> None:
    _, agent, assistant = both()
    turn = assistant.begin()
    turn.say("Once upon a time")
    live(agent).get_by_role("button", name="Stop the assistant").click()
    until(agent.page, lambda: assistant.stop_request() is not None)
    asked = assistant.stop_request()
    assert asked is not None and (asked.turn, asked.party) == (turn.id, "agent")
    turn.stopped("agent")
    expect(live(agent)).to_have_count(0)


def test_a_visitor_asks_for_a_person_and_for_the_assistant_again(both: Callable[[], Both]) -> None:
    visitor, agent, _ = both()
    row = agent.row("hello?")
    expect(row.get_by_role("img", name="The assistant answers this conversation")).to_be_visible()
    expect(visitor.window).to_contain_text("Aria answers your messages.")
    visitor.window.get_by_role("button", name="Talk to a person").click()
    expect(visitor.window).to_contain_text("A person will answer you here.")
    expect(row.get_by_role("img", name="The assistant answers this conversation")).to_have_count(0)
    expect(agent.messages).to_contain_text(re.compile(r"\w asked for a person"))
    visitor.page.reload()  # this browser knows that the visitor has chosen
    visitor.window.get_by_role("button", name="Talk to the assistant").click()
    expect(visitor.window).to_contain_text("Aria answers your messages.")
    expect(agent.messages).to_contain_text(re.compile(r"\w asked for the assistant"))


@pytest.mark.smoke
def test_an_agent_takes_over_and_gives_back(both: Callable[[], Both]) -> None:
    visitor, agent, assistant = both()
    turn = assistant.begin()
    turn.say("Let me see")
    expect(running(visitor)).to_be_visible()
    agent.page.get_by_role("button", name="Take over").click()
    expect(agent.page.locator(".toast")).to_contain_text("you answer from now on")
    expect(agent.messages).to_contain_text("You took over from the assistant")
    turn.stopped("agent")  # as the worker does
    expect(running(visitor)).to_have_count(0)
    # The team has decided: the visitor has nothing to choose.
    expect(visitor.window.get_by_role("button", name=re.compile("^Talk to"))).to_have_count(0)
    agent.messages.focus()
    agent.page.keyboard.press("t")
    expect(agent.messages).to_contain_text("You gave this back to the assistant")
    expect(visitor.window.get_by_role("button", name="Talk to a person")).to_be_visible()
    agent.page.keyboard.press("Control+k")
    agent.page.get_by_role("option", name="Take over").click()
    expect(agent.page.get_by_role("button", name="Give back to the assistant")).to_be_visible()


def test_a_hand_over_says_why_above_the_thread(both: Callable[[], Both]) -> None:
    _, agent, assistant = both()
    assistant.hand_over(
        "The visitor asks for a refund.", "Order 1042 arrived broken.\nThe visitor has sent photos."
    )
    about = agent.thread.locator(".handover")
    expect(about).to_contain_text("The visitor asks for a refund.")
    expect(about.get_by_text("Order 1042 arrived broken.")).to_be_visible()
    about.locator("summary").focus()
    agent.page.keyboard.press("Enter")
    expect(about.get_by_text("Order 1042 arrived broken.")).to_be_hidden()
    assert agent.page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_part_is_loaded_when_the_assistant_begins_after_the_page_was_loaded(
    stage: Stage, talk: Callable[[], tuple[Visitor, Agent]]
) -> None:
    visitor, _ = talk()
    loaded = "performance.getEntriesByType('resource').some(({ name }) => name.includes('/stream-'))"
    assert not visitor.page.evaluate(loaded)
    assistant = Assistant(stage)
    assistant.own()
    expect(visitor.window.get_by_role("button", name="Talk to a person")).to_be_visible()
    assistant.begin().say("Good morning")
    expect(running(visitor)).to_contain_text("Good morning")


def test_a_turn_that_is_not_watched_costs_no_frame(stage: Stage, both: Callable[[], Both]) -> None:
    _, agent, assistant = both()
    agent.page.keyboard.press("Escape")
    expect(agent.page.locator(".thread-pane.is-empty")).to_be_visible()
    turn = assistant.begin()
    turn.say("Nobody looks")
    agent.open("hello?")  # and then gets what was said
    expect(live(agent)).to_contain_text("Nobody looks")
    turn.finish()
    expect(agent.bubble("Nobody looks")).to_have_count(1)
    expect(live(agent)).to_have_count(0)


def test_a_window_that_was_closed_meanwhile_shows_the_turn(both: Callable[[], Both]) -> None:
    visitor, _, assistant = both()
    visitor.page.evaluate("Parley.close()")
    turn = assistant.begin()
    turn.say("While you were away")
    visitor.page.evaluate("Parley.open()")
    expect(running(visitor)).to_contain_text("While you were away")
    turn.finish()
    expect(visitor.bubble("While you were away")).to_have_count(1)
    expect(running(visitor)).to_have_count(0)
