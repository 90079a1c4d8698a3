"""A project's page Files: who may attach, as managers, agents and visitors see it."""

from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.test_project_settings import at_project
from tests.people import add_agent


def test_a_manager_switches_the_visitors_files_off(stage: Stage) -> None:
    mine = at_project(stage, "files")
    expect(mine.page.get_by_text("0 bytes of 5.2 GB used by 0 files")).to_be_visible()
    mine.page.get_by_role("radio", name="Agents only").check()
    mine.expect_toast("Saved.")
    visitor = stage.visitor()
    visitor.open()
    expect(visitor.page.get_by_role("button", name="Attach files")).to_have_count(0)
    mine.page.reload()
    expect(mine.page.get_by_role("radio", name="Agents only")).to_be_checked()


def test_agents_see_who_may_attach_and_change_nothing(stage: Stage) -> None:
    ann = add_agent(stage.stack, stage.project, name="Ann", role="agent")
    theirs = at_project(stage, "files", email=ann)
    expect(theirs.page.get_by_role("radio", name="Visitors and agents")).to_be_disabled()
