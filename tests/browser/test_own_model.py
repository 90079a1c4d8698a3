"""A model of the project's own in the settings: its key is never shown again, its test says what fails."""

import pytest
from playwright.sync_api import Locator, expect

from tests import canaries
from tests.browser.accessibility import serious_violations
from tests.browser.conftest import Stage
from tests.browser.settings import Settings, at_settings
from tests.browser.test_looks import PICTURES
from tests.people import add_agent

KEY = "sk-of-the-browser-test-1"
canaries.plant(KEY)


def at(stage: Stage, *, email: str = "") -> Settings:
    return at_settings(stage, f"projects/{stage.project_id}/settings/assistant", email=email)


def card(page: Settings) -> Locator:
    return page.card("A model of your own")


def fill(page: Settings, **fields: str) -> None:
    for label, text in fields.items():
        page.fill(label.replace("_", " "), text, inside=card(page))


def test_a_manager_sets_tests_and_removes_a_model(stage: Stage) -> None:
    page = at(stage)
    fill(page, Base_URL="https://models.shop.example/v1", Model="small-1", Temperature="0,5", Key=KEY)
    page.press("Save the model")
    page.expect_toast("Saved.")
    expect(page.page.get_by_text("Answers come from the provider “models.shop.example”.")).to_be_visible()
    page.page.reload()
    expect(card(page).get_by_label("Key", exact=True)).to_have_value("")
    expect(card(page)).to_contain_text("A key is stored.")
    assert KEY not in page.page.content()
    page.press("Test")
    expect(card(page)).to_contain_text("The server cannot be reached, or it fails.")
    expect(card(page)).to_contain_text("The host name has no address.")
    PICTURES.mkdir(exist_ok=True)
    card(page).screenshot(path=PICTURES / "own-model.png")
    assert serious_violations(page.page) == []
    page.press("Remove", inside=card(page))
    page.press("Remove", inside=page.dialog)
    expect(card(page).get_by_label("Base URL")).to_have_value("")
    expect(page.page.get_by_text("No AI provider is configured.")).to_be_visible()
    expect(card(page).get_by_role("button", name="Test", exact=True)).to_have_count(0)


def test_a_model_that_answers_is_said_to(stage: Stage) -> None:
    page = at(stage)
    fill(page, Base_URL="https://models.shop.example/v1", Model="small-1")
    page.press("Save the model")
    page.expect_toast("Saved.")
    answer = {"ok": True, "code": None, "detail": "The model answers.", "ms": 640}
    page.page.route("**/assistant/provider/test", lambda route: route.fulfill(json=answer))
    page.press("Test")
    expect(card(page)).to_contain_text("The model answers, after 0.6 s.")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("models.shop.example", "Enter an address such as"),
        ("https://127.0.0.1:11434/v1", "This address is not allowed"),
        ("http://8.8.8.8/v1", "This address is not allowed"),
    ],
)
def test_an_address_that_is_not_allowed_is_explained_at_its_field(stage: Stage, url: str, said: str) -> None:
    stage.allow_errors("422")
    page = at(stage)
    fill(page, Base_URL=url, Model="small-1")
    page.press("Save the model")
    expect(card(page).get_by_role("alert").filter(has_text=said)).to_be_visible()


def test_another_server_needs_the_key_again(stage: Stage) -> None:
    stage.allow_errors("422")
    page = at(stage)
    fill(page, Base_URL="https://models.shop.example/v1", Model="small-1", Key=KEY)
    page.press("Save the model")
    page.expect_toast("Saved.")
    fill(page, Base_URL="https://models.elsewhere.example/v1")
    page.press("Save the model")
    expect(card(page)).to_contain_text("The address leads to another server. Enter the key again.")
    card(page).get_by_label("Remove the stored key").check()
    page.press("Save the model")
    expect(card(page)).to_contain_text("Some servers need none.")


def test_two_managers_who_change_the_model_see_that(stage: Stage) -> None:
    stage.allow_errors("409")
    mai = at(stage)
    tom = at(stage, email=add_agent(stage.stack, stage.project, name="Tom"))
    for page, name in ((mai, "mais-1"), (tom, "toms-1")):
        fill(page, Base_URL="https://models.shop.example/v1", Model=name)
    mai.press("Save the model")
    mai.expect_toast("Saved.")
    tom.press("Save the model")
    expect(card(tom)).to_contain_text("Another person changed this")
    tom.press("Discard my changes and use what is saved")
    expect(card(tom).get_by_label("Model", exact=True)).to_have_value("mais-1")


def test_agents_do_not_see_it(stage: Stage) -> None:
    page = at(stage, email=add_agent(stage.stack, stage.project, name="Lan", role="agent"))
    expect(page.page.get_by_label("Name", exact=True)).to_be_disabled()
    expect(card(page)).to_have_count(0)


def test_it_is_there_in_vietnamese(stage: Stage) -> None:
    email = add_agent(stage.stack, stage.project, name="Linh")
    stage.stack.sql("UPDATE users SET language = 'vi' WHERE email = $1", email)
    agent = stage.agent(email=email)
    agent.page.set_viewport_size({"width": 390, "height": 844})
    agent.page.goto(f"{agent.url}/app/projects/{stage.project_id}/settings/assistant")
    shown = agent.page.get_by_role("region", name="Mô hình riêng của dự án")
    expect(shown.get_by_label("URL gốc")).to_be_visible()
    PICTURES.mkdir(exist_ok=True)
    shown.screenshot(path=PICTURES / "own-model-vi.png")
