"""Column resolution: which table a name in a statement belongs to, innermost query first as in Postgres."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

Tree = Any


class Column(NamedTuple):
    """`name`: None where only Postgres knows it; `given`: it holds a project that the statement was given."""

    name: str | None
    given: bool


@dataclass(eq=False)
class Source:
    """One entry of a FROM, or the target of a change."""

    name: str
    columns: list[Column]
    table: str = ""
    key: str | None = None
    optional: bool = False
    bound: bool = False

    def has(self, column: str) -> bool:
        return any(one.name == column for one in self.columns)

    def given(self, column: str) -> bool:
        if self.key is not None:
            return self.bound and column == self.key
        return next((one.given for one in self.columns if one.name == column), False)

    @property
    def opaque(self) -> bool:
        """Whether it has columns whose names only Postgres knows."""
        return any(one.name is None for one in self.columns)

    def all(self) -> list[Column]:
        return [one._replace(given=one.given or self.given(one.name or "")) for one in self.columns]


Level = list[Source]
Scope = tuple[Level, ...]  # the innermost query's first


def resolve(reference: Tree, scope: Scope) -> tuple[Source, str] | None:
    """The source that Postgres takes a column from; None where Postgres would fail, or only it knows."""
    table, column = named_column(reference)
    for level in scope:
        named = [one for one in level if table in {"", one.name}]
        found = [one for one in named if one.has(column)]
        if len(found) == 1:
            return found[0], column
        if found or any(one.opaque for one in named) or (table and named):
            return None
    return None


def keyed_source(value: Tree, scope: Scope) -> Source | None:
    """The tenant's table whose key a column reference is; None when the reference is anything else."""
    found = resolve(value, scope) if value["@"] == "ColumnRef" else None
    return found[0] if found is not None and found[0].key == found[1] else None


def named_column(column: Tree) -> tuple[str, str]:
    parts = [part.get("sval", "*") for part in column["fields"]]
    return (parts[-2] if len(parts) > 1 else "", parts[-1])


def output_name(value: Tree) -> str | None:
    """The name that Postgres gives a column without AS, if the expression is a plain column."""
    while value["@"] == "TypeCast":
        value = value["arg"]
    return named_column(value)[1] if value["@"] == "ColumnRef" else None


def rename(columns: list[Column], names: Iterable[Tree] | None) -> list[Column]:
    given = [part["sval"] for part in names or ()]
    renamed = [Column(name, column.given) for name, column in zip(given, columns, strict=False)]
    return renamed + columns[len(given) :]
