"""Deletes attached files that nobody needs any more: the stored bytes first, then the row that names them."""

import asyncio
import logging
import time
from typing import Final

from core.db.attachments import removal
from core.db.ops import queues
from core.storage import incoming
from core.storage.store import StorageUnavailable, Store, keys_of
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from worker import pool

MARGIN: Final = 60_000  # ms after a file's time, so that servers with another clock are done with it
BATCH_SIZE: Final = 100  # files of one deletion
ROUNDS: Final = 5  # deletions of one round: the janitor has other work
TIMEOUT: Final = 15.0  # seconds for one deletion


async def sweep(conn: pool.Driver, store: Store, *, now: int) -> None:
    """One round. It can be interrupted anywhere: deleting a file twice is harmless, and its row goes last.

    No message can take such a file any more, and no upload write it, so nothing comes in between. Without
    the store the rows wait.
    """
    before = now - MARGIN
    for _ in range(ROUNDS):
        files = await removal.due(conn, before=before, limit=BATCH_SIZE)
        if not files:
            break
        keys = [key for one in files for key in keys_of(one.project, one.id)]
        try:
            async with asyncio.timeout(TIMEOUT):
                await asyncio.to_thread(store.remove, keys)
        except (StorageUnavailable, TimeoutError) as error:
            log(Log.STORAGE_FAILED, level=logging.ERROR, error=error)
            break
        await removal.remove(conn, files, before=before)
        counters[Metric.ATTACHMENTS_REMOVED] += len(files)
    depth = await queues.unneeded_files(conn, before=before)
    counters[Metric.ATTACHMENTS_UNNEEDED] = depth.rows
    counters[Metric.ATTACHMENTS_UNNEEDED_OLDEST] = depth.oldest
    await asyncio.to_thread(incoming.sweep, store.incoming, now=time.time())


def left_to_another() -> None:
    """Another worker deletes files, and counts them."""
    counters[Metric.ATTACHMENTS_UNNEEDED] = counters[Metric.ATTACHMENTS_UNNEEDED_OLDEST] = 0
