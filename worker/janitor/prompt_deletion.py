"""Removes the rows of a project as soon as it is deleted; the janitor's rounds are the guarantee."""

import asyncio
from typing import Final

from core.db.projects import project_deletion
from core.db.projects.project_deletion import Deleted
from core.ids import ProjectId
from core.signals import ProjectDeleted
from worker.janitor import deleted_projects
from worker.pool import Driver
from worker.process import Process

MAX_QUEUE: Final = 100  # projects; those beyond it wait for the janitor's rounds
BATCH_SIZE: Final = 10  # projects of one statement


class PromptDeletion:
    """Works on every worker with a janitor, not only on the one that holds the lease.

    They share the rows of a project, and no statement waits for another's. Redis is left to the rounds: its
    keys are found by reading all of them, which one process is enough for.
    """

    def __init__(self, process: Process) -> None:
        self._database = process.database
        self._deleted: dict[ProjectId, None] = {}  # in order of arrival
        self._missed = False
        self._something = asyncio.Event()
        process.control.listen(ProjectDeleted, self._hear, missed=self._miss)

    async def run(self) -> None:
        """Runs until it is cancelled; it can be interrupted anywhere."""
        while True:
            await self._something.wait()
            self._something.clear()
            while self._missed or self._deleted:
                async with self._database.connection() as conn:
                    for gone in await self._next(conn):
                        await deleted_projects.clear_rows(conn, gone.project)

    def _hear(self, message: ProjectDeleted) -> None:
        if len(self._deleted) < MAX_QUEUE:
            self._deleted[message.project] = None
            self._something.set()

    def _miss(self) -> None:
        self._missed = True
        self._something.set()

    async def _next(self, conn: Driver) -> list[Deleted]:
        """What to clear now, by Postgres: a message alone deletes nothing."""
        if self._missed:
            self._missed = False
            return await project_deletion.under_way(conn, limit=BATCH_SIZE)
        some = list(self._deleted)[:BATCH_SIZE]
        for project in some:
            del self._deleted[project]
        return await project_deletion.deleted(conn, some)
