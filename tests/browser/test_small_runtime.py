"""The embed's own small runtime renders its views like Preact, in a real browser."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.patience import PATIENCE
from tests.stack import ROOT

WIDGET = ROOT / "widget"


def seen(browser: Browser, runtime: str) -> list[str]:
    """The rendered page after each step of the scenarios on that runtime."""
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    bundle = subprocess.run(
        [node or "node", "tests/embed/jsx/bundle.mjs", runtime],
        cwd=WIDGET,
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    ).stdout
    page = browser.new_page()
    page.add_script_tag(content=bundle)
    lines: list[str] = page.evaluate("run()")
    page.close()
    return lines


@pytest.mark.smoke
def test_the_small_runtime_renders_like_preact(browser: Browser) -> None:
    expected = seen(browser, "preact")
    assert len(expected) > 50
    assert seen(browser, "small") == expected
