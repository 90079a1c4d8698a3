"""Webhooks in the settings: created, tested, changed, rotated, deleted; the log, and replays."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.settings import Settings, at_settings
from tests.browser.test_looks import PICTURES, Look, each_look
from tests.people import add_agent

URL = "https://169.254.169.254/hook"  # never public: the log says why nothing arrives


def at_webhooks(stage: Stage, *, email: str = "") -> Settings:
    return at_settings(stage, f"projects/{stage.project_id}/settings/webhooks", email=email)


def create(page: Settings, url: str = URL, description: str = "Our CRM") -> None:
    card = page.card("New webhook")
    page.fill("Address", url, inside=card)
    page.fill("Description", description, inside=card)
    card.get_by_label("A conversation starts").check()
    card.get_by_label("A message is sent").check()
    page.press("Create webhook", inside=card)
    secret = page.card("The secret of the webhook")
    expect(secret.locator("code")).to_contain_text("whsec_")
    page.press("I have copied it", inside=secret)


@pytest.mark.smoke
def test_a_manager_creates_tests_and_reads_the_log(stage: Stage) -> None:
    page = at_webhooks(stage)
    create(page)
    expect(page.item(URL)).to_contain_text("On · 2 events")
    page.press(f"Open {URL}")
    page.press("Send a test")
    page.expect_toast("A test is on its way. See the log below.")
    log = page.card("Log")
    row = log.get_by_role("listitem").first
    expect(row).to_contain_text("not public")
    row.locator("summary").click()
    expect(row.locator("pre")).to_contain_text('"type": "ping"')
    expect(row).to_contain_text("Next attempt")
    page.press("Switch off")
    expect(page.page.get_by_role("button", name="Send a test")).to_be_disabled()
    page.press("Switch on")
    expect(page.page.get_by_role("button", name="Send a test")).to_be_enabled()


def test_a_changed_webhook_is_saved_and_its_secret_replaced(stage: Stage) -> None:
    page = at_webhooks(stage)
    create(page)
    page.press(f"Open {URL}")
    page.press("Edit")
    card = page.card(URL)
    page.fill("Description", "The other CRM", inside=card)
    page.press("Add a header field", inside=card)
    page.fill("Name", "Authorization", inside=card)
    page.fill("Value", "Bearer of-the-crm", inside=card)
    page.press("Save", inside=card)
    page.expect_toast("The webhook was saved.")
    page.press("Edit")
    expect(card).to_contain_text("Their values are not shown again.")
    page.press("Cancel", inside=card)
    page.press("New secret")
    page.dialog.get_by_label("The present secret also signs for").select_option("72")
    page.press("Make a new secret", inside=page.dialog)
    secret = page.card("The secret of the webhook")
    expect(secret).to_contain_text("signed with both secrets")
    page.press("I have copied it", inside=secret)
    page.press("Delete")
    page.press("Delete", inside=page.dialog)
    page.expect_toast("The webhook was deleted.")
    expect(page.page.get_by_text("There are no webhooks yet.")).to_be_visible()


def test_what_is_missing_or_wrong_is_said_at_its_field(stage: Stage) -> None:
    stage.allow_errors("422")
    page = at_webhooks(stage)
    card = page.card("New webhook")
    page.press("Create webhook", inside=card)
    expect(card).to_contain_text("Choose at least one event.")
    page.fill("Address", "http://crm.example/", inside=card)
    card.get_by_label("A message is sent").check()
    page.press("Create webhook", inside=card)
    expect(card.get_by_role("alert").first).to_contain_text("begins with https://")
    expect(card.get_by_label("Address")).to_be_focused()  # the button is far below it
    expect(card.get_by_label("Address")).to_be_in_viewport()


def test_another_manager_sees_it_at_once_and_an_agent_never(stage: Stage) -> None:
    tom = at_webhooks(stage, email=add_agent(stage.stack, stage.project, name="Tom"))
    expect(tom.page.get_by_text("There are no webhooks yet.")).to_be_visible()
    create(at_webhooks(stage))
    expect(tom.item(URL)).to_be_visible()
    lan = at_webhooks(stage, email=add_agent(stage.stack, stage.project, name="Lan", role="agent"))
    expect(lan.page.get_by_text("Only project managers can see this page.")).to_be_visible()


@each_look
def test_the_pages_look_right_and_are_accessible(stage: Stage, look: Look) -> None:
    PICTURES.mkdir(exist_ok=True)
    page = at_webhooks(stage)
    create(page, "https://crm.example.com/integrations/parley/production?team=support&region=eu-west")
    create(page)
    look.apply(page.page)
    page.page.reload()
    expect(page.item(URL)).to_be_visible()
    faults = look.faults(page.page, "settings-webhooks")
    page.press(f"Open {URL}")
    page.press("Send a test")
    row = page.card("Log").get_by_role("listitem").first
    expect(row).to_contain_text("not public")
    row.locator("summary").click()
    faults += look.faults(page.page, "settings-webhook")
    assert not faults, "\n".join(faults)
