"""How long the audit log is kept: as many days as the setting says, for every project and without one."""

import os
from uuid import UUID

import pytest

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


@pytest.mark.parametrize("days", [0, -1])
def test_a_retention_of_no_days_is_refused(fresh_stack: Stack, days: int) -> None:
    running = fresh_stack.spawn("server", wait=False, audit_days=days)
    assert running.wait_for_end() == 1
    assert "PARLEY_AUDIT_DAYS" in running.text
