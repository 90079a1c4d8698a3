"""Deletes old conversations from blocked addresses that agents have never seen."""

from typing import Final

from core.db.chat import conversation_deletion
from worker import pool

DAY: Final = 24 * 60 * 60 * 1000  # ms
TTL: Final = 30 * DAY  # after the last message; docs/how-to/block-visitors.md names it
BATCH_SIZE: Final = 200  # conversations of one statement
ROUNDS: Final = 5  # statements of one round: the janitor has other work


async def sweep(conn: pool.Driver, *, now: int) -> None:
    """One round. It can be interrupted anywhere and run again."""
    for _ in range(ROUNDS):
        hidden = await conversation_deletion.hide_unseen(conn, before=now - TTL, at=now, limit=BATCH_SIZE)
        if hidden < BATCH_SIZE:
            return
