"""No SQL statement of ours reaches another project's rows: proved for each, with named exceptions."""

import copy
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest

from core.db import consumers, outbox, quarantine
from core.db.knowledge import imports, preparations
from core.db.ops import mails
from core.db.webhooks import sending
from tests.architecture import leaks, scope, statements, syntax, tables
from tests.architecture.statements import Statement

TABLES: Final = tables.of_schema()
STATEMENTS: Final = statements.product().statements
ALL: Final = [one for one in STATEMENTS if scope.touches(scope.parsed(one.sql), TABLES)]

# Functions that may reach beyond one project, with the reason. The proof must be able to read them too.
EXCEPTIONS: Final = {
    "core/db/outbox.py:quarantine": "the relay's, by the ids that it read; each row stays with its project",
    "core/db/consumers.py:CLAIMS": "the claim is of every project; the rest by the row's key",
    "core/db/consumers.py:dead": "an operator at the command line, without content",
    "core/db/consumers.py:retry": "likewise",
    "core/db/consumers.py:remove": "likewise",
    "core/db/consumers.py:remove_old": "the janitor removes what is too old",
    "core/db/idempotent_requests.py:remove_old": "likewise",
    "core/db/webhooks/sending.py:webhooks_due": "the stage asks whether there is anything to send",
    "core/db/notifications/pushes.py:CLAIMS": "likewise",
    "core/db/webhooks/deliveries.py:remove_old": "the janitor removes what is too old",
    "core/db/webhooks/webhooks.py:any_active": "a stage asks whether there is anything to do",
    "core/db/knowledge/preparations.py:CLAIMS": "likewise, the articles of every project",
    "core/db/knowledge/preparations.py:queue_for_model": "likewise, when the operator chose another model",
    "core/db/knowledge/imports.py:CLAIMS": "the claim is of every project; the rest by the row's key",
    "core/db/knowledge/imports.py:remove_old": "the janitor removes what is too old",
    "core/db/knowledge/imported.py:take_scheduled": "the stage fetches articles of every project again",
    "core/db/assistant/assistants.py:any_enabled": "likewise",
    "core/db/assistant/leases.py:claim": "the stage runs the turns of every project, each by its own key",
    "core/db/copilot/turns.py:claim": "likewise",
    "core/db/assistant/turns.py:remove_old": "the janitor removes what is too old",
    "core/db/assistant/inputs.py:remove_old": "likewise",
    "core/db/assistant/daily_tokens.py:remove_old": "likewise",
    "core/db/knowledge/publishing.py:remove_old": "likewise",
    "core/db/search/queue.py:take": "the stage makes every project's rows searchable, each by its key",
    "core/db/search/backfill.py:under_way": "the stage asks which project is not all searchable yet",
    "core/db/quarantine.py:CLAIMS": "likewise",
    "core/db/quarantine.py:listed": "an operator at the command line, without content",
    "core/db/quarantine.py:retry": "likewise",
    "core/db/quarantine.py:remove": "likewise",
    "core/db/quarantine.py:remove_old": "the janitor removes what is too old",
    "core/db/ops/mails.py:CLAIMS": "the stage sends the mails of every project; no route reads them",
    "core/db/ops/mails.py:listed": "an operator at the command line, without the mails' content",
    "core/db/ops/mails.py:counts": "likewise",
    "core/db/ops/mails.py:retry": "likewise",
    "core/db/ops/mails.py:remove": "likewise",
    "core/db/ops/mails.py:remove_old": "the janitor removes what is too old",
    "core/db/ops/key_rotation.py:MAILS": "the rotation of keys encrypts every mail again, unread",
    "core/db/ops/key_rotation.py:IDENTITY_SECRETS": "likewise, every secret",
    "core/db/ops/key_rotation.py:WEBHOOKS": "likewise",
    "core/db/ops/key_rotation.py:PROVIDERS": "likewise, the key of every project's own provider",
    "core/db/ops/health.py:relay_lag": "the age of the oldest event",
    "core/db/ops/queues.py:search": "how many rows wait, and for how long",
    "core/db/ops/queues.py:pushes": "likewise",
    "core/db/ops/queues.py:unneeded_files": "likewise",
    "core/db/ops/audit.py:remove_old": "the janitor removes what is too old",
    "core/db/chat/conversation_deletion.py:hide_unseen": "the janitor deletes what agents never see",
    "core/db/chat/conversation_deletion.py:under_way": "the janitor asks which conversations are deleted",
    "core/db/attachments/removal.py:due": "the janitor deletes the files that no project needs any more",
    "core/db/forms/requests.py:due": "the janitor expires the forms of every project, each by its own key",
    "core/db/projects/project_deletion.py:under_way": "the janitor asks which projects are deleted",
    "core/db/appearance/answer_times.py:due": "the janitor asks which projects to measure",
    "core/db/projects/projects.py:first": "the demo page shows the oldest project, by its public id",
    "core/db/ops/administration.py:accounts": "administrators of the installation see numbers and no content",
    "core/db/ops/administration.py:tenants": "likewise",
    "core/db/ops/administration.py:counts": "likewise",
    "core/db/ops/administration.py:mails": "likewise",
    "core/db/ops/examination.py:failures": "an operator at the command line, numbers only",
    "core/db/ops/examination.py:domains": "an operator at the command line",
    "core/db/identity/users.py:memberships": "a user's own, by the user",
    "core/db/identity/users.py:remove_unconfirmed": "the janitor asks whether an account works anywhere",
    "core/db/projects/members.py:only_managed_by": "a user's own, by the user, before the account goes",
    "core/db/identity/account_deletion.py:_FORGET": "the data that an account leaves behind, by the user",
    "core/db/identity/account_deletion.py:unname": "likewise",
    "core/db/projects/invitations.py:by_token": "the caller has no project yet; by a hash of random bytes",
    "core/db/projects/invitations.py:take": "likewise",
    "core/db/identity/identities.py:invited": "whether an address was invited anywhere, before registration",
    "server/launch/seed.py:keep_project": "the demo's own project, by its user, before the server starts",
}

# Arguments of the driver that are not constants, with the reason.
ODD: Final = {
    "core/db/outbox.py:oldest OLDEST": "made of constants; proved as a whole below",
    "core/db/outbox.py:oldest DELETE_AND_OLDEST": "likewise",
    "core/db/outbox.py:fan_out FAN_OUT": "likewise",
    "core/db/quarantine.py:fan_out FAN_OUT": "likewise",
    "core/db/claims.py:claim queue.claim": "constants of Claims, each found in its table's file",
    "core/db/claims.py:done queue.done": "likewise",
    "core/db/claims.py:postpone queue.postpone": "likewise",
    "core/db/claims.py:release queue.release": "likewise",
    "core/db/claims.py:give_up queue.give_up": "likewise",
    "core/db/ops/key_rotation.py:stale column.stale": "constants of its SealedColumns",
    "core/db/ops/key_rotation.py:keep column.keep": "likewise",
    "server/pool.py:execute self._link.execute is handed on": "the seam, which passes on what it is given",
    "server/pool.py:fetch self._link.fetch is handed on": "likewise",
    "server/pool.py:fetchrow self._link.fetchrow is handed on": "likewise",
    "server/pool.py:fetchval self._link.fetchval is handed on": "likewise",
    "core/db/connection_settings.py:limit f'SET statement_timeout = {round(at_most * 1000)}'": (
        "a whole number; SET takes no parameters"
    ),
    "server/pool.py:_commit f'COMMIT; {then}' if then else 'COMMIT'": "`then` is looked at where it is given",
    "worker/knowledge/imports/fetching.py:_once no single statement: GET": "a method of an HTTP client",
    "worker/push/attempt.py:attempt no single statement: POST": "likewise",
    "worker/webhooks/attempt.py:attempt no single statement: POST": "a method of an HTTP client",
    "server/api/assistant/own_provider/trial.py:_failure no single statement: POST": "likewise",
    "server/api/appearance/logos.py:fetch_logo no single statement: GET": "likewise",
    "server/api/services/oidc_client.py:_exchange no single statement: POST": "a method of an HTTP client",
}

BLOCK: Final = """DO $$
BEGIN
    {};
EXCEPTION WHEN undefined_file THEN
    RAISE NOTICE 'none';
END
$$"""

PROVED: Final = [one for one in ALL if one.place not in EXCEPTIONS]


def verdict(sql: str) -> scope.Verdict:
    return scope.judged(scope.parsed(sql), TABLES)


def label(statement: Statement) -> str:
    return statement.place


def test_the_tables_of_tenants_are_known() -> None:
    tenants = {name for name, table in TABLES.items() if table.key is not None}
    assert {"projects", "conversations", "messages", "visitors", "api_keys", "mails"} <= tenants
    assert len(PROVED) > 45, "there are statements to prove"


@pytest.mark.parametrize("statement", STATEMENTS, ids=label)
def test_a_statement_is_written_in_sql_that_the_proof_can_read(statement: Statement) -> None:
    assert verdict(statement.sql).unread == [], (
        f"{statement.place}: write it more simply, or teach syntax.py and scope.py what this means"
    )


@pytest.mark.parametrize("statement", PROVED, ids=label)
def test_a_statement_stays_within_the_projects_that_it_was_given(statement: Statement) -> None:
    assert verdict(statement.sql).unbound == [], (
        f"{statement.place}: bind its project_id to a parameter, or name it in EXCEPTIONS with a reason"
    )


def test_every_exception_is_needed() -> None:
    needed = {one.place for one in ALL if verdict(one.sql).unbound}
    assert set(EXCEPTIONS) - needed == set()


def test_an_argument_of_the_driver_is_a_constant_that_was_checked() -> None:
    assert sorted(statements.product().odd) == sorted(ODD)


@pytest.mark.parametrize(
    ("sql", "unbound"),
    [(outbox.FAN_OUT, ["outbox"]), (quarantine.FAN_OUT, [])],
    ids=["from the outbox", "from quarantine"],
)
def test_a_consumer_gets_an_event_of_its_own_project_alone(sql: str, unbound: list[str]) -> None:
    """All that the consumers' SQL reads is bound to the project of the event."""
    found = verdict(sql)
    assert found.unread == []
    given = sql.replace("WHERE id = ANY($1::bigint[])", "WHERE project_id = $1")
    assert verdict(given).unbound == [] and set(unbound) <= set(found.unbound)
    assert all(one.wanted_by in sql for one in consumers.CONSUMERS)
    leaking = given.replace("c.project_id = g.project_id AND ", "")
    assert leaking != given and verdict(leaking).unbound != []


@pytest.mark.parametrize("sql", [outbox.OLDEST, outbox.DELETE_AND_OLDEST])
def test_the_relay_asks_for_the_consumers_of_an_events_own_project(sql: str) -> None:
    """It reads every project's events, each for its own room."""
    assert verdict(sql).unread == [] and "outbox as o" in verdict(sql).unbound
    given = sql.replace(" o ORDER", " o WHERE true ORDER").replace(
        " o WHERE", " o WHERE o.project_id = $3 AND"
    )
    given = given.replace("outbox WHERE", "outbox WHERE project_id = $3 AND")
    assert verdict(given).unbound == []
    leaking = given.replace("w.project_id = o.project_id AND ", "")
    assert leaking != given and verdict(leaking).unbound != []


def test_each_queue_is_claimed_by_statements_of_its_file() -> None:
    """What ODD lets through in claims.py is among the statements that were checked."""
    checked = {one.sql for one in STATEMENTS}
    for queue in (mails, consumers, quarantine, sending, preparations, imports):
        given = [value for value in msgspec.structs.asdict(queue.CLAIMS).values() if isinstance(value, str)]
        assert len(given) == 5 and set(given) <= checked


def test_more_than_forty_leaks_are_planted() -> None:
    assert len(leaks.STATEMENTS) > 40 and len(leaks.SOURCES) > 30


@pytest.mark.parametrize("name", leaks.STATEMENTS)
def test_a_planted_leak_is_found(name: str) -> None:
    assert verdict(leaks.STATEMENTS[name]).complaints != []


@pytest.mark.parametrize("name", leaks.SOURCES)
def test_a_statement_that_is_hidden_in_the_sources_is_found(name: str) -> None:
    """It is refused as a statement, or reported as an argument of the driver that is not a constant."""
    found = statements.of_source(leaks.SOURCES[name], "planted.py")
    assert found.odd or any(verdict(one.sql).complaints for one in found.statements)


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE VIEW every_message AS SELECT body FROM messages",
        "CREATE MATERIALIZED VIEW every_message AS SELECT body FROM messages",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT body FROM messages LIMIT 1'",
        "CREATE RULE r AS ON UPDATE TO visitors DO ALSO DELETE FROM messages",
        "CREATE TABLE notes (id uuid PRIMARY KEY, body text)",
        "CREATE TABLE notes (project_id uuid) INHERITS (messages)",
        "CREATE EXTENSION dblink",
        BLOCK.format("CREATE EXTENSION IF NOT EXISTS dblink"),
        BLOCK.format("CREATE VIEW every_message AS SELECT body FROM messages"),
        BLOCK.format("EXECUTE 'CREATE VIEW every_message AS SELECT body FROM messages'"),
        BLOCK.format("IF true THEN CREATE VIEW every_message AS SELECT body FROM messages; END IF"),
    ],
)
def test_a_schema_that_hides_the_project_of_its_rows_is_refused(schema: str) -> None:
    with pytest.raises(tables.Unreadable):
        tables.read(schema)


def test_a_partition_has_the_key_of_its_parent() -> None:
    made = tables.read(
        "CREATE TABLE log (project_id uuid NOT NULL, at date) PARTITION BY RANGE (at);"
        "CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
    )
    assert made["log_2026"].key == tables.KEY
    assert scope.judged(scope.parsed("SELECT at FROM log_2026"), made).unbound == ["log_2026"]


@pytest.mark.parametrize("statement", PROVED, ids=label)
def test_without_its_project_a_statement_is_refused(statement: Statement) -> None:
    """The proof can fail: each condition on a project is removed, one at a time, and then all of them."""
    tree = scope.parsed(statement.sql)
    places = list(conditions(tree))
    assert places
    for taken in [[place] for place in places] + [places]:
        changed = copy.deepcopy(tree)
        for place in taken:
            take_away(changed, place)
        assert scope.judged(changed, TABLES).unbound, f"{statement.place}: passes without {taken}"


Place = tuple[str | int, ...]


def conditions(tree: Any) -> Iterator[Place]:
    """Where a statement is restricted to a project: comparisons of a key, and the key of inserted columns."""
    named = {node["relname"] for node in syntax.nodes(tree) if node["@"] == "RangeVar"}
    keys = {"p.id", tables.KEY} | ({"id"} if named == {tables.PROJECTS} else set())
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
    """`id`, `p.id`, or `project_id` of any table; empty for anything that is not a column."""
    if value is None or value["@"] != "ColumnRef":
        return ""
    parts = [str(part.get("sval", "*")) for part in value["fields"]]
    return tables.KEY if parts[-1] == tables.KEY else ".".join(parts)


def take_away(tree: Any, place: Place) -> None:
    """A comparison becomes TRUE, an inserted column another column."""
    *way, last = place
    for step in way:
        tree = _opened(tree, step)
    if way and way[-1] == "cols":
        tree[last]["name"] = "something_else"
    else:
        tree[last] = {"@": "A_Const", "isnull": False, "val": {"@": "Boolean", "boolval": True}}


def _opened(tree: Any, step: str | int) -> Any:
    """One step down, to a node that can be changed."""
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
    assert verdict(sql).complaints == []


@pytest.mark.parametrize("sql", UNBOUND)
def test_the_proof_refuses(sql: str) -> None:
    assert verdict(sql).unbound != []
