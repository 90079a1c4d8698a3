"""Anonymises the messages of deleted accounts, in batches."""

from typing import Final

from core.db.identity import account_deletion
from worker import pool

BATCH_SIZE: Final = 10  # users per round
PORTION: Final = 1_000  # messages
PORTIONS: Final = 10  # per user and round: the janitor has other work


async def sweep(conn: pool.Driver) -> None:
    """One round. It can be interrupted anywhere and run again."""
    for user in await account_deletion.still_named(conn, limit=BATCH_SIZE):
        for _ in range(PORTIONS):
            if await account_deletion.unname(conn, user, limit=PORTION) < PORTION:
                await account_deletion.finish(conn, user)
                break
