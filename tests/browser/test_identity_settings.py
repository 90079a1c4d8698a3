"""Settings about the identity of visitors: secrets shown once, trust, consent; the mark that agents see."""

from typing import Any

import jwt
import pytest
from playwright.sync_api import expect

from core import ids
from tests.browser.conftest import Stage
from tests.browser.settings import Settings, at_settings
from tests.browser.test_looks import PICTURES, Look, each_look
from tests.people import add_agent


def at_identity(stage: Stage, *, email: str = "") -> Settings:
    return at_settings(stage, f"projects/{stage.project_id}/settings/identity", email=email)


def new_secret(page: Settings) -> tuple[str, str]:
    """The secret, and its kid, as a manager copies them."""
    page.press("Create a secret")
    shown = page.card("The new secret").locator("code")
    expect(shown).to_have_count(2)
    secret, kid = shown.all_inner_texts()
    page.press("I have copied it")
    return secret, kid


def token(stage: Stage, secret: str, kid: str, **facts: Any) -> str:
    now = ids.now() // 1000
    claims = {"external_id": "1042", "aud": str(stage.project_id), "iat": now, "exp": now + 600, **facts}
    return jwt.encode(claims, secret, "HS256", headers={"kid": kid})


@pytest.mark.smoke
def test_a_secret_is_shown_once_signs_visitors_and_stops_when_it_is_removed(stage: Stage) -> None:
    stage.allow_errors("401", "Parley.identify: The identity is not valid")
    page, other = at_identity(stage), at_identity(stage)
    expect(page.card("Secrets")).to_contain_text("There are no secrets yet.")
    secret, kid = new_secret(page)
    expect(page.page.get_by_text(secret)).to_have_count(0)
    expect(other.item(f"…{kid[-8:]}")).to_contain_text("never used")  # without a reload
    made = token(stage, secret, kid, name="Jonas Weber", email="jonas@example.com")
    visitor = stage.visitor(url=stage.page_url(attributes=f' data-identity="{made}"'))
    visitor.open()
    visitor.write("Hello")
    visitor.expect_mark("Hello", "Sent")
    agent = stage.agent()
    expect(agent.row("Hello").get_by_role("img", name="Verified")).to_be_visible()
    agent.open("Hello")
    panel = agent.page.get_by_role("complementary", name="Visitor")
    expect(panel.get_by_text("Verified", exact=True)).to_be_visible()
    expect(panel.locator(".panel-part", has_text="Verified by the site")).to_contain_text("jonas@example.com")
    visitor.page.evaluate("Parley.identify({ email: 'boss@shop.example' })")
    expect(panel.locator(".panel-part", has_text="not verified")).to_contain_text("boss@shop.example")
    expect(panel.locator(".panel-part", has_text="Verified by the site")).to_contain_text("jonas@example.com")
    page.press(f"Remove the secret …{kid[-8:]}")
    page.press("Remove", inside=page.dialog)
    page.expect_toast("The secret was removed.")
    expect(other.card("Secrets")).to_contain_text("There are no secrets yet.")
    visitor.page.reload()
    visitor.write("who am I?")
    visitor.expect_mark("who am I?", "Sent")
    expect(visitor.bubble("Hello")).to_have_count(0)


def test_the_rules_are_saved_at_once_and_seen_by_another_manager(stage: Stage) -> None:
    mai = at_identity(stage)
    tom = at_identity(stage, email=add_agent(stage.stack, stage.project, name="Tom"))
    for name in ("Accept only verified details", "Wait for consent"):
        mai.page.get_by_role("switch", name=name).focus()
        mai.page.keyboard.press("Space")
        mai.expect_toast("Saved.")
        expect(tom.page.get_by_role("switch", name=name)).to_be_checked()
    visitor = stage.visitor()
    visitor.open()
    visitor.page.evaluate("Parley.identify({ name: 'The boss' })")
    visitor.write("I am the boss")
    visitor.expect_mark("I am the boss", "Sent")
    agent = stage.agent()
    expect(agent.row("I am the boss").locator(".row-name")).not_to_have_text("The boss")
    mai.visit(f"projects/{stage.project_id}/settings/audit")
    expect(mai.page.get_by_text("whether the chat waits for consent")).to_be_visible()


def test_agents_see_no_secrets(stage: Stage) -> None:
    page = at_identity(stage, email=add_agent(stage.stack, stage.project, name="Lan", role="agent"))
    expect(page.page.get_by_role("button", name="Create a secret")).to_have_count(0)


@each_look
@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_page_looks_right_and_is_accessible(stage: Stage, look: Look, language: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    stage.stack.sql("UPDATE users SET language = $1 WHERE email = $2", language, stage.email)
    page = at_identity(stage)
    page.page.locator(".button.is-primary").last.click()
    look.apply(page.page)
    expect(page.page.locator(".secret").first).to_be_visible()
    faults = look.faults(page.page, f"settings-identity-{language}")
    page.page.locator(".snippet").first.scroll_into_view_if_needed()
    faults += look.faults(page.page, f"settings-identity-code-{language}")
    assert not faults, "\n".join(faults)
