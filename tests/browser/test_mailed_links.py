"""Mailed links need a press of their button; removing a lost second factor."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.newcomer import Newcomer, enrol, fresh
from tests.people import add_agent, add_project
from tests.running import Running
from tests.smtp import MailDirectory
from tests.stack import Stack

CHOSEN = "kettle under violet rain"


@pytest.fixture(scope="module")
def server(shared_stack: Stack, worker: Running) -> Running:
    """A server without limits on requests."""
    return shared_stack.spawn("server", **UNTHROTTLED)


@pytest.fixture
def newcomer(stage: Stage) -> Iterator[Newcomer]:
    """A tab at the sign-in page."""
    stage.allow_errors("/auth/login", "/auth/refresh")  # Chromium logs expected refusals as errors
    return Newcomer(stage.page(stage.context()), stage.server.url)


@pytest.mark.smoke
def test_opening_a_link_confirms_nothing_and_another_browser_needs_the_password(
    stage: Stage, newcomer: Newcomer, mails: MailDirectory
) -> None:
    email = fresh()
    newcomer.visit("/app/register")
    newcomer.register("Lan Nguyen", email, CHOSEN)
    link = mails.wait_for(email, "verify_email").link
    confirmed = "SELECT email_verified_at IS NOT NULL FROM users WHERE email = $1"
    scanner = Newcomer(stage.page(stage.context()), stage.server.url)
    scanner.follow(link)  # a mail scanner runs scripts and presses no button
    expect(scanner.title).to_have_text("Confirm your email address")
    assert stage.stack.sql(confirmed, email)[0][0] is False
    stage.allow_errors("403", "409")
    scanner.confirm("not the password")
    field = scanner.page.get_by_label("Password", exact=True)
    expect(field).to_have_accessible_description("The password is wrong. Please try again.")
    expect(field).to_be_focused()
    field.press_sequentially("x")
    expect(field).not_to_have_attribute("aria-invalid", "true")  # the error was about the previous input
    assert stage.stack.sql(confirmed, email)[0][0] is False
    scanner.page.get_by_label("Password", exact=True).fill(CHOSEN)
    scanner.page.get_by_role("button", name="Confirm").click()
    expect(scanner.title).to_have_text("Your address is confirmed")
    newcomer.follow(link)
    newcomer.confirm()
    expect(newcomer.title).to_have_text("This address is already confirmed")
    newcomer.page.get_by_role("link", name="Sign in").click()
    newcomer.sign_in(email, CHOSEN)
    expect(newcomer.title).to_have_text("Welcome, Lan Nguyen")


def test_a_user_without_app_and_codes_requests_the_end_of_two_step_sign_in(
    stage: Stage, newcomer: Newcomer, mails: MailDirectory
) -> None:
    email = add_agent(stage.stack, add_project(stage.stack), name="Lan")
    enrol(stage.server.url, email)
    newcomer.visit("/app/sign-in")
    newcomer.sign_in(email)
    newcomer.page.get_by_role("button", name="Use a recovery code").click()
    newcomer.page.get_by_role("link", name="Lost the app and the codes?").click()
    newcomer.page.get_by_label("Email").fill(email)
    newcomer.page.get_by_role("button", name="Send the link").click()
    newcomer.follow(mails.wait_for(email, "reset_password").link)
    newcomer.page.get_by_label("New password").fill(CHOSEN)
    newcomer.page.get_by_label("I have lost my authenticator app").check()
    newcomer.page.get_by_role("button", name="Change password").click()
    expect(newcomer.title).to_have_text("Your password was changed")
    expect(newcomer.page.get_by_text("Two-step sign-in will be turned off in three days")).to_be_visible()
    assert "turned off" in mails.wait_for(email, "two_factor_ends").text
