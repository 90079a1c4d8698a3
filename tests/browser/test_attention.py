"""Alerting an agent: one sound for all tabs, none for a conversation being read; live updates go on."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage, until
from tests.browser.page_objects import Agent, Visitor

# In tests every tab has the focus for Chromium, so the test sets which tab has it.
COUNTED = """
window.calls = {sounds: 0, notifications: 0};
window.looked_at = false;
window.ahead = 0;  // ms by which the test has set the page's clock forward
const now = performance.now.bind(performance);
performance.now = () => now() + ahead;
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
    """A dashboard tab that counts its sounds and notifications."""

    agent: Agent

    @property
    def page(self) -> Page:
        return self.agent.page

    def look(self, *, at: bool) -> None:
        """Focus this tab, or take the focus from it."""
        self.page.evaluate("(at) => { looked_at = at; dispatchEvent(new Event(at ? 'focus' : 'blur')); }", at)

    def calls(self) -> tuple[float, float]:
        """Sounds and notifications so far."""
        counted = self.page.evaluate("calls")
        return counted["sounds"], counted["notifications"]


def tabs_of_one_agent(stage: Stage, count: int) -> list[Tab]:
    """Tabs that may sound and notify, with a conversation in each list and without focus."""
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


def visitor_writing(stage: Stage, tabs: list[Tab], text: str) -> Visitor:
    """A visitor who wrote this text, once every tab has received it."""
    visitor = stage.visitor()
    visitor.open()
    say(visitor, tabs, text)
    return visitor


def say(visitor: Visitor, tabs: list[Tab], text: str) -> None:
    """Write a text, and wait until every tab shows it and had time to alert."""
    visitor.write(text)
    for tab in tabs:
        expect(tab.agent.row(text)).to_be_visible()
        tab.page.evaluate("navigator.locks.query()")  # alerts use the same queue of locks


def let_sounds_pass(tabs: list[Tab]) -> None:
    """Sounds within 1.5 s are merged into one: by the clocks of the tabs that time is over."""
    for tab in tabs:
        tab.page.evaluate("ahead += 1_600")


def totals(tabs: list[Tab]) -> tuple[float, float]:
    """Sounds and notifications of all tabs together."""
    calls = [tab.calls() for tab in tabs]
    return sum(sounds for sounds, _ in calls), sum(notifications for _, notifications in calls)


@pytest.mark.smoke
def test_three_tabs_alert_once_and_another_takes_over_when_the_alerting_tab_closes(stage: Stage) -> None:
    tabs = tabs_of_one_agent(stage, 3)
    visitor_writing(stage, tabs, "is an agent there?")
    until(tabs[0].page, lambda: totals(tabs) == (1, 1))
    caller = next(tab for tab in tabs if tab.calls() != (0, 0))
    tabs.remove(caller)
    caller.page.close()
    let_sounds_pass(tabs)  # the one that sounded may be left
    sounds, notifications = totals(tabs)  # the tab that sounds and the one that notifies may differ
    visitor_writing(stage, tabs, "and now?")
    until(tabs[0].page, lambda: totals(tabs) == (sounds + 1, notifications + 1))


def test_no_alert_for_a_conversation_that_is_read_in_another_tab(stage: Stage) -> None:
    tabs = tabs_of_one_agent(stage, 3)
    visitor = visitor_writing(stage, tabs, "hello?")
    until(tabs[0].page, lambda: totals(tabs) == (1, 1))
    reader = tabs[1]
    reader.agent.open("hello?")
    reader.look(at=True)
    until(reader.page, lambda: "reading" in str(reader.page.evaluate("navigator.locks.query()")))
    say(visitor, tabs, "two more things")
    let_sounds_pass(tabs)
    say(visitor, tabs, "the second")
    assert totals(tabs) == (1, 1)
    reader.look(at=False)
    until(reader.page, lambda: "reading" not in str(reader.page.evaluate("navigator.locks.query()")))
    say(visitor, tabs, "are you still there?")
    until(reader.page, lambda: totals(tabs) == (2, 2))


def test_a_notification_that_fails_does_not_stop_live_updates(stage: Stage) -> None:
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


def test_the_device_in_use_sounds_and_the_others_are_silent(stage: Stage) -> None:
    laptop, phone = tabs_of_one_agent(stage, 1)[0], tabs_of_one_agent(stage, 1)[0]
    laptop.look(at=True)
    laptop.page.keyboard.press("Shift")
    visitor = visitor_writing(stage, [laptop, phone], "is an agent there?")
    until(laptop.page, lambda: laptop.calls()[0] == 1)
    laptop.look(at=False)
    with phone.page.expect_response(lambda answer: "attention" in answer.url):
        phone.look(at=True)
    say(visitor, [laptop, phone], "and now?")
    until(phone.page, lambda: phone.calls()[0] == 1)
    assert (laptop.calls()[0], phone.calls()[0]) == (1, 1)
