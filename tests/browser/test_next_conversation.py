"""Solving one conversation after the other: the next one opens by itself, and Undo comes back."""

from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.test_history import seed


def test_the_next_conversation_opens_after_solving_and_undo_comes_back(stage: Stage) -> None:
    seed(stage, 3)
    agent = stage.agent()
    agent.page.locator(".rail-me").click()
    agent.page.locator("#choice-settings").click()
    agent.page.get_by_label("Go to the next conversation after solving").check()
    agent.page.keyboard.press("Escape")
    agent.open("question 2")
    expect(agent.bubble("question 2")).to_be_visible()
    agent.page.get_by_role("button", name="Solve", exact=True).click()
    expect(agent.bubble("question 3")).to_be_visible()
    expect(agent.rows).to_have_count(2)
    agent.page.get_by_role("button", name="Undo").click()
    expect(agent.bubble("question 2")).to_be_visible()
    expect(agent.page.get_by_role("button", name="Solve", exact=True)).to_be_visible()

    agent.page.get_by_role("button", name="Solve", exact=True).click()
    expect(agent.bubble("question 3")).to_be_visible()
    agent.page.keyboard.press("e")  # the last one below: the one above
    expect(agent.bubble("question 1")).to_be_visible()
    agent.page.keyboard.press("e")
    expect(agent.page.locator(".thread-pane")).to_contain_text("Pick a conversation")


def test_the_longest_wait_comes_first_and_an_answer_ends_it(stage: Stage) -> None:
    seed(stage, 3)
    agent = stage.agent()
    expect(agent.rows.first).to_contain_text("question 1")
    agent.page.get_by_role("button", name="Filter by status, assignee and more").click()
    agent.page.get_by_label("Order").select_option("waiting")
    agent.page.keyboard.press("Escape")
    expect(agent.rows.first).to_contain_text("question 3")
    agent.page.reload()  # kept in the address and in the browser
    expect(agent.rows.first).to_contain_text("question 3")
    agent.open("question 3")
    agent.write("here you are")
    expect(agent.bubble("here you are")).to_be_visible()
    expect(agent.rows.first).to_contain_text("question 2")
    expect(agent.rows).to_have_count(2)
    visitor = stage.visitor()
    visitor.open()
    visitor.write("and me?")
    expect(agent.rows.nth(2)).to_contain_text("and me?")
