"""A worker that dies during a turn of the copilot leaves one answer or one error, and the session goes on."""

import signal
import time
from typing import Any
from uuid import UUID

import pytest

from core import ids
from core.commands import AskCopilot
from core.db.copilot import sessions
from core.ids import Ref
from tests.faults.test_assistant import Provided, provided
from tests.integration.worker.office import Office
from tests.patience import PATIENCE
from tests.stack import Stack

__all__ = ["provided"]
LEASE_IS_OVER = "UPDATE copilot_turns SET lease_until = now() WHERE state = 'running'"
SHOWN = {"copilot.after_first_token", "copilot.before_end", "copilot.before_end_commit"}
"""Where the agent has seen a part of the answer already: it is not answered again."""


class Session:
    """Of the office's agent."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.id = ids.make()

        async def begin(conn: Any) -> None:
            await sessions.add(
                conn,
                office.project,
                self.id,
                user=office.agent,
                article=None,
                conversation=None,
                title="",
                now=ids.now(),
            )

        office.run(begin)

    def ask(self, text: str) -> None:
        now = ids.now()
        ref = Ref(ids.make())
        self.office.apply(
            AskCopilot(
                self.office.project, self.office.agent, self.id, ref, ids.make(), text, now, "draft_reply"
            )
        )

    def rows(self, columns: str, table: str) -> list[tuple[Any, ...]]:
        found = self.office.stack.sql(
            f"SELECT {columns} FROM {table} WHERE project_id = $1 AND session_id = $2",  # noqa: S608
            UUID(bytes=self.office.project),
            UUID(bytes=self.id),
        )
        return [tuple(row) for row in found]

    def until_over(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            states = [row[0] for row in self.rows("state", "copilot_turns")]
            if len(states) == count and "running" not in states:
                return
            assert time.monotonic() < deadline, states
            time.sleep(0.02)


@pytest.mark.parametrize(
    "point",
    [
        "copilot.after_first_token",
        "copilot.before_end_commit",
        *(
            pytest.param(point, marks=pytest.mark.soak)
            for point in (
                "copilot.claimed",
                "copilot.before_first_token",
                "copilot.before_end",
                "copilot.after_end",
            )
        ),
    ],
)
def test_a_worker_that_dies_leaves_the_turn_to_another(
    fresh_stack: Stack, provided: Provided, point: str
) -> None:
    session = Session(Office(fresh_stack))
    dies = fresh_stack.spawn("worker", "copilot", failpoint=point, ai=provided.setting)
    session.ask("Draft a reply")
    session.ask("And another one")
    assert dies.wait_for_end() == -signal.SIGKILL
    fresh_stack.sql(LEASE_IS_OVER)  # the next worker need not wait for it
    fresh_stack.spawn("worker", "copilot", ai=provided.setting)
    session.until_over(2)
    first, second = session.rows("state, error", "copilot_turns")
    assert second == ("completed", "")
    assert first == (("failed", "node_lost") if point in SHOWN else ("completed", ""))
    numbers = [row[0] for row in session.rows("number", "copilot_messages")]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    answers = [row for row in session.rows("role, state", "copilot_messages") if row[0] == "copilot"]
    expected = "failed" if point in SHOWN else "done"
    assert sorted(answers) == sorted([("copilot", expected), ("copilot", "done")])
