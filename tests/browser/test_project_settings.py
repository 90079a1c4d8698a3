"""A project's settings in a browser: name, domains, audit log, deletion."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.settings import Settings, at_settings
from tests.people import add_agent

REFUSED = ("403", "404", "409", "422")  # Chromium logs expected refusals as errors


def at_project(stage: Stage, section: str, *, email: str = "") -> Settings:
    """A member at a section of the settings of the stage's project."""
    return at_settings(stage, f"projects/{stage.project_id}/settings/{section}", email=email)


def settings_of(stage: Stage) -> tuple[str, str, list[str]]:
    """The stored name, history mode and domains."""
    row = stage.stack.sql("SELECT name, history_mode, domains FROM projects WHERE id = $1", stage.project_id)[
        0
    ]
    return row["name"], row["history_mode"], row["domains"]


def test_the_name_and_the_history_mode_are_saved(stage: Stage) -> None:
    mine = at_project(stage, "general")
    page = mine.page
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    mine.fill("Name", "Fern & Clay, Hue")
    page.get_by_role("radio", name="Start a new conversation").check()
    mine.press("Save")
    mine.expect_toast("Saved.")
    assert settings_of(stage)[:2] == ("Fern & Clay, Hue", "limit_to_active")
    expect(page.get_by_role("navigation", name="Settings")).to_contain_text("Fern & Clay, Hue")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()


@pytest.mark.smoke
def test_the_script_tag_is_copied_and_works(stage: Stage) -> None:
    made = stage.agent(permissions=["clipboard-read", "clipboard-write"])
    mine = Settings(made)
    mine.visit(f"projects/{stage.project_id}/settings/general")
    mine.press("Copy")
    expect(mine.page.get_by_role("button", name="Copied")).to_be_visible()
    line = mine.page.evaluate("navigator.clipboard.readText()")
    assert line == (
        f'<script async src="{stage.server.url}/widget.js" data-project="{stage.project_id}"></script>'
    )
    assert line.split('"')[3] in stage.site.url(stage.server.url, str(stage.project_id))


def test_texts_are_copied_on_a_page_without_https(stage: Stage) -> None:
    context = stage.context(permissions=["clipboard-read", "clipboard-write"])
    context.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    mine = Settings(stage.agent(context))
    mine.visit(f"projects/{stage.project_id}/settings/general")
    mine.press("Copy")
    expect(mine.page.get_by_role("button", name="Copied")).to_be_visible()


def test_a_concurrent_change_is_shown_and_not_overwritten(stage: Stage) -> None:
    stage.allow_errors(*REFUSED)
    mine = at_project(stage, "general")
    expect(mine.page.get_by_label("Name")).to_have_value("Shop")
    stop = mine.hold_reads(f"projects/{stage.project_id}")  # this page misses the change
    stage.stack.sql(
        "UPDATE projects SET name = 'Theirs', domains = domains || '{new.example}', version = version + 1 "
        "WHERE id = $1",
        stage.project_id,
    )
    mine.fill("Name", "Mine")
    stop()
    mine.press("Save")
    alert = mine.page.get_by_role("alert").filter(has_text="Another person changed this project")
    expect(alert).to_contain_text("The name is now “Theirs”.")
    expect(alert).to_contain_text("new.example was added to the domains.")
    expect(mine.page.get_by_label("Name")).to_have_value("Mine")
    mine.press("Show the current values")
    expect(mine.page.get_by_label("Name")).to_have_value("Theirs")
    expect(alert).to_have_count(0)
    mine.fill("Name", "Mine after all")
    mine.press("Save")
    mine.expect_toast("Saved.")
    assert settings_of(stage)[0] == "Mine after all"


def test_domains_are_pasted_shown_readably_and_removed_after_confirmation(stage: Stage) -> None:
    stage.allow_errors(*REFUSED)
    mine = at_project(stage, "domains")
    field = mine.page.get_by_label("Add a domain")
    for typed, said in (
        ("not a domain", "not a valid domain"),
        ("*.example", "every site with that domain ending"),
    ):
        mine.fill("Add a domain", typed)
        mine.press("Add")
        expect(field).to_have_accessible_description(re.compile(said))
        expect(field).to_have_attribute("aria-invalid", "true")
    mine.fill("Add a domain", "https://shop.example/path?from=bar")
    mine.press("Add")
    mine.expect_toast("Added shop.example.")
    mine.fill("Add a domain", "*.BÜCHER.example")
    mine.press("Add")
    mine.expect_toast("Added *.bücher.example.")
    expect(mine.item("*.bücher.example")).to_contain_text("every subdomain of bücher.example")
    expect(mine.item("*.bücher.example")).to_contain_text("*.xn--bcher-kva.example")
    expect(field).to_have_value("")
    mine.press("Remove shop.example")
    expect(mine.dialog).to_contain_text("The chat stops working on this site at once")
    mine.press("Cancel", inside=mine.dialog)
    assert "shop.example" in settings_of(stage)[2]
    for domain in ("shop.example", "127.0.0.1", "localhost"):
        mine.press(f"Remove {domain}")
        mine.press("Remove", inside=mine.dialog)
        mine.expect_toast(f"Removed {domain}.")
    expect(mine.page.get_by_text("The last domain cannot be removed")).to_be_visible()
    expect(mine.page.get_by_role("button", name=re.compile("^Remove "))).to_have_count(0)
    assert settings_of(stage)[2] == ["*.xn--bcher-kva.example"]


def test_a_long_domain_does_not_push_the_toast_off_the_screen(stage: Stage) -> None:
    mine = at_project(stage, "domains")
    domain = ".".join(["a" * 60] * 4)
    mine.fill("Add a domain", domain)
    mine.press("Add")
    mine.expect_toast(f"Added {domain}.")
    box, size = mine.toast.bounding_box(), mine.page.viewport_size
    assert box
    assert size
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]


def test_agents_see_the_settings_read_only_with_an_explanation(stage: Stage) -> None:
    stage.allow_errors("/me/attention")  # on its way when the project was left
    tom = add_agent(stage.stack, stage.project, name="Tom", role="agent")
    mine = at_project(stage, "general", email=tom)
    page = mine.page
    expect(page.get_by_text("Only project managers can change it.")).to_be_visible()
    expect(page.get_by_label("Name")).to_be_disabled()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    mine.go("Members")
    expect(mine.item("Mai")).to_contain_text("Manager")
    expect(page.get_by_role("combobox")).to_have_count(0)
    mine.go("Domains")
    expect(mine.item("localhost")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Remove"))).to_have_count(0)
    for section in ("Invitations", "API keys", "Audit log"):
        mine.go(section)
        expect(page.get_by_text("Only project managers can see this page.")).to_be_visible()
    mine.go("Leave or delete")
    expect(page.get_by_text("Only managers can delete the project.")).to_be_visible()
    mine.press("Leave project")
    mine.press("Leave project", inside=mine.dialog)
    expect(page.get_by_text("You are not a member of any project yet.")).to_be_visible()


@pytest.mark.smoke
def test_a_new_project_opens_its_first_steps_and_is_deleted_by_its_name(stage: Stage) -> None:
    stage.allow_errors(*REFUSED)
    agent = stage.agent()
    mine, page = Settings(agent), agent.page
    page.get_by_role("button", name=re.compile("^Switch project")).click()
    page.get_by_role("option", name="New project").click()
    mine.fill("Name", "Second shop")
    page.get_by_label("Domains").fill("second.example\nwww..second.example")
    mine.press("Create project")
    expect(page.get_by_label("Domains")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Domains")).to_have_accessible_description(
        re.compile("“www..second.example”: This is")
    )
    page.get_by_label("Domains").fill("second.example, *.second.example")
    mine.press("Create project")
    expect(page.get_by_role("heading", name="Get your first conversation")).to_be_visible()
    page.get_by_role("button", name="Project settings").click()
    expect(mine.title).to_have_text("General")
    expect(page.get_by_label("Name")).to_have_value("Second shop")
    mine.go("Leave or delete")
    mine.press("Leave project")
    mine.press("Leave project", inside=mine.dialog)
    expect(mine.dialog.get_by_role("alert")).to_contain_text("A project needs at least one manager")
    mine.press("Cancel", inside=mine.dialog)
    mine.press("Delete project")
    go = mine.dialog.get_by_role("button", name="Delete permanently")
    mine.fill("Type Second shop to confirm", "second shop", inside=mine.dialog)
    expect(go).to_be_disabled()
    mine.fill("Type Second shop to confirm", "Second shop", inside=mine.dialog)
    go.click()
    expect(page).to_have_url(f"{mine.url}/app/p/{stage.project_id}")
    expect(agent.me).to_be_visible()
    page.get_by_role("button", name=re.compile("^Switch project")).click()
    expect(page.get_by_role("option", name="Second shop")).to_have_count(0)


def test_the_audit_log_is_read_filtered_and_downloaded(stage: Stage) -> None:
    stage.allow_errors(*REFUSED)
    tom = add_agent(stage.stack, stage.project, name="Tom", role="agent")
    mine = at_project(stage, "members")
    page, entries = mine.page, mine.page.locator(".entry")
    page.get_by_label("Role of Tom").select_option("manager")
    mine.expect_toast("Tom is now Manager.")
    his = at_project(stage, "members", email=tom)
    his.page.get_by_label("Role of Tom").select_option("agent")
    his.expect_toast("Tom is now Agent.")
    expect(his.page.get_by_role("combobox")).to_have_count(0)
    mine.page.reload()
    mine.press("Remove Tom")
    mine.press("Remove", inside=mine.dialog)
    mine.expect_toast("Tom was removed.")
    mine.go("Audit log")
    expect(entries).to_have_count(3)
    expect(entries.first).to_contain_text("Mai removed Tom from the project")
    expect(entries.nth(1)).to_contain_text("Tom changed Tom's role from manager to agent")
    expect(entries.last).to_contain_text("Mai changed Tom's role from agent to manager")
    expect(entries.last).to_contain_text(re.compile(r"127\.0\.0\.1 · Chrome"))
    page.get_by_label("Action").select_option("member.removed")
    expect(entries).to_have_count(1)
    page.get_by_label("Result").select_option("denied")
    expect(page.get_by_text("No entry matches these filters.")).to_be_visible()
    mine.press("Clear filters")
    expect(entries).to_have_count(3)
    page.get_by_label("From").fill("2100-01-01")
    expect(page.get_by_text("No entry matches these filters.")).to_be_visible()
    mine.press("Clear filters")
    with page.expect_download() as saved:
        mine.press("Download as CSV")
    assert Path(saved.value.path()).read_text().count("member.") == 3


def test_a_long_audit_log_is_read_page_by_page(stage: Stage) -> None:
    stage.stack.sql(
        "INSERT INTO audit_log (id, project_id, at, actor_kind, actor_name, action, entity, result, address, "
        "agent, changes) SELECT gen_random_uuid(), $1, now() - n * interval '1 minute', 'system', '', "
        "'conversation.status_changed', 'conversation', 'ok', '', '', '{\"status\": \"pending\"}' "
        "FROM generate_series(1, 70) n",
        stage.project_id,
    )
    mine = at_project(stage, "audit")
    entries = mine.page.locator(".entry")
    expect(entries).to_have_count(50)
    expect(entries.first).to_contain_text("AI System set a conversation to pending")
    mine.press("Show more")
    expect(entries).to_have_count(70)
    expect(mine.page.get_by_role("button", name="Show more")).to_have_count(0)
