"""The rules of STYLE.md that a program can check: sizes, first lines, names."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.sources import PRODUCT, files, name

PYTHON = list(files(*PRODUCT, "tests", suffixes={".py"}))
EVERYTHING = list(files(*PRODUCT, "tests", "widget"))
MOST_LINES = 400
MAX_FILES_IN_FOLDER = 15
MOST_FUNCTION_LINES = 40
NO_FILE_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "shared", "lib"}
# As long as the API, the protocol and the schema: an interface or a table is found by its name.
WHOLE = {"widget/src/rest/types.ts", "widget/src/wire/frames.ts", "migrations/schema.sql"}
NO_CLASS_ENDINGS = re.compile(r"(Manager|Helper|Service|Handler|Utils?|Base|Data|Info)$")


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def lines_of_text(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines inside strings, which the limit does not count: SQL in full, and docstrings."""
    texts = [
        node for node in ast.walk(function) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return sum((node.end_lineno or node.lineno) - node.lineno for node in texts)


def test_there_are_files_to_check() -> None:
    assert len(PYTHON) > 50
    assert any(path.suffix == ".ts" for path in EVERYTHING)


def test_no_file_passes_400_lines() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in EVERYTHING}
    assert {file: length for file, length in lengths.items() if length > MOST_LINES}.keys() == WHOLE


def test_no_function_of_the_product_passes_40_lines() -> None:
    long = []
    for path in files(*PRODUCT, suffixes={".py"}):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1 - lines_of_text(node)
                if length > MOST_FUNCTION_LINES:
                    long.append(f"{name(path)}:{node.lineno} {node.name} has {length} lines")
    assert long == []


def test_no_folder_of_the_product_holds_more_than_15_files() -> None:
    """The gateway excepted, whose files are one area. Without `__init__.py`, which holds no code."""
    product = files(*PRODUCT, suffixes={".py"})
    folders = Counter(name(path.parent) for path in product if path.stem != "__init__")
    full = {folder for folder, count in folders.items() if count > MAX_FILES_IN_FOLDER}
    assert full <= {"server/gateway"}


def test_every_python_file_starts_with_its_duty() -> None:
    silent = [name(path) for path in PYTHON if not (ast.get_docstring(parsed(path)) or "").strip()]
    assert silent == []


@pytest.mark.parametrize("path", [path for path in PYTHON if path.name == "__init__.py"], ids=name)
def test_an_init_holds_one_sentence_and_no_code(path: Path) -> None:
    module = parsed(path)
    assert len(module.body) == 1, "code in an __init__.py"
    sentence = ast.get_docstring(module) or ""
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_every_script_starts_with_its_duty() -> None:
    written = files("widget/src", suffixes={".ts", ".tsx"})
    starts = {name(path): path.read_text(encoding="utf-8")[:2] for path in written}
    assert [file for file, start in starts.items() if start not in {"//", "/*"}] == []


def test_no_file_has_a_meaningless_name() -> None:
    vague = [name(path) for path in EVERYTHING if {path.stem, path.parent.name} & NO_FILE_NAMES]
    assert vague == []


def test_no_class_has_a_meaningless_name() -> None:
    vague = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in files(*PRODUCT, suffixes={".py"})
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef) and NO_CLASS_ENDINGS.search(node.name)
    ]
    assert vague == []


def test_only_the_pool_of_the_server_imports_asyncio() -> None:
    says = re.compile(r"^\s*(import asyncio|from asyncio)\b", re.MULTILINE)
    trio = [
        path for path in files("server", "core", "protocol", suffixes={".py"}) if "launch" not in path.parts
    ]
    found = [name(path) for path in trio if says.search(path.read_text(encoding="utf-8"))]
    assert set(found) <= {"server/pool.py"}
