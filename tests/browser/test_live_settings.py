"""Two managers at the settings of one project: a page shows what the other changes, without a reload."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.settings import Settings, at_settings
from tests.people import add_agent

NOTICE = "Another person changed this project"


def two_managers(stage: Stage, section: str) -> tuple[Settings, Settings]:
    """Mai and Tom, each with that page open."""
    tom = add_agent(stage.stack, stage.project, name="Tom")
    path = f"projects/{stage.project_id}/settings/{section}"
    return at_settings(stage, path), at_settings(stage, path, email=tom)


@pytest.mark.smoke
def test_an_invitation_of_another_manager_appears_and_goes_without_a_reload(stage: Stage) -> None:
    mai, tom = two_managers(stage, "invitations")
    email = f"lan-{stage.email}"
    expect(tom.page.get_by_text("There are no pending invitations.")).to_be_visible()
    tom.fill("Email address", "half-typed@")
    mai.fill("Email address", email)
    mai.press("Send invitation")
    expect(tom.item(email)).to_contain_text("by Mai")
    mai.press(f"Revoke the invitation of {email}")
    expect(tom.item(email)).to_have_count(0)
    expect(tom.page.get_by_label("Email address", exact=True)).to_have_value("half-typed@")


def test_a_key_and_a_role_of_another_manager_appear_without_a_reload(stage: Stage) -> None:
    mai, tom = two_managers(stage, "api-keys")
    mai.fill("Name", "Order system")
    mai.page.get_by_role("checkbox", name="Read who works in the project").check()
    mai.press("Create key")
    expect(tom.item("Order system")).to_contain_text("by Mai")
    mai.press("I have copied it")
    add_agent(stage.stack, stage.project, name="Lan", role="agent")
    for each in (mai, tom):
        each.go("Members")
    mai.page.get_by_label("Role of Lan").select_option("manager")
    expect(tom.page.get_by_label("Role of Lan")).to_have_value("manager")


def test_a_new_name_is_shown_and_does_not_replace_what_another_manager_is_typing(stage: Stage) -> None:
    mai, tom = two_managers(stage, "general")
    name = tom.page.get_by_label("Name", exact=True)
    mai.fill("Name", "Fern")
    mai.press("Save")
    expect(name).to_have_value("Fern")
    expect(tom.page.get_by_role("navigation", name="Settings")).to_contain_text("Fern")
    tom.fill("Name", "Tom is typing")
    mai.fill("Name", "Clay")
    mai.press("Save")
    notice = tom.page.get_by_role("alert").filter(has_text=NOTICE)
    expect(notice).to_contain_text("The name is now “Clay”.")
    expect(name).to_have_value("Tom is typing")
    tom.press("Show the current values")
    expect(name).to_have_value("Clay")
    tom.fill("Name", "Fern & Clay")
    tom.press("Save")
    tom.expect_toast("Saved.")
    expect(mai.page.get_by_label("Name", exact=True)).to_have_value("Fern & Clay")
    for each in (mai, tom):
        expect(each.page.get_by_text(re.compile(NOTICE))).to_have_count(0)
