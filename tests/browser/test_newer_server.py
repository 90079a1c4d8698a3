"""Messages of a newer server and of parties that are no persons, in the present widget and dashboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import newer
from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent, Visitor
from tests.browser.test_looks import PICTURES

Talk = Callable[[], tuple[Visitor, Agent]]

CARD = {"type": "card", "price": 12.5, "lines": [{"of": [1, None, {"deep": True}]}]}
NEWER = {
    "en-US": "Reload the page to see this message.",
    "vi-VN": "Hãy tải lại trang để xem tin nhắn này.",
}
ASSISTANT = {"en-US": "Assistant", "vi-VN": "Trợ lý AI"}
both_languages = pytest.mark.parametrize("language", ["vi-VN", pytest.param("en-US", marks=pytest.mark.soak)])


PREFER = """(language) => {
    const kept = JSON.parse(localStorage.getItem("parley:dashboard") ?? "{}");
    localStorage.setItem("parley:dashboard", JSON.stringify({ ...kept, language }));
}"""


def begin(stage: Stage, language: str) -> tuple[Visitor, Agent]:
    """A conversation with one message, in this language on both sides."""
    visitor, agent = stage.visitor(locale=language), stage.agent()
    agent.page.evaluate(PREFER, language[:2])
    agent.page.reload()
    expect(agent.page.locator("html")).to_have_attribute("lang", language[:2])
    visitor.launcher.click()
    box = visitor.window.get_by_role("textbox")
    box.fill("hello?")
    box.press("Enter")
    agent.row("hello?").click()
    expect(said(agent, "hello?")).to_be_visible()
    return visitor, agent


def said(agent: Agent, text: str) -> Locator:
    """The message with this text, in any language of the dashboard."""
    return agent.page.locator(".said", has_text=text)


def picture(place: Locator, name: str) -> None:
    """For review."""
    PICTURES.mkdir(exist_ok=True)
    place.screenshot(path=PICTURES / f"{name}.png")


@both_languages
@pytest.mark.smoke
def test_content_of_an_unknown_type_needs_a_newer_widget_and_is_text_in_the_dashboard(
    stage: Stage, language: str
) -> None:
    visitor, agent = begin(stage, language)
    newer.post(stage, "Order 17: paid", kind="card", content=CARD)
    expect(visitor.bubble(NEWER[language])).to_have_count(1)
    expect(visitor.messages).not_to_contain_text("Order 17")
    expect(said(agent, "Order 17: paid")).to_be_visible()
    expect(agent.row("Order 17: paid")).to_be_visible()
    # What follows arrives as ever, and an unknown kind without content is its text.
    newer.post(stage, "a plain card", kind="card")
    expect(visitor.bubble("a plain card")).to_be_visible()
    agent.composer.fill("all right?")
    agent.composer.press("Enter")
    expect(visitor.bubble("all right?")).to_be_visible()
    picture(visitor.window, f"newer-widget-{language}")
    picture(agent.page.locator("body"), f"newer-dashboard-{language}")
    # The history over REST shows the same.
    visitor.page.evaluate("sessionStorage.clear()")
    visitor.page.reload()
    visitor.launcher.click()
    expect(visitor.bubble("all right?")).to_be_visible()
    expect(visitor.bubble(NEWER[language])).to_have_count(1)
    agent.page.reload()
    expect(said(agent, "Order 17: paid")).to_be_visible()


def test_a_preview_of_unknown_content_says_so_too(stage: Stage, talk: Talk) -> None:
    visitor, _ = talk()
    visitor.page.evaluate("Parley.close()")
    newer.post(stage, "Order 17: paid", kind="card", content=CARD)
    expect(visitor.page.locator("#parley-widget .preview span").first).to_have_text(NEWER["en-US"])
    expect(visitor.badge).to_have_text("1")


@both_languages
@pytest.mark.smoke
def test_an_assistants_message_is_labelled_and_a_system_message_is_a_line(
    stage: Stage, language: str
) -> None:
    visitor, agent = begin(stage, language)
    newer.post(stage, "Mai has joined", party="system", name="", kind="system")
    newer.post(
        stage,
        "We ship to Hanoi.",
        party="assistant",
        name="",
        content={"type": "assistant_turn", "turn": "01936b2e-8c00-7a00-8000-000000000004"},
    )
    bubble = visitor.bubble("We ship to Hanoi.")
    expect(bubble.locator(".name")).to_have_text({"en-US": "Assistant AI", "vi-VN": "Trợ lý AI"}[language])
    expect(bubble.locator(".face")).to_have_text("AI")
    expect(bubble.locator(".unseen").first).to_have_text(f"{ASSISTANT[language]}:")
    expect(visitor.messages.locator("p.note")).to_have_text("Mai has joined")
    expect(visitor.messages.locator("p.note")).to_have_css("text-align", "center")
    answer = said(agent, "We ship to Hanoi.")
    expect(answer.locator(".said-name")).to_have_text(
        {"en-US": "AssistantAI", "vi-VN": "Trợ lý AI"}[language]
    )
    expect(answer.locator(".sr-only").first).to_have_text(f"{ASSISTANT[language]}:")
    expect(agent.page.locator("p.line", has_text="Mai has joined")).to_be_visible()
    expect(agent.row("AI: We ship to Hanoi.")).to_be_visible()
    picture(visitor.window, f"assistant-widget-{language}")
    picture(agent.page.locator("body"), f"assistant-dashboard-{language}")
