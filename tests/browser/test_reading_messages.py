"""Messages that are easy to read and write: Markdown as elements, copying, emoji, bold and italic."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import accessibility
from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent, Visitor
from tests.browser.test_hostile_text import FOREIGN, VECTORS, trapped

Talk = Callable[[], tuple[Visitor, Agent]]
TEXT = "**Please send**\n- your _number_\n- `a photo`\n> it is broken\n\n```\nlet x\n```\nhttps://example.com/a_b_c"
MARKS = ("**{}**", "_{}_", "> {}", "- {0}\n- {0}", "`{}`", "```\n{}\n```", "[{0}]({0})", "**{0}** _{0}_ {0}")


def markdown_files(page: Page) -> int:
    """How many requests for the part the page has made."""
    asked: int = page.evaluate(
        "performance.getEntriesByType('resource').filter(({name}) => name.includes('/markdown-')).length"
    )
    return asked


@pytest.mark.smoke
def test_markdown_of_an_agent_is_elements_on_both_sides_and_loaded_when_it_is_used(talk: Talk) -> None:
    visitor, agent = talk()
    agent.write("plain text first, 10 - 12 h")
    expect(visitor.bubble("plain text first, 10 - 12 h")).to_be_visible()
    assert markdown_files(visitor.page) == 0
    agent.write(TEXT)
    for bubble in (agent.bubble("Please send"), visitor.bubble("Please send")):
        expect(bubble.locator("strong")).to_have_text("Please send")
        expect(bubble.locator("li")).to_have_text(["your number", "a photo"])
        expect(bubble.locator("li em")).to_have_text("number")
        expect(bubble.locator("code")).to_have_text("a photo")
        expect(bubble.locator("blockquote")).to_have_text("it is broken")
        expect(bubble.locator("pre")).to_have_text("let x")
        expect(bubble.locator("a")).to_have_attribute("href", "https://example.com/a_b_c")
    assert markdown_files(visitor.page) == 1
    expect(agent.row("Please send - your number")).to_have_count(1)
    visitor.page.reload()
    expect(visitor.bubble("Please send").locator("strong")).to_be_visible()
    assert accessibility.serious_violations(visitor.page) == []


def test_what_a_visitor_types_is_shown_as_it_was_typed(talk: Talk) -> None:
    visitor, agent = talk()
    text = "is **5*3*2** the code_of_it?\n- or\n- `this`"
    visitor.write(text)
    for bubble in (agent.bubble("the code_of_it"), visitor.bubble("the code_of_it")):
        expect(bubble.locator(".bubble")).to_have_text(text, use_inner_text=True)
        expect(bubble.locator(".bubble").locator("strong, em, code, ul")).to_have_count(0)


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.smoke
def test_hostile_text_in_marks_runs_nothing(stage: Stage, mark: str) -> None:
    visitor = stage.visitor(trapped(stage.context()))
    agent = stage.agent(trapped(stage.context()))
    visitor.open()
    visitor.write("hello?")
    agent.open("hello?")
    agent.write("\n".join(mark.format(vector) for vector in VECTORS) + "\n**end**")
    for messages in (agent.messages, visitor.messages):
        expect(messages.locator(".bubble strong", has_text="end").last).to_be_visible()
        for link in messages.locator("a").all():
            assert (link.get_attribute("href") or "").startswith(("http://", "https://"))
        assert messages.locator(".bubble").locator(FOREIGN).count() == 0
    for page in (agent.page, visitor.page):
        assert page.evaluate("ran") == []


def test_numbers_addresses_and_codes_are_copied_with_one_click(stage: Stage) -> None:
    context = stage.context(permissions=["clipboard-read", "clipboard-write"])
    agent = stage.agent(context)
    visitor = stage.visitor()
    visitor.open()
    visitor.write("I am jonas@example.com, 0912 345 678, order DH-20443")
    agent.open("jonas@example.com")
    for value in ("jonas@example.com", "0912 345 678", "DH-20443"):
        agent.messages.get_by_role("button", name=f"Copy {value}").click()
        expect(agent.messages.get_by_role("status").filter(has_text="Copied").first).to_be_attached()
        assert agent.page.evaluate("navigator.clipboard.readText()") == value
    agent.messages.get_by_role("button", name="Copy DH-20443").focus()
    agent.page.keyboard.press("Enter")
    assert agent.page.evaluate("navigator.clipboard.readText()") == "DH-20443"


def test_an_emoji_is_found_and_inserted_with_the_keyboard(talk: Talk) -> None:
    visitor, agent = talk()
    agent.composer.fill("well done!")
    agent.composer.press("Home")
    agent.page.get_by_role("button", name="Emoji").click()
    field = agent.page.get_by_role("combobox", name="Find an emoji")
    expect(field).to_be_focused()
    field.fill("vo tay")
    expect(agent.page.get_by_role("option", name="clapping hands")).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(agent.composer).to_have_value("👏well done!")
    expect(agent.composer).to_be_focused()
    agent.page.keyboard.press("Control+Z")
    expect(agent.composer).to_have_value("well done!")
    agent.page.get_by_role("button", name="Emoji").click()
    expect(agent.page.get_by_text("Used last")).to_be_visible()
    field.press("ArrowDown")
    expect(agent.page.get_by_role("option", name="grinning face", exact=True)).to_have_attribute(
        "aria-selected", "true"
    )
    field.fill("no such thing")
    expect(agent.page.get_by_text("No emoji has this name.").first).to_be_visible()
    field.press("Escape")
    expect(agent.composer).to_be_focused()
    agent.page.keyboard.press("Enter")
    expect(visitor.bubble("well done!")).to_be_visible()


def test_bold_and_italic_by_key(talk: Talk) -> None:
    visitor, agent = talk()
    agent.composer.fill("very important")
    agent.composer.select_text()
    agent.page.keyboard.press("Control+B")
    expect(agent.composer).to_have_value("**very important**")
    agent.page.keyboard.press("Control+B")
    expect(agent.composer).to_have_value("very important")
    agent.page.keyboard.press("Control+I")
    expect(agent.composer).to_have_value("_very important_")
    agent.page.keyboard.press("Control+Z")
    expect(agent.composer).to_have_value("very important")
    agent.page.keyboard.press("Control+B")
    agent.page.keyboard.press("Enter")
    expect(visitor.bubble("very important").locator("strong")).to_be_visible()
