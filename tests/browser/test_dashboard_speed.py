"""How fast the inbox is, printed: a list of 1,000 conversations, and a thread of 10,000 messages.

What is asserted is the CPU time of the page's main thread, which other processes hardly lengthen; times of
the clock are printed beside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Agent
from tests.browser.test_history import seed

ROWS: Final = 1_000
FRAME: Final = 1_000 / 60  # ms
FRAMES: Final = 120
LONG: Final = 10_000
THREAD: Final = """
WITH talk AS (SELECT project_id, id, visitor_id FROM conversations WHERE project_id = $1 LIMIT 1),
     stored AS (
    INSERT INTO messages (project_id, conversation_id, seq, id, sender_party, sender_id, ref, kind, body, at)
    SELECT t.project_id, t.id, n, gen_random_uuid(), 'visitor', t.visitor_id, gen_random_uuid(), 'text',
           'line ' || n, now() - interval '1 hour' + n * interval '100 ms'
    FROM talk t, generate_series(2, $2::int) AS n
)
UPDATE conversations c SET last_seq = $2::int, snippet = 'line ' || $2::int, last_message_at = now()
FROM talk t WHERE c.project_id = $1 AND c.id = t.id
"""
# Scrolls by 300 px in every frame, a hard flick; how long each frame took to come.
SCROLL: Final = """async () => {
    const rows = document.querySelector(".rows");
    rows.scrollTo(0, 0);
    const gaps = [];
    const tasks = [];
    const watch = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
    watch.observe({ type: "longtask" });
    let before = await new Promise(requestAnimationFrame);
    let drawn = 0;
    for (let frame = 0; frame < 120; frame++) {
        rows.scrollBy(0, 300);
        const now = await new Promise(requestAnimationFrame);
        gaps.push(now - before);
        before = now;
        drawn = Math.max(drawn, document.querySelectorAll(".row-place").length);
    }
    watch.disconnect();
    gaps.sort((a, b) => a - b);
    return {
        height: rows.scrollHeight,
        drawn,
        median: gaps[60],
        p95: gaps[114],
        longest: gaps[119],
        tasks: tasks.length,
    };
}"""
READ: Final = """async () => {
    const log = document.querySelector(".timeline");
    for (let frame = 0; frame < 60; frame++) {
        log.scrollBy(0, 60);
        await new Promise(requestAnimationFrame);
    }
}"""
# From the press to the newest message on the screen.
OPEN: Final = """async ([conversation, text]) => {
    const start = performance.now();
    document.querySelector(`[data-conversation="${conversation}"]`).click();
    for (;;) {
        await new Promise(requestAnimationFrame);
        const last = [...document.querySelectorAll(".said .bubble")].at(-1);
        if (last?.textContent.includes(text)) return performance.now() - start;
    }
}"""


class Work:
    """What the page's main thread did, in ms of CPU: all of it, its scripts, its layout and styles."""

    def __init__(self) -> None:
        self.all = self.scripts = self.layout = 0.0

    def __str__(self) -> str:
        return f"{self.all:.1f} ms (scripts {self.scripts:.1f}, layout and styles {self.layout:.1f})"


@contextmanager
def measured(page: Page) -> Iterator[Work]:
    """The work within."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def read() -> dict[str, float]:
        found = session.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] * 1_000 for one in found}

    before, work = read(), Work()
    yield work
    spent = {name: value - before[name] for name, value in read().items()}
    work.all, work.scripts = spent["TaskDuration"], spent["ScriptDuration"]
    work.layout = spent["LayoutDuration"] + spent["RecalcStyleDuration"]
    session.detach()


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


@pytest.mark.soak
@pytest.mark.alone
def test_a_list_of_a_thousand_conversations_scrolls_at_the_rate_of_the_screen(stage: Stage) -> None:
    seed(stage, ROWS)
    agent = stage.agent()

    def all_loaded(page: Page) -> bool:
        page.locator(".rows").evaluate("(rows) => rows.scrollTo(0, rows.scrollHeight)")
        return agent.row(f"question {ROWS}").is_visible()

    until(agent.page, lambda: all_loaded(agent.page))
    each: list[float] = []
    for _ in range(3):
        with measured(agent.page) as work:
            found = agent.page.evaluate(SCROLL)
        each.append(work.all / FRAMES)
        print(f"\nscrolling {ROWS} conversations, {FRAMES} frames: {work}; {found}")
        assert found["drawn"] < 40, "only the rows on the screen are drawn"
    assert min(each) < FRAME


@pytest.mark.soak
@pytest.mark.alone
def test_a_thread_of_ten_thousand_messages_opens_at_once(stage: Stage) -> None:
    seed(stage, 2)
    stage.stack.sql(THREAD, stage.project_id, LONG)
    agent = stage.agent()
    expect(agent.row(f"line {LONG}")).to_be_visible()
    long = agent.row(f"line {LONG}").locator("[data-conversation]").get_attribute("data-conversation")
    took: list[float] = []
    for _ in range(5):
        agent.page.reload()
        expect(agent.row(f"line {LONG}")).to_be_visible()
        with measured(agent.page) as work:
            shown = agent.page.evaluate(OPEN, [long, f"line {LONG}"])
        took.append(work.all)
        print(f"\nopening {LONG} messages: {work}; {shown:.0f} ms by the clock")
        agent.page.keyboard.press("Escape")
    assert median(took) < 200
    read_back(agent, 1_000)
    with measured(agent.page) as work:
        agent.page.evaluate(READ)
    held = agent.messages.locator(".said").count()
    print(f"\nreading among {held} messages, 60 frames: {work}")


def read_back(agent: Agent, count: int) -> None:
    """Scroll to older pages until that many messages are in the page."""
    agent.row(f"line {LONG}").locator("a").click()
    log = agent.messages

    def enough() -> bool:
        log.evaluate("(log) => log.scrollTo(0, 0)")
        return bool(log.locator(".said").count() >= count)

    until(agent.page, enough)
    log.evaluate("(log) => log.scrollTo(0, log.scrollHeight / 2)")
