"""Calling an agent: one sound for all tabs, none for what is being read, and never instead of the news."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage, until
from tests.browser.faces import Agent, Visitor

# Every tab of a test has the focus as far as Chromium knows: here a test says which has it.
COUNTED = """
window.calls = {sounds: 0, notifications: 0};
window.looked_at = false;
Document.prototype.hasFocus = () => window.looked_at;
window.AudioContext = class extends AudioContext { constructor() { super(); window.audio = this; } };
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) {
    calls.sounds += 0.5;  // one sound is two tones
    return start.apply(this, given);
};
window.Notification = class { constructor() { calls.notifications += 1; } close() {} };
Notification.permission = "granted";
localStorage.setItem("parley:dashboard", JSON.stringify(
    {...JSON.parse(localStorage.getItem("parley:dashboard") ?? "{}"), desktop: true}));
"""
THROWS = """
window.Notification = class { constructor() { throw new TypeError("Illegal constructor"); } };
Notification.permission = "granted";
Document.prototype.hasFocus = () => false;
localStorage.setItem("parley:dashboard", JSON.stringify({desktop: true}));
"""


@dataclass(frozen=True)
class Tab:
    """A dashboard that counts how it calls."""

    agent: Agent

    @property
    def page(self) -> Page:
        return self.agent.page

    def look(self, *, at: bool) -> None:
        """Turn to this tab, or away from it."""
        self.page.evaluate("(at) => { looked_at = at; dispatchEvent(new Event(at ? 'focus' : 'blur')); }", at)

    def calls(self) -> tuple[float, float]:
        """Sounds and notifications so far."""
        counted = self.page.evaluate("calls")
        return counted["sounds"], counted["notifications"]


def tabs_of_one_agent(stage: Stage, count: int) -> list[Tab]:
    """Tabs that may sound and notify, with a conversation in each list; none is looked at."""
    context = stage.context()
    context.add_init_script(COUNTED)
    tabs = [Tab(stage.agent(context))]
    for _ in range(count - 1):
        agent = Agent(stage.page(context), stage.server.url)
        agent.visit()
        expect(agent.me).to_be_visible()
        tabs.append(Tab(agent))
    for tab in tabs:
        tab.page.keyboard.press("Shift")  # browsers allow sound after a gesture
        tab.page.wait_for_function("window.audio?.state === 'running'")
    return tabs


def asked(stage: Stage, tabs: list[Tab], text: str) -> Visitor:
    """A visitor who wrote this; every tab knows it."""
    visitor = stage.visitor()
    visitor.open()
    say(visitor, tabs, text)
    return visitor


def say(visitor: Visitor, tabs: list[Tab], text: str) -> None:
    """Write, and wait until every tab shows it and had the time to call."""
    visitor.write(text)
    for tab in tabs:
        expect(tab.agent.row(text)).to_be_visible()
        tab.page.evaluate("navigator.locks.query()")  # calls ask the same queue


def totals(tabs: list[Tab]) -> tuple[float, float]:
    """Sounds and notifications of all tabs together."""
    calls = [tab.calls() for tab in tabs]
    return sum(sounds for sounds, _ in calls), sum(notifications for _, notifications in calls)


def test_three_tabs_call_once_and_another_goes_on_when_the_calling_one_is_closed(stage: Stage) -> None:
    tabs = tabs_of_one_agent(stage, 3)
    asked(stage, tabs, "is anybody there?")
    until(tabs[0].page, lambda: totals(tabs) == (1, 1))
    caller = next(tab for tab in tabs if tab.calls() != (0, 0))
    tabs.remove(caller)
    caller.page.close()
    sounds, notifications = totals(tabs)  # another tab than the one that sounds may show notifications
    asked(stage, tabs, "and now?")
    until(tabs[0].page, lambda: totals(tabs) == (sounds + 1, notifications + 1))


def test_nothing_calls_for_a_conversation_that_is_read_in_another_tab(stage: Stage) -> None:
    tabs = tabs_of_one_agent(stage, 3)
    visitor = asked(stage, tabs, "hello?")
    until(tabs[0].page, lambda: totals(tabs) == (1, 1))
    reader = tabs[1]
    reader.agent.open("hello?")
    reader.look(at=True)
    until(reader.page, lambda: "reading" in str(reader.page.evaluate("navigator.locks.query()")))
    say(visitor, tabs, "two more things")
    reader.page.wait_for_timeout(1_600)  # two sounds within 1.5 s would be one
    say(visitor, tabs, "the second")
    assert totals(tabs) == (1, 1)
    reader.look(at=False)
    until(reader.page, lambda: "reading" not in str(reader.page.evaluate("navigator.locks.query()")))
    say(visitor, tabs, "are you still there?")
    until(reader.page, lambda: totals(tabs) == (2, 2))


def test_a_notification_that_cannot_be_made_does_not_stop_the_news(stage: Stage) -> None:
    context = stage.context()
    context.add_init_script(THROWS)
    agent = stage.agent(context)
    visitor = stage.visitor()
    visitor.open()
    visitor.write("first")
    agent.open("first")
    visitor.write("second")
    expect(agent.row("second")).to_be_visible()
    expect(agent.bubble("second")).to_be_visible()
