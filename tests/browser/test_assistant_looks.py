"""The assistant in every theme, size and language: axe finds no serious violation, and nothing is cut off."""

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.assistant import Assistant, announce
from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent, Visitor
from tests.browser.test_looks import LOOKS, PICTURES, Look
from tests.browser.test_newer_server import PREFER

NARROW = Look("narrow", "dark", ViewportSize(width=320, height=640))
ANSWER = "Yes! We deliver within **two days**:\n- in town by bicycle\n- elsewhere by post, see https://shop.example/go"
both_languages = pytest.mark.parametrize("language", ["en-US", "vi-VN"])


def talking(stage: Stage, language: str) -> tuple[Visitor, Agent, Assistant]:
    """A visitor and an agent in a conversation that the assistant answers."""
    agent = stage.agent()
    agent.page.evaluate(PREFER, language[:2])
    agent.page.reload()
    visitor = Visitor(stage.page(stage.context(locale=language)))
    announce(visitor.page, "Aria")
    visitor.page.goto(stage.page_url())
    visitor.launcher.click()
    box = visitor.window.get_by_role("textbox")
    box.fill("Do you deliver?")
    box.press("Enter")
    agent.row("Do you deliver?").click()
    assistant = Assistant(stage)
    assistant.own()
    expect(agent.page.locator(".take-over")).to_be_visible()
    return visitor, agent, assistant


@both_languages
def test_a_running_turn_looks_right(stage: Stage, language: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    visitor, agent, assistant = talking(stage, language)
    turn = assistant.begin()
    faults = []
    expect(visitor.window.locator(".running .dots")).to_be_visible()
    expect(agent.page.locator(".is-running")).to_be_visible()
    for look in (LOOKS[0], LOOKS[3]):
        for side, page in (("widget", visitor.page), ("inbox", agent.page)):
            look.apply(page)
            faults += look.faults(page, f"assistant-{side}-thinking-{language[:2]}")
    turn.say(ANSWER)
    expect(visitor.window.locator(".running strong")).to_be_visible()
    expect(agent.page.locator(".is-running strong")).to_be_visible()
    for look in (*LOOKS, NARROW):
        for side, page in (("widget", visitor.page), ("inbox", agent.page)):
            look.apply(page)
            faults += look.faults(page, f"assistant-{side}-{language[:2]}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{side} {look.name}"
    assert faults == []


@both_languages
def test_who_answers_looks_right(stage: Stage, language: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    visitor, agent, assistant = talking(stage, language)
    turn = assistant.begin()
    turn.say("It was a dark and stormy")
    turn.stopped("visitor", turn.store(stopped=True))
    visitor.window.locator(".choice button").click()
    expect(visitor.window.locator(".choice")).to_contain_text(
        "trợ lý" if language == "vi-VN" else "assistant"
    )
    assistant.own()
    assistant.hand_over(
        "The visitor asks for a refund of order 1042.",
        "The vase arrived broken. The visitor has sent two photos and wants the money back, no other vase.",
    )
    expect(agent.page.locator(".handover p")).to_be_visible()
    faults = []
    for look in (*LOOKS, NARROW):
        for side, page in (("widget", visitor.page), ("inbox", agent.page)):
            look.apply(page)
            faults += look.faults(page, f"assistant-{side}-handed-{language[:2]}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{side} {look.name}"
    assert faults == []
