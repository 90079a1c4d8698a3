"""OIDC sign-in in a browser that is redirected to the provider and back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.newcomer import Newcomer, enrol, fresh, invite
from tests.people import PASSWORD
from tests.provider import Provider
from tests.running import Running
from tests.smtp import MailDirectory
from tests.stack import Stack

CHOSEN = "kettle under violet rain"


@pytest.fixture(scope="module")
def server(shared_stack: Stack, worker: Running, provider: Provider) -> Running:
    """A server that trusts an OIDC provider."""
    return shared_stack.spawn("server", oidc=provider.settings(), **UNTHROTTLED)


@pytest.fixture
def newcomer(stage: Stage) -> Iterator[Newcomer]:
    """A tab at the sign-in page."""
    # The provider's page has no icon, and a wrong password is a 401.
    stage.allow_errors("favicon", "/auth/login")
    return Newcomer(stage.page(stage.context()), stage.server.url)


@pytest.mark.smoke
def test_a_provider_signs_a_new_user_in_and_no_url_leaks_the_code(newcomer: Newcomer) -> None:
    page, email = newcomer.page, fresh()
    requests: list[str] = []

    def note(request: Request) -> None:
        if "/api/" in request.url:
            requests.append(f"{request.url} {request.headers.get('referer', '')}")

    page.on("request", note)
    newcomer.visit("/app")
    newcomer.by_provider(email)
    expect(newcomer.title).to_have_text("Welcome, Lan Nguyen")
    expect(page).to_have_url(f"{newcomer.url}/app")
    assert [line for line in requests if "code=" in line] == []
    page.go_back()
    expect(page).not_to_have_url(re.compile("code="))


def test_the_second_factor_is_required_after_a_provider_too(stage: Stage, newcomer: Newcomer) -> None:
    factor = enrol(stage.server.url, stage.email)
    newcomer.visit(f"/app/p/{stage.project_id}")
    newcomer.by_provider(stage.email)
    expect(newcomer.title).to_have_text("Two-step sign-in")
    newcomer.second_step(factor.code())
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()
    expect(newcomer.page).to_have_url(re.compile(f"/app/p/{stage.project_id}$"))


def test_a_stranger_who_registered_the_address_before_loses_access(stage: Stage, newcomer: Newcomer) -> None:
    email = fresh()
    thief = Newcomer(stage.page(stage.context()), stage.server.url)
    thief.visit("/app/register")
    thief.register("Not Lan", email, CHOSEN)
    expect(thief.title).to_have_text("Check your email")
    newcomer.visit("/app")
    newcomer.by_provider(email)
    expect(newcomer.title).to_have_text(re.compile("^Welcome"))
    thief.visit("/app/sign-in")
    thief.sign_in(email, CHOSEN)
    expect(thief.alert).to_contain_text("That email and password do not match.")


def test_an_unverified_address_of_a_provider_is_refused(stage: Stage, newcomer: Newcomer) -> None:
    stage.allow_errors("/auth/oidc/finish")
    newcomer.visit("/app")
    newcomer.by_provider(stage.email, verified=False)
    expect(newcomer.title).to_have_text("That did not work")
    expect(newcomer.page.get_by_text("has not confirmed your email address")).to_be_visible()


def test_a_cancelled_sign_in_returns_to_the_sign_in_page(newcomer: Newcomer) -> None:
    page = newcomer.page
    newcomer.visit("/app")
    page.get_by_role("button", name="Continue with Local").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The sign-in was cancelled.")).to_be_visible()
    page.get_by_role("button", name="Back to sign-in").click()
    expect(page).to_have_url(f"{newcomer.url}/app/sign-in")
    expect(page.get_by_label("Email")).to_be_focused()


@pytest.mark.smoke
def test_a_redirect_that_this_browser_did_not_start_is_refused(stage: Stage, newcomer: Newcomer) -> None:
    stage.allow_errors("/auth/oidc/finish")
    newcomer.visit("/app/oidc/return?code=stolen&state=made-up")
    expect(newcomer.page.get_by_text("was started in another browser")).to_be_visible()
    expect(newcomer.page).to_have_url(f"{newcomer.url}/app/oidc/return")


def test_an_invited_new_user_joins_by_a_provider(stage: Stage, newcomer: Newcomer) -> None:
    email = fresh()
    invite(stage, email)
    newcomer.follow(MailDirectory(stage.stack.data).wait_for(email, "invitation").link)
    newcomer.by_provider(email)
    newcomer.page.get_by_role("button", name="Join Shop").click()
    expect(newcomer.page).to_have_url(re.compile(f"/app/p/{stage.project_id}$"))


def test_a_password_still_signs_in_beside_the_provider(stage: Stage, newcomer: Newcomer) -> None:
    newcomer.visit("/app")
    newcomer.by_provider(stage.email)
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()
    newcomer.sign_out()
    newcomer.sign_in(stage.email, PASSWORD)
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()
