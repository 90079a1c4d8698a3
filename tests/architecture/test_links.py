"""Links of the documentation lead to pages and headings that exist, and the files it names exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.sources import PRODUCT, ROOT, files, name

PAGES: Final = [*sorted(ROOT.glob("*.md")), *files("docs", "protocol", suffixes={".md"})]
HISTORY: Final = "CHANGELOG.md"  # it names files as they were called at the time
_FENCE: Final = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_NAMED_FILE: Final = re.compile(
    r"`((?:server|worker|core|protocol|bench|migrations|widget|tests|docs|deploy)/[\w./-]+\.\w+)`"
)
_PAGE_IN_CODE: Final = re.compile(r"\b(docs/[\w./-]+\.md)\b")


def prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The fragments that GitHub makes of the headings of a page."""
    found: dict[str, int] = {}
    for heading in _HEADING.findall(prose(page)):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
    return found.keys() | {
        f"{slug}-{again}" for slug, count in found.items() for again in range(1, count + 1)
    }


def links(page: Path) -> Iterator[str]:
    without_code = re.sub(r"`[^`\n]*`", "", prose(page))
    for target in _LINK.findall(without_code):
        if "://" not in target and not target.startswith("mailto:"):
            yield target


RELATIVE: Final = [(page, target) for page in PAGES for target in links(page)]


@pytest.mark.parametrize(
    ("page", "target"), RELATIVE, ids=lambda one: name(one) if isinstance(one, Path) else one
)
def test_a_relative_link_leads_to_a_file_and_a_heading(page: Path, target: str) -> None:
    path, _, fragment = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    assert file.exists(), f"{name(page)} links to {target}"
    if fragment:
        assert fragment in anchors(file), f"{name(page)} links to {target}; there are {sorted(anchors(file))}"


def test_every_page_is_linked_from_an_index() -> None:
    indexes = [ROOT / "docs/README.md", ROOT / "docs/adr/README.md"]
    linked = {
        (page.parent / target.partition("#")[0]).resolve() for page in indexes for target in links(page)
    }
    pages = set(files("docs", suffixes={".md"})) - set(indexes[:1])
    assert sorted(name(page) for page in pages - linked) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != HISTORY], ids=name)
def test_a_file_that_a_page_names_exists(page: Path) -> None:
    named = _NAMED_FILE.findall(prose(page))
    assert [file for file in named if not (ROOT / file).exists()] == []


def test_a_page_that_the_code_names_exists() -> None:
    code = [
        *files(*PRODUCT, "tests", "packaging", suffixes={".py"}),
        *files("widget/src"),
        ROOT / "pyproject.toml",
    ]
    missing = {
        f"{name(path)}: {page}"
        for path in code
        for page in _PAGE_IN_CODE.findall(path.read_text(encoding="utf-8"))
        if path != Path(__file__) and not (ROOT / page).exists()
    }
    assert missing == set()


def test_a_decision_record_has_its_number_in_its_title() -> None:
    records = sorted((ROOT / "docs/adr").glob("0*.md"))
    wrong = [record.name for record in records if not prose(record).startswith(f"# {record.name[:4]}: ")]
    assert wrong == []
