"""Removes what is left of deleted projects from Postgres and Redis, in batches."""

from typing import Final

from core.bus import rooms
from core.bus.connection import Redis
from core.db.projects import project_deletion
from core.ids import ProjectId
from core.telemetry.log import Log, log
from worker import pool

# By then all work that was in progress when the project was deleted is refused or finished: batches of
# commands, claimed outbox rows, sockets and their grace period.
SETTLED: Final = 60_000  # ms
BATCH_SIZE: Final = 10  # projects per round
PORTION: Final = 500  # rows of one kind
PORTIONS: Final = 20  # per project and round: the janitor has other work, and must not seem dead


async def sweep(conn: pool.Driver, redis: Redis, *, now: int) -> None:
    """One round. It can be interrupted anywhere; the next round continues where this one ended."""
    for gone in await project_deletion.under_way(conn, limit=BATCH_SIZE):
        rows = await clear_rows(conn, gone.project)
        keys = await rooms.forget(redis, gone.project)
        settled = not rows and not keys and now - gone.at >= SETTLED
        if settled and await project_deletion.finish(conn, gone.project):
            log(Log.PROJECT_CLEARED, project=gone.project.hex())


async def clear_rows(conn: pool.Driver, project: ProjectId) -> int:
    """Removes rows of a deleted project, at most PORTIONS times PORTION of a kind; returns how many."""
    rows = 0
    for _ in range(PORTIONS):
        some = await project_deletion.clear(conn, project, limit=PORTION)
        rows += some
        if not some:
            break
    return rows
