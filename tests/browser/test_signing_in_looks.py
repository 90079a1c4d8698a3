"""Every page before the inbox in every theme and size: no serious violation of axe; screenshots."""

import os

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.newcomer import Newcomer, enrol, invite
from tests.browser.test_looks import LOOKS, PICTURES, Look, each_look
from tests.people import add_agent, add_project
from tests.provider import Provider
from tests.running import Running
from tests.smtp import MailDirectory
from tests.stack import Stack


@pytest.fixture(scope="module")
def server(shared_stack: Stack, worker: Running, provider: Provider) -> Running:
    """A server that also allows OIDC sign-in."""
    PICTURES.mkdir(exist_ok=True)
    return shared_stack.spawn("server", oidc=provider.settings(), **UNTHROTTLED)


def seen(stage: Stage, look: Look, *, language: str = "en-US") -> Newcomer:
    """A tab at the sign-in page in this look and language."""
    stage.allow_errors("/auth/", "/invitations/lookup")
    made = Newcomer(stage.page(stage.context(locale=language)), stage.server.url)
    look.apply(made.page)
    return made


@each_look
def test_the_sign_in_page_looks_right_and_is_accessible(stage: Stage, look: Look) -> None:
    newcomer = seen(stage, look)
    page = newcomer.page
    newcomer.visit("/app/sign-in")
    expect(page.get_by_role("button", name="Continue with Local")).to_be_visible()
    faults = look.faults(page, "door-sign-in")
    newcomer.sign_in("lan@example.com", "not the password")
    expect(newcomer.alert.first).to_contain_text("do not match")
    faults += look.faults(page, "door-sign-in-refused")
    newcomer.visit("/app/register")
    newcomer.register("Lan", "lan", "Password20")
    expect(page.get_by_label("Email")).to_be_focused()
    faults += look.faults(page, "door-register")
    newcomer.register("Lan Nguyen", f"lan-{os.urandom(4).hex()}@example.com", "kettle under violet rain")
    expect(newcomer.title).to_have_text("Check your email")
    faults += look.faults(page, "door-check-mail")
    newcomer.visit("/app/forgot")
    expect(newcomer.title).to_have_text("Forgot your password?")
    faults += look.faults(page, "door-forgot")
    newcomer.follow(f"{newcomer.url}/app/reset#token")
    expect(newcomer.title).to_have_text("Choose a new password")
    faults += look.faults(page, "door-reset")
    newcomer.follow(f"{newcomer.url}/app/verify#token")
    expect(newcomer.title).to_have_text("Confirm your email address")
    faults += look.faults(page, "door-confirm")
    newcomer.confirm()
    expect(newcomer.title).to_have_text("This link no longer works")
    faults += look.faults(page, "door-link-gone")
    assert not faults, "\n".join(faults)


@each_look
def test_the_pages_after_the_sign_in_form_look_right_and_are_accessible(stage: Stage, look: Look) -> None:
    mails, newcomer = MailDirectory(stage.stack.data), seen(stage, look)
    page, invited = newcomer.page, f"lan-{os.urandom(4).hex()}@example.com"
    invite(stage, invited, role="manager")
    link = mails.wait_for(invited, "invitation").link
    newcomer.follow(link)
    expect(newcomer.title).to_have_text("Join Shop")
    faults = look.faults(page, "door-invitation")
    enrol(stage.server.url, stage.email)
    newcomer.visit("/app/sign-in")
    newcomer.sign_in(stage.email)
    expect(newcomer.title).to_have_text("Two-step sign-in")
    faults += look.faults(page, "door-second-step")
    alone = add_agent(stage.stack, add_project(stage.stack, name="Gone"), name="An")
    stage.stack.sql("DELETE FROM projects WHERE name = 'Gone'")
    newcomer.visit("/app/sign-in")
    newcomer.sign_in(alone)
    expect(newcomer.title).to_have_text("Welcome, An")
    faults += look.faults(page, "door-no-project")
    newcomer.follow(link)
    expect(newcomer.title).to_have_text("This invitation is for another person")
    faults += look.faults(page, "door-invitation-other")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("look", [LOOKS[2]], ids=lambda look: look.name)
def test_the_sign_in_page_fits_a_phone_in_vietnamese(stage: Stage, look: Look) -> None:
    newcomer = seen(stage, look, language="vi-VN")
    newcomer.visit("/app/register")
    expect(newcomer.title).to_have_text("Tạo tài khoản")
    assert not look.faults(newcomer.page, "door-register-vi")
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert newcomer.page.evaluate(wide) is False


@pytest.mark.smoke
def test_signing_in_works_without_a_mouse(stage: Stage) -> None:
    newcomer = Newcomer(stage.page(stage.context()), stage.server.url)
    page = newcomer.page
    newcomer.visit("/app")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type(stage.email)
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing waiting")).to_be_visible()
