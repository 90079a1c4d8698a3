"""The front end: which area may import which, and how many files a folder may hold."""

import re
from pathlib import Path
from typing import Final

from tests.architecture.sources import ROOT, files

SOURCES: Final = ROOT / "widget" / "src"
MAX_FILES_IN_FOLDER: Final = 15
_IMPORTED: Final = re.compile(r"""(?:\bfrom\s+|\bimport\s+|\bimport\()\s*["'](\.{1,2}/[^"']+)["']""")
# Whole statements are left out: a type does not exist at run time.
_TYPES: Final = re.compile(r"^(?:import|export) type [^;]*;", re.MULTILINE)

# An area imports from itself and from these.
ALLOWED: Final = {
    "wire": set[str](),
    "forms": {"wire"},
    "chat": {"wire", "forms"},
    "ui": set[str](),
    "rest": set[str](),
    "attachments": {"wire", "rest"},
    "host": {"wire", "chat", "rest"},
    "loader": {"wire", "chat", "ui", "rest", "host"},
    "embed": {"wire", "forms", "chat", "ui", "rest", "host", "attachments"},
    "preview": {"wire", "chat", "ui", "rest", "host", "loader"},
    "dashboard": {"wire", "forms", "chat", "ui", "rest", "attachments", "preview"},
}


def imports(path: Path, *, types: bool) -> set[Path]:
    """The files of ours that a file imports; without `types`, only those that it imports at run time."""
    source = path.read_text(encoding="utf-8")
    found = set()
    for name in _IMPORTED.findall(source if types else _TYPES.sub("", source)):
        target = (path.parent / name).resolve()
        candidates = [target, *(target.with_name(target.name + end) for end in (".ts", ".tsx"))]
        files_there = [candidate for candidate in candidates if candidate.is_file()]
        assert files_there, f"{path}: there is no file for the import {name}"
        found.add(files_there[0])
    return found


def area(path: Path) -> str:
    """The folder of src that a file is in."""
    return path.relative_to(SOURCES).parts[0]


SCRIPTS: Final = [path for path in files("widget/src", suffixes={".ts", ".tsx"}) if path.parent != SOURCES]


def test_every_area_has_its_rule() -> None:
    assert {area(path) for path in SCRIPTS} == set(ALLOWED)


def test_areas_import_only_from_the_areas_below_them() -> None:
    wrong = [
        f"{path.relative_to(SOURCES)} imports {target.relative_to(SOURCES)}"
        for path in SCRIPTS
        for target in sorted(imports(path, types=True))
        if area(target) not in {area(path), *ALLOWED[area(path)]}
    ]
    assert wrong == []


def test_only_types_are_imported_from_rest() -> None:
    at_run_time = [
        path.relative_to(SOURCES).as_posix()
        for path in SCRIPTS
        if any(area(target) == "rest" for target in imports(path, types=False))
    ]
    assert at_run_time == []


def test_there_are_no_import_cycles() -> None:
    # The embed has no cycle by types either: its views take an interface (embed/view.ts).
    by_types = {
        path: imports(path, types=area(path) in {"embed", "loader", "host", "chat", "wire"})
        for path in SCRIPTS
    }
    done: set[Path] = set()
    cycles: list[str] = []

    def visit(path: Path, trail: tuple[Path, ...]) -> None:
        if path in trail:
            cycle = (*trail[trail.index(path) :], path)
            cycles.append(" → ".join(str(one.relative_to(SOURCES)) for one in cycle))
        elif path not in done:
            for target in sorted(by_types.get(path, set())):
                visit(target, (*trail, path))
            done.add(path)

    for path in SCRIPTS:
        visit(path, ())
    assert cycles == []


def test_no_folder_holds_more_than_fifteen_files() -> None:
    folders: dict[str, int] = {}
    for path in files("widget/src"):
        folder = path.parent.relative_to(SOURCES).as_posix()
        folders[folder] = folders.get(folder, 0) + 1
    assert {folder: count for folder, count in folders.items() if count > MAX_FILES_IN_FOLDER} == {}
