"""How long the audit log is kept: as many days as the setting says, for every project and without one."""

import json
import os
from uuid import UUID

import pytest

from server.launch.postgres.embedded import APP_ROLE
from tests.people import add_project
from tests.stack import Stack


def add_entry(stack: Stack, project: bytes | None, *, days: float) -> None:
    stack.sql(
        "INSERT INTO audit_log (id, project_id, at, actor_kind, action, entity, result) "
        "VALUES ($1, $2, now() - $3 * interval '1 day', 'nobody', 'session.refused', 'session', 'denied')",
        UUID(bytes=os.urandom(16)),
        UUID(bytes=project) if project else None,
        days,
    )


def test_entries_older_than_the_setting_are_removed(fresh_stack: Stack) -> None:
    project = add_project(fresh_stack)
    for days in (29.9, 30.1, 400):
        for whose in (project, None):
            add_entry(fresh_stack, whose, days=days)
    worker = fresh_stack.spawn("worker", "janitor", audit_days=30)
    worker.wait_until(lambda: len(left(fresh_stack)) == 2, what="removing old entries")
    assert {(row[0] is None, row[1]) for row in left(fresh_stack)} == {(True, True), (False, True)}


def left(stack: Stack) -> list[tuple[UUID | None, bool]]:
    """The project of each entry, and whether it is young enough to stay."""
    return stack.sql("SELECT project_id, at > now() - interval '30 days' FROM audit_log")


def test_a_month_older_than_the_setting_is_dropped_and_a_missing_one_made(fresh_stack: Stack) -> None:
    fresh_stack.sql(
        "CREATE TABLE audit_log_old PARTITION OF audit_log FOR VALUES FROM (MINVALUE) TO "
        "('01800000-0000-0000-0000-000000000000')"  # 2022
    )
    old = UUID("01700000-0000-7000-8000-000000000001")
    fresh_stack.sql(
        "INSERT INTO audit_log (id, at, actor_kind, action, entity, result) "
        "VALUES ($1, now(), 'nobody', 'session.refused', 'session', 'denied')",
        old,
    )
    (last,) = fresh_stack.sql(
        "SELECT max(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'audit_log'::regclass "
        "AND inhrelid::regclass::text LIKE 'audit_log_2%'"
    )
    fresh_stack.sql(f"DROP TABLE {last[0]}")
    worker = fresh_stack.spawn("worker", "janitor", audit_days=30)
    worker.wait_until(
        lambda: tables(fresh_stack, "audit_log_old", last[0]) == {last[0]}, what="a month dropped, one made"
    )
    assert left(fresh_stack) == [], "the entry went with its month, whatever its time says"
    assert "partitions.failed" not in worker.text


def test_without_the_right_to_make_months_the_janitor_says_so_and_goes_on(fresh_stack: Stack) -> None:
    fresh_stack.sql(f"REVOKE EXECUTE ON FUNCTION audit_log_make_months() FROM {APP_ROLE}")
    add_entry(fresh_stack, None, days=31)
    worker = fresh_stack.spawn("worker", "janitor", audit_days=30)
    worker.wait_until(lambda: left(fresh_stack) == [], what="removing old entries")
    failed = [json.loads(line) for line in worker.text.splitlines() if "partitions.failed" in line]
    assert [(one["level"], one["error"]) for one in failed] == [("error", "InsufficientPrivilegeError")]
    assert "stage.failed" not in worker.text


def tables(stack: Stack, *names: str) -> set[str]:
    """Those of the tables that exist."""
    rows = stack.sql("SELECT relname FROM pg_class WHERE relname = ANY($1)", list(names))
    return {row[0] for row in rows}


@pytest.mark.parametrize("days", [0, -1])
def test_a_retention_of_no_days_is_refused(fresh_stack: Stack, days: int) -> None:
    running = fresh_stack.spawn("server", wait=False, audit_days=days)
    assert running.wait_for_end() == 1
    assert "PARLEY_AUDIT_DAYS" in running.text
