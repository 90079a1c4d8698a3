"""The tables of the schema: their columns, and the project key of each."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pglast import parse_sql
from pglast.stream import RawStream

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
    "push_keys": "the installation's own",
    "push_subscriptions": "browsers of people, with the sign-ins of people",
    "notification_preferences": "choices of people, for all their projects",
    "dead_letters": "bytes that nothing could be read from; operators alone see them",
}
"""Tables without a project of their own, each with the reason. Every other table has one."""

CATALOGS: Final[Mapping[str, tuple[str, ...]]] = {
    "schema_migrations": ("name", "checksum", "applied_at"),
    "pg_class": ("oid", "relname", "relkind", "relnamespace", "relowner"),
    "pg_database": ("oid", "datname", "datctype", "datlocprovider", "datconnlimit", "encoding"),
    "pg_locks": ("locktype", "database", "classid", "objid", "objsubid", "pid", "granted"),
    "pg_roles": ("oid", "rolname", "rolsuper", "rolconnlimit"),
    "pg_settings": ("name", "setting", "source"),
    "pg_stat_activity": (
        "datid",
        "datname",
        "pid",
        "usesysid",
        "usename",
        "application_name",
        "state",
        "state_change",
        "query_start",
        "client_addr",
    ),
    "pg_stat_user_tables": ("relname", "n_live_tup", "n_dead_tup"),
}
"""Postgres' own relations that statements may name, with the columns they use; they hold no row of ours."""

EXTENSIONS: Final[Mapping[str, str]] = {
    "btree_gin": "operator classes of indexes, so that one can begin with the project",
    "pg_trgm": "the similarity of two texts that a statement has",
    "vector": "the distance of two vectors that a statement has",
}
"""What the schema may create besides: functions and operators that read no row by themselves."""

PARTITIONING: Final[Mapping[str, str]] = {
    "audit_log_bound": "the least id of a month, made of its argument alone",
    "audit_log_months_ahead": "counts months, from the catalog alone",
    "audit_log_make_months": "makes empty partitions, and moves to them what stands in audit_log_default",
    "audit_log_drop_months": "drops whole months of the audit log, of every project, by time alone",
}
"""Functions of the schema that make and drop partitions, and are no part of any statement that reads rows."""
CALLS: Final = {"SELECT audit_log_make_months()"}
OF_PARTITIONING: Final = {"uuid", "pg_catalog.int4"}  # what they may return: never a row, nor a text of one

HARMLESS_BODY: Final = re.compile(
    r"\nBEGIN\n(?: {4}[^;]+;\n)+EXCEPTION WHEN [a-z_ OR]+ THEN\n {4}RAISE [^;]+;\nEND\n"
)
HARMLESS_FORMS: Final = (
    rf"CREATE EXTENSION IF NOT EXISTS (?:{'|'.join(EXTENSIONS)})",
    r"CREATE INDEX [^;]+",
    r"RAISE NOTICE '[^';]*'",
)
"""What a DO block of the schema may do, where the database allows it."""

_COLUMN: Final = r"(?:NEW|OLD)\.[a-z_]+"
_OF_ROW: Final = (
    rf"(?:\({_COLUMN} AT TIME ZONE 'UTC'\)::date|{_COLUMN}(?:::bigint)?(?: [+-] {_COLUMN})*"
    r"|'[a-z_]+'|true|false|TG_OP = 'INSERT')"
)
_COUNTED: Final = (
    r"\n {4}ON CONFLICT \(project_id(?:, [a-z_]+)+\) "
    r"DO UPDATE SET ([a-z_]+) = [a-z_]+\.\1 \+ EXCLUDED\.\1"
)
_OF_ADDED: Final = r"(?:n\.[a-z_]+|'[a-z_]+'|true|false)"
HARMLESS_TRIGGER: Final = re.compile(
    r"\nBEGIN\n {4}INSERT INTO [a-z_]+ \(project_id, [a-z_, ]+\)\n {4}"  # noqa: S608  a pattern
    rf"(?:SELECT n\.project_id(?:, {_OF_ADDED})+ FROM added n"
    rf"|VALUES \((?:NEW|OLD)\.project_id(?:,\s+{_OF_ROW})+\)(?:{_COUNTED})?);"
    r"\n {4}RETURN NULL;\nEND "
)
"""What the function of a trigger may do: keep what the statement's own rows say, or add it to a counter, each
under its own project.
"""

READABLE: Final = {"IndexStmt", "InsertStmt", "CreateStmt", "CreateSeqStmt", "CreateTrigStmt"}
"""A trigger runs one of the functions of the schema, which are harmless."""


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
    """The tables that `schema` creates; raises Unreadable for views, most functions and the rest."""
    made: dict[str, Table] = {}
    for statement in parse_sql(schema):
        tree = statement.stmt()
        if tree["@"] == "CreateExtensionStmt" and tree["extname"] in EXTENSIONS:
            continue
        if tree["@"] == "DoStmt" and _is_harmless(tree):
            continue
        if tree["@"] == "CreateFunctionStmt" and (_is_of_trigger(tree) or _is_of_partitioning(tree)):
            continue
        if tree["@"] == "SelectStmt" and RawStream()(statement) in CALLS:
            continue
        if tree["@"] == "GrantStmt" and not tree["is_grant"]:
            continue
        if tree["@"] not in READABLE:
            raise Unreadable(f"teach the proof of scope what {tree['@']} does to whose rows are reached")
        if tree["@"] == "CreateStmt":
            table = _partition(tree, made) if tree["partbound"] else _table(tree)
            made[table.name] = table
    return made


def _is_harmless(block: Tree) -> bool:
    """Whether a DO block creates extensions that are known, and indexes, and nothing else that stays."""
    (body,) = [part["arg"]["sval"] for part in block["args"] if part["defname"] == "as"]
    statements = re.findall(r"^ {4}(?! )([^;]+);", body, flags=re.MULTILINE)
    return bool(HARMLESS_BODY.fullmatch(body)) and all(
        any(re.fullmatch(form, statement, flags=re.DOTALL) for form in HARMLESS_FORMS)
        for statement in statements
    )


def _is_of_trigger(function: Tree) -> bool:
    """Whether a function can be run by a trigger alone, and does nothing but HARMLESS_TRIGGER."""
    of = {option["defname"]: option["arg"] for option in function["options"]}
    returned = [name["sval"] for name in function["returnType"]["names"]]
    if of.keys() != {"language", "as"} or returned != ["trigger"] or of["language"]["sval"] != "plpgsql":
        return False
    (body,) = of["as"]
    return HARMLESS_TRIGGER.fullmatch(body["sval"]) is not None


def _is_of_partitioning(function: Tree) -> bool:
    """Whether it is one of PARTITIONING, under exactly this name; what it does was read by a person."""
    (name,) = [part["sval"] for part in function["funcname"]]
    returned = ".".join(part["sval"] for part in function["returnType"]["names"])
    return name in PARTITIONING and returned in OF_PARTITIONING and not function["returnType"]["setof"]


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
