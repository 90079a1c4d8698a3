"""What is left of deleted projects: removed in portions by the janitor, from Postgres and from Redis."""

from typing import Final

from core.bus import rooms
from core.bus.connection import Redis
from core.db.projects import project_deletion
from core.telemetry.log import Log, log
from worker import pool

# By then whatever was under way when the project was deleted has been refused or has left its traces: batches
# of commands, claimed rows of the outbox, sockets and their grace.
SETTLED: Final = 60_000  # ms
AT_ONCE: Final = 10  # projects of one round
PORTION: Final = 500  # rows of one kind
PORTIONS: Final = 20  # of one project in one round: the janitor has other work, and must not seem dead


async def sweep(conn: pool.Driver, redis: Redis, *, now: int) -> None:
    """One round. It can be broken off anywhere and begun again; each goes on where the one before ended."""
    for gone in await project_deletion.under_way(conn, limit=AT_ONCE):
        rows = 0
        for _ in range(PORTIONS):
            some = await project_deletion.clear(conn, gone.project, limit=PORTION)
            rows += some
            if not some:
                break
        keys = await rooms.forget(redis, gone.project)
        if not rows and not keys and now - gone.at >= SETTLED:
            await project_deletion.finish(conn, gone.project)
            log(Log.PROJECT_CLEARED, project=gone.project.hex())
