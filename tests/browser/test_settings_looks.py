"""Every settings page in every theme and size: no serious violation of axe; screenshots for review."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.settings import Settings, at_settings
from tests.browser.site import Site
from tests.browser.test_looks import LOOKS, PICTURES, Look, each_look
from tests.people import PASSWORD, add_agent
from tests.provider import Provider
from tests.running import Running
from tests.stack import Stack


@dataclass(frozen=True)
class Office:
    """A project with data on every settings page, and its manager there."""

    stage: Stage
    settings: Settings
    project: str


@pytest.fixture(scope="module")
def server(shared_stack: Stack, worker: Running, provider: Provider) -> Running:
    """A server that also allows OIDC sign-in."""
    return shared_stack.spawn("server", oidc=provider.settings(), **UNTHROTTLED)


@pytest.fixture(scope="module")
def office(browser: Browser, shared_stack: Stack, site: Site, server: Running) -> Iterator[Office]:
    """A project with colleagues, an invitation, a key and audit entries."""
    PICTURES.mkdir(exist_ok=True)
    stage = Stage(browser, shared_stack, site, server)
    shared_stack.sql("UPDATE users SET is_admin = true WHERE email = $1", stage.email)
    add_agent(shared_stack, stage.project, name="Tom", role="agent")
    project = f"projects/{stage.project_id}/settings"
    settings = at_settings(stage, f"{project}/members")
    settings.page.get_by_label("Role of Tom").select_option("manager")
    settings.expect_toast("Tom is now Manager.")
    settings.go("Invitations")
    settings.fill("Email address", "lan@example.com")
    settings.press("Send invitation")
    expect(settings.item("lan@example.com")).to_be_visible()
    settings.go("API keys")
    settings.fill("Name", "Order system")
    settings.page.get_by_label("Read conversations").check()
    settings.press("Create key")
    settings.press("I have copied it")
    settings.go("Domains")
    settings.fill("Add a domain", "*.Shop.example")
    settings.press("Add")
    expect(settings.item("*.shop.example")).to_be_visible()
    yield Office(stage, settings, project)
    stage.close()


PAGES = {
    "profile": "account/profile",
    "email": "account/email",
    "security": "account/security",
    "sessions": "account/sessions",
    "linked": "account/linked",
    "notifications": "account/notifications",
    "close": "account/close",
    "general": "{project}/general",
    "domains": "{project}/domains",
    "members": "{project}/members",
    "invitations": "{project}/invitations",
    "api-keys": "{project}/api-keys",
    "audit": "{project}/audit",
    "project-close": "{project}/close",
    "new-project": "projects/new",
    "admin-users": "admin/users",
    "admin-projects": "admin/projects",
    "admin-status": "admin/status",
    "admin-audit": "admin/audit",
}


@each_look
def test_every_page_looks_right_and_is_accessible(office: Office, look: Look) -> None:
    settings, faults = office.settings, []
    look.apply(settings.page)
    for name, path in PAGES.items():
        settings.visit(path.format(project=office.project))
        expect(settings.page.locator(".bones")).to_have_count(0)
        faults += look.faults(settings.page, f"settings-{name}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_the_steps_of_two_step_sign_in_look_right(office: Office, look: Look) -> None:
    settings, page = office.settings, office.settings.page
    look.apply(page)
    settings.visit("account/security")
    settings.press("Turn on")
    settings.fill("Your password", PASSWORD)
    settings.press("Next")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    faults = look.faults(page, "settings-two-factor")
    settings.press("Cancel", inside=settings.card("Two-step sign-in"))
    settings.visit("account/close")
    settings.press("Delete my account")
    expect(settings.dialog).to_be_visible()
    faults += look.faults(page, "settings-dialog")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Delete my account")).to_be_focused()
    assert not faults, "\n".join(faults)


def test_a_phone_shows_the_navigation_and_then_the_page(office: Office) -> None:
    settings, page = office.settings, office.settings.page
    look = LOOKS[2]
    look.apply(page)
    page.goto(f"{settings.url}/app/account")
    expect(page.get_by_role("link", name="Members")).to_be_visible()
    expect(settings.title).to_be_hidden()
    faults = look.faults(page, "settings-places")
    page.get_by_role("link", name="Members").click()
    expect(settings.title).to_have_text("Members")
    page.get_by_role("link", name="All settings").click()
    expect(page.get_by_role("link", name="Members")).to_be_visible()
    assert not faults, "\n".join(faults)
