"""The tables of the schema: their columns, and the project key of each."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pglast import parse_sql

from tests.architecture.sources import ROOT

Tree = Any
KEY: Final = "project_id"
PROJECTS: Final = "projects"

OF_NO_PROJECT: Final[Mapping[str, str]] = {
    "users": "accounts belong to people",
    "sessions": "sign-ins of people",
    "avatars": "pictures of people",
    "user_tokens": "tokens mailed to people",
    "two_factor": "second factors of people",
    "recovery_codes": "second factors of people",
    "identities": "providers' subjects of people",
    "dead_letters": "bytes that nothing could be read from; operators alone see them",
}
"""Tables without a project of their own, each with the reason. Every other table has one."""

CATALOGS: Final[Mapping[str, tuple[str, ...]]] = {
    "schema_migrations": ("name", "checksum", "applied_at"),
    "pg_class": ("oid", "relname"),
    "pg_database": ("oid", "datname"),
    "pg_locks": ("locktype", "database", "classid", "objid", "objsubid", "pid", "granted"),
    "pg_stat_activity": ("datid", "datname", "pid", "state", "state_change", "query_start", "client_addr"),
}
"""Postgres' own relations that statements may name, with the columns they use; they hold no row of ours."""

READABLE: Final = {"IndexStmt", "InsertStmt", "CreateStmt"}


class Unreadable(Exception):
    """The schema holds something that could hide which project's rows a statement reaches."""


class Table(NamedTuple):
    """`key`: the column that holds the project of a row, if the table has one. `optional`: it may be NULL."""

    name: str
    columns: tuple[str, ...]
    key: str | None
    optional: bool = False


def of_schema() -> dict[str, Table]:
    """Every table that a statement may name, by its name."""
    made = read((ROOT / "migrations" / "schema.sql").read_text(encoding="utf-8"))
    return made | {name: Table(name, columns, None) for name, columns in CATALOGS.items()}


@functools.cache
def read(schema: str) -> dict[str, Table]:
    """The tables that `schema` creates; raises Unreadable for views, functions, triggers and the rest."""
    made: dict[str, Table] = {}
    for statement in parse_sql(schema):
        tree = statement.stmt()
        if tree["@"] not in READABLE:
            raise Unreadable(f"teach the proof of scope what {tree['@']} does to whose rows are reached")
        if tree["@"] == "CreateStmt":
            table = _partition(tree, made) if tree["partbound"] else _table(tree)
            made[table.name] = table
    return made


def _partition(tree: Tree, made: Mapping[str, Table]) -> Table:
    """A partition has the key of its parent."""
    (parent,) = tree["inhRelations"]
    if tree["tableElts"]:
        raise Unreadable("a partition has the columns of its parent")
    return made[parent["relname"]]._replace(name=tree["relation"]["relname"])


def _table(tree: Tree) -> Table:
    name = tree["relation"]["relname"]
    if tree["inhRelations"] or tree["ofTypename"] or tree["relation"]["schemaname"]:
        raise Unreadable(f"{name} inherits, has a type or has a schema")
    parts = [part for part in tree["tableElts"] or () if part["@"] == "ColumnDef"]
    columns = tuple(part["colname"] for part in parts)
    if name == PROJECTS:
        return Table(name, columns, "id")
    if KEY in columns:
        return Table(name, columns, KEY, optional=not _never_null(tree, parts[columns.index(KEY)]))
    if name not in OF_NO_PROJECT:
        raise Unreadable(f"{name} has no {KEY}: give it one, or name it in OF_NO_PROJECT with a reason")
    return Table(name, columns, None)


def _never_null(tree: Tree, column: Tree) -> bool:
    kinds = {constraint["contype"]["name"] for constraint in column["constraints"] or ()}
    return bool(kinds & {"CONSTR_NOTNULL", "CONSTR_PRIMARY"}) or KEY in _primary(tree)


def _primary(tree: Tree) -> Iterator[str]:
    for part in tree["tableElts"]:
        if part["@"] == "Constraint" and part["contype"]["name"] == "CONSTR_PRIMARY":
            yield from (key["sval"] for key in part["keys"])
