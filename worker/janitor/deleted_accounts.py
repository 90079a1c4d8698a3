"""What is left of deleted accounts: their name in messages, taken out in portions by the janitor."""

from typing import Final

from core.db.identity import account_deletion
from worker import pool

AT_ONCE: Final = 10  # users of one round
PORTION: Final = 1_000  # messages
PORTIONS: Final = 10  # of one user in one round: the janitor has other work


async def sweep(conn: pool.Driver) -> None:
    """One round. It can be broken off anywhere and begun again."""
    for user in await account_deletion.still_named(conn, limit=AT_ONCE):
        for _ in range(PORTIONS):
            if await account_deletion.unname(conn, user, limit=PORTION) < PORTION:
                await account_deletion.finish(conn, user)
                break
