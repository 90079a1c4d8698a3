"""The README's hop table names files that exist, and the first line of each names its hop."""

import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def rows() -> Iterator[tuple[int, list[str]]]:
    """(hop, files) of each row of the table whose header is `hop … files …`."""
    column = None
    for line in README.splitlines():
        if not line.lstrip().startswith("|"):
            column = None
        elif column is None:
            header = cells(line)
            column = header.index("files") if header[0] == "hop" and "files" in header else None
        elif (row := cells(line))[0].isdigit():
            yield int(row[0]), re.findall(r"`([^`]+)`", row[column])


HOPS = dict(rows())
NAMED = [(hop, file) for hop, files in HOPS.items() for file in files]


def test_the_table_has_the_nine_hops_in_order() -> None:
    assert list(HOPS) == list(range(1, 10))
    assert all(HOPS.values()), "a hop without a file"


@pytest.mark.parametrize(("hop", "file"), NAMED)
def test_a_file_of_the_hop_table_exists_and_names_its_hop(hop: int, file: str) -> None:
    path = ROOT / file
    assert path.is_file(), f"the README names {file} for hop {hop}"
    first = path.read_text(encoding="utf-8").splitlines()[0]
    named = re.search(r"\bHops?\b([^:]*):", first)
    assert named, f"the first line of {file} does not name a hop: {first}"
    assert str(hop) in re.findall(r"\d+", named[1]), (
        f"{file} is hop {hop} in the README, but its first line says: {first}"
    )


LINKS = [target for target in re.findall(r"\]\(([^)#]+)[^)]*\)", README) if "://" not in target]


@pytest.mark.parametrize("target", LINKS)
def test_a_link_of_the_readme_leads_to_a_file(target: str) -> None:
    assert (ROOT / target).exists()
