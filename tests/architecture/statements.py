"""Every SQL statement of the product, with the place where it stands."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tests.architecture.sources import files, name

VERB: Final = re.compile(
    r"\s*(SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|WITH|MERGE|TRUNCATE|COPY|LOCK|VALUES|TABLE)(\s|$)"
)


class Statement(NamedTuple):
    """`place` is the file and the function, or constant, that holds it."""

    place: str
    sql: str


def statements() -> list[Statement]:
    """Of core, server and worker; one for each string that begins like SQL."""
    return [
        Statement(f"{name(path)}:{holder}", text)
        for path in files("core", "server", "worker", suffixes={".py"})
        for holder, text in _strings(path)
        if VERB.match(text) and not text.isalpha()
    ]


def built() -> list[str]:
    """Where SQL is put together from pieces, which nobody can prove anything of."""
    found = []
    for path in files("core", "server", "worker", suffixes={".py"}):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            first: ast.AST | None = None
            if isinstance(node, ast.JoinedStr) and node.values:
                first = node.values[0]
            elif isinstance(node, ast.BinOp):
                first = node.left
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                first = node.func.value if node.func.attr in {"format", "replace", "join"} else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and VERB.match(first.value):
                found.append(f"{name(path)}:{node.lineno}")  # type: ignore[attr-defined]
    return found


def _strings(path: Path) -> Iterator[tuple[str, str]]:
    """(holder, text) of every string of a file that is no docstring and no piece of another string."""
    yield from _within(ast.parse(path.read_text(encoding="utf-8")), "")


def _within(node: ast.AST, holder: str) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.JoinedStr():
            return
        case ast.Constant(value=str(text)):
            yield holder, text
        case ast.FunctionDef() | ast.AsyncFunctionDef() if not holder or holder.istitle():
            holder = node.name
        case ast.ClassDef():
            holder = ""
        case ast.Assign(targets=[ast.Name(id=constant)]) | ast.AnnAssign(target=ast.Name(id=constant)):
            holder = holder or constant
        case _:
            pass
    for child in ast.iter_child_nodes(node):
        yield from _within(child, holder)
