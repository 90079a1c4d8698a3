"""Every SQL statement of the product with its place in the sources, and every other use of the driver.

A statement is found in two ways: an argument of the driver must be a constant, found from the call; and every
string of the sources that Postgres' parser accepts as SQL is a statement, whatever uses it. An f-string of
constants alone is a constant too, and is found from the call.
"""

import ast
import functools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from pglast import parse_sql
from pglast.parser import ParseError

from tests.architecture.sources import ROOT, files, name

PRODUCT: Final = ("core", "server", "worker")
DRIVER: Final = frozenset(
    [
        "execute",
        "executemany",
        "fetch",
        "fetchmany",
        "fetchrow",
        "fetchval",
        "cursor",
        "prepare",
        "copy_from_query",
        "copy_from_table",
        "copy_to_table",
        "copy_records_to_table",
    ]
)
"""The methods of asyncpg that take SQL, or generate it."""
REFLECTION: Final = {"getattr", "attrgetter", "methodcaller"}
BUILTINS: Final = {"eval", "exec"}
PAGE_FIELD: Final = "query.cursor"  # the start of a page of a list; not a cursor of the driver


class Statement(NamedTuple):
    """`place` is the file and the function, or constant, that holds it."""

    place: str
    sql: str


class Found(NamedTuple):
    """`odd`: arguments of the driver that are not constants, and indirect uses of the driver."""

    statements: list[Statement]
    odd: list[str]


@functools.cache
def product() -> Found:
    """The statements of core, server and worker."""
    made = Found([], [])
    for path in files(*PRODUCT, suffixes={".py"}):
        one = of_source(path.read_text(encoding="utf-8"), name(path))
        made.statements.extend(one.statements)
        made.odd.extend(one.odd)
    return made


def of_source(text: str, where: str) -> Found:
    """The statements of one file's text; `where` is the path that their places begin with."""
    module = ast.parse(text)
    found, odd = [], []
    composed: list[Statement] = []
    for node, holder in _walk(module, ""):
        place = f"{where}:{holder}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_sql(node.value):
            found.append(Statement(place, node.value))
        for given in _handed(node, module):
            texts = _texts(given, module)
            composed += [Statement(place, sql) for sql in texts if _is_sql(sql)]
            odd += [f"{place} no single statement: {sql[:60]}" for sql in texts if not _is_sql(sql)]
            if not texts:
                odd.append(f"{place} {ast.unparse(given)[:60]}")
        odd += [f"{place} {way}" for way in _other_ways(node, module)]
    plain = {one.sql for one in found}
    found += [one for one in composed if one.sql not in plain]
    return Found(list(dict.fromkeys(found)), odd)


def _walk(node: ast.AST, holder: str) -> Iterator[tuple[ast.AST, str]]:
    """Every node but docstrings, with the function or the constant that holds it."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return
        case ast.FunctionDef() | ast.AsyncFunctionDef() if not holder or holder.istitle():
            holder = node.name
        case ast.ClassDef():
            holder = ""
        case ast.Assign(targets=[ast.Name(id=constant)]) | ast.AnnAssign(target=ast.Name(id=constant)):
            holder = holder or constant
        case _:
            pass
    yield node, holder
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, holder)


@functools.cache
def _is_sql(text: str) -> bool:
    """Whether Postgres' parser accepts it as one statement; a single word only in capitals (BEGIN)."""
    if text.isalpha() and not text.isupper():
        return False
    try:
        return len(parse_sql(text)) == 1
    except ParseError:
        return False


def _handed(node: ast.AST, module: ast.Module) -> Iterator[ast.expr]:
    """The arguments that a call passes to the driver as SQL."""
    match node:
        case ast.Call(func=ast.Attribute(attr=method) as way) if method in DRIVER and not _is_ours(
            way, module
        ):
            named = [word.value for word in node.keywords if word.arg in {"query", "command", None}]
            yield from node.args[:1] or named
        case ast.Call(func=ast.Attribute(attr="commit")):
            yield from (word.value for word in node.keywords if word.arg == "then")
        case _:
            return


def _other_ways(node: ast.AST, module: ast.Module) -> Iterator[str]:
    """Uses of the driver that hide the argument."""
    match node:
        case ast.Attribute(attr=method) if method in DRIVER and node not in _called(module):
            if _is_ours(node, module) or ast.unparse(node) == PAGE_FIELD:
                return
            yield f"{ast.unparse(node)} is handed on"
        case ast.Call(func=ast.Name(id=way) | ast.Attribute(attr=way)) if way in REFLECTION:
            if any(isinstance(one, ast.Constant) and one.value in DRIVER for one in node.args):
                yield ast.unparse(node)[:60]
        case ast.Call(func=ast.Call(func=ast.Name(id="getattr"))):
            yield f"{ast.unparse(node.func)[:60]} is called"
        case ast.Call(func=ast.Name(id=way)) if way in BUILTINS:
            yield ast.unparse(node)[:60]
        case _:
            return


@functools.lru_cache(maxsize=1)
def _called(module: ast.Module) -> set[ast.expr]:
    return {node.func for node in ast.walk(module) if isinstance(node, ast.Call)}


def _is_ours(way: ast.Attribute, module: ast.Module) -> bool:
    """Whether it is a function of our own module, which is checked itself."""
    return isinstance(way.value, ast.Name) and _imported(way.value.id, module) is not None


def _texts(given: ast.expr, module: ast.Module) -> list[str]:
    """The texts that an argument may have; empty where that cannot be determined."""
    text = _constant(given, module)
    if text is not None:
        return [text]
    return _looped(given.id, module) if isinstance(given, ast.Name) else []


def _looped(word: str, module: ast.Module) -> list[str]:
    """The texts of a name that is bound by loops over constant tuples alone."""
    made: list[str] = []
    loops = [node for node in ast.walk(module) if isinstance(node, ast.For | ast.AsyncFor)]
    loops = [loop for loop in loops if isinstance(loop.target, ast.Name) and loop.target.id == word]
    for loop in loops:
        given = _value(loop.iter.id, module) if isinstance(loop.iter, ast.Name) else loop.iter
        parts = given.elts if isinstance(given, ast.Tuple) else [None]
        texts = [
            part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        if len(texts) != len(parts):
            return []
        made += texts
    return made if len(loops) == _bindings(module)[word] else []


def _literal(node: ast.AST, module: ast.Module) -> str | None:
    """The text of a string, or of an f-string of constants; None for any other node."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            parts = [_part(value, module) for value in values]
            return None if None in parts else "".join(part for part in parts if part is not None)
        case _:
            return None


def _part(value: ast.expr, module: ast.Module) -> str | None:
    match value:
        case ast.FormattedValue(value=ast.Name(id=word), conversion=-1, format_spec=None):
            return _named(word, module)
        case _:
            return _literal(value, module)


def _constant(given: ast.expr, module: ast.Module) -> str | None:
    """The text that an argument always has; None where that cannot be determined."""
    match given:
        case ast.Constant() | ast.JoinedStr():
            return _literal(given, module)
        case ast.Name(id=word):
            return _named(word, module)
        case ast.Attribute(value=ast.Name(id=holder), attr=word):
            path = _imported(holder, module)
            return None if path is None else _named(word, _parsed(path))
        case _:
            return None


def _named(word: str, module: ast.Module) -> str | None:
    """A constant of the module, or one that the module imports: bound once in the whole file."""
    value = _value(word, module)
    if value is not None:
        return _literal(value, module)
    if _bindings(module)[word] != 1:
        return None
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for one in node.names:
                if (one.asname or one.name) == word and (path := _file(node.module)) is not None:
                    return _named(one.name, _parsed(path))
    return None


def _value(word: str, module: ast.Module) -> ast.expr | None:
    """The value of a name that the module assigns once and nowhere else."""
    for node in module.body if _bindings(module)[word] == 1 else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)):
                if target == word:
                    return node.value
            case _:
                pass
    return None


def _imported(word: str, module: ast.Module) -> Path | None:
    """The file of our own module that is imported under this name."""
    if _bindings(module)[word] != 1:
        return None
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for one in node.names:
                if (one.asname or one.name) == word:
                    return _file(f"{node.module}.{one.name}")
    return None


def _file(dotted: str) -> Path | None:
    path = ROOT / f"{dotted.replace('.', '/')}.py"
    return path if path.is_file() else None


@functools.cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=64)
def _bindings(module: ast.Module) -> Counter[str]:
    """How often each name is bound, anywhere in a file."""
    made: Counter[str] = Counter()
    for node in ast.walk(module):
        match node:
            case ast.Name(id=word, ctx=ast.Store() | ast.Del()):
                made[word] += 1
            case ast.AugAssign(target=ast.Name(id=word)):
                made[word] += 1
            case ast.arg(arg=word) | ast.FunctionDef(name=word) | ast.AsyncFunctionDef(name=word):
                made[word] += 1
            case ast.ClassDef(name=word) | ast.MatchAs(name=str(word)) | ast.MatchStar(name=str(word)):
                made[word] += 1
            case ast.alias(name=full, asname=other):
                made[other or full.partition(".")[0]] += 1
            case ast.ExceptHandler(name=str(word)) | ast.MatchMapping(rest=str(word)):
                made[word] += 1
            case _:
                pass
    return made
