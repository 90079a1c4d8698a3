"""Members, invitations and API keys of a project in a browser; and administration."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.newcomer import Newcomer
from tests.browser.settings import Settings, at_settings
from tests.patience import PATIENCE
from tests.people import add_agent, add_project
from tests.smtp import MailDirectory

REFUSED = ("401", "403", "409", "422", "/auth/")  # Chromium logs expected refusals as errors
ENDED = re.compile("Your session has ended|not a member of any project yet")


@pytest.fixture
def mine(stage: Stage) -> Settings:
    """Mai, the only manager, at the page of her project's members."""
    stage.allow_errors(*REFUSED)
    return at_settings(stage, f"projects/{stage.project_id}/settings/members")


def test_the_last_manager_keeps_the_role_until_another_is_manager(stage: Stage, mine: Settings) -> None:
    add_agent(stage.stack, stage.project, name="Tom", role="agent")
    mine.page.reload()
    page = mine.page
    expect(page.get_by_label("Role of Mai")).to_be_disabled()
    expect(mine.item("Mai")).to_contain_text("This is the only manager. Make another member a manager")
    expect(page.get_by_role("button", name="Remove Mai")).to_have_count(0)
    page.get_by_label("Role of Tom").select_option("manager")
    mine.expect_toast("Tom is now Manager.")
    expect(page.get_by_label("Role of Mai")).to_be_enabled()
    mine.hold_reads(f"projects/{stage.project_id}/members")  # this page misses the change
    stage.stack.sql(
        "UPDATE memberships SET role = 'agent' WHERE project_id = $1 AND user_id <> "
        "(SELECT id FROM users WHERE email = $2)",
        stage.project_id,
        stage.email,
    )
    page.get_by_label("Role of Mai").select_option("agent")
    expect(mine.card("Members").get_by_role("alert")).to_contain_text("needs at least one manager")
    expect(page.get_by_label("Role of Mai")).to_have_value("manager")


@pytest.mark.smoke
def test_a_member_who_is_removed_is_disconnected(stage: Stage, mine: Settings) -> None:
    tom = stage.agent(email=add_agent(stage.stack, stage.project, name="Tom", role="agent"))
    mine.page.reload()
    mine.press("Remove Tom")
    mine.press("Cancel", inside=mine.dialog)
    expect(mine.page.get_by_role("button", name="Remove Tom")).to_be_focused()
    mine.press("Remove Tom")
    mine.press("Remove", inside=mine.dialog)
    mine.expect_toast("Tom was removed.")
    expect(mine.item("Tom")).to_have_count(0)
    expect(tom.page.get_by_text(ENDED)).to_be_visible()


def test_an_invitation_is_sent_resent_and_revoked(stage: Stage, mine: Settings, mails: MailDirectory) -> None:
    email = f"lan-{stage.email}"
    mine.go("Invitations")
    page = mine.page
    expect(page.get_by_text("There are no pending invitations.")).to_be_visible()
    mine.press("Send invitation")
    address = page.get_by_label("Email address", exact=True)
    expect(address).to_be_focused()
    expect(address).to_have_accessible_description("Fill in this field.")
    mine.fill("Email address", stage.email)
    mine.press("Send invitation")
    expect(address).to_have_accessible_description("This person is already a member.")
    mine.fill("Email address", "no address")
    mine.press("Send invitation")
    expect(page.get_by_label("Email address", exact=True)).to_have_attribute("aria-invalid", "true")
    mine.fill("Email address", email)
    page.get_by_label("Role").select_option("manager")
    expect(page.get_by_label("Role")).to_have_accessible_description(re.compile("change these settings"))
    mine.press("Send invitation")
    mine.expect_toast(f"Invitation sent to {email}.")
    expect(mine.item(email)).to_contain_text(
        re.compile(r"Manager.*by Mai · valid until [A-Z][a-z]{2} \d+, \d{4}")
    )
    first = mails.wait_for(email, "invitation").link
    mine.press(f"Send again to {email}")
    mine.expect_toast(f"Sent again to {email}.")
    second = mails.wait_for(email, "invitation").link
    assert first != second
    newcomer = Newcomer(stage.page(stage.context()), stage.server.url)
    newcomer.follow(second)
    expect(newcomer.page.get_by_text("Shop").first).to_be_visible()
    stage.stack.sql(
        "UPDATE invitations SET expires_at = now() - interval '1 day' WHERE project_id = $1", stage.project_id
    )
    page.reload()
    expect(mine.item(email)).to_contain_text("Expired")
    mine.press(f"Revoke the invitation of {email}")
    mine.expect_toast(f"The invitation of {email} was revoked.")
    expect(page.get_by_text("There are no pending invitations.")).to_be_visible()


@pytest.mark.smoke
def test_a_key_is_shown_once_works_and_is_revoked(stage: Stage, mine: Settings) -> None:
    mine.go("API keys")
    page = mine.page
    mine.fill("Name", "Order system")
    mine.press("Create key")
    expect(page.get_by_role("alert").filter(has_text="Choose what the key may do.")).to_be_visible()
    page.get_by_role("checkbox", name="Read who works in the project").check()
    mine.press("Create key")
    key = page.locator(".secret code").inner_text()
    assert key.startswith("plk_")
    page.get_by_role("link", name="Profile").click()
    expect(mine.dialog).to_contain_text("Leave without saving?")
    mine.press("Cancel", inside=mine.dialog)
    mine.press("I have copied it")
    assert key not in page.content()
    expect(mine.item("Order system")).to_contain_text("never used")

    def answer(path: str) -> int:
        url = f"{stage.server.url}/api/v1/projects/{stage.project_id}/{path}"
        return httpx.get(
            url, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=PATIENCE
        ).status_code

    assert answer("members") == 200
    assert answer("conversations") == 403
    page.reload()
    expect(mine.item("Order system")).to_contain_text("last used")
    assert key not in page.content()
    mine.press("Revoke Order system")
    mine.press("Revoke", inside=mine.dialog)
    mine.expect_toast("Order system was revoked.")
    assert answer("members") == 401
    mine.go("Audit log")
    expect(page.locator(".entry").first).to_contain_text("Mai revoked the API key “Order system”")


def test_an_admin_suspends_reactivates_and_sends_a_test_mail(
    stage: Stage, mine: Settings, mails: MailDirectory
) -> None:
    tom = stage.agent(email=add_agent(stage.stack, stage.project, name="Tom", role="agent"))
    mine.visit("admin/users")
    expect(mine.page.get_by_text("Only admins of this installation can see this page.")).to_be_visible()
    stage.stack.sql("UPDATE users SET is_admin = true WHERE email = $1", stage.email)
    mine.visit("admin/users")
    mine.fill("Name or email address", "tom")
    expect(mine.item(tom_address(stage))).to_be_visible()
    mine.fill("Name or email address", tom_address(stage))
    expect(mine.page.locator(".item")).to_have_count(1)
    mine.press("Suspend Tom")
    mine.press("Suspend", inside=mine.dialog)
    mine.expect_toast("Tom is suspended.")
    expect(tom.page.get_by_text(ENDED)).to_be_visible()
    mine.page.get_by_label("State").select_option("suspended")
    expect(mine.item(tom_address(stage))).to_contain_text("Suspended")
    mine.press("Reactivate Tom")
    mine.expect_toast("Tom can sign in again.")
    alone = add_project(stage.stack, name="Alone")
    una = add_agent(stage.stack, alone, name="Una")
    mine.visit("admin/users")
    mine.fill("Name or email address", una)
    expect(mine.page.locator(".item")).to_have_count(1)
    mine.press("Suspend Una")
    mine.press("Suspend", inside=mine.dialog)
    expect(mine.page.get_by_text("These projects have no active manager: Alone.")).to_be_visible()
    mine.press("Reactivate Una")
    expect(mine.page.get_by_text("These projects have no active manager: Alone.")).to_have_count(0)
    mine.go("Status")
    expect(mine.item("Database").first).to_contain_text("OK")
    mine.fill("Send a test email to", stage.email)
    mine.press("Send test email")
    mine.expect_toast(f"The test email to {stage.email} is on its way.")
    assert mails.wait_for(stage.email, "test_mail").text
    mine.page.get_by_role("link", name="Projects", exact=True).click()
    mine.fill("Name", "Shop")
    expect(mine.item("2 members").first).to_be_visible()


def tom_address(stage: Stage) -> str:
    """The address of the stage's Tom."""
    found: str = stage.stack.sql(
        "SELECT u.email FROM users u JOIN memberships m ON m.user_id = u.id "
        "WHERE m.project_id = $1 AND u.full_name = 'Tom'",
        stage.project_id,
    )[0]["email"]
    return found
