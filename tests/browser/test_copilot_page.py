"""The copilot's page: sessions, drafts of posts until they are published by hand, and preferences."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import serious_violations
from tests.browser.articles import publish
from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent
from tests.browser.test_copilot import own  # noqa: F401  (a fixture)
from tests.people import add_agent


def arrive(stage: Stage, place: str = "", *, email: str = "") -> Agent:
    """An agent at a part of the page."""
    agent = stage.agent(email=email)
    agent.visit(f"/app/p/{stage.project_id}/copilot{place}")
    expect(agent.page.get_by_role("heading", name="Copilot")).to_be_visible()
    return agent


def begin(page: Page) -> Locator:
    """A new session without an article or a conversation; its chat."""
    page.get_by_role("button", name="New session").click()
    page.get_by_role("dialog").get_by_role("button", name="Begin").click()
    chat = page.get_by_role("log")
    expect(chat).to_contain_text("Ask something")
    return chat


def ask(page: Page, text: str) -> None:
    field = page.get_by_role("textbox", name="Ask the copilot")
    field.fill(text)
    field.press("Enter")


def post(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


@pytest.mark.smoke
def test_posts_are_made_edited_by_chat_and_by_hand_approved_and_published(own: Stage) -> None:  # noqa: F811
    page = arrive(own).page
    begin(page)
    page.get_by_role("button", name="Write posts").click()
    expect(post(page, "X")).to_contain_text("Questions at midnight?")
    expect(post(page, "X")).to_contain_text("92 / 280")  # with the hashtags
    expect(post(page, "LinkedIn")).to_contain_text("/ 3000")
    ask(page, "Make the X post shorter")
    expect(post(page, "X")).to_contain_text("Shorter, as you asked")
    expect(post(page, "X")).to_contain_text(
        "A phone on a bedside table"
    )  # an edit keeps what it does not name
    expect(page.get_by_text("Version 2")).to_be_visible()

    post(page, "X").get_by_role("button", name="Edit").click()
    text = post(page, "X").get_by_label("Post 1")
    text.fill("👋" * 141)
    expect(post(page, "X").locator(".is-over")).to_contain_text("302 / 280")
    page.get_by_role("link", name="Preferences").click()
    page.get_by_role("dialog", name="Discard your changes?").get_by_role("button", name="Cancel").click()
    text.fill("Hello from our chat")
    post(page, "X").get_by_role("button", name="Add a post to the thread").click()
    post(page, "X").get_by_label("Post 2").fill("And more")
    post(page, "X").get_by_role("button", name="Save").click()
    expect(post(page, "X")).to_contain_text("And more")
    expect(page.get_by_text("Version 3")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Copy the posts into the networks")).to_be_visible()
    page.get_by_role("button", name="Mark as published").click()
    expect(page.get_by_text("Published by hand.")).to_be_visible()
    expect(post(page, "X").get_by_role("button", name="Edit")).to_have_count(0)

    page.reload()
    expect(page.get_by_text("Published by hand.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Write posts"))).to_contain_text("now")
    page.get_by_role("link", name="Drafts of posts").click()
    page.get_by_role("combobox", name="State of the drafts").select_option("published")
    page.get_by_role("link", name=re.compile("Write posts.*Published")).click()
    page.get_by_text("Older versions").click()
    page.get_by_text("Version 1").click()
    expect(page.get_by_text("Questions at midnight?")).to_be_visible()


def test_a_draft_that_a_colleague_has_changed_shows_both_texts(own: Stage) -> None:  # noqa: F811
    own.allow_errors("409")
    agent = arrive(own)
    begin(agent.page)
    agent.page.get_by_role("button", name="Write posts").click()
    expect(post(agent.page, "X")).to_contain_text("Questions at midnight?")
    agent.page.get_by_role("link", name="Drafts of posts").click()
    agent.page.get_by_role("link", name=re.compile("Write posts")).click()
    colleague = own.agent(email=add_agent(own.stack, own.project, name="Bao"))
    colleague.page.goto(agent.page.url)
    for one, text in ((agent.page, "Mine"), (colleague.page, "Theirs")):
        post(one, "X").get_by_role("button", name="Edit").click()
        post(one, "X").get_by_label("Post 1").fill(text)
    post(colleague.page, "X").get_by_role("button", name="Save").click()
    stale = post(agent.page, "X").get_by_text("The draft was changed while you were editing.")
    expect(stale).to_be_visible()  # before it is saved: the server says that it was changed
    expect(post(agent.page, "X")).to_contain_text("Theirs")
    expect(post(agent.page, "X").get_by_label("Post 1")).to_have_value("Mine")
    post(agent.page, "X").get_by_role("button", name="Keep mine").click()
    expect(agent.page.get_by_text("Version 3")).to_be_visible()
    expect(post(colleague.page, "X")).to_contain_text("Mine")


def test_an_agent_does_not_approve_and_a_session_is_ones_own(own: Stage) -> None:  # noqa: F811
    own.allow_errors("404")
    page = arrive(own).page
    begin(page)
    page.get_by_role("button", name="Write posts").click()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    email = add_agent(own.stack, own.project, name="Bao", role="agent")
    other = arrive(own, "/drafts", email=email).page
    other.get_by_role("link", name=re.compile("Write posts")).click()
    expect(other.get_by_text("A manager approves the posts")).to_be_visible()
    expect(other.get_by_role("button", name="Approve")).to_have_count(0)
    other.goto(page.url)
    expect(other.get_by_text("This session does not exist")).to_be_visible()


def test_a_changed_article_can_be_chosen_and_the_buttons_stay_in_sight(own: Stage) -> None:  # noqa: F811
    for number in range(8):
        publish(own, f"Article {number}")
    changed = "UPDATE articles SET version = version + 1 WHERE folded LIKE '%article 3%' RETURNING 1"
    assert len(own.stack.sql(changed)) == 1
    page = arrive(own).page
    page.get_by_role("button", name="New session").click()
    page.get_by_label("From an article").check()
    page.get_by_label("Article 3").check()
    dialog = page.get_by_role("dialog").bounding_box()
    begin = page.get_by_role("button", name="Begin").bounding_box()
    assert dialog is not None and begin is not None
    assert begin["y"] + begin["height"] < dialog["y"] + dialog["height"] - 8
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("link", name=re.compile("Article 3"))).to_contain_text("About an article")


def test_a_session_begins_from_a_conversation_is_renamed_and_deleted(own: Stage) -> None:  # noqa: F811
    visitor = own.visitor()
    visitor.open()
    visitor.write("Where is my order?")
    page = arrive(own).page
    page.get_by_role("button", name="New session").click()
    page.get_by_label("From a conversation").check()
    page.get_by_label("Where is my order?").check()
    page.get_by_role("button", name="Begin").click()
    ask(page, "What does the customer want?")
    expect(page.get_by_role("log")).to_contain_text("I follow a few fixed rules")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Name of the session").fill("An order")
    page.get_by_role("textbox", name="Name of the session").press("Enter")
    expect(page.get_by_role("heading", name="An order")).to_be_visible()
    row = page.get_by_role("link", name=re.compile("An order"))
    expect(row).to_contain_text("About a conversation")
    page.get_by_role("button", name="Open the conversation").click()
    expect(page.get_by_role("log", name="Messages")).to_contain_text("Where is my order?")
    page.go_back()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No sessions yet")).to_be_visible()


def test_preferences_are_the_agents_or_the_projects_and_style_has_a_counter(own: Stage) -> None:  # noqa: F811
    page = arrive(own, "/preferences").page
    mine = page.get_by_role("region", name="Your preferences")
    mine.get_by_label("Tone").select_option("friendly")
    mine.get_by_label("Language").select_option("vi")
    mine.get_by_label("Style").fill("ă" * 501)
    expect(mine.get_by_text("1 character too many")).to_be_visible()
    expect(mine.get_by_role("button", name="Save")).to_be_disabled()
    mine.get_by_label("Style").fill("No exclamation marks")
    mine.get_by_role("button", name="Save").click()
    expect(mine.get_by_text("Saved.")).to_be_visible()
    page.reload()
    expect(mine.get_by_label("Style")).to_have_value("No exclamation marks")
    expect(mine.get_by_label("Tone")).to_have_value("friendly")
    email = add_agent(own.stack, own.project, name="Bao", role="agent")
    other = arrive(own, "/preferences", email=email).page
    shared = other.get_by_role("region", name="Preferences of the project")
    expect(shared.get_by_text("Only managers can change these.")).to_be_visible()
    expect(shared.get_by_label("Tone")).to_be_disabled()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 320)])
def test_every_part_of_the_page_is_accessible(own: Stage, theme: str, width: int) -> None:  # noqa: F811
    page = arrive(own).page
    begin(page)
    page.get_by_role("button", name="Write posts").click()
    expect(post(page, "X")).to_be_visible()
    session = page.url
    page.set_viewport_size({"width": width, "height": 700})
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    assert serious_violations(page) == []
    post(page, "X").get_by_role("button", name="Edit").click()
    assert serious_violations(page) == []
    post(page, "X").get_by_role("button", name="Cancel").click()
    for place in ("", "/drafts", "/preferences"):
        page.goto(f"{session.rsplit('/copilot', 1)[0]}/copilot{place}")
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        expect(page.locator(".cop-row, .cop-preferences").first).to_be_visible()
        assert serious_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
