"""Table `webhook_deliveries`: which deliveries are sent now, and how attempts ended."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from core.db import claims
from core.db.claims import Claims
from core.db.connection import Connection
from core.ids import ProjectId

KEPT_ATTEMPTS: Final = 10

Webhook = tuple[ProjectId, bytes]
"""Project and webhook."""

# Of the webhooks $5 (their projects) and $6, one whose circuit is open, or that has all its attempts under
# way in this process ($4), is skipped. One with failures gets a single attempt: a probe. LATERAL: a webhook
# with a long queue takes nothing from the others. An ordered one waits for earlier deliveries of the
# conversation, and for events without any yet. Of a deleted conversation only that is sent; the janitor
# deletes the rest.
CLAIMS: Final = Claims(
    claim="""
    WITH ready AS MATERIALIZED (
        SELECT w.project_id, w.id, w.ordered, CASE WHEN w.failures > 0 THEN 1 ELSE $3::integer END AS share
        FROM unnest($5::uuid[], $6::uuid[]) AS asked (project_id, id)
        JOIN webhooks w ON w.project_id = asked.project_id AND w.id = asked.id
        WHERE w.active AND (w.paused_until IS NULL OR w.paused_until <= now()) AND w.id <> ALL($4::uuid[])
    ), due AS MATERIALIZED (
        SELECT d.project_id, d.webhook_id, d.id
        FROM ready r CROSS JOIN LATERAL (
            SELECT q.project_id, q.webhook_id, q.id FROM webhook_deliveries q
            WHERE q.project_id = r.project_id AND q.webhook_id = r.id AND q.state = 'queued'
              AND q.due_at <= now() AND (q.event = 'conversation.deleted' OR NOT EXISTS (
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
        LIMIT $2
    )
    UPDATE webhook_deliveries d SET tries = d.tries + 1, due_at = now() + $1 * interval '1 ms'
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
    UPDATE webhook_deliveries SET due_at = now() + $1 * interval '1 ms'
    WHERE project_id = $2 AND webhook_id = $3 AND id = $4
    """,
    release="""
    UPDATE webhook_deliveries SET due_at = now() + $1 * interval '1 ms', tries = tries - 1
    WHERE project_id = $2 AND webhook_id = $3 AND id = $4
    """,
    give_up="""
    UPDATE webhook_deliveries SET state = 'dead' WHERE project_id = $2 AND webhook_id = $3 AND id = $4
      AND $1::text IS NOT NULL
    """,
    waits=(5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600),
)
"""`claim`: $3 attempts at once for one webhook, $4 webhooks to skip, $5 and $6 those it looks at."""


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
    def receiver(self) -> Webhook:
        return (self.project, self.webhook)

    @property
    def key(self) -> tuple[ProjectId, bytes, bytes]:
        return (self.project, self.webhook, self.id)


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attempt, as it is stored. `at` and `ms`: when, and how long; `status` 0: no response.

    `error`: why there was none. `response`: the beginning of the body, of the last attempt only.
    """

    at: int
    ms: int
    status: int = 0
    error: str = ""
    response: str = ""


class Finished(msgspec.Struct, frozen=True):
    """A delivery that was stored as delivered. `more`: another one of its webhook is due."""

    key: tuple[ProjectId, bytes, bytes]
    more: bool


async def webhooks_due(conn: Connection, *, busy: Sequence[bytes], limit: int) -> list[Webhook]:
    """Webhooks that something is due for, of all projects, without `busy`: looks at every active one."""
    rows = await conn.fetch(
        """
        SELECT w.project_id, w.id FROM webhooks w
        WHERE w.active AND (w.paused_until IS NULL OR w.paused_until <= now()) AND w.id <> ALL($1::uuid[])
          AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.project_id = w.project_id
                      AND d.webhook_id = w.id AND d.state = 'queued' AND d.due_at <= now())
        LIMIT $2
        """,
        busy,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def claim(
    conn: Connection,
    webhooks: Sequence[Webhook],
    *,
    share: int,
    busy: Sequence[bytes],
    lease: int,
    limit: int,
) -> list[Due]:
    """Claims for `lease` ms what is due for those webhooks, without `busy`.

    At most `share` of each, and `limit` of all.
    """
    projects, ids = [project for project, _ in webhooks], [webhook for _, webhook in webhooks]
    rows = await claims.claim(conn, CLAIMS, share, busy, projects, ids, lease=lease, limit=limit)
    return [Due(*row) for row in rows]


async def finish(conn: Connection, due: Due, attempt: Attempt, *, state: str, wait: int, now: int) -> bool:
    """Stores how an attempt ended. `state` queued: the next one is in `wait` ms.

    False if another worker, after our lease, has finished it, or a manager has deleted the webhook.
    """
    attempts, silent = _attempts(due, attempt)
    status = await conn.execute(
        """
        UPDATE webhook_deliveries
        SET state = $4, due_at = now() + $5 * interval '1 ms',
            attempts = CASE WHEN payload = $9 THEN $6::jsonb ELSE $10 END,
            finished_at = CASE WHEN $4::text <> 'queued' THEN $7::timestamptz END
        WHERE project_id = $1 AND webhook_id = $2 AND id = $3 AND state = 'queued' AND tries = $8
        """,
        *due.key,
        state,
        wait,
        attempts,
        now,
        due.tries,
        due.payload,
        silent,
    )
    return bool(status == "UPDATE 1")


async def delivered(conn: Connection, sent: Sequence[tuple[Due, Attempt]], *, now: int) -> list[Finished]:
    """Stores many that were delivered, without waiting for a lock.

    Those that are not returned are locked just now, or not ours any more: `finish` says which. Or their
    webhook has failures to forget, in the same transaction.
    """
    stored = [(due, *_attempts(due, attempt)) for due, attempt in sent]
    stored.sort(key=lambda one: one[0].key)
    rows = await conn.fetch(
        """
        WITH free AS MATERIALIZED (
            SELECT d.project_id, d.webhook_id, d.id, n.payload, n.attempts, n.silent
            FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::integer[], $6::text[], $7::text[], $8::text[])
                 AS n (project_id, webhook_id, id, tries, payload, attempts, silent)
            JOIN webhook_deliveries d ON d.project_id = n.project_id AND d.webhook_id = n.webhook_id
                 AND d.id = n.id
            WHERE d.state = 'queued' AND d.tries = n.tries AND NOT EXISTS (
                SELECT FROM webhooks w
                WHERE w.project_id = n.project_id AND w.id = n.webhook_id AND w.failures > 0)
            FOR UPDATE OF d SKIP LOCKED
        )
        UPDATE webhook_deliveries d
        SET state = 'delivered', due_at = now(), finished_at = $1,
            attempts = (CASE WHEN d.payload = free.payload THEN free.attempts ELSE free.silent END)::jsonb
        FROM free
        WHERE d.project_id = free.project_id AND d.webhook_id = free.webhook_id AND d.id = free.id
        RETURNING d.project_id, d.webhook_id, d.id,
            EXISTS (SELECT FROM webhook_deliveries o
                    WHERE o.project_id = d.project_id AND o.webhook_id = d.webhook_id AND o.state = 'queued'
                      AND o.due_at <= now())
        """,
        now,
        [due.project for due, _, _ in stored],
        [due.webhook for due, _, _ in stored],
        [due.id for due, _, _ in stored],
        [due.tries for due, _, _ in stored],
        [due.payload for due, _, _ in stored],
        # As text: a list in an array of jsonb would be another dimension.
        [_encode(attempts).decode() for _, attempts, _ in stored],
        [_encode(silent).decode() for _, _, silent in stored],
    )
    return [Finished((project, webhook, id), more) for project, webhook, id, more in rows]


_encode: Final = msgspec.json.Encoder().encode


def _attempts(due: Due, last: Attempt) -> tuple[list[Any], list[Any]]:
    """Of a delivery, to store; and the same without the last response.

    A response to a text that was removed meanwhile may repeat it.
    """
    before = [{name: value for name, value in one.items() if name != "response"} for one in due.attempts]
    silent = msgspec.structs.replace(last, response="")
    return [*before, last][-KEPT_ATTEMPTS:], [*before, silent][-KEPT_ATTEMPTS:]
