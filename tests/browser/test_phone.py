"""An agent works on a phone, with one thumb: what they do most, at 390 by 844."""

import re
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Agent
from tests.browser.sizes import AT_REST, FAULTS
from tests.people import PASSWORD, add_agent

PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
OLDER: Final = """
INSERT INTO messages (project_id, conversation_id, seq, id, sender_party, sender_id, ref, kind, body, at)
SELECT c.project_id, c.id, n, gen_random_uuid(), 'visitor', c.visitor_id, gen_random_uuid(), 'text',
       'line ' || n, now() - interval '1 day' + n * interval '1 s'
FROM conversations c, generate_series(1, $2::int) AS n WHERE c.project_id = $1
"""
RAISED: Final = (
    "UPDATE conversations SET last_seq = $2::int, snippet = 'line ' || $2::int WHERE project_id = $1"
)
BEGUN: Final = """
WITH visitor AS (
    INSERT INTO visitors (project_id, id, name, facts)
    VALUES ($1, gen_random_uuid(), 'Lan', '{"name": "Lan", "plan": "gold"}') RETURNING project_id, id
)
INSERT INTO conversations (project_id, id, visitor_id, last_seq, snippet, last_message_at)
SELECT project_id, gen_random_uuid(), id, 1, 'line 1', now() - interval '20 minutes' FROM visitor
"""
CANNED: Final = """
INSERT INTO canned_responses (project_id, id, shortcut, content)
VALUES ($1, gen_random_uuid(), 'delivery', 'It arrives in three days.')
"""
LINES: Final = 70
# A browser whose keyboard covers the page and says so, as Safari does.
COVERED: Final = """() => {
    const visible = new EventTarget();
    Object.assign(visible, { height: innerHeight, width: innerWidth, scale: 1, offsetTop: 0 });
    Object.defineProperty(window, "visualViewport", { value: visible, configurable: true });
    window.keyboard = (height) => {
        visible.height = innerHeight - height;
        visible.dispatchEvent(new Event("resize"));
    };
}"""


def looks_right(page: Page) -> None:
    """Every target is large enough for a thumb, and nothing scrolls or reaches to the side."""
    page.wait_for_function(AT_REST)
    assert page.evaluate(FAULTS, {"touch": True, "host": "", "width": 390}) == []


def swipe(page: Page, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Draw a finger over the screen."""
    session = page.context.new_cdp_session(page)
    steps = 8
    for step in range(steps + 1):
        x = start[0] + (end[0] - start[0]) * step / steps
        y = start[1] + (end[1] - start[1]) * step / steps
        kind = "touchStart" if step == 0 else "touchMove"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.fixture
def phone(stage: Stage) -> Agent:
    """At the sign-in page, with a conversation of 70 lines behind it."""
    for statement, *more in ((BEGUN,), (OLDER, LINES), (RAISED, LINES), (CANNED,)):
        stage.stack.sql(statement, stage.project_id, *more)
    add_agent(stage.stack, stage.project, name="Bao", role="agent")
    context = stage.context(**PHONE)
    context.add_init_script(f"({COVERED})()")
    agent = Agent(stage.page(context), stage.server.url)
    agent.visit()
    return agent


@pytest.mark.smoke
def test_an_agents_commonest_tasks_on_a_phone(stage: Stage, phone: Agent) -> None:
    page = phone.page
    # 1. Sign in.
    page.get_by_label("Email").fill(stage.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    looks_right(page)
    page.get_by_role("button", name="Sign in").tap()
    expect(phone.me).to_be_attached()
    row = phone.row(f"line {LINES}")
    expect(row).to_contain_text("Lan")
    expect(row.get_by_role("img", name="Waiting for an answer")).to_be_attached()
    looks_right(page)

    # 2. Open a conversation: one pane at a time.
    row.tap()
    expect(phone.bubble(f"line {LINES}")).to_be_in_viewport()
    expect(page.locator(".list-pane")).to_be_hidden()
    looks_right(page)

    # 3. Read older messages.
    expect(phone.messages.get_by_text("line 1", exact=True)).to_have_count(0)

    def at_the_start() -> bool:
        phone.messages.evaluate("(log) => log.scrollTo(0, 0)")
        return phone.messages.get_by_text("line 1", exact=True).is_visible()

    until(page, at_the_start)
    page.get_by_role("button", name="Jump to the latest").tap()

    # 4. Reply; the composer stays above the keyboard.
    phone.composer.tap()
    page.evaluate("keyboard(336)")
    send = page.get_by_role("button", name="Send", exact=True)
    phone.composer.fill("On its way.")
    box = send.bounding_box()
    assert box is not None and box["y"] + box["height"] <= 844 - 336
    looks_right(page)
    send.tap()
    expect(phone.bubble("On its way.")).to_be_visible()

    # 5. Use a canned response.
    phone.composer.press_sequentially("/del")
    page.get_by_role("option", name="delivery").tap()
    expect(phone.composer).to_have_value("It arrives in three days.")
    send.tap()
    expect(phone.bubble("It arrives in three days.")).to_be_visible()

    # 6. Write a note.
    page.get_by_role("radio", name="Note").tap()
    phone.composer.fill("Called the warehouse.")
    looks_right(page)
    page.get_by_role("button", name="Add note").tap()
    expect(phone.bubble("Called the warehouse.")).to_be_visible()
    page.evaluate("keyboard(0)")

    # 7. Assign.
    page.get_by_role("button", name="Assignee: ").tap()
    looks_right(page)
    page.get_by_role("option", name="Bao").tap()
    expect(page.get_by_role("button", name="Assignee: Bao")).to_be_visible()

    # 8. Solve, and undo.
    solve = page.get_by_role("button", name=re.compile("^Solve"))
    solve.tap()
    expect(solve).to_have_count(0)
    looks_right(page)
    page.get_by_role("button", name="Undo").tap()
    expect(solve).to_be_visible()

    # 9. See the visitor's page and facts, and swipe back twice: to the messages, to the list.
    page.get_by_role("button", name="Visitor details").first.tap()
    expect(phone.panel).to_contain_text("gold")
    looks_right(page)
    swipe(page, (60, 500), (300, 510))
    expect(phone.panel).to_have_count(0)
    expect(phone.composer).to_be_visible()
    swipe(page, (200, 300), (205, 600))  # up and down is no way back
    expect(phone.composer).to_be_visible()
    swipe(page, (60, 400), (300, 405))
    expect(row.or_(phone.rows.first)).to_be_visible()
    expect(page.locator(".thread-pane")).to_be_hidden()

    # 10. Search and filter.
    page.locator("#list-filter").fill("nobody")
    expect(phone.rows).to_have_count(0)
    page.get_by_role("button", name="Clear the filter").tap()
    page.get_by_role("button", name="Filter by status, assignee and more").tap()
    looks_right(page)
    page.get_by_label("Order").select_option("waiting")
    expect(page.locator(".list-pane")).to_contain_text("Nobody is waiting")
    page.get_by_role("heading").first.dispatch_event("pointerdown")
    page.get_by_role("button", name="Remove the condition: Waiting longest first").tap()
    expect(phone.rows).to_have_count(1)

    # 11. Change how they are notified.
    page.locator(".rail-me").tap()
    looks_right(page)
    page.locator("#choice-settings").tap()
    looks_right(page)
    sound = page.get_by_role("dialog").locator("label", has_text="Sound").first
    sound.tap()
    expect(sound.get_by_role("switch").or_(sound.locator("input"))).not_to_be_checked()
