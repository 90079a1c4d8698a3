"""Hop 6: table `outbox`: what is committed and not told yet. core.apply fills it, the relay empties it."""

from collections.abc import Sequence
from typing import Final

from core.db.connection import Connection
from core.model import OutboxRow

CHANNEL: Final = "parley_outbox"
WAKE: Final = "NOTIFY parley_outbox"
"""Wakes the relay, which polls anyway. In the transaction of the rows it would take a lock that all share."""


async def oldest(conn: Connection, *, limit: int) -> list[OutboxRow]:
    """The next rows to tell.

    Never `id > last`: an id is taken long before its transaction commits, so a reader that remembers its
    place misses what commits late. What is told is deleted instead.
    """
    rows = await conn.fetch(
        "SELECT id, project_id, conversation_id, payload FROM outbox ORDER BY id LIMIT $1", limit
    )
    return [OutboxRow(*row) for row in rows]


async def delete(conn: Connection, published: Sequence[int]) -> None:
    """Forgets what Redis has acknowledged."""
    await conn.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", published)
