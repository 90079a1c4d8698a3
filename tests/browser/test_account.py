"""The user's own account in a browser: profile, address, password, sessions, deactivation and deletion."""

import re
import struct
import zlib
from random import Random

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import UNTHROTTLED, Stage
from tests.browser.newcomer import Newcomer
from tests.browser.settings import Settings, at_settings
from tests.people import PASSWORD, add_agent
from tests.provider import Provider
from tests.running import Running
from tests.smtp import MailDirectory
from tests.stack import Stack

CHOSEN = "kettle under violet rain"
REFUSED = ("403", "409", "422", "/auth/")  # Chromium logs expected refusals as errors
ENDED = re.compile("Your session has ended")


@pytest.fixture(scope="module")
def server(shared_stack: Stack, worker: Running, provider: Provider) -> Running:
    """A server that also allows OIDC sign-in."""
    return shared_stack.spawn("server", oidc=provider.settings(), **UNTHROTTLED)


@pytest.fixture
def mine(stage: Stage) -> Settings:
    """Mai at her settings, with a colleague who is also a manager."""
    stage.allow_errors(*REFUSED, "favicon")
    add_agent(stage.stack, stage.project, name="Tom")
    return at_settings(stage, "account/profile")


@pytest.mark.smoke
def test_a_saved_profile_changes_the_language_at_once(stage: Stage, mine: Settings) -> None:
    page = mine.page
    mine.fill("Full name", "Mai Tran")
    mine.press("Save")
    mine.expect_toast("Saved.")
    page.get_by_label("Language", exact=True).select_option("vi")
    expect(mine.title).to_have_text("Hồ sơ")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.reload()
    expect(mine.title).to_have_text("Hồ sơ")
    expect(page.get_by_label("Họ và tên")).to_have_value("Mai Tran")
    page.get_by_label("Ngôn ngữ").select_option("en")
    expect(mine.title).to_have_text("Profile")
    mine.fill("Full name", "   ")
    expect(page.get_by_role("alert").filter(has_text="Enter your name.")).to_be_visible()
    mine.press("Save")  # unchanged values: the page still confirms
    expect(page.get_by_label("Full name")).to_be_focused()


def test_the_mail_about_an_assignment_is_turned_off_and_on(stage: Stage, mine: Settings) -> None:
    page = mine.page
    mine.go("Notifications")
    switch = page.get_by_role("switch", name="A teammate assigned me a conversation")
    expect(switch).to_be_checked()
    page.get_by_text("A teammate assigned me a conversation").click()
    expect(switch).not_to_be_checked()
    mine.expect_toast("Saved.")
    page.reload()
    expect(switch).not_to_be_checked()
    wanted = "SELECT count(*) FROM users WHERE NOT mail_on_assignment"
    assert stage.stack.sql(wanted)[0][0] == 1
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_be_checked()
    mine.expect_toast("Saved.")
    assert stage.stack.sql(wanted)[0][0] == 0


def test_the_browsers_time_zone_is_suggested(stage: Stage) -> None:
    made = stage.agent(timezone_id="Europe/Berlin")
    mine = Settings(made)
    mine.visit("account/profile")
    mine.press("Use Europe/Berlin")
    mine.press("Save")
    mine.expect_toast("Saved.")
    mine.page.reload()
    expect(mine.page.get_by_label("Time zone")).to_have_value("Europe/Berlin")


def test_a_large_picture_is_scaled_down_shown_and_removed(mine: Settings) -> None:
    page, photo = mine.page, noise(900, 600)
    with page.expect_request("**/api/v1/me/avatar") as sent:
        page.get_by_label("Choose a picture").set_input_files(photo)
    assert len(sent.value.post_data or "") < 65_000  # 48,000 bytes in base64
    mine.expect_toast("Picture saved.")
    picture = mine.card("Picture").locator("img")
    expect(picture).to_have_js_property("naturalWidth", 256)
    page.goto(f"{mine.url}/app")
    expect(page.locator(".rail-me img")).to_have_js_property("naturalWidth", 256)
    mine.visit("account/profile")
    mine.press("Remove picture")
    mine.expect_toast("Picture removed.")
    expect(picture).to_have_count(0)
    page.get_by_label("Choose a picture").set_input_files(
        FilePayload(name="notes.png", mimeType="image/png", buffer=b"not a picture")
    )
    expect(mine.card("Picture").get_by_role("alert")).to_contain_text("cannot read this file as a picture")


def test_the_mailed_link_changes_the_address(stage: Stage, mine: Settings, mails: MailDirectory) -> None:
    page, fresh = mine.page, f"new-{stage.email}"
    mine.go("Email address")
    mine.fill("New email address", fresh)
    mine.fill("Your password", "not the password")
    mine.press("Send the link")
    expect(page.get_by_role("alert").filter(has_text="The password is wrong.")).to_be_visible()
    mine.fill("Your password", PASSWORD)
    mine.press("Send the link")
    expect(page.get_by_text(f"Waiting for {fresh}")).to_be_visible()
    page.reload()
    mine.press("Keep my current address")
    mine.expect_toast("Your address was not changed.")
    void = mails.wait_for(fresh, "email_change_verify").link
    mine.fill("New email address", fresh)
    mine.fill("Your password", PASSWORD)
    mine.press("Send the link")
    expect(page.get_by_text(f"Waiting for {fresh}")).to_be_visible()
    newcomer = Newcomer(stage.page(stage.context()), stage.server.url)
    stage.allow_errors("400")
    newcomer.follow(void)
    newcomer.confirm()
    expect(newcomer.page.get_by_text("was cancelled")).to_be_visible()
    newcomer.follow(mails.wait_for(fresh, "email_change_verify").link)
    stage.allow_errors("403")
    newcomer.confirm(PASSWORD)  # in a browser without the session
    expect(newcomer.title).to_have_text("Your new address is confirmed")
    page.reload()
    expect(page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()
    newcomer.visit("/app")
    newcomer.sign_in(fresh)
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()


@pytest.mark.smoke
def test_a_new_password_is_validated_and_ends_every_other_session(stage: Stage, mine: Settings) -> None:
    stage.allow_errors("/conversations/unread")  # the ended session may request it once more
    page, elsewhere = mine.page, stage.agent()
    mine.go("Password and security")
    card = mine.card("Password")
    mine.fill("New password", "short", inside=card)
    expect(card.get_by_role("status")).to_contain_text("Too short: 5 more needed")
    mine.fill("New password", CHOSEN, inside=card)
    expect(card.get_by_role("status")).to_contain_text("Strong")
    mine.fill("Current password", "not the password", inside=card)
    mine.press("Change password")
    expect(card.get_by_role("alert").filter(has_text="The password is wrong.")).to_be_visible()
    mine.fill("Current password", PASSWORD, inside=card)
    mine.fill("New password", "1234567890", inside=card)
    mine.press("Change password")
    expect(card.get_by_role("alert").filter(has_text="too common and easy to guess")).to_be_visible()
    mine.fill("New password", CHOSEN, inside=card)
    mine.press("Change password")
    mine.expect_toast("Password changed. Other browsers are signed out.")
    expect(elsewhere.page.get_by_text(ENDED)).to_be_visible()
    page.reload()
    expect(mine.title).to_be_visible()
    mine.page.context.close()
    newcomer = Newcomer(stage.page(stage.context()), stage.server.url)
    newcomer.visit("/app")
    newcomer.sign_in(stage.email, CHOSEN)
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()


def test_a_session_ended_elsewhere_loses_its_socket(stage: Stage, mine: Settings) -> None:
    phone, other = stage.agent(), stage.agent()
    mine.go("Where you are signed in")
    expect(mine.page.locator(".item")).to_have_count(3)
    expect(mine.page.locator(".item").first).to_contain_text("This browser")
    expect(mine.page.locator(".item").first).to_contain_text(re.compile(r"Chrome \d+"))
    mine.page.get_by_role("button", name=re.compile("^Sign out Chrome")).first.click()
    mine.expect_toast("Signed out there.")
    expect(mine.page.locator(".item")).to_have_count(2)
    expect(other.page.get_by_text(ENDED)).to_be_visible()  # the session used last is first in the list
    expect(phone.me).to_be_visible()
    mine.press("Sign out everywhere else")
    mine.press("Sign out the others", inside=mine.dialog)
    mine.expect_toast("Signed out everywhere else.")
    expect(mine.page.locator(".item")).to_have_count(1)
    expect(phone.page.get_by_text(ENDED)).to_be_visible()
    mine.page.reload()
    expect(mine.title).to_have_text("Where you are signed in")


@pytest.mark.smoke
def test_an_identity_is_linked_and_unlinked_and_the_last_way_to_sign_in_stays(
    stage: Stage, mine: Settings
) -> None:
    page = mine.page
    mine.go("Linked accounts")
    mine.press("Link Local")
    stage.allow_errors("403")
    mine.fill("Your password", "not the password", inside=mine.dialog)
    mine.press("Link", inside=mine.dialog)
    expect(mine.dialog.get_by_role("alert").filter(has_text="The password is wrong.")).to_be_visible()
    mine.fill("Your password", PASSWORD, inside=mine.dialog)
    mine.press("Link", inside=mine.dialog)
    page.get_by_label("Email").fill(stage.email)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/app/account/"))
    mine.visit("account/linked")
    expect(mine.item("Local")).to_contain_text(stage.email)
    mine.press("Unlink Local")
    mine.press("Cancel", inside=mine.dialog)
    expect(page.get_by_role("button", name="Unlink Local")).to_be_focused()
    stage.stack.sql("UPDATE users SET password_hash = NULL WHERE email = $1", stage.email)
    page.reload()
    unlink = page.get_by_role("button", name="Unlink Local")
    expect(unlink).to_be_disabled()
    expect(unlink).to_have_accessible_description(re.compile("only way to sign in"))
    mine.go("Password and security")
    mine.fill("New password", CHOSEN)
    mine.press("Set password")
    mine.expect_toast("Password set.")
    mine.go("Linked accounts")
    mine.press("Unlink Local")
    mine.press("Unlink", inside=mine.dialog)
    mine.expect_toast("Unlinked.")
    expect(mine.item("Local")).to_contain_text("Not linked")


def test_leaving_unsaved_changes_asks_for_confirmation(mine: Settings) -> None:
    page = mine.page
    mine.go("Linked accounts")
    mine.go("Profile")
    mine.fill("Full name", "Mai, changed")
    page.get_by_role("link", name="Linked accounts").click()
    expect(mine.dialog).to_contain_text("Leave without saving?")
    mine.press("Cancel", inside=mine.dialog)
    expect(page.get_by_label("Full name")).to_have_value("Mai, changed")
    page.go_back()
    expect(mine.dialog).to_contain_text("Leave without saving?")
    mine.press("Leave", inside=mine.dialog)
    expect(mine.title).to_have_text("Linked accounts")
    mine.go("Profile")
    expect(page.get_by_label("Full name")).to_have_value("Mai")


def test_the_keyboard_opens_the_settings_and_returns(stage: Stage) -> None:
    agent = stage.agent()
    mine, keys = Settings(agent), agent.page.keyboard
    keys.press("Control+k")
    keys.type("two-step")
    keys.press("Enter")
    expect(mine.title).to_have_text("Password and security")
    expect(mine.title).to_be_focused()
    keys.press("Control+k")
    keys.type("go to open")
    keys.press("Enter")
    expect(agent.page.get_by_text("Nothing waiting")).to_be_visible()
    agent.page.get_by_role("button", name=re.compile("^Your account")).click()
    agent.page.get_by_role("option", name="Account settings").click()
    expect(mine.title).to_have_text("Profile")
    agent.page.get_by_role("link", name="Back to the inbox").click()
    agent.page.get_by_role("button", name="Project settings").click()
    expect(mine.title).to_have_text("General")


def test_a_deactivated_account_is_signed_out_and_cannot_sign_in(stage: Stage, mine: Settings) -> None:
    mine.go("Deactivate or delete")
    mine.press("Deactivate my account")
    mine.fill("Your password", PASSWORD, inside=mine.dialog)
    mine.press("Deactivate my account", inside=mine.dialog)
    expect(mine.page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()
    newcomer = Newcomer(mine.page, stage.server.url)
    newcomer.sign_in(stage.email)
    expect(newcomer.alert.filter(has_text=re.compile(r"\w"))).to_be_visible()
    expect(mine.page.get_by_text("Nothing waiting")).to_have_count(0)


def test_an_account_is_deleted_when_another_manager_remains(stage: Stage) -> None:
    stage.allow_errors(*REFUSED)
    mine = at_settings(stage, "account/close")
    mine.press("Delete my account")
    go = mine.dialog.get_by_role("button", name="Delete permanently")
    mine.fill("Your password", PASSWORD, inside=mine.dialog)
    mine.fill(f"Type {stage.email} to confirm", "another@else.example", inside=mine.dialog)
    expect(go).to_be_disabled()
    mine.fill(f"Type {stage.email} to confirm", stage.email, inside=mine.dialog)
    go.click()
    expect(mine.dialog.get_by_role("alert")).to_contain_text("Make another member a manager first")
    add_agent(stage.stack, stage.project, name="Tom")
    go.click()
    expect(mine.page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()
    assert stage.stack.sql("SELECT count(*) AS n FROM users WHERE email = $1", stage.email)[0]["n"] == 0


def noise(width: int, height: int) -> FilePayload:
    """A PNG that does not compress, the worst case of a camera's picture."""
    random = Random(1)
    rows = b"".join(b"\0" + random.randbytes(width * 3) for _ in range(height))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 1)),
        (b"IEND", b""),
    )
    image = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return FilePayload(name="photo.png", mimeType="image/png", buffer=image)
