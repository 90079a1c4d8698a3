"""The second wall: does an SQL statement reach other projects' rows than it was given? Told by its syntax.

A statement is a tree of dicts as pglast makes them (Postgres' own parser). A reference to a tenant's table
is *bound* when its project is equal to a parameter, to a column of unnested parameters, or to the project of
what is bound already. What is selected from a bound reference is bound too, through CTEs, subqueries and
RETURNING.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pglast import parse_sql

from tests.architecture.sources import ROOT

Tree = Any
Column = tuple[str, bool]  # name, and whether it holds a project that the statement was given
KEY: Final = "project_id"
PROJECTS: Final = "projects"


class Key(NamedTuple):
    """The column that says whose a row is; `optional`: a row may be nobody's."""

    column: str
    optional: bool = False


def tenants() -> dict[str, Key]:
    """Every table that belongs to projects, by the schema."""
    schema = (ROOT / "migrations" / "schema.sql").read_text(encoding="utf-8")
    made = {PROJECTS: Key("id")}
    for statement in parse_sql(schema):
        tree = statement.stmt()
        for part in tree["tableElts"] if tree["@"] == "CreateStmt" else ():
            if part.get("colname") == KEY:
                kinds = {constraint["contype"]["name"] for constraint in part["constraints"] or ()}
                made[tree["relation"]["relname"]] = Key(KEY, optional="CONSTR_NOTNULL" not in kinds)
    return made


def parsed(sql: str) -> Tree:
    """The one statement of `sql`; raises for anything else."""
    (statement,) = parse_sql(sql)
    return statement.stmt()


def unbound(tree: Tree, keys: Mapping[str, Key]) -> list[str]:
    """The references that are not bound; empty is proof."""
    proof = _Proof(keys)
    proof.query(tree, {}, [])
    return proof.complaints


def touches(tree: Tree, keys: Mapping[str, Key]) -> bool:
    """Whether a tenant's table is named at all."""
    return any(node["@"] == "RangeVar" and node["relname"] in keys for node in nodes(tree))


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


@dataclass
class _Source:
    """One entry of a FROM. `key` is the column that says whose a row is, of a tenant's table."""

    name: str
    key: str | None = None
    optional: bool = False
    table: str = ""
    columns: list[Column] = field(default_factory=list)  # of what is derived
    bound: bool = False

    def holds(self, column: str) -> bool | None:
        """Whether `column` holds a given project; None when this has no such column, as far as we know."""
        if self.key is not None:
            return self.bound if column == self.key else None
        return next((is_bound for name, is_bound in self.columns if name == column), None)


Scope = list[_Source]  # the innermost query's first
Ctes = Mapping[str, list[Column]]


class _Proof:
    def __init__(self, keys: Mapping[str, Key]) -> None:
        self._keys = keys
        self.complaints: list[str] = []

    def query(self, tree: Tree, ctes: Ctes, outer: Scope) -> list[Column]:
        """Proves a query or a change; its output columns."""
        known = {**ctes}
        for cte in (tree.get("withClause") or {}).get("ctes", ()):
            columns = self.query(cte["ctequery"], known, outer)
            known[cte["ctename"]] = _renamed(columns, cte["aliascolnames"])
        match tree["@"]:
            case "SelectStmt" if tree["larg"] is not None:
                left, right = (self.query(tree[side], known, outer) for side in ("larg", "rarg"))
                return [(name, a and b) for (name, a), (_, b) in zip(left, right, strict=False)]
            case "SelectStmt" if tree["valuesLists"]:
                return self._values(tree["valuesLists"], known, outer)
            case "SelectStmt":
                return self._select(tree, known, outer)
            case "InsertStmt":
                return self._insert(tree, known, outer)
            case "UpdateStmt" | "DeleteStmt":
                return self._change(tree, known, outer)
            case kind:
                raise NotImplementedError(f"teach scope.py to read a {kind}")

    def _select(self, tree: Tree, ctes: Ctes, outer: Scope) -> list[Column]:
        scope = self._bind(tree["fromClause"] or (), tree["whereClause"], ctes, outer)
        for part in ("targetList", "whereClause", "groupClause", "havingClause", "sortClause", "limitCount"):
            self._inside(tree[part], ctes, scope + outer)
        return self._outputs(tree["targetList"] or (), ctes, scope, outer)

    def _values(self, rows: Iterable[Tree], ctes: Ctes, outer: Scope) -> list[Column]:
        self._inside(rows, ctes, outer)
        bound = [[self._given(value, ctes, outer) for value in row] for row in rows]
        return [("", all(column)) for column in zip(*bound, strict=True)]

    def _insert(self, tree: Tree, ctes: Ctes, outer: Scope) -> list[Column]:
        target = self._table(tree["relation"])
        names = [column["name"] for column in tree["cols"] or ()]
        columns = self.query(tree["selectStmt"], ctes, outer)
        if target.key is not None:
            place = names.index(target.key) if target.key in names else len(columns)
            target.bound = place < len(columns) and columns[place][1]
            conflict = tree["onConflictClause"]
            if conflict is not None and conflict["action"]["name"] == "ONCONFLICT_UPDATE":
                inferred = [part["name"] for part in (conflict["infer"] or {}).get("indexElems", ())]
                target.bound = target.bound and target.key in inferred
            self._complain(target)
        return self._returned(tree, ctes, [target], outer)

    def _change(self, tree: Tree, ctes: Ctes, outer: Scope) -> list[Column]:
        others = tree.get("fromClause") or tree.get("usingClause") or ()
        scope = self._bind([tree["relation"], *others], tree["whereClause"], ctes, outer)
        for part in ("targetList", "whereClause"):
            self._inside(tree.get(part), ctes, scope + outer)
        if any(change["name"] == scope[0].key for change in tree.get("targetList") or ()):
            self.complaints.append(f"{scope[0].table} is given to another project")
        return self._returned(tree, ctes, scope, outer)

    def _returned(self, tree: Tree, ctes: Ctes, scope: Scope, outer: Scope) -> list[Column]:
        given = (tree.get("returningClause") or {}).get("exprs") or tree.get("returningList") or ()
        self._inside(given, ctes, scope + outer)
        return self._outputs(given, ctes, scope, outer)

    def _bind(self, items: Iterable[Tree], where: Tree, ctes: Ctes, outer: Scope) -> Scope:
        """The relations of a FROM, bound as far as its joins and WHERE reach; complains of the others."""
        scope: Scope = []
        conditions: list[tuple[Tree, Scope]] = []
        for item in items:
            self._from(item, scope, conditions, ctes, outer)
        conditions += [(part, scope) for part in _conjuncts(where)]
        before = -1
        while before != (before := sum(one.bound for one in scope)):
            for condition, reach in conditions:
                self._apply(condition, reach, ctes, scope + outer)
        for one in scope:
            self._complain(one)
        return scope

    def _from(
        self, item: Tree, scope: Scope, conditions: list[tuple[Tree, Scope]], ctes: Ctes, outer: Scope
    ) -> Scope:
        """Adds what a FROM item names; gives what it added."""
        start = len(scope)
        if item["@"] == "JoinExpr":
            if item["usingClause"] or item["isNatural"]:
                raise NotImplementedError("teach scope.py to read USING")
            left = self._from(item["larg"], scope, conditions, ctes, outer)
            right = self._from(item["rarg"], scope, conditions, ctes, outer)
            # An outer join keeps the rows of its other side whatever its condition says of them.
            reach = {"JOIN_INNER": left + right, "JOIN_LEFT": right, "JOIN_RIGHT": left}
            kind = item["jointype"]["name"]
            conditions += [(part, reach.get(kind, [])) for part in _conjuncts(item["quals"])]
            self._inside(item["quals"], ctes, scope + outer)
        else:
            scope.append(self._relation(item, ctes, scope + outer))
        return scope[start:]

    def _relation(self, item: Tree, ctes: Ctes, around: Scope) -> _Source:
        alias = item["alias"] or {}
        names = alias.get("colnames")
        match item["@"]:
            case "RangeVar" if item["relname"] in ctes:
                columns = _renamed(ctes[item["relname"]], names)
                return _Source(alias.get("aliasname") or item["relname"], columns=columns)
            case "RangeVar":
                return self._table(item)
            case "RangeSubselect":
                columns = _renamed(self.query(item["subquery"], ctes, around), names)
                return _Source(alias.get("aliasname", ""), columns=columns)
            case "RangeFunction":
                self._inside(item["functions"], ctes, around)
                return _function(item, alias)
            case kind:
                raise NotImplementedError(f"teach scope.py to read a {kind}")

    def _table(self, item: Tree) -> _Source:
        table = item["relname"]
        key = self._keys.get(table) or (None, False)
        return _Source((item["alias"] or {}).get("aliasname") or table, *key, table)

    def _apply(self, condition: Tree, reach: Scope, ctes: Ctes, scope: Scope) -> None:
        """Binds what one condition binds."""
        if condition["@"] == "NullTest" and condition["nulltesttype"]["name"] == "IS_NULL":
            if (one := _keyed(condition["arg"], reach)) is not None and one.optional:
                one.bound = True  # rows of no project
            return
        for left, right in self._equalities(condition):
            for mine, other in ((left, right), (right, left)):
                one = _keyed(mine, reach)
                if one is not None and not one.bound:
                    one.bound = self._given(other, ctes, scope)

    @staticmethod
    def _equalities(condition: Tree) -> Iterator[tuple[Tree, Tree]]:
        match condition:
            case {"@": "A_Expr", "name": ({"sval": "="},), "lexpr": left, "rexpr": right}:
                if condition["kind"]["name"] in {"AEXPR_OP", "AEXPR_OP_ANY"}:
                    rows = left["@"] == right["@"] == "RowExpr"
                    yield from zip(left["args"], right["args"], strict=True) if rows else [(left, right)]
            case {"@": "SubLink", "subLinkType": {"name": "ANY_SUBLINK"}, "operName": None}:
                yield condition["testexpr"], condition

    def _given(self, value: Tree, ctes: Ctes, scope: Scope) -> bool:
        """Whether a value is a project that the statement was given."""
        match value:
            case {"@": "TypeCast", "arg": inner}:
                return self._given(inner, ctes, scope)
            case {"@": "ParamRef"}:
                return True
            case {"@": "ColumnRef"}:
                table, column = _named(value)
                held = [one.holds(column) for one in scope if table in {"", one.name}]
                return next((is_bound for is_bound in held if is_bound is not None), False)
            case {"@": "SubLink", "subselect": inner}:
                columns = _Proof(self._keys).query(inner, ctes, scope)
                return bool(columns) and columns[0][1]
            case _:
                return False

    def _outputs(self, targets: Iterable[Tree], ctes: Ctes, scope: Scope, outer: Scope) -> list[Column]:
        made: list[Column] = []
        for target in targets:
            value = target["val"]
            if value["@"] == "ColumnRef" and value["fields"][-1]["@"] == "A_Star":
                made += [column for one in scope for column in one.columns]
                continue
            name = target["name"] or (_named(value)[1] if value["@"] == "ColumnRef" else "")
            made.append((name, self._given(value, ctes, scope + outer)))
        return made

    def _inside(self, expression: Tree, ctes: Ctes, scope: Scope) -> None:
        """Proves the subqueries of an expression, which see what is around them."""
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

    def _complain(self, one: _Source) -> None:
        if one.key is not None and not one.bound:
            self.complaints.append(f"{one.table} as {one.name}" if one.name != one.table else one.table)


def _function(item: Tree, alias: Mapping[str, Any]) -> _Source:
    """What unnested parameters hold was given; what any other function gives was not."""
    (((call, _),)) = item["functions"]
    is_unnest = call["@"] == "FuncCall" and call["funcname"][-1]["sval"] == "unnest"
    arguments = call.get("args") or ()
    given = is_unnest and all(_is_parameter(argument) for argument in arguments)
    names = [part["sval"] for part in alias.get("colnames") or ()] or [""] * len(arguments)
    return _Source(alias.get("aliasname", ""), columns=[(name, given) for name in names])


def _is_parameter(value: Tree) -> bool:
    while value["@"] == "TypeCast":
        value = value["arg"]
    return bool(value["@"] == "ParamRef")


def _keyed(value: Tree, reach: Scope) -> _Source | None:
    """The tenant's table whose key a column reference is; None when it is anything else."""
    if value["@"] != "ColumnRef":
        return None
    table, column = _named(value)
    found = [one for one in reach if one.key == column and table in {"", one.name}]
    return found[0] if len(found) == 1 else None


def _named(column: Tree) -> tuple[str, str]:
    parts = [part.get("sval", "*") for part in column["fields"]]
    return (parts[-2] if len(parts) > 1 else "", parts[-1])


def _conjuncts(condition: Tree) -> Iterator[Tree]:
    if condition is None:
        return
    if condition["@"] == "BoolExpr" and condition["boolop"]["name"] == "AND_EXPR":
        for part in condition["args"]:
            yield from _conjuncts(part)
    else:
        yield condition


def _renamed(columns: list[Column], names: Iterable[Tree] | None) -> list[Column]:
    given = [part["sval"] for part in names or ()]
    return [*zip(given, (bound for _, bound in columns), strict=False), *columns[len(given) :]]
