"""Hop 7: the table of consumers, and table `consumer_events`: one row per event and consumer that wants it.

A new consumer is one line in CONSUMERS and a worker that claims its rows. Nothing else hears of events:
what hangs off Redis can be lost.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from core.db import claims
from core.db.claims import Claims
from core.db.connection import Connection
from core.event_details import Details
from core.ids import ConversationId, ProjectId, VisitorId

SECONDS: Final = 1000  # ms


class Consumer(msgspec.Struct, frozen=True):
    """Which events a consumer wants.

    `wanted_by` is the FROM and WHERE of those who want the event `g`, and `subscriber` their id in it. It
    runs in the relay's statement: it reads a few rows by index, bound to the project of `g`, and locks
    none. A fault of it puts the event into quarantine. `delay` in ms: after that the consumer's row is due.
    """

    name: str
    kinds: tuple[str, ...]
    subscriber: str
    wanted_by: str
    delay: int = 0
    asked_for: str = ""
    """FROM and WHERE of anyone in the project of the outbox row `o` who may want it; empty: ask `wanted_by`.

    The relay runs it when it reads the row. What is committed before a subscription is not owed to it, and
    an event that is committed after it is read later than the subscription.
    """


ASSIGNMENT_MAIL: Final = "assignment_mail"
ASSISTANT: Final = "assistant"
WEBHOOKS: Final = "webhooks"
PUSH: Final = "push"
MENTION_MAIL: Final = "mention_mail"
"""Not of CONSUMERS: a mention's row comes with the mention (core.db.notes.mentions), not from the outbox."""

MAIL_DELAY: Final = 30 * SECONDS
"""Lets a change that is taken back or seen at once make no mail, and several for one person one mail."""

PUSH_DELAY: Final = 2 * SECONDS
"""Lets an agent who looks at the dashboard read it, and makes several messages of a moment one push."""

CONSUMERS: Final = (
    Consumer(
        ASSIGNMENT_MAIL,
        kinds=("conversation_assigned",),
        subscriber="c.assignee_id",
        # Subqueries and not joins: without statistics a join read all users for each event.
        wanted_by="""
        FROM conversation_changes c
        WHERE c.project_id = g.project_id AND c.conversation_id = g.conversation_id AND c.seq = g.seq
          AND c.id = g.event_id AND c.actor_party = 'agent' AND c.actor_id <> c.assignee_id
          AND (SELECT true FROM users a WHERE a.id = c.actor_id)
          AND (SELECT u.state = 'active' AND u.mail_on_assignment FROM users u WHERE u.id = c.assignee_id)
          AND (SELECT true FROM memberships m WHERE m.project_id = c.project_id AND m.user_id = c.assignee_id)
        """,
        delay=MAIL_DELAY,
    ),
    Consumer(
        ASSISTANT,
        kinds=("message_posted",),
        subscriber="g.project_id",
        wanted_by="""
        FROM messages m
        WHERE m.project_id = g.project_id AND m.conversation_id = g.conversation_id AND m.seq = g.seq
          AND m.sender_party = 'visitor'
          AND (SELECT a.enabled FROM assistants a WHERE a.project_id = g.project_id)
        """,
        asked_for="FROM assistants a WHERE a.project_id = o.project_id AND a.enabled",
    ),
    Consumer(
        WEBHOOKS,
        kinds=(
            "message_posted",
            "message_edited",
            "message_redacted",
            "form_changed",
            "form_answer_changed",
            "status_changed",
            "conversation_assigned",
            "conversation_deleted",
            "visitor_changed",
            "owner_changed",
        ),
        subscriber="w.id",
        wanted_by="FROM webhooks w WHERE w.project_id = g.project_id AND w.active AND g.kind = ANY(w.kinds)",
        asked_for="FROM webhooks w WHERE w.project_id = o.project_id AND w.active",
    ),
    Consumer(
        PUSH,
        kinds=("message_posted",),
        subscriber="s.id",
        # Who wants it is asked again when it is sent. Subscriptions first: without any, no message is read.
        wanted_by="""
        FROM (
            SELECT s.id, s.user_id FROM memberships b JOIN push_subscriptions s ON s.user_id = b.user_id
            WHERE b.project_id = g.project_id OFFSET 0
        ) s
        CROSS JOIN LATERAL (
            SELECT true FROM messages m
            JOIN conversations c ON c.project_id = m.project_id AND c.id = m.conversation_id
            WHERE m.project_id = g.project_id AND m.conversation_id = g.conversation_id AND m.seq = g.seq
              AND m.sender_party = 'visitor' AND c.status <> 'spam'
              AND (c.assignee_id IS NULL OR c.assignee_id = s.user_id)
            OFFSET 0
        ) t
        WHERE true
        """,
        delay=PUSH_DELAY,
        # The first condition is asked once a statement: without push, nobody's memberships are read.
        asked_for="""
        FROM memberships b
        WHERE (SELECT true FROM push_subscriptions LIMIT 1) AND b.project_id = o.project_id
          AND (SELECT true FROM push_subscriptions s WHERE s.user_id = b.user_id LIMIT 1)
        """,
    ),
)


def _branch(one: Consumer) -> str:
    """Runs once per event of its kinds, and for no other.

    OFFSET 0 keeps the planner from merging it with the rest: in a database without statistics it began with
    all of `users`, whatever the events were.
    """
    kinds = ", ".join(f"'{kind}'" for kind in one.kinds)
    return (
        f"(SELECT '{one.name}' AS consumer, {one.subscriber} AS subscriber_id, {one.delay} AS delay "
        f"{one.wanted_by} AND g.kind IN ({kinds}) OFFSET 0)"
    )


INSERT: Final = f"""
INSERT INTO consumer_events (project_id, event_id, consumer, subscriber_id, kind, conversation_id,
                             visitor_id, seq, event_number, details, due_at, created_at)
SELECT g.project_id, g.event_id, w.consumer, w.subscriber_id, g.kind, g.conversation_id, g.visitor_id, g.seq,
       g.event_number, g.details, now() + w.delay * interval '1 ms', $2::timestamptz
FROM gone g CROSS JOIN LATERAL ({" UNION ALL ".join(map(_branch, CONSUMERS))}) w
WHERE g.event_id IS NOT NULL
ON CONFLICT DO NOTHING
"""  # noqa: S608  constants of this file; tests/architecture proves the whole statement
"""Follows `WITH gone AS (DELETE … RETURNING …)` in one statement: the events go and rows come, or neither."""


def _asked(one: Consumer) -> str:
    kinds = ", ".join(f"'{kind}'" for kind in one.kinds)
    condition = f" AND EXISTS (SELECT {one.asked_for})" if one.asked_for else ""
    return f"o.kind IN ({kinds}){condition}"


WANTED: Final = f"coalesce({' OR '.join(map(_asked, CONSUMERS))}, false)"
"""An SQL condition: whether a consumer may want the outbox row `o`. False for nearly all."""

CLAIMS: Final = Claims(
    claim="""
    WITH due AS MATERIALIZED (
        SELECT project_id, event_id, consumer, subscriber_id FROM consumer_events
        WHERE consumer = $3 AND dead IS NULL AND due_at <= now()
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE consumer_events e SET tries = e.tries + 1, due_at = now() + $1 * interval '1 ms'
    FROM due WHERE e.project_id = due.project_id AND e.event_id = due.event_id
      AND e.consumer = due.consumer AND e.subscriber_id = due.subscriber_id
    RETURNING e.project_id, e.event_id, e.consumer, e.subscriber_id, e.kind, e.conversation_id, e.visitor_id,
              e.seq, e.tries, e.created_at, e.event_number, e.details
    """,
    done="""
    DELETE FROM consumer_events
    WHERE project_id = $1 AND event_id = $2 AND consumer = $3 AND subscriber_id = $4
    RETURNING true
    """,
    postpone="""
    UPDATE consumer_events SET due_at = now() + $1 * interval '1 ms'
    WHERE project_id = $2 AND event_id = $3 AND consumer = $4 AND subscriber_id = $5
    """,
    release="""
    UPDATE consumer_events SET due_at = now() + $1 * interval '1 ms', tries = tries - 1
    WHERE project_id = $2 AND event_id = $3 AND consumer = $4 AND subscriber_id = $5
    """,
    give_up="""
    UPDATE consumer_events SET dead = $1
    WHERE project_id = $2 AND event_id = $3 AND consumer = $4 AND subscriber_id = $5
    """,
    waits=(10, 60, 600, 3600, 6 * 3600),
)


class ConsumerEvent(msgspec.Struct, frozen=True):
    """A claimed row. `tries` includes the attempt that starts now.

    `event_number` orders the events of a conversation: it is the outbox's, written under its lock.
    """

    project: ProjectId
    event: bytes
    consumer: str
    subscriber: bytes
    kind: str
    conversation: ConversationId | None
    visitor: VisitorId | None
    seq: int | None
    tries: int
    created_at: int
    event_number: int
    details: Details | None = None

    @property
    def key(self) -> claims.Key:
        return (self.project, self.event, self.consumer, self.subscriber)


async def claim(conn: Connection, consumer: str, *, lease: int, limit: int) -> list[ConsumerEvent]:
    """Claims due rows of a consumer for `lease` ms, at most `limit`."""
    rows = await claims.claim(conn, CLAIMS, consumer, lease=lease, limit=limit)
    return [_event(row) for row in rows]


async def done(conn: Connection, rows: Sequence[ConsumerEvent]) -> set[claims.Key]:
    """Deletes rows whose work is done in this transaction; returns the keys of those that were still there.

    The others are done by another worker, after our lease: their work must not be done here too.
    """
    ordered = sorted(row.key for row in rows)
    gone = await conn.fetch(
        """
        DELETE FROM consumer_events e
        USING unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[])
              AS n (project_id, event_id, consumer, subscriber_id)
        WHERE e.project_id = n.project_id AND e.event_id = n.event_id AND e.consumer = n.consumer
          AND e.subscriber_id = n.subscriber_id
        RETURNING e.project_id, e.event_id, e.consumer, e.subscriber_id
        """,
        *(list(column) for column in zip(*ordered, strict=True)),
    )
    return {tuple(key) for key in gone}


async def done_with_alike(conn: Connection, row: ConsumerEvent) -> bool:
    """Deletes a row and the consumer's others for the same subscriber and conversation, or, without a
    conversation, visitor: one effect for all.

    False if another worker has done it: then the others are not for us to delete. The rows are locked in one
    order, so that two workers that hold two of them do not wait for each other.
    """
    gone = await conn.fetch(
        """
        WITH alike AS MATERIALIZED (
            SELECT event_id FROM consumer_events
            WHERE project_id = $1 AND consumer = $2 AND subscriber_id = $3
              AND conversation_id IS NOT DISTINCT FROM $4 AND visitor_id IS NOT DISTINCT FROM $6
              AND dead IS NULL
            ORDER BY event_id FOR UPDATE
        )
        DELETE FROM consumer_events e USING alike
        WHERE e.project_id = $1 AND e.event_id = alike.event_id AND e.consumer = $2 AND e.subscriber_id = $3
          AND EXISTS (SELECT FROM alike own WHERE own.event_id = $5)
        RETURNING e.event_id
        """,
        row.project,
        row.consumer,
        row.subscriber,
        row.conversation,
        row.event,
        row.visitor,
    )
    return bool(gone)


class Dead(msgspec.Struct, frozen=True):
    """A row that its consumer has given up, as an operator sees it."""

    event: bytes
    consumer: str
    kind: str
    tries: int
    dead: str


async def dead(conn: Connection, *, limit: int) -> list[Dead]:
    """Rows given up, the oldest first."""
    rows = await conn.fetch(
        "SELECT event_id, consumer, kind, tries, dead FROM consumer_events "
        "WHERE dead IS NOT NULL ORDER BY event_id LIMIT $1",
        limit,
    )
    return [Dead(*row) for row in rows]


async def retry(conn: Connection, events: Sequence[bytes] | None) -> int:
    """Makes the dead rows of these events, or all, due now with all attempts left; returns how many."""
    made: int = await conn.fetchval(
        """
        WITH made AS (
            UPDATE consumer_events SET dead = NULL, tries = 0, due_at = now()
            WHERE dead IS NOT NULL AND ($1::uuid[] IS NULL OR event_id = ANY($1::uuid[])) RETURNING 1
        )
        SELECT count(*) FROM made
        """,
        events,
    )
    return made


async def remove(conn: Connection, events: Sequence[bytes] | None) -> int:
    """Deletes the dead rows of these events, or all of them; returns how many."""
    gone: int = await conn.fetchval(
        """
        WITH gone AS (
            DELETE FROM consumer_events
            WHERE dead IS NOT NULL AND ($1::uuid[] IS NULL OR event_id = ANY($1::uuid[])) RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        events,
    )
    return gone


async def remove_old(conn: Connection, *, before: int) -> None:
    """Deletes at most 1,000 dead rows created before then."""
    await conn.execute(
        "DELETE FROM consumer_events WHERE (project_id, event_id, consumer, subscriber_id) IN "
        "(SELECT project_id, event_id, consumer, subscriber_id FROM consumer_events "
        "WHERE dead IS NOT NULL AND created_at < $1 LIMIT 1000)",
        before,
    )


def _event(row: Any) -> ConsumerEvent:
    values = list(row)
    values[-1] = None if values[-1] is None else msgspec.convert(values[-1], Details)
    return ConsumerEvent(*values)
