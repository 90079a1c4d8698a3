"""Hop 6: table `outbox`: committed events, not yet published. core.apply fills it, the relay empties it."""

from collections.abc import Sequence
from typing import Final

from core.db import consumers
from core.db.connection import Connection
from core.model import OutboxRow

CHANNEL: Final = "parley_outbox"
WAKE: Final = "NOTIFY parley_outbox"
"""Wakes the relay, which also polls. Not in the rows' transaction: NOTIFY takes a global lock at commit."""

_ROWS: Final = (
    f"SELECT o.id, o.project_id, o.conversation_id, o.payload, o.kind, o.last_change, {consumers.WANTED} "  # noqa: S608
    "FROM outbox o"
)
OLDEST: Final = f"{_ROWS} ORDER BY o.id LIMIT $1"
# One call for both, as the batches of a busy relay follow each other: a call costs more than a statement.
DELETE_AND_OLDEST: Final = (
    "WITH gone AS (DELETE FROM outbox WHERE id = ANY($2::bigint[])) "  # noqa: S608
    f"{_ROWS} WHERE o.id <> ALL($2::bigint[]) ORDER BY o.id LIMIT $1"
)


async def oldest(conn: Connection, *, limit: int, published: Sequence[int] = ()) -> list[OutboxRow]:
    """The next rows to publish, and whether a consumer may want each.

    Deletes the `published`, which Redis has acknowledged and no consumer may want.

    Never by `id > last`: an id is assigned long before its transaction commits, so a reader that remembers
    its position misses late commits. Published rows are deleted instead.
    """
    if published:
        rows = await conn.fetch(DELETE_AND_OLDEST, limit, published)
    else:
        rows = await conn.fetch(OLDEST, limit)
    return [OutboxRow(*row) for row in rows]


# Two constants; tests/architecture proves the whole.
FAN_OUT: Final = (
    "WITH gone AS (DELETE FROM outbox WHERE id = ANY($1::bigint[]) "  # noqa: S608
    "RETURNING project_id, event_id, kind, conversation_id, visitor_id, seq, id AS event_number, details) "
    + consumers.INSERT
)


async def fan_out(conn: Connection, published: Sequence[int], *, now: int) -> int:
    """Deletes rows that Redis has acknowledged and makes their consumers' rows; returns how many it made.

    One statement: a crash repeats both or neither, and of two relays the second finds no rows. It waits for
    no consumer. Rows of releases before 0.3 have no event id and are deleted only. Raises what the database
    says, with everything still in the outbox.
    """
    status = await conn.execute(FAN_OUT, published, now)
    return int(status.rsplit(" ", 1)[1])


async def quarantine(
    conn: Connection,
    published: Sequence[int],
    *,
    wanted: Sequence[int],
    reason: str,
    now: int,
    wait: int,
) -> int:
    """Deletes rows without their consumers' rows; the `wanted` ones of them are kept in quarantine,
    and tried again in `wait` ms.

    Returns how many those are. The consumers' SQL does not run.
    """
    kept: int = await conn.fetchval(
        """
        WITH gone AS (
            DELETE FROM outbox WHERE id = ANY($1::bigint[])
            RETURNING project_id, event_id, kind, conversation_id, visitor_id, seq, id, details
        ), kept AS (
            INSERT INTO quarantined_events (project_id, event_id, kind, conversation_id, visitor_id, seq,
                                            event_number, details, reason, due_at, created_at)
            SELECT g.project_id, g.event_id, g.kind, g.conversation_id, g.visitor_id, g.seq, g.id, g.details,
                   $2, now() + $3 * interval '1 ms', $4
            FROM gone g WHERE g.event_id IS NOT NULL AND g.id = ANY($5::bigint[])
            ON CONFLICT DO NOTHING RETURNING 1
        )
        SELECT count(*) FROM kept
        """,
        published,
        reason,
        wait,
        now,
        wanted,
    )
    return kept
