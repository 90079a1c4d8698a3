"""Every page and state in both languages at every width: nothing overflows, everything can be tapped.

With PICTURES=light,dark they also take screenshots of all of them: tests/screenshots/en and vi.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.copilot import add_draft, add_session
from tests.browser.forms import ORDER, add_template
from tests.browser.knowledge import add_article, add_gap, add_import
from tests.browser.page_objects import Agent
from tests.browser.screens import INBOX_SCREENS, Screen, settings_screens
from tests.browser.site import Site
from tests.browser.sizes import LANGUAGES, MOUSE, OPTIONS, SIZES, looked_at
from tests.browser.test_looks import talk
from tests.people import PASSWORD, add_agent, add_project
from tests.provider import Provider
from tests.running import Running
from tests.stack import Stack


@dataclass(frozen=True)
class Gallery:
    """A project with data on every page, and a signed-in tab for each language and device."""

    stage: Stage
    places: dict[str, str]
    tabs: dict[tuple[str, str], Page]

    def visit(self, screen: Screen, *, language: str, device: str) -> list[str]:
        """Bring the tab into this state and look at it."""
        page = self.tabs[language, device]
        width, height = SIZES[device][-1]
        page.set_viewport_size(ViewportSize(width=390 if screen.narrow else width, height=height))
        screen.before(page)
        try:
            page.goto(self.stage.server.url + screen.path.format(**self.places))
            page.locator("#app > *").first.wait_for()
            screen.act(page)
            expect(page.locator(screen.ready).first).to_be_visible()
            return looked_at(page, screen.name, language=language, device=device)
        finally:
            screen.after(page)


@pytest.fixture(scope="module")
def server(shared_stack: Stack, worker: Running, provider: Provider) -> Running:
    """A server that also allows OIDC sign-in."""
    return shared_stack.spawn("server", oidc=provider.settings(), **UNTHROTTLED)


@pytest.fixture(scope="module")
def gallery(browser: Browser, shared_stack: Stack, site: Site, server: Running) -> Iterator[Gallery]:
    """Conversations, colleagues, an invitation, a domain, canned responses."""
    stage = Stage(browser, shared_stack, site, server)
    agent, visitor = stage.agent(), stage.visitor()
    talk(visitor, agent)
    for said in ("The pot arrived broken :(", "Where is my order?"):
        another = stage.visitor()
        another.open()
        another.write(said)
        expect(agent.row(said)).to_be_visible()
    fill_project(stage)
    conversation = shared_stack.sql(
        "SELECT id FROM conversations WHERE project_id = $1 ORDER BY id LIMIT 1", stage.project_id
    )
    places = {
        "project": str(stage.project_id),
        "conversation": str(conversation[0]["id"]),
        "unknown": str(stage.project_id),
        "article": str(add_article(stage, "Order details", earlier=("Within two days.",), published=True)),
        "draft": str(add_draft(shared_stack, stage.project_id)),
        "unused": str(UUID(bytes=add_project(shared_stack, name="New shop"))),
        "agents": str(UUID(bytes=add_project(shared_stack, name="Colleagues"))),
    }
    tabs = {
        (language, device): tab(stage, places, language=language, device=device)
        for language in LANGUAGES
        for device in SIZES
    }
    yield Gallery(stage, places, tabs)
    stage.close()


def fill_project(stage: Stage) -> None:
    """Rows for the pages of the settings."""
    sql, project = stage.stack.sql, stage.project_id
    colleague = add_agent(stage.stack, stage.project, name="Bao", role="agent")
    sql("UPDATE users SET full_name = 'Nguyễn Hoàng Bảo Ngọc' WHERE email = $1", colleague)
    sql(
        "UPDATE projects SET domains = domains || ARRAY['*.a-rather-long-name.shop.example'] WHERE id = $1",
        project,
    )
    author = sql("SELECT id FROM users WHERE email = $1", stage.email)[0]["id"]
    add_gap(stage, "Có giao hàng ra đảo Phú Quốc trong dịp Tết Nguyên đán không ạ?", asked=12)
    address = "https://a-rather-long-name.shop.example/help/sitemap.xml"
    add_import(stage, address, ((address, "refused", "status_404"), (address, "waiting", "")))
    add_template(stage, "Order details", description="So that we find your order.")
    add_template(stage, "Thông tin đổi trả hàng và hoàn tiền", ORDER[:2])
    for shortcut, content in (
        ("delivery", "Hello {{visitor.name|there}}, within three days."),
        ("hoan-tien", "Vâng ạ. " * 40),
    ):
        sql(
            "INSERT INTO canned_responses (project_id, id, shortcut, category, content, changed_by)"
            " VALUES ($1, gen_random_uuid(), $2, 'Shipping', $3, $4)",
            project,
            shortcut,
            content,
            author,
        )


def each_case(screens: Iterable[Screen]) -> pytest.MarkDecorator:
    """Every screen in both languages on every device that shows it; `make test` runs one for each page."""
    cases = []
    paths: list[str] = []
    for screen in screens:
        first = screen.path not in paths
        if first:
            paths.append(screen.path)
        ways = [
            (language, device)
            for device in SIZES
            for language in LANGUAGES
            if not (screen.narrow and device == MOUSE)
        ]
        for way, (language, device) in enumerate(ways):
            marks = (pytest.mark.smoke,) if first and way == len(paths) % len(ways) else ()
            name = f"{screen.name}-{language}-{device}"
            cases.append(pytest.param(screen, language, device, id=name, marks=marks))
    return pytest.mark.parametrize(("screen", "language", "device"), cases)


def tab(stage: Stage, places: dict[str, str], *, language: str, device: str) -> Page:
    """A tab of a manager and administrator with an account of their own."""
    email = add_agent(stage.stack, stage.project, name="Mai")
    stage.stack.sql("UPDATE users SET is_admin = true, language = $2 WHERE email = $1", email, language)
    for place, role in (("unused", "manager"), ("agents", "agent")):
        stage.stack.sql(
            "INSERT INTO memberships (project_id, user_id, role)"
            " SELECT $1, id, $2 FROM users WHERE email = $3",
            UUID(places[place]),
            role,
            email,
        )
    conversation, draft = UUID(places["conversation"]), UUID(places["draft"])
    add_session(stage.stack, stage.project_id, email, conversation=conversation, draft=draft)
    page = stage.page(stage.context(locale=LANGUAGES[language], **OPTIONS[device]))
    page.goto(f"{stage.server.url}/app")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(Agent(page, stage.server.url).me).to_be_attached()
    return page


@each_case(INBOX_SCREENS)
def test_the_inbox_fits_every_width_and_thumb(
    gallery: Gallery, screen: Screen, language: str, device: str
) -> None:
    assert gallery.visit(screen, language=language, device=device) == []


@each_case(settings_screens())
def test_the_settings_fit_every_width_and_thumb(
    gallery: Gallery, screen: Screen, language: str, device: str
) -> None:
    assert gallery.visit(screen, language=language, device=device) == []
