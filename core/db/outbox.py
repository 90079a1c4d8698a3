"""Hop 6: table `outbox`: committed events, not yet published. core.apply fills it, the relay empties it."""

from collections.abc import Sequence
from typing import Final

from core.db.connection import Connection
from core.model import OutboxRow

CHANNEL: Final = "parley_outbox"
WAKE: Final = "NOTIFY parley_outbox"
"""Wakes the relay, which also polls. Not in the rows' transaction: NOTIFY takes a global lock at commit."""


async def oldest(conn: Connection, *, limit: int) -> list[OutboxRow]:
    """The next rows to publish.

    Never by `id > last`: an id is assigned long before its transaction commits, so a reader that remembers
    its position misses late commits. Published rows are deleted instead.
    """
    rows = await conn.fetch(
        "SELECT id, project_id, conversation_id, payload FROM outbox ORDER BY id LIMIT $1", limit
    )
    return [OutboxRow(*row) for row in rows]


async def delete(conn: Connection, published: Sequence[int]) -> None:
    """Deletes rows that Redis has acknowledged."""
    await conn.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", published)
