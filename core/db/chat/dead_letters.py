"""Table `dead_letters`: stream entries that could not be applied, stored for an operator."""

from core.db.connection import Connection
from core.model import DeadLetter


async def add(
    conn: Connection,
    *,
    dead_letter: bytes,
    shard: int,
    entry_id: str,
    payload: bytes,
    reason: str,
    tries: int,
) -> None:
    """Stores one; a second call for the same entry does nothing."""
    await conn.execute(
        "INSERT INTO dead_letters (id, shard, entry_id, payload, reason, tries) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (shard, entry_id) DO NOTHING",
        dead_letter,
        shard,
        entry_id,
        payload,
        reason.replace("\0", ""),
        tries,
    )


async def listed(conn: Connection, *, limit: int) -> list[DeadLetter]:
    """The oldest first."""
    rows = await conn.fetch(
        "SELECT id, shard, entry_id, payload, reason, tries, created_at "
        "FROM dead_letters ORDER BY id LIMIT $1",
        limit,
    )
    return [DeadLetter(*row) for row in rows]


async def by_id(conn: Connection, dead_letter: bytes) -> DeadLetter | None:
    """One dead letter."""
    row = await conn.fetchrow(
        "SELECT id, shard, entry_id, payload, reason, tries, created_at FROM dead_letters WHERE id = $1",
        dead_letter,
    )
    return None if row is None else DeadLetter(*row)


async def remove(conn: Connection, dead_letter: bytes) -> None:
    """Call it after the entry was requeued: a duplicate in the stream is harmless, a lost entry is not."""
    await conn.execute("DELETE FROM dead_letters WHERE id = $1", dead_letter)
