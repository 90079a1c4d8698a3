"""A language that one file added to the dashboard."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Stage, until
from tests.patience import PATIENCE
from tests.stack import ROOT

BUILT: Final = ROOT / "widget" / "dist"
COPIED: Final = ("src", "build", "build.mjs", "package.json")
INBOX: Final = 'export const xx = { "view.open": "Xopen", "settings.title": "Xpreferences" };\n'


@pytest.fixture(scope="module")
def with_xx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built front end with a made-up language."""
    root = tmp_path_factory.mktemp("language")
    widget = root / "widget"
    widget.mkdir()
    for name in COPIED:
        source = ROOT / "widget" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, widget / name)
    shutil.copy(ROOT / "pyproject.toml", root)
    (widget / "node_modules").symlink_to(ROOT / "widget" / "node_modules")
    (widget / "src" / "dashboard" / "texts" / "inbox" / "xx.ts").write_text(INBOX)
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    subprocess.run(
        [node or "node", "build.mjs"], cwd=widget, check=True, capture_output=True, timeout=PATIENCE
    )
    return widget / "dist"


def serve(page: Page, dist: Path) -> None:
    """The dashboard's scripts come from that build."""
    roles = {}
    for folder in (BUILT, dist):
        roles[folder] = json.loads((folder / "manifest.json").read_text())["dashboard.js"]

    def scripts(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        file = dist / (roles[dist] if name == roles[BUILT] else name)
        if file.exists():
            route.fulfill(path=file, content_type="text/javascript")
        else:
            route.continue_()

    page.route("**/widget/*.js", scripts)


@pytest.mark.smoke
def test_a_language_of_one_file_is_offered_and_spoken_and_the_rest_is_english(
    stage: Stage, with_xx: Path
) -> None:
    agent = stage.agent(stage.context(service_workers="block"))
    serve(agent.page, with_xx)
    agent.page.reload()
    tab = agent.page.locator(".views button").first
    expect(tab).to_have_text("Open")
    agent.page.locator(".rail-me").click()
    agent.page.locator("#choice-settings").click()
    agent.page.get_by_role("dialog").get_by_text("Xx", exact=True).click()
    expect(agent.page.locator("html")).to_have_attribute("lang", "xx")
    expect(tab).to_have_text("Xopen")
    dialog = agent.page.get_by_role("dialog", name="Xpreferences")
    expect(dialog.get_by_text("Notifications", exact=True)).to_be_visible()
    agent.page.reload()
    expect(tab).to_have_text("Xopen")
    agent.visit("/app/account")
    expect(agent.page.get_by_role("button", name="Save")).to_be_visible()


def test_a_page_that_is_loaded_late_waits_for_its_texts(stage: Stage) -> None:
    stage.stack.sql("UPDATE users SET language = 'vi' WHERE email = $1", stage.email)
    page = stage.agent().page
    page.goto(f"{stage.server.url}/app/projects/{stage.project_id}/settings/general")
    expect(page.get_by_role("heading", level=1, name="Chung")).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/widget/dashboard-vi-*.js", hold)
    page.get_by_role("link", name="Kiến thức").click()
    until(page, lambda: bool(held))
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(page.locator(".page-tabs")).to_have_count(0)  # no text in another language first
    for one in held:
        one.continue_()
    expect(page.locator(".page-tabs a").first).to_have_text("Bài viết")
