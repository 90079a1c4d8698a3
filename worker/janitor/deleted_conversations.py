"""Removes what is left of deleted conversations from Postgres and Redis, in batches."""

from typing import Final

from core.bus import resume_log
from core.bus.connection import Redis
from core.bus.resume_log import Place
from core.db.chat import conversation_deletion
from core.db.chat.conversation_deletion import Deleted
from worker import pool

# By then the relay has published what was committed before the deletion, and made consumers' rows of it; and
# a visitor's client that still names the conversation has learned that it is gone.
SETTLED: Final = 60_000  # ms
BATCH_SIZE: Final = 100  # conversations per round
PORTION: Final = 500  # rows of one kind
PORTIONS: Final = 20  # per round: the janitor has other work, and must not seem dead


async def sweep(conn: pool.Driver, redis: Redis, *, now: int) -> None:
    """One round. It can be interrupted anywhere; the next round continues where this one ended."""
    portions = PORTIONS
    for one in await conversation_deletion.under_way(conn, limit=BATCH_SIZE):
        empty, used = await _clear(conn, one, portions=portions)
        portions -= used
        if empty and now - one.at >= SETTLED:
            await resume_log.forget(redis, [Place(one.project, one.conversation, one.visitor)])
            await conversation_deletion.finish(conn, one)
        if portions <= 0:
            return


async def _clear(conn: pool.Driver, one: Deleted, *, portions: int) -> tuple[bool, int]:
    """Whether nothing is left, and how many portions it took."""
    for used in range(portions):
        if not await conversation_deletion.clear(conn, one, limit=PORTION):
            return True, used
    return False, portions
