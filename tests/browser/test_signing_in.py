"""All pages before the inbox, in a browser with the real server, worker and mails."""

import gzip
import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.newcomer import Newcomer, enrol, fresh, invite
from tests.people import PASSWORD, add_agent, add_project
from tests.provider import Provider
from tests.running import Running
from tests.smtp import MailDirectory
from tests.stack import Stack

CHOSEN = "kettle under violet rain"


@pytest.fixture(scope="module")
def server(shared_stack: Stack, worker: Running, provider: Provider) -> Running:
    """A server that also allows OIDC sign-in."""
    return shared_stack.spawn("server", oidc=provider.settings(), **UNTHROTTLED)


@pytest.fixture
def newcomer(stage: Stage) -> Iterator[Newcomer]:
    """A tab at the sign-in page."""
    stage.allow_errors("/auth/login", "/auth/refresh")  # Chromium logs expected refusals as errors
    return Newcomer(stage.page(stage.context()), stage.server.url)


@pytest.mark.smoke
def test_a_new_user_registers_confirms_and_signs_in(newcomer: Newcomer, mails: MailDirectory) -> None:
    email, page = fresh(), newcomer.page
    newcomer.visit("/app")
    page.get_by_role("link", name="Create an account").click()
    expect(page).to_have_url(re.compile("/app/register$"))
    expect(page.get_by_label("Your name")).to_be_focused()
    expect(page.get_by_label("Password", exact=True)).to_have_accessible_description(
        re.compile("At least 10 characters")
    )
    newcomer.register("Lan Nguyen", email, CHOSEN)
    expect(newcomer.title).to_have_text("Check your email")
    expect(page.get_by_text(email)).to_be_visible()
    expect(page.get_by_text("It writes emails as files to mail/ in its data directory")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(r"Send it again in \d+ s"))).to_be_disabled()
    newcomer.follow(mails.wait_for(email, "verify_email").link)
    expect(newcomer.title).to_have_text("Confirm your email address")
    newcomer.confirm()  # the browser of the registration needs no password
    expect(newcomer.title).to_have_text("Your address is confirmed")
    assert page.evaluate("location.href") == f"{newcomer.url}/app/verify"
    page.get_by_role("link", name="Sign in").click()
    newcomer.sign_in(email, CHOSEN)
    expect(newcomer.title).to_have_text("Welcome, Lan Nguyen")
    expect(page.get_by_role("link", name="Create a project")).to_be_visible()
    page.reload()
    expect(newcomer.title).to_have_text("Welcome, Lan Nguyen")


def test_a_user_without_a_project_sees_one_as_soon_as_they_are_added(
    stage: Stage, newcomer: Newcomer
) -> None:
    email = add_agent(stage.stack, add_project(stage.stack, name="Gone"), name="An")
    stage.stack.sql("DELETE FROM projects WHERE name = 'Gone'")
    newcomer.visit("/app")
    newcomer.sign_in(email)
    newcomer.page.get_by_role("button", name="Check again").click()
    expect(newcomer.page.locator(".auth-message")).to_have_text("No project yet.")
    stage.stack.sql(
        "INSERT INTO memberships (project_id, user_id, role) "
        "SELECT $1, id, 'agent' FROM users WHERE email = $2",
        stage.project_id,
        email,
    )
    newcomer.page.get_by_role("button", name="Check again").click()
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()


def test_errors_are_shown_next_to_their_field_which_gets_the_focus(stage: Stage, newcomer: Newcomer) -> None:
    stage.allow_errors("/auth/register")
    page, password = newcomer.page, newcomer.page.get_by_label("Password", exact=True)
    newcomer.visit("/app/register")
    page.get_by_role("button", name="Create account").click()
    name = page.get_by_label("Your name")
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description(re.compile("Enter your name."))
    newcomer.register("Lan", "lan at example", "short")
    expect(page.get_by_label("Email")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_accessible_description("Enter a valid email address.")
    expect(password).to_have_accessible_description(re.compile("^Use at least 10 characters."))
    newcomer.register("Lan", fresh(), "1q2w3e4r5t")  # long enough, but a common password
    expect(password).to_be_focused()
    expect(password).to_have_accessible_description(re.compile("^This password is too common"))
    password.fill("Password2024")
    expect(page.get_by_text("Weak: it is or contains a common password")).to_be_visible()
    password.fill(CHOSEN)
    expect(page.get_by_text("Strong")).to_be_visible()
    page.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    expect(password).to_have_attribute("autocomplete", "new-password")


def test_an_unconfirmed_address_is_reported_and_gets_another_mail(
    newcomer: Newcomer, mails: MailDirectory
) -> None:
    email = fresh()
    newcomer.visit("/app/register")
    newcomer.register("Lan Nguyen", email, CHOSEN)
    mails.wait_for(email, "verify_email")
    newcomer.visit("/app/sign-in")
    newcomer.sign_in(email, CHOSEN)
    expect(newcomer.alert).to_contain_text("Your email address is not confirmed yet.")
    newcomer.page.get_by_role("button", name="Send a new link").click()
    expect(newcomer.title).to_have_text("Check your email")
    newcomer.follow(mails.wait_for(email, "verify_email").link)
    newcomer.confirm()
    expect(newcomer.title).to_have_text("Your address is confirmed")


def test_an_invalid_link_says_what_to_do(stage: Stage, newcomer: Newcomer) -> None:
    stage.allow_errors("/auth/verify", "/auth/reset", "/auth/email/confirm", "/invitations/lookup")
    page = newcomer.page
    for path, title in (
        ("/app/verify#nonsense", "This link no longer works"),
        ("/app/email#nonsense", "This link no longer works"),
        ("/app/reset", "This link no longer works"),
        ("/app/invitation#nonsense", "This invitation is no longer valid"),
    ):
        newcomer.follow(newcomer.url + path)
        if path in {"/app/verify#nonsense", "/app/email#nonsense"}:
            newcomer.confirm()
        expect(newcomer.title).to_have_text(title)
        expect(newcomer.title).to_be_focused()
    newcomer.follow(f"{newcomer.url}/app/reset#nonsense")
    page.get_by_label("New password").fill(CHOSEN)
    page.get_by_role("button", name="Change password").click()
    page.get_by_role("link", name="Send a new link").click()
    expect(newcomer.title).to_have_text("Forgot your password?")


def test_the_second_factor_is_required_and_a_recovery_code_works_too(
    stage: Stage, newcomer: Newcomer
) -> None:
    stage.allow_errors("/auth/login/")
    factor, page = enrol(stage.server.url, stage.email), newcomer.page
    newcomer.visit("/app")
    newcomer.sign_in(stage.email)
    expect(newcomer.title).to_have_text("Two-step sign-in")
    code = page.get_by_label("Code")
    expect(code).to_be_focused()
    expect(code).to_have_attribute("autocomplete", "one-time-code")
    newcomer.second_step("000000")
    expect(code).to_have_accessible_description(re.compile("This code is wrong."))
    newcomer.second_step(factor.code())
    expect(page.get_by_text("Nothing waiting")).to_be_visible()
    newcomer.sign_out()
    newcomer.sign_in(stage.email)
    page.get_by_role("button", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(factor.recovery_codes[0])
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("Nothing waiting")).to_be_visible()


@pytest.mark.smoke
def test_a_forgotten_password_is_reset(stage: Stage, newcomer: Newcomer, mails: MailDirectory) -> None:
    page = newcomer.page
    newcomer.visit("/app")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill(stage.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text(f"If {stage.email} has an account")).to_be_visible()
    link = mails.wait_for(stage.email, "reset_password").link
    newcomer.follow(link)
    page.reload()  # the URL no longer has the secret, the page still does
    page.get_by_label("New password").fill(CHOSEN)
    page.get_by_role("button", name="Change password").click()
    expect(newcomer.title).to_have_text("Your password was changed")
    page.get_by_role("link", name="Sign in").click()
    newcomer.sign_in(stage.email, PASSWORD)
    expect(newcomer.alert).to_contain_text("That email and password do not match.")
    newcomer.sign_in(stage.email, CHOSEN)
    expect(page.get_by_text("Nothing waiting")).to_be_visible()


@pytest.mark.smoke
def test_an_invited_new_user_joins_by_registering(
    stage: Stage, newcomer: Newcomer, mails: MailDirectory
) -> None:
    email, page = fresh(), newcomer.page
    invite(stage, email)
    newcomer.follow(mails.wait_for(email, "invitation").link)
    expect(newcomer.title).to_have_text("Join Shop")
    expect(page.get_by_label("Email")).to_have_value(email)
    expect(page.get_by_label("Email")).not_to_be_editable()
    page.get_by_label("Your name").fill("Lan Nguyen")
    page.get_by_label("Password", exact=True).fill(CHOSEN)
    page.get_by_role("button", name="Create account and join").click()
    expect(page.get_by_text("Nothing waiting")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/app/p/{stage.project_id}$"))


def test_an_invited_user_joins_by_signing_in(stage: Stage, newcomer: Newcomer, mails: MailDirectory) -> None:
    email = add_agent(stage.stack, add_project(stage.stack, name="Elsewhere"), name="Bao")
    invite(stage, email)
    newcomer.follow(mails.wait_for(email, "invitation").link)
    expect(newcomer.title).to_have_text("Join Shop")
    expect(newcomer.page.get_by_label("Email")).to_have_value(email)
    newcomer.page.get_by_label("Password", exact=True).fill(PASSWORD)
    newcomer.page.get_by_role("button", name="Sign in").click()
    expect(newcomer.page).to_have_url(re.compile(f"/app/p/{stage.project_id}$"))
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()


def test_an_invitation_for_another_account_offers_to_switch(
    stage: Stage, newcomer: Newcomer, mails: MailDirectory
) -> None:
    other = add_project(stage.stack, name="Elsewhere")
    invited = add_agent(stage.stack, other, name="Bao")
    me, page = add_agent(stage.stack, other, name="Chi"), newcomer.page
    invite(stage, invited)
    newcomer.visit("/app")
    newcomer.sign_in(me)
    expect(page.get_by_text("Nothing waiting")).to_be_visible()
    newcomer.follow(mails.wait_for(invited, "invitation").link)
    expect(newcomer.title).to_have_text("This invitation is for another person")
    page.get_by_role("button", name=f"Sign out and continue as {invited}").click()
    expect(page.get_by_label("Email")).to_have_value(invited)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(f"/app/p/{stage.project_id}$"))


def test_an_invited_signed_in_user_joins_with_one_click(
    stage: Stage, newcomer: Newcomer, mails: MailDirectory
) -> None:
    email = add_agent(stage.stack, add_project(stage.stack, name="Elsewhere"), name="Bao")
    invite(stage, email)
    newcomer.visit("/app")
    newcomer.sign_in(email)
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()
    newcomer.follow(mails.wait_for(email, "invitation").link)
    newcomer.page.get_by_role("button", name="Join Shop").click()
    expect(newcomer.page).to_have_url(re.compile(f"/app/p/{stage.project_id}$"))
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()


def test_after_too_many_attempts_the_waiting_time_counts_down(stage: Stage, newcomer: Newcomer) -> None:
    newcomer.visit("/app")
    for _ in range(5):
        newcomer.sign_in(stage.email, "not the password")
        expect(newcomer.alert).to_contain_text("do not match")
    newcomer.sign_in(stage.email, "not the password")
    expect(newcomer.alert).to_contain_text("Too many attempts.")
    button = newcomer.page.get_by_role("button", name=re.compile(r"Try again in (1 min )?\d+ s"))
    expect(button).to_be_disabled()
    before = button.inner_text()
    expect(button).not_to_have_text(before)


def test_without_a_server_the_sign_in_page_says_so_and_recovers(stage: Stage, newcomer: Newcomer) -> None:
    stage.allow_errors("net::ERR_")
    page = newcomer.page
    newcomer.visit("/app/sign-in")
    page.route("**/auth/login", lambda route: route.abort())
    newcomer.sign_in(stage.email)
    expect(newcomer.alert).to_contain_text("The server cannot be reached.")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.unroute("**/auth/login")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing waiting")).to_be_visible()


def test_signing_in_returns_to_the_requested_page(stage: Stage, newcomer: Newcomer) -> None:
    wanted = f"/app/p/{stage.project_id}"
    newcomer.visit(wanted)
    expect(newcomer.page).to_have_url(f"{newcomer.url}/app/sign-in?to={quote(wanted, safe='')}")
    newcomer.sign_in(stage.email)
    expect(newcomer.page).to_have_url(newcomer.url + wanted)
    newcomer.sign_out()
    newcomer.visit("/app/sign-in?to=https%3A%2F%2Fevil.example%2Fapp")
    newcomer.sign_in(stage.email)
    expect(newcomer.page).to_have_url(newcomer.url + wanted)


def test_a_session_ended_elsewhere_leads_to_the_sign_in_page(stage: Stage) -> None:
    stage.allow_errors("/auth/refresh", "401")
    agent = stage.agent()
    stage.stack.sql(
        "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE email = $1)", stage.email
    )
    agent.page.reload()
    expect(agent.page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()
    agent.sign_in(stage.email)
    expect(agent.me).to_be_visible()


def test_the_sign_in_page_uses_the_browsers_language_and_the_inbox_the_profiles(stage: Stage) -> None:
    page: Page = stage.page(stage.context(locale="vi-VN"))
    newcomer = Newcomer(page, stage.server.url)
    newcomer.visit("/app")
    expect(page.get_by_role("heading", name="Đăng nhập Parley")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.get_by_label("Email").fill(stage.email)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_text("Nothing waiting")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.smoke
def test_the_inbox_loads_no_sign_in_code_and_stays_within_its_script_size(stage: Stage) -> None:
    agent = stage.agent()
    loaded: list[str] = []

    def note(request: Request) -> None:
        if request.resource_type == "script":
            loaded.append(urlsplit(request.url).path)

    agent.page.on("requestfinished", note)
    agent.page.reload()
    expect(agent.page.get_by_text("Nothing waiting")).to_be_visible()
    assert loaded
    assert [path for path in loaded if "dashboard-auth" in path] == []
    assert sum(len(gzip.compress(stage.server.get(path)[1])) for path in set(loaded)) <= 120 * 1024


def test_with_registration_by_invitation_the_sign_in_page_offers_none(stage: Stage) -> None:
    settings = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "Parley <parley@chat.example>"}
    closed = stage.stack.spawn("server", registration="invited", **settings, **UNTHROTTLED)
    newcomer = Newcomer(stage.page(stage.context()), closed.url)
    newcomer.visit("/app/register")
    expect(newcomer.title).to_have_text("By invitation only")
    newcomer.page.get_by_role("link", name="Back to sign-in").click()
    expect(newcomer.page.get_by_role("link", name="Forgot your password?")).to_be_visible()
    expect(newcomer.page.get_by_role("link", name="Create an account")).to_have_count(0)
    with newcomer.page.expect_response("**/auth/options"):
        newcomer.visit("/app/forgot")
    newcomer.page.get_by_label("Email").fill(fresh())
    newcomer.page.get_by_role("button", name="Send the link").click()
    expect(newcomer.title).to_have_text("Check your email")
    expect(newcomer.page.get_by_text("It writes emails as files to")).to_have_count(0)
    newcomer.page.close()
    closed.kill()
