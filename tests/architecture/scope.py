"""Scope proof: shows from its syntax that an SQL statement reaches only the projects that it was given.

A statement is a tree of dicts as pglast makes them (Postgres' own parser). A reference to a tenant's table
is *bound* when its project is equal to a parameter, to a column of unnested parameters, or to the project of
another bound reference. Whatever is selected from it is bound too, through CTEs, subqueries and
RETURNING. Names are resolved as Postgres does, level by level, with the columns of the schema.

Three checks keep the proof sound: `syntax.py` lists what it can read and everything else fails; names that
are not in the schema fail; and at the end each table and each query of the tree must have been visited.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pglast import parse_sql

from tests.architecture import syntax
from tests.architecture.columns import (
    Column,
    Level,
    Scope,
    Source,
    keyed_source,
    named_column,
    output_name,
    rename,
    resolve,
)
from tests.architecture.tables import Table

Tree = Any
Tables = Mapping[str, Table]
HARMLESS: Final = {"TransactionStmt", "NotifyStmt", "ListenStmt", "VariableShowStmt", "DiscardStmt"}
SETTINGS: Final = {
    "default_transaction_read_only",
    "enable_hashjoin",
    "enable_mergejoin",
    "enable_seqscan",
    "hnsw.iterative_scan",
    "idle_in_transaction_session_timeout",
    "lock_timeout",
    "max_parallel_workers_per_gather",
    "plan_cache_mode",
    "statement_timeout",
    "synchronous_commit",
}
VISITED: Final = {"RangeVar", "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"}
PROJECT_TYPES: Final = {"uuid"}  # casts that do not change a project


class Verdict(NamedTuple):
    """`unread`: syntax that the proof does not know. `unbound`: tables that the statement reaches unbound."""

    unread: list[str]
    unbound: list[str]

    @property
    def complaints(self) -> list[str]:
        return self.unread + self.unbound


def parsed(sql: str) -> Tree:
    """The one statement of `sql`; raises for anything else."""
    (statement,) = parse_sql(sql)
    return statement.stmt()


def judged(tree: Tree, tables: Tables) -> Verdict:
    """The verdict on one statement. Without complaints the statement is proved."""
    if tree["@"] in HARMLESS or _is_setting(tree):
        return Verdict([], [])
    if unread := syntax.unknown(tree):
        return Verdict([f"not known: {what}" for what in unread], [])
    proof = _Proof(tables)
    proof.query(tree, {}, ())
    missed = [node["@"] for node in syntax.nodes(tree) if node["@"] in VISITED and id(node) not in proof.seen]
    return Verdict(proof.unread + [f"not visited: {what}" for what in missed], proof.unbound)


def _is_setting(tree: Tree) -> bool:
    """Whether it is a SET of a setting that changes neither the role nor the meaning of a name."""
    if (
        tree["@"] != "VariableSetStmt"
        or tree["name"] not in SETTINGS
        or tree["kind"]["name"] != "VAR_SET_VALUE"
    ):
        return False
    return all(value["@"] == "A_Const" for value in tree["args"])


def touches(tree: Tree, tables: Tables) -> bool:
    """Whether the statement names a table of tenants, or a table that the schema does not have."""
    nodes = list(syntax.nodes(tree))
    named = {node["relname"] for node in nodes if node["@"] == "RangeVar"}
    ctes = {node["ctename"] for node in nodes if node["@"] == "CommonTableExpr"}
    return any(tables[name].key is not None if name in tables else name not in ctes for name in named)


Ctes = Mapping[str, list[Column]]


class _Condition(NamedTuple):
    """One part of an AND: the references that it may bind, and the columns that it sees."""

    tree: Tree
    reach: Level
    scope: Scope


class _From(NamedTuple):
    """A FROM while it is read: its sources, its conditions, the ON clauses still to be visited."""

    sources: Level
    conditions: list[_Condition]
    quals: list[tuple[Tree, Scope]]


@dataclass
class _Proof:
    tables: Tables
    unread: list[str] = field(default_factory=list)
    unbound: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def query(self, tree: Tree, ctes: Ctes, outer: Scope) -> list[Column]:
        """Proves a query or a change; returns its output columns."""
        self.seen.add(id(tree))
        known = {**ctes}
        for cte in (tree.get("withClause") or {}).get("ctes", ()):
            columns = self.query(cte["ctequery"], known, outer)
            known[cte["ctename"]] = rename(columns, cte["aliascolnames"])
        match tree["@"]:
            case "SelectStmt" if tree["larg"] is not None:
                return self._union(tree, known, outer)
            case "SelectStmt" if tree["valuesLists"]:
                return self._values(tree, known, outer)
            case "SelectStmt":
                return self._select(tree, known, outer)
            case "InsertStmt":
                return self._insert(tree, known, outer)
            case "UpdateStmt" | "DeleteStmt":
                return self._change(tree, known, outer)
            case kind:
                self.unread.append(f"a {kind}")
                return []

    def _union(self, tree: Tree, ctes: Ctes, outer: Scope) -> list[Column]:
        left, right = (self.query(tree[side], ctes, outer) for side in ("larg", "rarg"))
        self._rest(tree, ("sortClause", "limitOffset", "limitCount"), ctes, outer)
        return [one._replace(given=one.given and two.given) for one, two in zip(left, right, strict=True)]

    def _values(self, tree: Tree, ctes: Ctes, outer: Scope) -> list[Column]:
        self._rest(tree, ("valuesLists", "sortClause", "limitOffset", "limitCount"), ctes, outer)
        given = [[self._given(value, ctes, outer) for value in row] for row in tree["valuesLists"]]
        columns = enumerate(zip(*given, strict=True), start=1)
        return [Column(f"column{number}", all(column)) for number, column in columns]

    def _select(self, tree: Tree, ctes: Ctes, outer: Scope) -> list[Column]:
        sources = self._bind(tree["fromClause"] or (), tree["whereClause"], ctes, outer)
        for lock in tree["lockingClause"] or ():
            self.seen |= {id(one) for one in lock["lockedRels"] or ()}  # names of sources, not tables
        parts = ("distinctClause", "targetList", "whereClause", "groupClause", "havingClause")
        ends = ("sortClause", "limitOffset", "limitCount")
        self._rest(tree, parts + ends, ctes, (sources, *outer))
        return self._outputs(tree["targetList"] or (), ctes, sources, outer)

    def _insert(self, tree: Tree, ctes: Ctes, outer: Scope) -> list[Column]:
        target = self._table(tree["relation"])
        if tree["selectStmt"] is None:
            self.unread.append("DEFAULT VALUES")
            return []
        columns = self.query(tree["selectStmt"], ctes, outer)
        names = [column["name"] for column in tree["cols"] or ()]
        if target.key in names and len(columns) == len(names):
            target.bound = columns[names.index(target.key)].given
        if tree["onConflictClause"] is not None:
            self._conflict(tree["onConflictClause"], target, ctes, outer)
        self._complain(target)
        return self._returned(tree, ctes, [target], outer)

    def _conflict(self, conflict: Tree, target: Source, ctes: Ctes, outer: Scope) -> None:
        """An existing row is of the same project only when the key is part of the conflict target."""
        excluded = Source("excluded", target.columns, target.table, target.key, bound=target.bound)
        scope = ([target, excluded], *outer)
        self._inside(conflict["infer"], ctes, scope)
        self._rest(conflict, ("targetList", "whereClause"), ctes, scope)
        if conflict["action"]["name"] == "ONCONFLICT_UPDATE":
            parts = (conflict["infer"] or {}).get("indexElems") or ()
            target.bound = target.bound and target.key in [part["name"] for part in parts]
            self._keeps_project(conflict["targetList"], target)

    def _change(self, tree: Tree, ctes: Ctes, outer: Scope) -> list[Column]:
        others = tree.get("fromClause") or tree.get("usingClause") or ()
        target = self._table(tree["relation"])
        sources = self._bind(others, tree["whereClause"], ctes, outer, target)
        self._rest(tree, ("targetList", "whereClause"), ctes, (sources, *outer))
        self._keeps_project(tree.get("targetList") or (), target)
        return self._returned(tree, ctes, sources, outer)

    def _keeps_project(self, changes: Iterable[Tree], target: Source) -> None:
        if target.key is not None and any(change["name"] == target.key for change in changes):
            self.unbound.append(f"{target.table} is given to another project")

    def _returned(self, tree: Tree, ctes: Ctes, sources: Level, outer: Scope) -> list[Column]:
        given = (tree["returningClause"] or {}).get("exprs") or ()
        self._inside(given, ctes, (sources, *outer))
        return self._outputs(given, ctes, sources, outer)

    def _bind(
        self, items: Iterable[Tree], where: Tree, ctes: Ctes, outer: Scope, target: Source | None = None
    ) -> Level:
        """The relations of a FROM, bound as far as its joins and WHERE reach; complains about the others."""
        made = _From([] if target is None else [target], [], [])
        for item in items:
            self._from(item, made, ctes, outer)
        made.conditions.extend(
            _Condition(part, made.sources, (made.sources, *outer)) for part in _conjuncts(where)
        )
        before = -1
        while before != (before := sum(one.bound for one in made.sources)):
            for condition in made.conditions:
                self._apply(condition, ctes)
        for tree, scope in made.quals:
            self._inside(tree, ctes, scope)
        for one in made.sources:
            self._complain(one)
        return made.sources

    def _from(self, item: Tree, made: _From, ctes: Ctes, outer: Scope) -> Level:
        """Adds the sources that a FROM item names, and returns them."""
        if item["@"] != "JoinExpr":
            one = self._relation(item, ctes, made.sources, outer)
            made.sources.append(one)
            return [one]
        left = self._from(item["larg"], made, ctes, outer)
        right = self._from(item["rarg"], made, ctes, outer)
        # An outer join keeps the rows of its other side whatever its condition says about them.
        reach = {"JOIN_INNER": left + right, "JOIN_LEFT": right, "JOIN_RIGHT": left, "JOIN_FULL": []}
        scope = (left + right, *outer)
        reached = reach[item["jointype"]["name"]]
        made.conditions.extend(_Condition(part, reached, scope) for part in _conjuncts(item["quals"]))
        made.quals.append((item["quals"], scope))
        return left + right

    def _relation(self, item: Tree, ctes: Ctes, before: Level, outer: Scope) -> Source:
        alias = item["alias"] or {}
        names, called = alias.get("colnames"), alias.get("aliasname", "")
        match item["@"]:
            case "RangeVar" if item["relname"] in ctes:
                self.seen.add(id(item))
                return Source(called or item["relname"], rename(ctes[item["relname"]], names))
            case "RangeVar":
                return self._table(item)
            case "RangeSubselect":
                around = (before, *outer) if item["lateral"] else outer
                return Source(called, rename(self.query(item["subquery"], ctes, around), names))
            case "RangeFunction":
                self._inside(item["functions"], ctes, (before, *outer))
                return self._function(item, called, names)
            case kind:
                self.unread.append(f"a {kind}")
                return Source(called, [])

    def _table(self, item: Tree) -> Source:
        """A table of the schema: never a CTE, whatever its name."""
        self.seen.add(id(item))
        name, alias = item["relname"], item["alias"] or {}
        table = self.tables.get(name)
        if table is None or alias.get("colnames"):
            self.unread.append(f"{name} is no table of the schema, or has its columns renamed")
            return Source(alias.get("aliasname") or name, [Column(None, given=False)], name)
        columns = [Column(column, given=False) for column in table.columns]
        return Source(alias.get("aliasname") or name, columns, name, table.key, table.optional)

    def _function(self, item: Tree, called: str, names: Iterable[Tree] | None) -> Source:
        """Columns of unnested parameters were given; the result of any other function was not."""
        if (
            len(item["functions"]) != 1
            or item["functions"][0][1]
            or item["functions"][0][0]["@"] != "FuncCall"
        ):
            self.unread.append("ROWS FROM, columns of a function, or what is no function")
            return Source(called, [Column(None, given=False)])
        call = item["functions"][0][0]
        name = call["funcname"][-1]["sval"]
        columns = [Column(called or name, given=False)]
        if name == "unnest":
            arguments = call["args"]
            alone = (called or name) if len(arguments) == 1 else None
            columns = [Column(alone, _is_parameter(argument)) for argument in arguments]
        if item["ordinality"]:
            columns.append(Column("ordinality", given=False))
        return Source(called or name, rename(columns, names))

    def _apply(self, condition: _Condition, ctes: Ctes) -> None:
        """Binds the references that one condition binds."""
        tree, reach, scope = condition
        if tree["@"] == "NullTest" and tree["nulltesttype"]["name"] == "IS_NULL":
            one = keyed_source(tree["arg"], scope)
            if one is not None and one.optional and one in reach:
                one.bound = True  # rows of no project
            return
        for mine, given in self._equalities(tree, ctes, scope):
            one = keyed_source(mine, scope)
            if one is not None and one in reach and given:
                one.bound = True

    def _equalities(self, tree: Tree, ctes: Ctes, scope: Scope) -> Iterator[tuple[Tree, bool]]:
        """Each value that a condition makes equal to another one, and whether that other one was given."""
        match tree:
            case {"@": "A_Expr", "name": ({"sval": "="},), "kind": {"name": "AEXPR_OP"}}:
                left, right = tree["lexpr"], tree["rexpr"]
                rows = left["@"] == right["@"] == "RowExpr"
                pairs = zip(left["args"], right["args"], strict=True) if rows else [(left, right)]
                for one, two in pairs:
                    yield one, self._given(two, ctes, scope)
                    yield two, self._given(one, ctes, scope)
            case {"@": "A_Expr", "name": ({"sval": "="},), "kind": {"name": "AEXPR_OP_ANY"}}:
                yield tree["lexpr"], _is_parameter(tree["rexpr"])
            case {"@": "SubLink", "subLinkType": {"name": "ANY_SUBLINK"}, "operName": None}:
                tested = tree["testexpr"]
                mine = tested["args"] if tested["@"] == "RowExpr" else [tested]
                columns = _Proof(self.tables).query(tree["subselect"], ctes, scope)
                yield from zip(mine, [column.given for column in columns], strict=True)

    def _given(self, value: Tree, ctes: Ctes, scope: Scope) -> bool:
        """Whether a value is a project that the statement was given."""
        match value:
            case {"@": "TypeCast"} if _is_project_type(value["typeName"]):
                return self._given(value["arg"], ctes, scope)
            case {"@": "ParamRef"}:
                return True
            case {"@": "ColumnRef"}:
                found = resolve(value, scope)
                return found is not None and found[0].given(found[1])
            case {"@": "SubLink", "subLinkType": {"name": "EXPR_SUBLINK"}}:
                columns = _Proof(self.tables).query(value["subselect"], ctes, scope)
                return len(columns) == 1 and columns[0].given
            case _:
                return False

    def _outputs(self, targets: Iterable[Tree], ctes: Ctes, sources: Level, outer: Scope) -> list[Column]:
        made: list[Column] = []
        for target in targets:
            value = target["val"]
            if value["@"] == "ColumnRef" and value["fields"][-1]["@"] == "A_Star":
                table, _ = named_column(value)
                made += [column for one in sources if table in {"", one.name} for column in one.all()]
            else:
                name = target["name"] or output_name(value)
                made.append(Column(name, self._given(value, ctes, (sources, *outer))))
        return made

    def _rest(self, tree: Tree, parts: Iterable[str], ctes: Ctes, scope: Scope) -> None:
        for part in parts:
            self._inside(tree.get(part), ctes, scope)

    def _inside(self, expression: Tree, ctes: Ctes, scope: Scope) -> None:
        """Proves the subqueries of an expression, which see the columns around them."""
        if isinstance(expression, list | tuple):
            for part in expression:
                self._inside(part, ctes, scope)
        elif isinstance(expression, dict):
            if expression.get("@") == "SubLink":
                self.query(expression["subselect"], ctes, scope)
                self._inside(expression["testexpr"], ctes, scope)
                return
            for part in expression.values():
                self._inside(part, ctes, scope)

    def _complain(self, one: Source) -> None:
        if one.key is not None and not one.bound:
            self.unbound.append(f"{one.table} as {one.name}" if one.name != one.table else one.table)


def _is_parameter(value: Tree) -> bool:
    while value["@"] == "TypeCast" and _is_project_type(value["typeName"]):
        value = value["arg"]
    return bool(value["@"] == "ParamRef")


def _is_project_type(name: Tree) -> bool:
    return name["names"][-1]["sval"] in PROJECT_TYPES


def _conjuncts(condition: Tree) -> Iterator[Tree]:
    if condition is None:
        return
    if condition["@"] == "BoolExpr" and condition["boolop"]["name"] == "AND_EXPR":
        for part in condition["args"]:
            yield from _conjuncts(part)
    else:
        yield condition
