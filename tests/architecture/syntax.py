"""Which SQL the scope proof can read: every node, and every field of it, that a statement may use.

A node, a field or a value that is not listed here fails. List a new one only after `scope.py` knows what it
means: the proof must visit whatever the field may hold.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Tree = Any
Values = frozenset[object]

ANY: Final = None  # any value is allowed, and is checked in turn
IGNORED: Final = frozenset(
    {"@", "location", "rexpr_list_start", "rexpr_list_end", "list_start", "list_end", "typemod"}
)


def only(*values: object) -> Values:
    return frozenset(values)


_TABLES: Final = {"withClause": ANY, "relation": ANY, "whereClause": ANY, "returningClause": ANY}

NODES: Final[Mapping[str, Mapping[str, Values | None]]] = {
    # Statements.
    "SelectStmt": {
        "distinctClause": ANY,
        "targetList": ANY,
        "fromClause": ANY,
        "whereClause": ANY,
        "groupClause": ANY,
        "havingClause": ANY,
        "valuesLists": ANY,
        "sortClause": ANY,
        "limitOffset": ANY,
        "limitCount": ANY,
        "limitOption": only("LIMIT_OPTION_DEFAULT", "LIMIT_OPTION_COUNT"),
        "lockingClause": ANY,
        "withClause": ANY,
        "op": only("SETOP_NONE", "SETOP_UNION", "SETOP_INTERSECT", "SETOP_EXCEPT"),
        "all": only(True),
        "larg": ANY,
        "rarg": ANY,
    },
    "InsertStmt": {
        "withClause": ANY,
        "relation": ANY,
        "cols": ANY,
        "selectStmt": ANY,
        "onConflictClause": ANY,
        "returningClause": ANY,
        "override": only("OVERRIDING_NOT_SET"),
    },
    "UpdateStmt": {**_TABLES, "targetList": ANY, "fromClause": ANY},
    "DeleteStmt": {**_TABLES, "usingClause": ANY},
    # Their clauses.
    "WithClause": {"ctes": ANY},
    "CommonTableExpr": {
        "ctename": ANY,
        "aliascolnames": ANY,
        "ctequery": ANY,
        "ctematerialized": only("CTEMaterializeDefault", "CTEMaterializeAlways", "CTEMaterializeNever"),
    },
    "OnConflictClause": {
        "action": only("ONCONFLICT_NOTHING", "ONCONFLICT_UPDATE"),
        "infer": ANY,
        "targetList": ANY,
        "whereClause": ANY,
    },
    "InferClause": {"indexElems": ANY, "whereClause": ANY},
    "IndexElem": {
        "name": ANY,
        "expr": ANY,
        "ordering": only("SORTBY_DEFAULT"),
        "nulls_ordering": only("SORTBY_NULLS_DEFAULT"),
    },
    "ReturningClause": {"exprs": ANY},
    "ResTarget": {"name": ANY, "val": ANY},
    "SortBy": {
        "node": ANY,
        "sortby_dir": only("SORTBY_DEFAULT", "SORTBY_ASC", "SORTBY_DESC"),
        "sortby_nulls": only("SORTBY_NULLS_DEFAULT", "SORTBY_NULLS_FIRST", "SORTBY_NULLS_LAST"),
    },
    "LockingClause": {
        "lockedRels": ANY,
        "strength": only("LCS_FORKEYSHARE", "LCS_FORSHARE", "LCS_FORNOKEYUPDATE", "LCS_FORUPDATE"),
        "waitPolicy": only("LockWaitBlock", "LockWaitSkip", "LockWaitError"),
    },
    # What stands in a FROM. No schema, no ONLY, no USING, no alias of a join.
    "RangeVar": {"relname": ANY, "inh": only(True), "relpersistence": only("p"), "alias": ANY},
    "RangeSubselect": {"subquery": ANY, "alias": ANY, "lateral": only(True)},
    "RangeFunction": {"functions": ANY, "alias": ANY, "ordinality": only(True)},
    "JoinExpr": {
        "jointype": only("JOIN_INNER", "JOIN_LEFT", "JOIN_RIGHT", "JOIN_FULL"),
        "larg": ANY,
        "rarg": ANY,
        "quals": ANY,
    },
    "Alias": {"aliasname": ANY, "colnames": ANY},
    # Expressions: all their fields are checked alike.
    "A_ArrayExpr": {"elements": ANY},
    "A_Const": {"val": ANY, "isnull": only(True)},
    "A_Expr": {
        "kind": only(
            "AEXPR_OP",
            "AEXPR_OP_ANY",
            "AEXPR_OP_ALL",
            "AEXPR_DISTINCT",
            "AEXPR_NOT_DISTINCT",
            "AEXPR_NULLIF",
            "AEXPR_IN",
            "AEXPR_LIKE",
            "AEXPR_ILIKE",
            "AEXPR_BETWEEN",
        ),
        "name": ANY,
        "lexpr": ANY,
        "rexpr": ANY,
    },
    "A_Star": {},
    "BoolExpr": {"boolop": only("AND_EXPR", "OR_EXPR", "NOT_EXPR"), "args": ANY},
    "CaseExpr": {"arg": ANY, "args": ANY, "defresult": ANY},
    "CaseWhen": {"expr": ANY, "result": ANY},
    "CoalesceExpr": {"args": ANY},
    "ColumnRef": {"fields": ANY},
    "FuncCall": {
        "funcname": ANY,
        "args": ANY,
        "agg_order": ANY,
        "agg_filter": ANY,
        "agg_distinct": only(True),
        "agg_star": only(True),
        "agg_within_group": only(True),
        "funcformat": only("COERCE_EXPLICIT_CALL", "COERCE_SQL_SYNTAX"),
    },
    "MinMaxExpr": {"op": only("IS_GREATEST", "IS_LEAST"), "args": ANY},
    "NamedArgExpr": {"arg": ANY, "name": ANY, "argnumber": ANY},
    "NullTest": {"arg": ANY, "nulltesttype": only("IS_NULL", "IS_NOT_NULL")},
    "ParamRef": {"number": ANY},
    "RowExpr": {"args": ANY, "row_format": only("COERCE_EXPLICIT_CALL", "COERCE_IMPLICIT_CAST")},
    "SetToDefault": {},
    "SubLink": {
        "subLinkType": only("EXISTS_SUBLINK", "ANY_SUBLINK", "ALL_SUBLINK", "EXPR_SUBLINK", "ARRAY_SUBLINK"),
        "testexpr": ANY,
        "operName": ANY,
        "subselect": ANY,
    },
    "TypeCast": {"arg": ANY, "typeName": ANY},
    "TypeName": {"names": ANY, "arrayBounds": ANY, "typmods": ANY},
    # Names and constants.
    "Boolean": {"boolval": ANY},
    "Float": {"fval": ANY},
    "Integer": {"ival": ANY},
    "String": {"sval": ANY},
}

FUNCTIONS: Final = frozenset(
    [
        "array_agg",
        "array_length",
        "array_position",
        "array_remove",
        "array_to_tsvector",
        "audit_log_drop_months",
        "audit_log_make_months",
        "audit_log_months_ahead",
        "bool_and",
        "bool_or",
        "cardinality",
        "char_length",
        "chr",
        "concat_ws",
        "count",
        "clock_timestamp",
        "current_database",
        "date_trunc",
        "generate_series",
        "has_table_privilege",
        "hashtext",
        "hashtextextended",
        "left",
        "length",
        "lower",
        "ltrim",
        "make_interval",
        "max",
        "md5",
        "min",
        "nextval",
        "now",
        "octet_length",
        "percentile_disc",
        "pg_advisory_unlock",
        "pg_advisory_xact_lock",
        "pg_advisory_xact_lock_shared",
        "pg_backend_pid",
        "pg_control_system",
        "pg_current_wal_lsn",
        "pg_encoding_to_char",
        "pg_has_role",
        "pg_is_in_recovery",
        "pg_last_wal_replay_lsn",
        "pg_notify",
        "pg_terminate_backend",
        "pg_try_advisory_lock",
        "pg_try_advisory_xact_lock_shared",
        "regexp_replace",
        "replace",
        "right",
        "round",
        "rtrim",
        "setweight",
        "similarity",
        "split_part",
        "starts_with",
        "string_to_array",
        "strpos",
        "sum",
        "to_regclass",
        "to_timestamp",
        "to_tsvector",
        "to_hex",
        "tsvector_to_array",
        "unnest",
        "upper",
        "pg_catalog.btrim",
        "pg_catalog.extract",
        "pg_catalog.position",
        "pg_catalog.substring",
        "pg_catalog.timezone",
    ]
)
"""Functions that read only their arguments, those of locks, signals, roles and rights, and those of the
server's log; none runs SQL. Those of `tables.PARTITIONING` do, and return numbers.
"""

TYPES: Final = frozenset(
    [
        "uuid",
        "text",
        "timestamptz",
        "cidr",
        "bytea",
        "jsonb",
        "float8",
        "oid",
        "regclass",
        "regconfig",
        "tsquery",
        "tsvector",
        "vector",
        "date",
        "interval",
        "pg_lsn",
        "pg_catalog.int2",
        "pg_catalog.int4",
        "pg_catalog.int8",
        "pg_catalog.bool",
        "pg_catalog.float4",
        "pg_catalog.float8",
        "pg_catalog.interval",
    ]
)

OPERATORS: Final = frozenset(
    [
        "=",
        "<>",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "||",
        "~~",
        "!~~",
        "~~*",
        "!~~*",
        "@@",
        "<=>",
        "@>",
        "<@",
        "&&",
        "->",
        "->>",
        "BETWEEN",
    ]
)


def unknown(tree: Tree) -> list[str]:
    """The parts that the proof cannot read; empty when it can read everything."""
    return list(dict.fromkeys(_unknown(tree)))


def _unknown(tree: Tree) -> Iterator[str]:
    for node in nodes(tree):
        kind = node["@"]
        if kind not in NODES:
            yield kind
            continue
        for field, value in node.items():
            if field not in IGNORED:
                yield from _unlisted(kind, field, value)
        yield from _names(node)


def _unlisted(kind: str, field: str, value: Tree) -> Iterator[str]:
    listed = NODES[kind]
    if field == "inh" and value is False:
        yield f"{kind}.inh is false (ONLY)"
    elif is_empty(value):
        return
    elif field not in listed:
        yield f"{kind}.{field}"
    elif (values := listed[field]) is not None and _plain(value) not in values:
        yield f"{kind}.{field} = {_plain(value)}"


def _names(node: Tree) -> Iterator[str]:
    """The names of functions, types and operators."""
    match node["@"]:
        case "FuncCall" if (name := _dotted(node["funcname"])) not in FUNCTIONS:
            yield f"the function {name}"
        case "TypeName" if (name := _dotted(node["names"])) not in TYPES:
            yield f"the type {name}"
        case "A_Expr" if (name := _dotted(node["name"])) not in OPERATORS:
            yield f"the operator {name}"
        case "SubLink" if node["operName"] and (name := _dotted(node["operName"])) not in OPERATORS:
            yield f"the operator {name}"
        case "ColumnRef" if len(node["fields"]) > 2:
            yield "a column with a schema"
        case _:
            return


def nodes(tree: Tree) -> Iterator[Tree]:
    """Every node of a tree, itself first."""
    if isinstance(tree, dict):
        if "@" in tree:
            yield tree
        for value in tree.values():
            yield from nodes(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from nodes(value)


def is_empty(value: Tree) -> bool:
    """Whether a field of a node was not written; an enumeration is always written."""
    return value is None or value is False or value in ((), [], "", 0)


def _plain(value: Tree) -> object:
    return value["name"] if isinstance(value, dict) and "#" in value else value


def _dotted(names: Tree) -> str:
    return ".".join(part["sval"] for part in names)
