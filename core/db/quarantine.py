"""Hop 7: table `quarantined_events`: published events whose consumers' rows could not be created."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.db import claims, consumers
from core.db.claims import Claims
from core.db.connection import Connection
from core.ids import ProjectId

CLAIMS: Final = Claims(
    claim="""
    WITH due AS MATERIALIZED (
        SELECT project_id, event_id FROM quarantined_events
        WHERE dead IS NULL AND due_at <= now() ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE quarantined_events e SET tries = e.tries + 1, due_at = now() + $1 * interval '1 ms'
    FROM due WHERE e.project_id = due.project_id AND e.event_id = due.event_id
    RETURNING e.project_id, e.event_id, e.kind, e.tries
    """,
    done="DELETE FROM quarantined_events WHERE project_id = $1 AND event_id = $2 RETURNING true",
    postpone="""
    UPDATE quarantined_events SET due_at = now() + $1 * interval '1 ms'
    WHERE project_id = $2 AND event_id = $3
    """,
    release="""
    UPDATE quarantined_events SET due_at = now() + $1 * interval '1 ms', tries = tries - 1
    WHERE project_id = $2 AND event_id = $3
    """,
    give_up="UPDATE quarantined_events SET dead = $1 WHERE project_id = $2 AND event_id = $3",
    waits=(60, 600, 3600, 6 * 3600, 24 * 3600),
)

# Two constants; tests/architecture proves the whole.
FAN_OUT: Final = (
    "WITH gone AS (DELETE FROM quarantined_events WHERE project_id = $1 AND event_id = $3 "  # noqa: S608
    "RETURNING project_id, event_id, kind, conversation_id, visitor_id, seq, event_number, details) "
    + consumers.INSERT
)


class Quarantined(msgspec.Struct, frozen=True):
    """A claimed event. `tries` includes the attempt that starts now."""

    project: ProjectId
    event: bytes
    kind: str
    tries: int

    @property
    def key(self) -> claims.Key:
        return (self.project, self.event)


class Listed(msgspec.Struct, frozen=True):
    """An event in quarantine as an operator sees it. `dead` None: the next attempt is at `due_at`."""

    event: bytes
    kind: str
    reason: str
    tries: int
    due_at: int
    dead: str | None


async def claim(conn: Connection, *, lease: int, limit: int) -> list[Quarantined]:
    """Claims events that are due for another attempt, for `lease` ms."""
    rows = await claims.claim(conn, CLAIMS, lease=lease, limit=limit)
    return [Quarantined(*row) for row in rows]


async def fan_out(conn: Connection, one: Quarantined, *, now: int) -> None:
    """Makes the consumers' rows after all; raises what the database says, and then the event stays."""
    await conn.execute(FAN_OUT, one.project, now, one.event)


async def listed(conn: Connection, *, limit: int) -> list[Listed]:
    """The oldest first."""
    rows = await conn.fetch(
        "SELECT event_id, kind, reason, tries, due_at, dead FROM quarantined_events "
        "ORDER BY event_id LIMIT $1",
        limit,
    )
    return [Listed(*row) for row in rows]


async def retry(conn: Connection, events: Sequence[bytes] | None) -> int:
    """Makes these events, or all of them, due now with all attempts left; returns how many."""
    made: int = await conn.fetchval(
        """
        WITH made AS (
            UPDATE quarantined_events SET dead = NULL, tries = 0, due_at = now()
            WHERE $1::uuid[] IS NULL OR event_id = ANY($1::uuid[]) RETURNING 1
        )
        SELECT count(*) FROM made
        """,
        events,
    )
    return made


async def remove(conn: Connection, events: Sequence[bytes] | None) -> int:
    """Deletes these events, or all that were given up; returns how many."""
    gone: int = await conn.fetchval(
        """
        WITH gone AS (
            DELETE FROM quarantined_events
            WHERE event_id = ANY($1::uuid[]) OR ($1::uuid[] IS NULL AND dead IS NOT NULL) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        events,
    )
    return gone


async def remove_old(conn: Connection, *, before: int) -> None:
    """Deletes at most 1,000 events given up and created before then."""
    await conn.execute(
        "DELETE FROM quarantined_events WHERE (project_id, event_id) IN "
        "(SELECT project_id, event_id FROM quarantined_events "
        "WHERE dead IS NOT NULL AND created_at < $1 LIMIT 1000)",
        before,
    )
