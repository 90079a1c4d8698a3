"""How Postgres reads the audit log in its months: by the same indexes as one table, a few entries of each."""

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import pytest

from core import ids
from core.db import connection_settings
from core.db.ops import audit
from core.db.ops.audit import Actor, Entry, Wanted
from tests.integration.core.core_fixture import CoreFixture
from tests.stack import Stack

MONTHS: Final = 13  # as many as a year's log has
A_MONTH: Final = 400  # entries; half of them of the project
PAGE: Final = 50
DAY: Final = 24 * 60 * 60 * 1000  # ms
MAKE: Final = """
DO $$
DECLARE
    month timestamp;
BEGIN
    FOR number IN 1..13 LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') - number * interval '1 month';
        EXECUTE format('CREATE TABLE %I PARTITION OF audit_log FOR VALUES FROM (%L) TO (%L)',
            to_char(month, '"audit_log_"YYYY_MM'), audit_log_bound(month),
            audit_log_bound(month + interval '1 month'));
    END LOOP;
END $$
"""
FILL: Final = """
INSERT INTO audit_log (id, project_id, at, actor_kind, action, entity, result)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || substr(md5(n || 'a'), 1, 3) || '8' || substr(md5(n || 'b'), 1, 15))::uuid,
       CASE WHEN n % 2 = 0 THEN $1::uuid END, at, 'nobody', 'session.started', 'session', 'ok'
FROM generate_series(1, $2) n,
     LATERAL (SELECT date_trunc('milliseconds', now() - n * interval '30 days' / $3)) moment (at)
"""
Ask = Callable[[Any], Awaitable[Any]]


class Explaining:
    """A connection that explains each statement in place of answering, as it is run."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn
        self.plan: dict[str, Any] = {}

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        text = await self._conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *args)
        self.plan = json.loads(text)[0]["Plan"]
        return []

    execute = fetchval = fetch


@pytest.fixture
def log(fresh_stack: Stack) -> CoreFixture:
    """A year of a project's and the installation's log."""
    made = CoreFixture(fresh_stack.owner_url)
    fresh_stack.sql(MAKE)

    async def fill(conn: Any) -> None:
        await conn.execute(FILL, made.project, MONTHS * A_MONTH, A_MONTH)
        await conn.execute("VACUUM ANALYZE audit_log")

    made.run(fill)
    return made


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node that reads a table and was not left out."""
    if "Relation Name" in plan and plan["Node Type"] != "ModifyTable":
        yield plan
    for child in plan.get("Plans", ()):
        yield from scans(child)


def read(found: list[dict[str, Any]]) -> int:
    """How many entries the scans read, also those that they skipped."""
    return int(
        sum(
            (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"]
            for scan in found
        )
    )


def explained(log: CoreFixture, ask: Ask, *, mode: str) -> list[dict[str, Any]]:
    """The scans of a statement that is run and rolled back; `mode` as of servers' or readers' connections."""

    async def run(conn: Any) -> dict[str, Any]:
        if mode == "generic":
            for statement in connection_settings._PLANS:
                await conn.execute(statement)
        else:
            await conn.execute("SET plan_cache_mode = force_custom_plan")
        explaining = Explaining(conn)
        trial = conn.transaction()
        await trial.start()
        await ask(explaining)
        await trial.rollback()
        return explaining.plan

    return list(scans(log.run(run)))


@pytest.mark.parametrize("mode", ["generic", "custom"])
def test_a_page_reads_as_many_entries_as_it_shows_and_one_of_each_month(log: CoreFixture, mode: str) -> None:
    for after in (None, (ids.now() - 100 * DAY, ids.make())):

        async def ask(conn: Any, after: tuple[int, bytes] | None = after) -> None:
            await audit.page(conn, log.project, wanted=Wanted(), after=after, limit=PAGE)

        found = explained(log, ask, mode=mode)
        assert len(found) > MONTHS
        assert all(scan["Index Name"].endswith("_project_id_at_id_idx") for scan in found), found
        assert read(found) <= PAGE + len(found)


@pytest.mark.parametrize("mode", ["generic", "custom"])
def test_a_page_of_the_installations_log_reads_the_newest_of_all_logs(log: CoreFixture, mode: str) -> None:
    """As in one table: half of them belong to the project, and are skipped."""
    for after in (None, (ids.now() - 100 * DAY, ids.make())):

        async def ask(conn: Any, after: tuple[int, bytes] | None = after) -> None:
            await audit.installation_page(conn, wanted=Wanted(), after=after, limit=PAGE)

        found = explained(log, ask, mode=mode)
        assert all(scan["Index Name"].endswith(("_at_idx", "_project_id_at_id_idx")) for scan in found), found
        assert read(found) <= 2 * (PAGE + len(found))


@pytest.mark.parametrize("mode", ["generic", "custom"])
def test_an_entry_is_added_to_its_month_and_touches_no_other(log: CoreFixture, mode: str) -> None:
    entry = Entry(
        project=log.project,
        actor=Actor("nobody"),
        action="session.refused",
        entity="session",
        entity_id=None,
        result="denied",
        address="",
        agent="",
        changes={},
    )
    found = explained(log, lambda conn: audit.add(conn, entry, now=ids.now()), mode=mode)
    assert {scan["Relation Name"] for scan in found} == {"projects"}


def test_old_entries_are_found_by_time_and_deleted_by_their_key(log: CoreFixture) -> None:
    async def ask(conn: Any) -> None:
        await audit.remove_old(conn, before=ids.now() - 380 * DAY)

    found = [scan for scan in explained(log, ask, mode="generic") if scan["Actual Loops"]]
    # Where a month has many of them, by a bitmap of the same index.
    conditions = [(scan.get("Index Cond") or scan.get("Recheck Cond", ""), scan) for scan in found]
    by_time = [scan for condition, scan in conditions if condition.startswith("(at < ")]
    by_key = [scan for condition, scan in conditions if condition.startswith("(id = ")]
    assert len(by_time) + len(by_key) == len(found), found
    deleted = read(by_time)
    assert 0 < deleted < A_MONTH
    # Each key is looked up in its own month.
    assert sum(scan["Actual Loops"] for scan in by_key) == deleted
