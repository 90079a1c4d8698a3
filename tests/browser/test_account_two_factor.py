"""Two-step sign-in in the settings: turned on, used, with new recovery codes, turned off."""

import re

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.newcomer import Factor, Newcomer
from tests.browser.settings import Settings, at_settings
from tests.people import PASSWORD

REFUSED = ("403", "/auth/")  # Chromium logs expected refusals as errors


def scan(mine: Settings) -> str:
    """Start to turn it on, up to the code; returns the secret that an app scans."""
    mine.press("Turn on")
    mine.fill("Your password", PASSWORD)
    mine.press("Next")
    picture = mine.page.get_by_role("img", name="QR code for your authenticator app")
    expect(picture).to_have_attribute("src", re.compile("^data:image/svg\\+xml"))
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    return mine.page.locator(".secret code").inner_text().replace(" ", "")


def shown_codes(mine: Settings) -> list[str]:
    """The recovery codes that the page shows."""
    codes = mine.page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    return codes.all_inner_texts()


def keep(mine: Settings) -> list[str]:
    """Confirm that the recovery codes are saved by entering one; returns them."""
    codes = shown_codes(mine)
    mine.fill("Type one of them", codes[3])
    mine.press("I have saved them")
    return codes


def turned_on(mine: Settings) -> Factor:
    """Turn it on; returns the enrolled app and ten recovery codes."""
    secret = scan(mine)
    mine.fill("Code from the app", pyotp.TOTP(secret).now())
    mine.press("Confirm")
    return Factor(secret, keep(mine))


@pytest.mark.smoke
def test_it_is_turned_on_after_the_user_proves_to_have_saved_the_codes(stage: Stage) -> None:
    stage.allow_errors(*REFUSED)
    mine = at_settings(stage, "account/security")
    page = mine.page
    mine.press("Turn on")
    mine.fill("Your password", "not the password")
    mine.press("Next")
    expect(page.get_by_role("alert").filter(has_text="The password is wrong.")).to_be_visible()
    mine.press("Cancel")
    secret = scan(mine)
    mine.fill("Code from the app", "000000")
    mine.press("Confirm")
    expect(page.get_by_role("alert").filter(has_text="The code is wrong")).to_be_visible()
    mine.fill("Code from the app", pyotp.TOTP(secret).now())
    mine.press("Confirm")
    expect(page.get_by_text("Step 3 of 3")).to_be_focused()
    codes = shown_codes(mine)
    assert len(set(codes)) == 10
    with page.expect_download() as saved:
        mine.press("Download")
    assert all(code in saved.value.path().read_text() for code in codes)
    page.get_by_role("link", name="Profile").click()
    expect(mine.dialog).to_contain_text("Leave without saving?")
    mine.press("Cancel", inside=mine.dialog)
    mine.fill("Type one of them", "none of them")
    mine.press("I have saved them")
    expect(page.get_by_role("alert").filter(has_text="not one of the codes")).to_be_visible()
    assert keep(mine) == codes
    mine.expect_toast("Two-step sign-in is on.")
    page.reload()
    expect(mine.card("Two-step sign-in")).to_contain_text("Two-step sign-in is on.")
    expect(mine.card("Two-step sign-in")).to_contain_text("You have 10 recovery codes left.")


def test_once_on_it_asks_for_the_app_or_a_recovery_code(stage: Stage) -> None:
    stage.allow_errors(*REFUSED)
    factor = turned_on(at_settings(stage, "account/security"))
    newcomer = Newcomer(stage.page(stage.context()), stage.server.url)
    newcomer.visit("/app")
    newcomer.sign_in(stage.email)
    newcomer.second_step(factor.code())
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()
    newcomer.sign_out()
    newcomer.sign_in(stage.email)
    newcomer.page.get_by_role("button", name="Use a recovery code").click()
    newcomer.page.get_by_label("Recovery code").fill(factor.recovery_codes[0])
    newcomer.page.get_by_role("button", name="Verify").click()
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()


def test_recovery_codes_are_replaced_and_it_is_turned_off(stage: Stage) -> None:
    stage.allow_errors(*REFUSED)
    mine = at_settings(stage, "account/security")
    factor = turned_on(mine)
    mine.press("New recovery codes")
    mine.fill("Your password", PASSWORD, inside=mine.dialog)
    mine.fill("Code from the app", factor.recovery_codes[0], inside=mine.dialog)
    mine.press("Make new codes", inside=mine.dialog)
    fresh = keep(mine)
    assert not set(fresh) & set(factor.recovery_codes)
    mine.press("Turn off")
    mine.fill("Your password", PASSWORD, inside=mine.dialog)
    mine.fill("Code from the app", factor.recovery_codes[1], inside=mine.dialog)
    mine.press("Turn off", inside=mine.dialog)
    expect(mine.dialog.get_by_role("alert").filter(has_text="The code is wrong")).to_be_visible()
    mine.fill("Code from the app", fresh[1], inside=mine.dialog)
    mine.press("Turn off", inside=mine.dialog)
    mine.expect_toast("Two-step sign-in is off.")
    newcomer = Newcomer(stage.page(stage.context()), stage.server.url)
    newcomer.visit("/app")
    newcomer.sign_in(stage.email)
    expect(newcomer.page.get_by_text("Nothing waiting")).to_be_visible()
