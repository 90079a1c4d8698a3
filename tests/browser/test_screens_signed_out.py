"""The pages before the inbox and the widget, in both languages at every width: see test_screens.py."""

import os

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.newcomer import enrol, fresh, invite
from tests.browser.sizes import LANGUAGES, OPTIONS, both_languages, each_device, looked_at
from tests.people import PASSWORD, add_agent, add_project
from tests.provider import Provider
from tests.running import Running
from tests.smtp import MailDirectory
from tests.stack import Stack

HOST = "#parley-widget"


@pytest.fixture(scope="module")
def server(shared_stack: Stack, worker: Running, provider: Provider) -> Running:
    """A server that also allows OIDC sign-in."""
    return shared_stack.spawn("server", oidc=provider.settings(), **UNTHROTTLED)


class Walk:
    """A tab that walks through pages and notes their faults."""

    def __init__(self, stage: Stage, *, language: str, device: str, host: str = "") -> None:
        self.stage = stage
        self.page: Page = stage.page(stage.context(locale=LANGUAGES[language], **OPTIONS[device]))
        self.faults: list[str] = []
        self._look = {"language": language, "device": device, "host": host}

    def go(self, path: str) -> None:
        """Load a page as a mailed link does: again, even if only the fragment differs."""
        self.page.goto("about:blank")
        self.page.goto(self.stage.server.url + path)

    def fill(self, **fields: str) -> None:
        """Fill the fields of these names and submit the form."""
        for name, value in fields.items():
            self.page.locator(f"input[name={name}]").fill(value)
        self.page.locator(f"input[name={list(fields)[-1]}]").press("Enter")

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Sign in on the sign-in page."""
        self.go("/app/sign-in")
        self.fill(email=email, password=password)

    def look(self, name: str, ready: str) -> None:
        """Look at the page once this selector is visible."""
        expect(self.page.locator(ready).first).to_be_visible()
        self.faults += looked_at(self.page, name, **self._look)


@each_device
@both_languages
def test_the_pages_before_the_inbox_fit_every_width_and_thumb(
    stage: Stage, language: str, device: str
) -> None:
    stage.allow_errors("/auth/", "/invitations/lookup")
    walk = Walk(stage, language=language, device=device)
    walk.go("/app/sign-in")
    walk.look("sign-in", ".auth-providers")
    walk.fill(email="lan@example.com", password="not the password")
    walk.look("sign-in-refused", ".auth-wrong p")
    walk.go("/app/register")
    walk.fill(full_name="Lan", email="lan", password="Password20")
    walk.look("register-wrong", ".field-wrong")
    walk.go("/app/register")
    walk.fill(full_name="Lan Nguyen", email=fresh(), password="kettle under violet rain")
    walk.look("check-mail", ".auth-note")
    walk.go("/app/forgot")
    walk.look("forgot", "input[name=email]")
    walk.fill(email=fresh())
    walk.look("forgot-sent", ".auth-note")
    walk.go("/app/reset#token")
    walk.look("reset", ".strength")
    walk.go("/app/verify#token")
    walk.look("verify", ".signin-card .button")
    walk.page.locator(".signin-card .button").first.click()
    walk.look("link-gone", ".auth-icon.is-bad")
    assert walk.faults == []


@each_device
@both_languages
def test_the_pages_of_people_who_are_known_fit_every_width_and_thumb(
    stage: Stage, language: str, device: str
) -> None:
    stage.allow_errors("/auth/", "/invitations/lookup")
    walk = Walk(stage, language=language, device=device)
    invited = f"nguyen-hoang-bao-ngoc-{os.urandom(8).hex()}@example.com"
    invite(stage, invited, role="manager")
    link = MailDirectory(stage.stack.data).wait_for(invited, "invitation").link
    invitation = link[link.index("/app") :]
    walk.go(invitation)
    walk.look("invitation", ".strength")
    enrol(stage.server.url, stage.email)
    walk.sign_in(stage.email)
    walk.look("second-step", ".is-code")
    walk.page.locator(".auth-foot .link").first.click()
    walk.look("recovery-code", ".auth-foot .link")
    alone = add_agent(stage.stack, add_project(stage.stack, name="Gone"), name="An")
    stage.stack.sql("DELETE FROM projects WHERE name = 'Gone'")
    stage.stack.sql("UPDATE users SET language = $2 WHERE email = $1", alone, language)
    walk.sign_in(alone)
    walk.look("no-project", ".auth-choice")
    walk.go(invitation)
    walk.look("invitation-other", ".unbroken")
    assert walk.faults == []


@each_device
@both_languages
def test_the_widget_fits_every_width_and_thumb(stage: Stage, language: str, device: str) -> None:
    stage.allow_errors("net::ERR_", "WebSocket connection to")
    walk, agent = Walk(stage, language=language, device=device, host=HOST), stage.agent()
    page = walk.page
    page.goto(stage.page_url())
    walk.look("widget-closed", ".launcher")
    page.locator(".launcher").click()
    walk.look("widget-empty", ".window .empty")
    box = page.locator(".window textarea")
    box.fill("Do you ship to Norway?")
    page.locator(".window .send").click()
    agent.open("Do you ship to Norway?")
    agent.write("Yes, within five days.\nhttps://example.com/delivery/norway/how-long-does-it-take")
    walk.look("widget-conversation", ".theirs .bubble")
    box.fill("x" * 4_999)
    walk.look("widget-nearly-full", ".count")
    box.fill("x" * 5_001)
    walk.look("widget-too-long", ".count.bad")
    box.fill("")
    page.context.set_offline(True)
    box.fill("Thank you!")
    page.locator(".window .send").click()
    walk.look("widget-offline", ".window .banner")
    page.context.set_offline(False)
    expect(page.locator(".window .banner")).to_have_count(0)
    page.locator(".window .round").last.click()
    agent.write("You are welcome. Shall I reserve one for you?")
    walk.look("widget-preview", ".preview")
    assert walk.faults == []
