"""Table `webhook_deliveries`: what webhooks are sent, were sent, and could not be sent."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from core.db.claims import Claims
from core.db.connection import Connection
from core.ids import ConversationId, ProjectId

MAX_QUEUED: Final = 50_000  # of one webhook; later ones are dead at once, and can be replayed
MAX_REPLAYED: Final = 10_000  # by one request
KEPT_ATTEMPTS: Final = 10

# A webhook whose circuit is open, or that has all its attempts under way in this process ($5), is skipped.
# One with failures gets a single attempt: a probe. LATERAL: a webhook with a long queue takes nothing from
# the others. An ordered one waits for earlier deliveries of the conversation, and for events without any yet.
# Of a deleted conversation only that is sent; the janitor deletes the rest.
CLAIMS: Final = Claims(
    claim="""
    WITH ready AS MATERIALIZED (
        SELECT w.project_id, w.id, w.ordered, CASE WHEN w.failures > 0 THEN 1 ELSE $4::integer END AS share
        FROM webhooks w
        WHERE w.active AND (w.paused_until IS NULL OR w.paused_until <= $1) AND w.id <> ALL($5::uuid[])
          AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.project_id = w.project_id
                      AND d.webhook_id = w.id AND d.state = 'queued' AND d.due_at <= $1)
    ), due AS MATERIALIZED (
        SELECT d.project_id, d.webhook_id, d.id
        FROM ready r CROSS JOIN LATERAL (
            SELECT q.project_id, q.webhook_id, q.id FROM webhook_deliveries q
            WHERE q.project_id = r.project_id AND q.webhook_id = r.id AND q.state = 'queued'
              AND q.due_at <= $1 AND (q.event = 'conversation.deleted' OR NOT EXISTS (
                    SELECT FROM conversations g
                    WHERE g.project_id = q.project_id AND g.id = q.conversation_id
                      AND g.deleted_at IS NOT NULL
                  )) AND (NOT r.ordered OR q.conversation_id IS NULL OR NOT EXISTS (
                    SELECT FROM webhook_deliveries e
                    WHERE e.project_id = q.project_id AND e.webhook_id = q.webhook_id AND e.state = 'queued'
                      AND e.conversation_id = q.conversation_id
                      AND (e.event_number < q.event_number
                           OR e.event_number = q.event_number AND e.position < q.position)
                  ) AND NOT EXISTS (
                    SELECT FROM consumer_events c
                    WHERE c.project_id = q.project_id AND c.consumer = 'webhooks'
                      AND c.subscriber_id = q.webhook_id AND c.conversation_id = q.conversation_id
                      AND c.event_number < q.event_number AND c.dead IS NULL
                  ))
            ORDER BY q.due_at LIMIT r.share FOR UPDATE SKIP LOCKED
        ) d
        LIMIT $3
    )
    UPDATE webhook_deliveries d SET tries = d.tries + 1, due_at = $2
    FROM due JOIN webhooks w ON w.project_id = due.project_id AND w.id = due.webhook_id
    WHERE d.project_id = due.project_id AND d.webhook_id = due.webhook_id AND d.id = due.id
    RETURNING d.project_id, d.webhook_id, d.id, d.event, d.payload, d.tries, d.replays, d.created_at,
              d.attempts, w.url, w.sealed, w.previous_until
    """,
    done="""
    UPDATE webhook_deliveries SET state = 'delivered'
    WHERE project_id = $1 AND webhook_id = $2 AND id = $3 AND state = 'queued' RETURNING true
    """,
    postpone="""
    UPDATE webhook_deliveries SET due_at = $1 WHERE project_id = $2 AND webhook_id = $3 AND id = $4
    """,
    release="""
    UPDATE webhook_deliveries SET due_at = $1, tries = tries - 1
    WHERE project_id = $2 AND webhook_id = $3 AND id = $4
    """,
    give_up="""
    UPDATE webhook_deliveries SET state = 'dead' WHERE project_id = $2 AND webhook_id = $3 AND id = $4
      AND $1::text IS NOT NULL
    """,
    waits=(5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600),
)
"""`claim`: $4 attempts at once for one webhook, $5 webhooks to skip."""


class Due(msgspec.Struct, frozen=True):
    """A claimed delivery and where it goes. `tries` includes this attempt; `attempts`: those before it.

    `sealed`: see core.webhooks.sealed.
    """

    project: ProjectId
    webhook: bytes
    id: bytes
    event: str
    payload: str
    tries: int
    replays: int
    created_at: int
    attempts: list[dict[str, Any]]
    url: str
    sealed: bytes
    previous_until: int | None

    @property
    def key(self) -> tuple[ProjectId, bytes, bytes]:
        return (self.project, self.webhook, self.id)


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """`event_number` and `position` (among the deliveries of one event) give the order.

    `created_at` in ms: when the event happened. `message`: whose text is in the payload.
    """

    id: bytes
    event_id: bytes
    event_number: int
    position: int
    event: str
    conversation: ConversationId | None
    payload: str
    created_at: int
    message: bytes | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attempt, as it is stored. `at` and `ms`: when, and how long; `status` 0: no response.

    `error`: why there was none. `response`: the beginning of the body, of the last attempt only.
    """

    at: int
    ms: int
    status: int = 0
    error: str = ""
    response: str = ""


async def add(
    conn: Connection, project: ProjectId, webhook: bytes, made: NewDelivery, *, queued: bool, now: int
) -> None:
    """Adds one; adding it twice does nothing. `queued` False: the queue is full, it is dead."""
    await conn.execute(
        """
        INSERT INTO webhook_deliveries (project_id, webhook_id, id, event_id, event_number, position, event,
                                        conversation_id, payload, state, due_at, created_at, finished_at,
                                        message_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $10::boolean THEN 'queued' ELSE 'dead' END,
                $11, $12, CASE WHEN $10::boolean THEN NULL ELSE $11::timestamptz END, $13)
        ON CONFLICT DO NOTHING
        """,
        project,
        webhook,
        made.id,
        made.event_id,
        made.event_number,
        made.position,
        made.event,
        made.conversation,
        made.payload,
        queued,
        now,
        made.created_at,
        made.message,
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


async def finish(conn: Connection, due: Due, attempt: Attempt, *, state: str, due_at: int, now: int) -> bool:
    """Stores how an attempt ended. `state` queued: the next one is at `due_at`.

    False if another worker, after our lease, has finished it, or a manager has deleted the webhook.
    """
    before = [{name: value for name, value in one.items() if name != "response"} for one in due.attempts]
    # A response to a text that was removed meanwhile may repeat it.
    silent = msgspec.structs.replace(attempt, response="")
    status = await conn.execute(
        """
        UPDATE webhook_deliveries
        SET state = $4, due_at = $5, attempts = CASE WHEN payload = $9 THEN $6::jsonb ELSE $10 END,
            finished_at = CASE WHEN $4::text <> 'queued' THEN $7::timestamptz END
        WHERE project_id = $1 AND webhook_id = $2 AND id = $3 AND state = 'queued' AND tries = $8
        """,
        *due.key,
        state,
        due_at,
        [*before, attempt][-KEPT_ATTEMPTS:],
        now,
        due.tries,
        due.payload,
        [*before, silent][-KEPT_ATTEMPTS:],
    )
    return bool(status == "UPDATE 1")


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


async def replay(conn: Connection, project: ProjectId, webhook: bytes, delivery: bytes, *, now: int) -> bool:
    """Queues a delivery again, with all attempts; False if it is queued already, or absent."""
    status = await conn.execute(
        """
        UPDATE webhook_deliveries SET state = 'queued', tries = 0, replays = replays + 1, due_at = $4,
               finished_at = NULL
        WHERE project_id = $1 AND webhook_id = $2 AND id = $3 AND state <> 'queued'
        """,
        project,
        webhook,
        delivery,
        now,
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
    now: int,
) -> int:
    """Queues those of a time again, the oldest first, at most MAX_REPLAYED; returns how many."""
    status: str = await conn.execute(
        """
        UPDATE webhook_deliveries SET state = 'queued', tries = 0, replays = replays + 1, due_at = $7,
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
        now,
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
