"""One version, in pyproject.toml alone: no other file repeats it, and the changelog has a section of it."""

import re
import tomllib

from core.config import version
from tests.architecture.sources import PRODUCT, ROOT, files, name

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def test_the_processes_read_it() -> None:
    assert version.read() == VERSION


def test_the_latest_release_of_the_changelog_is_this_one() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)[0] == VERSION


def test_no_file_of_the_product_repeats_it() -> None:
    written = [
        *files(*PRODUCT, "packaging", "widget/src", "widget/build"),
        *(ROOT / "widget").glob("*.mjs"),
        ROOT / "widget/package.json",
    ]
    quoted = f'"{VERSION}"'
    assert [name(path) for path in written if quoted in path.read_text(encoding="utf-8")] == []
