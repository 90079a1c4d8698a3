"""One version: that of the installed package, of the widget's hello, and of the changelog."""

import json
import re
import tomllib

from tests.stack import ROOT


def test_every_file_that_names_the_version_names_the_same() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    package = json.loads((ROOT / "widget/package.json").read_text())
    lock = json.loads((ROOT / "widget/package-lock.json").read_text())
    widget = (ROOT / "widget/src/embed/widget.ts").read_text()
    changelog = (ROOT / "CHANGELOG.md").read_text()
    named = {
        "package.json": package["version"],
        "package-lock.json": lock["version"],
        "package-lock.json, packages": lock["packages"][""]["version"],
        "widget.ts": re.findall(r'VERSION = "([^"]+)"', widget)[0],
        "CHANGELOG.md": re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)[0],
    }
    assert named == dict.fromkeys(named, project)
