"""A browser with the cached `widget.js` of an earlier release, on the present server."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Stage
from tests.patience import PATIENCE
from tests.releases import history
from tests.stack import ROOT


@pytest.fixture(scope="module", params=history.releases(), ids=lambda release: release.version)
def cached(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built front end of an earlier release."""
    widget = history.take_out(request.param, tmp_path_factory.mktemp("cached") / "release") / "widget"
    (widget / "node_modules").symlink_to(ROOT / "widget" / "node_modules")
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    subprocess.run(
        [node or "node", "build.mjs"], cwd=widget, check=True, capture_output=True, timeout=PATIENCE
    )
    return widget / "dist"


@pytest.mark.smoke
def test_a_cached_widget_works_with_the_present_server(stage: Stage, cached: Path) -> None:
    """Its hashed files still exist: the build keeps those of the last releases."""
    visitor, agent = stage.visitor(url="about:blank"), stage.agent()
    served: list[str] = []

    def from_cache(route: Route) -> None:
        name = route.request.url.split("?")[0].rsplit("/", 1)[1]
        served.append(name)
        headers = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
        route.fulfill(path=cached / name, content_type="text/javascript", headers=headers)

    visitor.page.route("**/widget.js", from_cache)
    visitor.page.route("**/widget/*", from_cache)
    visitor.page.goto(stage.page_url())
    visitor.open()
    assert len(served) >= 2
    visitor.write("from yesterday")
    visitor.expect_mark("from yesterday", "Sent")
    agent.open("from yesterday")
    agent.write("from today")
    expect(visitor.bubble("from today")).to_be_visible()
    visitor.expect_mark("from yesterday", "Read")
    visitor.page.reload()
    expect(visitor.bubble("from today")).to_be_visible()


def test_the_present_widget_reads_what_a_cached_one_stored(stage: Stage, cached: Path) -> None:
    """After the cache has expired, the visitor is the same, with the same chat."""
    visitor = stage.visitor(url="about:blank")

    def from_cache(route: Route) -> None:
        route.fulfill(path=cached / route.request.url.rsplit("/", 1)[1], content_type="text/javascript")

    for pattern in ("**/widget.js", "**/widget/*"):
        visitor.page.route(pattern, from_cache)
    visitor.page.goto(stage.page_url())
    visitor.open()
    visitor.write("I was here before")
    visitor.expect_mark("I was here before", "Sent")
    visitor.page.unroute_all()
    visitor.page.reload()
    expect(visitor.page.locator("parley-widget")).to_have_count(1)
    expect(visitor.bubble("I was here before")).to_be_visible()
    visitor.write("and am still here")
    visitor.expect_mark("and am still here", "Sent")
    newcomer = stage.visitor(visitor.page.context)
    newcomer.open()
    expect(newcomer.bubble("I was here before")).to_be_visible()
