"""Table `webhook_deliveries`: what webhooks are sent, were sent, and could not be sent."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from core.db.connection import Connection
from core.ids import ConversationId, ProjectId

MAX_QUEUED: Final = 50_000  # of one webhook; later ones are dead at once, and can be replayed
MAX_REPLAYED: Final = 10_000  # by one request


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """`event_number` and `position` (among the deliveries of one event) give the order.

    `created_at` in ms: when the event happened. `message`: whose text is in the payload. `queued` False: the
    queue is full, it is dead.
    """

    project: ProjectId
    webhook: bytes
    id: bytes
    event_id: bytes
    event_number: int
    position: int
    event: str
    conversation: ConversationId | None
    payload: str
    created_at: int
    message: bytes | None = None
    queued: bool = True


async def add(conn: Connection, made: Sequence[NewDelivery], *, now: int) -> None:
    """Adds them; adding one twice does nothing."""
    await conn.execute(
        """
        INSERT INTO webhook_deliveries (project_id, webhook_id, id, event_id, event_number, position, event,
                                        conversation_id, payload, state, due_at, created_at, finished_at,
                                        message_id)
        SELECT n.project_id, n.webhook_id, n.id, n.event_id, n.event_number, n.position, n.event,
               n.conversation_id, n.payload, CASE WHEN n.queued THEN 'queued' ELSE 'dead' END, now(),
               n.created_at, CASE WHEN n.queued THEN NULL ELSE $1::timestamptz END, n.message_id
        FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::smallint[],
                    $8::text[], $9::uuid[], $10::text[], $11::boolean[], $12::timestamptz[], $13::uuid[])
             AS n (project_id, webhook_id, id, event_id, event_number, position, event, conversation_id,
                   payload, queued, created_at, message_id)
        ON CONFLICT DO NOTHING
        """,
        now,
        [one.project for one in made],
        [one.webhook for one in made],
        [one.id for one in made],
        [one.event_id for one in made],
        [one.event_number for one in made],
        [one.position for one in made],
        [one.event for one in made],
        [one.conversation for one in made],
        [one.payload for one in made],
        [one.queued for one in made],
        [one.created_at for one in made],
        [one.message for one in made],
    )


async def queued(conn: Connection, project: ProjectId, webhook: bytes, *, at_most: int) -> int:
    """How many are queued, counted up to `at_most`."""
    found: int = await conn.fetchval(
        "SELECT count(*) FROM (SELECT d.id FROM webhook_deliveries d "
        "WHERE d.project_id = $1 AND d.webhook_id = $2 AND d.state = 'queued' LIMIT $3) q",
        project,
        webhook,
        at_most,
    )
    return found


class Delivery(msgspec.Struct, frozen=True):
    """A delivery as a manager sees it. Times in ms; `due_at`: of the next attempt, of a queued one."""

    id: bytes
    event: str
    conversation: ConversationId | None
    state: str
    tries: int
    replays: int
    due_at: int
    created_at: int
    finished_at: int | None
    attempts: list[dict[str, Any]]
    payload: str


async def page(
    conn: Connection,
    project: ProjectId,
    webhook: bytes,
    *,
    state: str | None,
    event: str | None,
    before: tuple[int, bytes] | None,
    limit: int,
) -> list[Delivery]:
    """The newest first, before `created_at` and id of the last one of the page before."""
    at, last = before or (None, None)
    rows = await conn.fetch(
        """
        SELECT id, event, conversation_id, state, tries, replays, due_at, created_at, finished_at, attempts,
               payload
        FROM webhook_deliveries
        WHERE project_id = $1 AND webhook_id = $2 AND ($3::text IS NULL OR state = $3)
          AND ($4::text IS NULL OR event = $4)
          AND ($5::timestamptz IS NULL OR created_at < $5 OR created_at = $5 AND id < $6::uuid)
        ORDER BY created_at DESC, id DESC LIMIT $7
        """,
        project,
        webhook,
        state,
        event,
        at,
        last,
        limit,
    )
    return [Delivery(*row) for row in rows]


async def by_id(conn: Connection, project: ProjectId, webhook: bytes, delivery: bytes) -> Delivery | None:
    row = await conn.fetchrow(
        """
        SELECT id, event, conversation_id, state, tries, replays, due_at, created_at, finished_at, attempts,
               payload
        FROM webhook_deliveries WHERE project_id = $1 AND webhook_id = $2 AND id = $3
        """,
        project,
        webhook,
        delivery,
    )
    return None if row is None else Delivery(*row)


async def replay(conn: Connection, project: ProjectId, webhook: bytes, delivery: bytes) -> bool:
    """Queues a delivery again, with all attempts; False if it is queued already, or absent."""
    status = await conn.execute(
        """
        UPDATE webhook_deliveries SET state = 'queued', tries = 0, replays = replays + 1, due_at = now(),
               finished_at = NULL
        WHERE project_id = $1 AND webhook_id = $2 AND id = $3 AND state <> 'queued'
        """,
        project,
        webhook,
        delivery,
    )
    return bool(status == "UPDATE 1")


async def replay_all(
    conn: Connection,
    project: ProjectId,
    webhook: bytes,
    *,
    states: Sequence[str],
    since: int,
    until: int,
) -> int:
    """Queues those of a time again, the oldest first, at most MAX_REPLAYED; returns how many."""
    status: str = await conn.execute(
        """
        UPDATE webhook_deliveries SET state = 'queued', tries = 0, replays = replays + 1, due_at = now(),
               finished_at = NULL
        WHERE project_id = $1 AND webhook_id = $2 AND id IN (
            SELECT id FROM webhook_deliveries
            WHERE project_id = $1 AND webhook_id = $2 AND state = ANY($3::text[])
              AND created_at >= $4 AND created_at < $5
            ORDER BY created_at, id LIMIT $6 FOR UPDATE
        )
        """,
        project,
        webhook,
        list(states),
        since,
        until,
        MAX_REPLAYED,
    )
    return int(status.rsplit(" ", 1)[1])


async def remove_old(conn: Connection, *, before: int) -> None:
    """Deletes at most 1,000 finished ones whose event happened before then."""
    await conn.execute(
        "DELETE FROM webhook_deliveries WHERE (project_id, webhook_id, id) IN "
        "(SELECT project_id, webhook_id, id FROM webhook_deliveries "
        "WHERE state <> 'queued' AND created_at < $1 LIMIT 1000)",
        before,
    )
