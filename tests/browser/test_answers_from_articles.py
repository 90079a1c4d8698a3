"""The real assistant with the scripted provider and published articles: sources, and what none covers."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.articles import Home, publish
from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.site import Site
from tests.scripted import ai, scripted
from tests.stack import Stack

ENABLED = "INSERT INTO assistants (project_id, enabled, name) VALUES ($1, true, 'Aria')"
SOURCE = re.compile(r"Sources:\s*Delivery to Germany")
DELIVERY = "A parcel to Germany takes three days."


@pytest.fixture
def stage(browser: Browser, stack_apart: Stack, site: Site) -> Iterator[Stage]:
    with scripted("--delay", "5") as url:
        stack_apart.spawn("worker", ai=ai(url))
        server = stack_apart.spawn("server", **UNTHROTTLED)
        server.wait_for_path("/readyz")
        made = Stage(browser, stack_apart, site, server)
        stack_apart.sql(ENABLED, UUID(bytes=made.project))
        yield made
        made.close()
        assert made.errors == []


@pytest.mark.smoke
def test_an_answer_names_its_sources_on_both_sides_and_opens_them(stage: Stage) -> None:
    publish(stage, "Delivery to Germany", DELIVERY)
    publish(stage, "Gift cards", "A gift card never expires.", url="https://shop.example/gifts")
    agent, home = stage.agent(), Home(stage.visitor())
    visitor = home.visitor
    home.open()
    home.press("Send us a message")
    visitor.write("How long does a parcel to Germany take?")
    answer = visitor.bubble(DELIVERY)
    expect(answer).to_contain_text(SOURCE)
    expect(answer).not_to_contain_text("[1]")
    agent.open("A parcel to Germany")
    expect(agent.bubble(DELIVERY)).to_contain_text(SOURCE)
    visitor.write("When does a gift card expire?")
    expect(visitor.bubble("never expires").get_by_role("link", name="Gift cards")).to_have_attribute(
        "href", "https://shop.example/gifts"
    )
    expect(agent.bubble("never expires").get_by_role("link", name="Gift cards")).to_be_visible()
    answer.get_by_role("button", name="Delivery to Germany").press("Enter")
    expect(home.text).to_contain_text(DELIVERY)
    expect(home.heading.first).to_be_focused()
    home.press("Back to the conversation")
    expect(answer).to_be_visible()
    expect(visitor.composer).to_be_visible()


def test_what_is_not_covered_is_declined_and_a_person_is_offered(stage: Stage) -> None:
    publish(stage, "Delivery to Germany", DELIVERY)
    home = Home(stage.visitor())
    visitor = home.visitor
    home.open()
    home.press("Send us a message")
    visitor.write("Do you repair bicycles?")
    expect(visitor.bubble("our articles do not cover this.")).to_be_visible()
    visitor.write("Which bicycles do you sell?")
    expect(visitor.bubble("Would you like to talk to a person?")).to_be_visible()
    visitor.write("Yes please")
    expect(visitor.bubble("I am handing you over to a person")).to_be_visible()
    found = "SELECT question, asked FROM knowledge_gaps WHERE project_id = $1"
    rows = stage.stack.sql(found, stage.project_id)
    assert {tuple(row) for row in rows} == {
        ("Do you repair bicycles?", 1),
        ("Which bicycles do you sell?", 1),
    }
