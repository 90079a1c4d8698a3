"""The real assistant with the scripted provider, from the visitor's text to the agent's inbox."""

import signal
from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import UNTHROTTLED, Stage, until
from tests.browser.site import Site
from tests.scripted import ai, scripted
from tests.stack import Stack

POINTS = (
    "assistant.admitted",
    "assistant.claimed",
    "assistant.after_ask",
    "assistant.before_first_token",
    "assistant.after_first_token",
    "assistant.before_end",
    "assistant.before_end_commit",
    "assistant.after_end",
)
RIGHT_WITHIN = 6_000  # ms from the end of a turn until each screen shows what is stored
ANSWERED = (
    "SELECT m.body, m.content->>'stopped' FROM assistant_turns t JOIN messages m "
    "ON m.project_id = t.project_id AND m.conversation_id = t.conversation_id AND m.seq = t.message_seq "
    "WHERE t.state <> 'running'"
)
ENABLED = "INSERT INTO assistants (project_id, enabled, name) VALUES ($1, true, 'Aria')"


@pytest.fixture
def own(browser: Browser, stack_apart: Stack, site: Site) -> Iterator[Stage]:
    """A project whose assistant says a word each 0.15 s."""
    with scripted("--delay", "150") as url:
        stack_apart.spawn("worker", ai=ai(url))
        server = stack_apart.spawn("server", **UNTHROTTLED)
        server.wait_for_path("/readyz")
        made = Stage(browser, stack_apart, site, server)
        stack_apart.sql(ENABLED, UUID(bytes=made.project))
        yield made
        made.close()
        assert made.errors == []


@pytest.mark.smoke
def test_a_visitor_is_answered_stops_the_assistant_and_gets_a_person(own: Stage) -> None:
    agent, visitor = own.agent(), own.visitor()
    visitor.open()
    visitor.write("hello")
    running = visitor.messages.locator(".running")
    expect(running).to_contain_text("Hello! I am")
    agent.open("hello")
    expect(agent.messages.locator(".is-running")).to_contain_text("Hello! I am")
    answer = "or get a person for you. What would you like?"
    for bubble in (visitor.bubble(answer), agent.bubble(answer)):
        expect(bubble).to_have_count(1)
        expect(bubble).to_contain_text("AI")
    expect(running).to_have_count(0)
    expect(agent.row("AI: Hello!").get_by_role("img", name="The assistant answers")).to_be_visible()

    visitor.write("are you open on Sunday?")
    expect(running).to_contain_text("Our team")
    running.get_by_role("button", name="Stop").click()
    for stopped in (visitor.bubble("Our team"), agent.bubble("Our team")):
        expect(stopped).to_contain_text("stopped")
    expect(running).to_have_count(0)

    visitor.write("please get me a person")
    about = agent.thread.locator(".handover")
    expect(about).to_contain_text("The visitor asks for a person: please get me a person")
    expect(agent.page.get_by_role("button", name="Give back to the assistant")).to_be_visible()
    expect(visitor.window.get_by_role("button", name="Talk to a person")).to_have_count(0)
    agent.write("Here I am.")
    expect(visitor.bubble("Here I am.")).to_be_visible()


@pytest.mark.parametrize("point", POINTS)
def test_after_a_worker_died_both_screens_show_what_is_stored(
    browser: Browser, stack_apart: Stack, site: Site, point: str
) -> None:
    with scripted("--delay", "40") as url:
        stack_apart.spawn("worker", "inbound", "relay")
        dies = stack_apart.spawn("worker", "assistant", failpoint=point, ai=ai(url))
        server = stack_apart.spawn("server", **UNTHROTTLED)
        server.wait_for_path("/readyz")
        stage = Stage(browser, stack_apart, site, server)
        stack_apart.sql(ENABLED, UUID(bytes=stage.project))
        agent, visitor = stage.agent(), stage.visitor()
        visitor.open()
        visitor.write("hello")
        agent.open("hello")
        assert dies.wait_for_end() == -signal.SIGKILL
        if point == "assistant.admitted":  # the next worker need not wait for the claim of the event
            stack_apart.sql("UPDATE consumer_events SET due_at = now()")
        stack_apart.sql("UPDATE assistant_turns SET lease_until = now() WHERE state = 'running'")
        stack_apart.spawn("worker", "assistant", ai=ai(url))
        until(visitor.page, lambda: bool(stack_apart.sql(ANSWERED)))
        ((text, stopped),) = stack_apart.sql(ANSWERED)
        for screen, running in ((visitor, ".running"), (agent, ".is-running")):
            expect(screen.bubble(text)).to_have_count(1, timeout=RIGHT_WITHIN)
            expect(screen.messages.locator(running)).to_have_count(0, timeout=RIGHT_WITHIN)
            expect(screen.messages.locator(".bubble")).to_have_count(2, timeout=RIGHT_WITHIN)
            if stopped:
                expect(screen.bubble(text)).to_contain_text("stopped")
        assert stage.errors == []
        stage.close()
