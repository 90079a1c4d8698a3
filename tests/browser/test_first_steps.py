"""The first steps of a project: the chat on a site, a refused site, a first message."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.accessibility import serious_violations
from tests.browser.conftest import Stage
from tests.browser.page_objects import Visitor
from tests.browser.site import Site
from tests.people import add_agent, add_project
from tests.running import Running
from tests.stack import Stack


@pytest.fixture
def elsewhere(browser: Browser, shared_stack: Stack, site: Site, server: Running) -> Iterator[Stage]:
    """A project that does not allow the test's site."""
    project = add_project(shared_stack, domains=("shop.example",))
    made = Stage(browser, shared_stack, site, server, project=project)
    yield made
    made.close()
    assert [line for line in made.errors if "127.0.0.1" not in line and "403" not in line] == []


@pytest.mark.smoke
def test_a_refused_site_is_allowed_and_seen_and_hello_arrives(elsewhere: Stage) -> None:
    agent = elsewhere.agent()
    steps = agent.page.locator(".first-steps")
    expect(steps).to_contain_text("Not seen yet")
    page = elsewhere.page(elsewhere.context())
    page.goto(elsewhere.page_url())
    expect(steps).to_contain_text("127.0.0.1 tried to load the widget")
    assert serious_violations(agent.page) == []
    steps.get_by_role("button", name="Allow 127.0.0.1").click()
    expect(steps).to_contain_text("127.0.0.1 is allowed now")
    page.reload()
    expect(steps).to_contain_text("Seen on 127.0.0.1")
    expect(steps.locator(".snippet")).to_have_count(0)

    with agent.page.expect_popup() as opened:
        steps.get_by_role("link", name="Open a page with your chat").click()
    me = Visitor(opened.value)
    expect(me.composer).to_be_focused()
    me.write("is this on?")
    agent.open("is this on?")
    agent.write("it is")
    expect(me.bubble("it is")).to_be_visible()


def test_who_tries_the_chat_first_still_learns_how_to_put_it_on_a_site(stage: Stage) -> None:
    agent = stage.agent()
    page, reminder = agent.page, agent.page.locator(".not-on-site")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open a page with your chat").click()
    me = Visitor(opened.value)
    me.write("is this on?")
    expect(agent.row("is this on?")).to_be_visible()
    expect(reminder).to_contain_text("The chat was not seen on your site yet.")
    stage.visitor()
    expect(reminder).to_have_count(0)


def test_each_kind_of_site_gets_its_own_lines(stage: Stage) -> None:
    agent = stage.agent()
    steps = agent.page.locator(".first-steps")
    kind, code = steps.get_by_label("Your site is made with"), steps.locator(".snippet")
    expect(code).to_contain_text("<script async src=")
    for name, part in (
        ("WordPress", "wp_footer"),
        ("Google Tag Manager", "createElement"),
        ("Next.js", "next/script"),
    ):
        kind.select_option(name)
        expect(code).to_contain_text(part)
        expect(code).to_contain_text(str(stage.project_id))
    steps.get_by_role("button", name="Copy").click()
    expect(steps.get_by_role("button", name="Copied")).to_be_visible()


def test_an_agent_is_told_who_can_do_it(stage: Stage) -> None:
    agent = stage.agent(email=add_agent(stage.stack, stage.project, name="Bao", role="agent"))
    steps = agent.page.locator(".first-steps")
    expect(steps).to_contain_text("A manager of this project can paste a line into your pages.")
    expect(steps.locator(".snippet")).to_have_count(0)
    expect(steps.get_by_role("link", name="Invite a colleague")).to_have_count(0)
