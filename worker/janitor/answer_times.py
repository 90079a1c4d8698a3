"""Measures once an hour how fast each project answers, so that its widget can say it."""

from typing import Final

from core.db.appearance import answer_times
from worker import pool

BATCH_SIZE: Final = 20  # projects of one round: the janitor has other work


class AnswerTimes:
    """`_due_at`: when all projects have been measured, the list of them is not read for an hour."""

    def __init__(self) -> None:
        self._due_at = 0  # ms

    async def sweep(self, conn: pool.Driver, *, now: int) -> None:
        """One round. It can be interrupted anywhere: what was not measured is due in the next one."""
        if now < self._due_at:
            return
        due = await answer_times.due(conn, now=now, limit=BATCH_SIZE)
        for project in due:
            await answer_times.measure(conn, project, now=now)
        if len(due) < BATCH_SIZE:
            self._due_at = now + answer_times.HOUR
