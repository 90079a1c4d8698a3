"""A screenshot of the visitor's page in the agent's panel, taken by a real worker."""

import base64
import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Stage
from tests.browser.page_objects import Agent, Visitor
from tests.browser.test_looks import LOOKS, PICTURES, Look
from tests.browser.test_widths import speak
from tests.patience import PATIENCE

PATH = "**/screenshot"
SHOWN = [*((look, "en") for look in LOOKS), (LOOKS[1], "vi"), (LOOKS[2], "vi")]


def opened(stage: Stage, **options: bool) -> tuple[Visitor, Agent]:
    """A visitor who has written, and an agent who has the conversation open with its panel."""
    agent = Agent(
        stage.page(stage.context(viewport={"width": 1440, "height": 900}, **options)), stage.server.url
    )
    agent.arrive(stage.email)
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    agent.open("hello?")
    return visitor, agent


def problem(code: str, status: int) -> str:
    return f'{{"type": "x", "title": "x", "status": {status}, "detail": "x", "code": "{code}"}}'


def answer(page: Page) -> None:
    """Without a worker: a picture of the agent's own page."""
    size = {"x": 0, "y": 0, "width": 1280, "height": 720}
    jpeg = base64.b64encode(page.screenshot(type="jpeg", clip=size)).decode()  # type: ignore[arg-type]
    body = {"state": "ready", "url": "https://shop.example/cart", "taken_at": 1_700_000_000_000, "jpeg": jpeg}
    page.route(PATH, lambda route: route.fulfill(status=200, body=json.dumps(body)))


def refuse(page: Page, code: str, status: int) -> None:
    page.route(PATH, lambda route: route.fulfill(status=status, body=problem(code, status)))


@pytest.mark.smoke
def test_an_agent_sees_the_visitors_page_as_a_stranger_does(stage: Stage) -> None:
    _, agent = opened(stage)
    button = agent.panel.get_by_role("button", name="Screenshot", exact=True)
    button.focus()
    agent.page.keyboard.press("Enter")
    expect(agent.panel.get_by_text("Taking a screenshot…")).to_be_visible()
    picture = agent.panel.get_by_role("img", name=re.compile("^Screenshot of 127"))
    expect(picture).to_be_visible(timeout=3 * PATIENCE * 1000)
    natural = picture.evaluate(
        "async one => { await one.decode(); return [one.naturalWidth, one.naturalHeight] }"
    )
    assert natural == [1280, 720]
    expect(agent.panel.get_by_text("This is what a stranger sees")).to_be_visible()
    expect(agent.panel.get_by_role("button", name="Take again")).to_be_focused()
    agent.page.keyboard.press("Tab")
    agent.page.keyboard.press("Enter")
    dialog = agent.page.get_by_role("dialog", name=re.compile("^Screenshot of"))
    expect(dialog.get_by_role("img")).to_be_visible()
    agent.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(agent.panel.get_by_role("button", name="Enlarge the screenshot")).to_be_focused()


def test_another_page_of_the_visitor_has_no_old_picture(stage: Stage) -> None:
    visitor, agent = opened(stage)
    answer(agent.page)
    agent.panel.get_by_role("button", name="Screenshot", exact=True).click()
    expect(agent.panel.get_by_role("img", name=re.compile("^Screenshot of"))).to_have_count(1)
    visitor.page.get_by_role("link", name="Elsewhere").click()
    expect(agent.panel.get_by_role("img", name=re.compile("^Screenshot of"))).to_have_count(0)
    expect(agent.panel.get_by_role("button", name="Screenshot", exact=True)).to_be_visible()


def test_an_agent_reads_why_there_is_no_picture_and_tries_again(stage: Stage) -> None:
    stage.allow_errors("502", "503", "429")
    _, agent = opened(stage)
    refuse(agent.page, "page_unreachable", 502)
    agent.panel.get_by_role("button", name="Screenshot", exact=True).click()
    expect(agent.panel.get_by_role("alert")).to_have_text("The page cannot be reached from the internet.")
    for code, status, said in (
        ("screenshots_busy", 503, "Other screenshots are being taken"),
        ("rate_limited", 429, "has used its screenshots"),
        ("screenshots_off", 503, "cannot take screenshots"),
    ):
        agent.page.unroute(PATH)
        refuse(agent.page, code, status)
        agent.panel.get_by_role("button", name="Try again").click()
        expect(agent.panel.get_by_role("alert")).to_contain_text(said)


def test_where_screenshots_are_not_available_the_panel_says_so(stage: Stage) -> None:
    context = stage.context(viewport={"width": 1440, "height": 900})
    context.route("**/screenshots", lambda route: route.fulfill(status=200, body='{"available": false}'))
    agent = Agent(stage.page(context), stage.server.url)
    agent.arrive(stage.email)
    visitor = stage.visitor()
    visitor.open()
    visitor.write("hello?")
    agent.open("hello?")
    expect(agent.panel.get_by_text("This server cannot take screenshots.")).to_be_visible()
    expect(agent.panel.get_by_role("button", name="Screenshot", exact=True)).to_have_count(0)


@pytest.mark.parametrize(("look", "language"), SHOWN, ids=lambda one: getattr(one, "name", one))
def test_every_state_looks_right_and_is_accessible(stage: Stage, look: Look, language: str) -> None:
    stage.allow_errors("502")
    PICTURES.mkdir(exist_ok=True)
    phone = look.size["width"] < 500
    _, agent = opened(stage, has_touch=phone)
    page, view = agent.page, f"screenshots-{language}"
    if language != "en":
        speak(page, language)
    if phone:
        look.apply(page)
        page.locator("[data-opens-panel]:visible, [data-opens-panel] > button:visible").first.click()
    else:
        page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")  # with three panes
    panel = page.locator(".panel-pane")
    button = panel.locator(".screenshot > button")
    button.scroll_into_view_if_needed()
    assert (button.bounding_box() or {})["height"] >= (44 if phone else 24)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(PATH, hold)
    button.click()
    expect(panel.locator(".screenshot-wait")).to_be_visible()
    faults = look.faults(page, f"{view}-wait")
    held[0].fulfill(status=502, body=problem("page_unreachable", 502))
    expect(panel.get_by_role("alert")).to_be_visible()
    faults += look.faults(page, f"{view}-error")
    page.unroute(PATH)
    answer(page)
    button.click()
    expect(panel.locator("figure img")).to_be_visible()
    panel.locator("figcaption").scroll_into_view_if_needed()
    faults += look.faults(page, f"{view}-ready")
    panel.locator(".screenshot-picture").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    faults += look.faults(page, f"{view}-large")
    assert not faults, "\n".join(faults)
