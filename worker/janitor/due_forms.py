"""Expires forms whose time is over, so that agents and visitors see it without asking."""

from typing import Final

from core.apply.apply import apply, wake_relay
from core.commands import CloseForm
from core.db.forms import requests
from core.ids import SYSTEM
from worker import pool

BATCH_SIZE: Final = 200  # forms of one transaction
ROUNDS: Final = 10  # transactions of one round: the janitor has other work


async def sweep(conn: pool.Driver, *, now: int) -> None:
    """One round. It can be interrupted anywhere: core.apply expires a form once, and no answered one."""
    for _ in range(ROUNDS):
        due = await requests.due(conn, now=now, limit=BATCH_SIZE)
        if not due:
            return
        async with conn.transaction():
            await apply(
                conn,
                [
                    CloseForm(one.project, SYSTEM, one.conversation, one.id, expired=True, at=now)
                    for one in due
                ],
                now=now,
            )
        await wake_relay(conn)
        if len(due) < BATCH_SIZE:
            return
