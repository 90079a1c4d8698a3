"""How much work waits in the queues of Postgres, and for how long: numbers of all projects, for metrics."""

from typing import Any, Final

import msgspec

from core.db.connection import Connection

MAX_COUNTED: Final = 10_000  # rows


class Depth(msgspec.Struct, frozen=True):
    """`rows`: at most MAX_COUNTED. `oldest`: seconds that the first of them has waited."""

    rows: int
    oldest: float


async def search(conn: Connection) -> Depth:
    """What was written and cannot be found yet."""
    row = await conn.fetchrow(
        """
        SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(q.at)), 0)::float8
        FROM (SELECT at FROM search_queue ORDER BY id LIMIT $1) q
        """,
        MAX_COUNTED,
    )
    return _depth(row)


async def pushes(conn: Connection) -> Depth:
    """Push messages that are due and that no worker has claimed."""
    row = await conn.fetchrow(
        """
        SELECT count(*), coalesce(extract(epoch FROM now() - min(q.due_at)), 0)::float8
        FROM (
            SELECT due_at FROM consumer_events WHERE consumer = 'push' AND dead IS NULL AND due_at <= now()
            ORDER BY due_at LIMIT $1
        ) q
        """,
        MAX_COUNTED,
    )
    return _depth(row)


async def unneeded_files(conn: Connection, *, before: int) -> Depth:
    """Attached files that could be deleted before then, and are not."""
    row = await conn.fetchrow(
        """
        SELECT count(*), coalesce(extract(epoch FROM $1::timestamptz - min(q.expires_at)), 0)::float8
        FROM (
            SELECT expires_at FROM attachments WHERE conversation_id IS NULL AND expires_at <= $1
            ORDER BY expires_at LIMIT $2
        ) q
        """,
        before,
        MAX_COUNTED,
    )
    return _depth(row)


def _depth(row: Any) -> Depth:
    rows, oldest = row
    return Depth(rows, max(0.0, oldest))
