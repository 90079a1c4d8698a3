"""No SQL statement of ours reaches another project's rows: proved for each, with named exceptions."""

import ast
import copy
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.architecture import scope
from tests.architecture.sources import files, name
from tests.architecture.statements import Statement, built, statements

KEYS: Final = scope.tenants()
ALL: Final = [one for one in statements() if scope.touches(scope.parsed(one.sql), KEYS)]

# Who may reach beyond one project, and why. A file, or one function of it.
EXCEPTIONS: Final = {
    "core/db/outbox.py": "the relay tells every project's events, each to its own room",
    "core/db/mails.py": "the stage sends every project's mails; nobody reads them over the API",
    "core/db/sealed.py": "the rotation of keys seals every mail anew, unread",
    "core/db/health.py:relay_lag": "the age of the oldest event, of nobody in particular",
    "core/db/audit.py:remove_old": "the janitor forgets what is too old, in every log",
    "core/db/deletion.py:under_way": "the janitor asks which projects are deleted",
    "core/db/projects.py:first": "the demo page shows the oldest project, by the id that every page shows",
    "core/db/administration.py": "administrators of the installation see numbers of all projects, no content",
    "core/db/users.py:memberships": "a user's own, by the user",
    "core/db/users.py:remove_unconfirmed": "the janitor asks whether an account works anywhere at all",
    "core/db/members.py:only_managed_by": "a user's own, by the user, before the account goes",
    "core/db/farewell.py": "what an account leaves behind, by the user, in every project it worked in",
    "core/db/invitations.py:by_token": "its holder knows no project yet; found by a hash of 32 random bytes",
    "core/db/invitations.py:take": "likewise",
    "core/db/identities.py:invited": "whether an address was invited anywhere, before it has an account",
    "server/launch/seed.py:keep_project": "the demo's own project, by its user, before the server starts",
}


def excepted(place: str) -> str | None:
    return next((given for given in (place, place.partition(":")[0]) if given in EXCEPTIONS), None)


PROVED: Final = [one for one in ALL if excepted(one.place) is None]


def label(statement: Statement) -> str:
    return statement.place


def test_the_tables_of_tenants_are_known() -> None:
    assert {"projects", "conversations", "messages", "visitors", "api_keys", "mails"} <= set(KEYS)
    assert len(PROVED) > 45, "the statements were found"


@pytest.mark.parametrize("statement", PROVED, ids=label)
def test_a_statement_stays_within_the_projects_that_it_was_given(statement: Statement) -> None:
    assert scope.unbound(scope.parsed(statement.sql), KEYS) == [], (
        f"{statement.place}: bind its project_id to a parameter, or name it in EXCEPTIONS with a reason"
    )


def test_no_exception_is_kept_for_nothing() -> None:
    needed = {excepted(one.place) for one in ALL if scope.unbound(scope.parsed(one.sql), KEYS)}
    assert set(EXCEPTIONS) - needed == set()


def test_no_statement_is_put_together_from_pieces() -> None:
    """But the one that chooses a database of Valkey, which is no SQL."""
    assert [place for place in built() if not place.startswith("server/launch/valkey.py")] == []


def test_what_is_handed_to_the_driver_is_a_statement_that_was_looked_at() -> None:
    """A constant, or the name of one; `NOTIFY` takes no parameters."""
    asks = {"execute", "fetch", "fetchrow", "fetchval", "executemany", "cursor", "copy_records_to_table"}
    odd = []
    for path in files("core", "server", "worker", suffixes={".py"}):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in asks:
                given = node.args[0] if node.args else None
                if not isinstance(given, ast.Constant | ast.Name):
                    odd.append(f"{name(path)} {ast.unparse(node)[:60]}")
    notify = "worker/relay.py conn.execute(f'NOTIFY {CHANNEL}')"
    driver = "server/pool.py"  # it hands on what it is given
    assert [one for one in odd if one != notify and not one.startswith(driver)] == []


@pytest.mark.parametrize("statement", PROVED, ids=label)
def test_without_its_project_a_statement_is_refused(statement: Statement) -> None:
    """The proof can fail: each condition on a project is taken away, one at a time, and then all of them."""
    tree = scope.parsed(statement.sql)
    places = list(conditions(tree))
    assert places
    for taken in [[place] for place in places] + [places]:
        changed = copy.deepcopy(tree)
        for place in taken:
            take_away(changed, place)
        assert scope.unbound(changed, KEYS), f"{statement.place}: nobody noticed {taken}"


Place = tuple[str | int, ...]


def conditions(tree: Any) -> Iterator[Place]:
    """Where a statement says whose rows it means: comparisons of a key, and the key of inserted columns."""
    tables = {node["relname"] for node in scope.nodes(tree) if node["@"] == "RangeVar"}
    keys = {"p.id", scope.KEY} | ({"id"} if tables == {scope.PROJECTS} else set())
    for place, node in _placed(tree, ()):
        inserted = place[-2:-1] == ("cols",) and node.get("name") in keys
        if inserted or any(_column(value) in keys for value in _compared(node)):
            yield place


def _placed(tree: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    if isinstance(tree, dict):
        yield place, tree
    inner = (
        tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list | tuple) else ()
    )
    for step, value in inner:
        yield from _placed(value, (*place, step))


def _compared(node: Any) -> list[Any]:
    match node:
        case {"@": "A_Expr", "name": ({"sval": "="},), "lexpr": left, "rexpr": right}:
            return [left, right]
        case {"@": "NullTest", "arg": inner} | {"@": "SubLink", "testexpr": inner}:
            return [inner]
        case _:
            return []


def _column(value: Any) -> str:
    """`id`, `p.id`, or `project_id` of whatever; nothing for what is no column."""
    if value is None or value["@"] != "ColumnRef":
        return ""
    parts = [str(part.get("sval", "*")) for part in value["fields"]]
    return scope.KEY if parts[-1] == scope.KEY else ".".join(parts)


def take_away(tree: Any, place: Place) -> None:
    """A comparison becomes TRUE, an inserted column another one."""
    *way, last = place
    for step in way:
        tree = _opened(tree, step)
    if way and way[-1] == "cols":
        tree[last]["name"] = "something_else"
    else:
        tree[last] = {"@": "A_Const", "isnull": False, "val": {"@": "Boolean", "boolval": True}}


def _opened(tree: Any, step: str | int) -> Any:
    """One step down, to something that can be changed."""
    if isinstance(tree[step], tuple):
        tree[step] = list(tree[step])
    return tree[step]


BOUND: Final = [
    "SELECT body FROM messages WHERE project_id = $1 AND seq > $2",
    "SELECT body FROM messages WHERE $1 = project_id",
    "SELECT m.body FROM messages AS m WHERE m.project_id = $1::uuid",
    "SELECT 1 FROM messages WHERE (project_id, seq) = ($1, $2)",
    "SELECT 1 FROM messages WHERE project_id = ANY($1::uuid[])",
    "SELECT 1 FROM conversations c JOIN visitors v ON v.project_id = c.project_id WHERE c.project_id = $1",
    "SELECT 1 FROM users u LEFT JOIN memberships m ON m.user_id = u.id AND m.project_id = $1",
    "SELECT 1 FROM projects p JOIN messages m ON m.project_id = p.id WHERE p.id = $1",
    "SELECT 1 FROM unnest($1::uuid[]) AS a (p) JOIN messages m ON m.project_id = a.p",
    (
        "WITH w AS (DELETE FROM reads WHERE project_id = $1 RETURNING project_id) SELECT 1 FROM w "
        "JOIN messages m ON m.project_id = w.project_id"
    ),
    (
        "SELECT (SELECT count(*) FROM reads r WHERE r.project_id = c.project_id) FROM conversations c "
        "WHERE c.project_id = $1"
    ),
    "SELECT 1 FROM messages WHERE project_id IN (SELECT project_id FROM visitors WHERE project_id = $1)",
    "INSERT INTO visitors (project_id, id) VALUES ($1, $2)",
    "INSERT INTO visitors (project_id, id) SELECT * FROM unnest($1::uuid[], $2::uuid[])",
    (
        "INSERT INTO visitors (project_id, id) VALUES ($1, $2) "
        "ON CONFLICT (project_id, id) DO UPDATE SET name = $3"
    ),
    "UPDATE visitors SET name = $3 WHERE project_id = $1 AND id = $2",
    "DELETE FROM visitors WHERE project_id = $1",
    "SELECT 1 FROM audit_log WHERE project_id IS NULL",
    "SELECT 1 FROM visitors WHERE project_id = $1 UNION SELECT 1 FROM reads WHERE project_id = $1",
]

UNBOUND: Final = [
    "SELECT body FROM messages",
    "SELECT body FROM messages WHERE conversation_id = $1",
    "SELECT body FROM messages WHERE project_id = $1 OR sender_id = $2",
    "SELECT body FROM messages WHERE NOT project_id = $1",
    "SELECT body FROM messages WHERE project_id <> $1",
    "SELECT body FROM messages WHERE project_id <> ALL($1)",
    "SELECT body FROM messages WHERE $1::uuid IS NULL OR project_id = $1",
    "SELECT body FROM messages WHERE project_id = project_id",
    "SELECT 1 FROM messages m JOIN visitors v ON v.project_id = m.project_id",
    "SELECT 1 FROM messages m JOIN visitors v ON v.project_id = $1 WHERE m.conversation_id = v.id",
    "SELECT 1 FROM messages m LEFT JOIN visitors v ON m.project_id = $1 AND v.project_id = $1",
    "SELECT 1 FROM messages m FULL JOIN visitors v ON m.project_id = $1 AND v.project_id = $1",
    "SELECT 1 FROM users u, messages m WHERE m.project_id = u.id AND u.id = u.id",
    "SELECT 1 FROM visitors WHERE project_id = $1 UNION SELECT 1 FROM reads",
    "SELECT (SELECT count(*) FROM reads r) FROM conversations c WHERE c.project_id = $1",
    "SELECT 1 FROM visitors v WHERE v.project_id = $1 AND EXISTS (SELECT FROM reads WHERE reader_id = v.id)",
    (
        "SELECT 1 FROM visitors v LEFT JOIN reads r ON r.reader_id = v.id "
        "WHERE v.project_id = $1 AND r.project_id IS NULL"
    ),
    "WITH w AS (SELECT project_id FROM visitors) SELECT 1 FROM w JOIN reads r ON r.project_id = w.project_id",
    "SELECT 1 FROM messages WHERE project_id IN (SELECT id FROM users WHERE id = $1)",
    "SELECT 1 FROM messages WHERE project_id NOT IN (SELECT project_id FROM visitors WHERE project_id = $1)",
    "INSERT INTO visitors (id) VALUES ($1)",
    "INSERT INTO visitors (project_id, id) SELECT v.project_id, v.id FROM visitors v",
    "INSERT INTO visitors (project_id, id) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = 'x'",
    "UPDATE visitors SET name = $2 WHERE id = $1",
    "UPDATE visitors SET project_id = $2 WHERE project_id = $1",
    "UPDATE visitors v SET name = n.name FROM visitors n WHERE v.project_id = $1 AND n.id = v.id",
    "DELETE FROM visitors WHERE id = $1",
    "DELETE FROM visitors WHERE id IN (SELECT id FROM visitors WHERE project_id = $1)",
    "SELECT 1 FROM projects WHERE name = $1",
    "SELECT 1 FROM projects WHERE id IS NULL",
    "SELECT 1 FROM generate_series(1, 9) AS s (n) JOIN messages m ON m.project_id = s.n",
]


@pytest.mark.parametrize("sql", BOUND)
def test_the_proof_accepts(sql: str) -> None:
    assert scope.unbound(scope.parsed(sql), KEYS) == []


@pytest.mark.parametrize("sql", UNBOUND)
def test_the_proof_refuses(sql: str) -> None:
    assert scope.unbound(scope.parsed(sql), KEYS) != []
