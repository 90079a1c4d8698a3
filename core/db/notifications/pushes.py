"""What a push message says, if it should still be sent; and the claims of the rows that ask for one."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.db import claims, consumers
from core.db.claims import Claims
from core.db.connection import Connection
from core.db.consumers import ConsumerEvent
from core.db.notifications import preferences as preferences_table
from core.ids import ConversationId, MessageId, ProjectId, UserId
from core.model import HIDDEN_FROM_VISITORS, visitor_name
from core.notifications.preferences import Preferences

CLAIMS: Final = Claims(
    claim="""
    WITH due AS MATERIALIZED (
        SELECT project_id, event_id, consumer, subscriber_id FROM consumer_events
        WHERE consumer = 'push' AND dead IS NULL AND due_at <= now() AND NOT subscriber_id = ANY($3::uuid[])
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE consumer_events e SET tries = e.tries + 1, due_at = now() + $1 * interval '1 ms'
    FROM due WHERE e.project_id = due.project_id AND e.event_id = due.event_id
      AND e.consumer = due.consumer AND e.subscriber_id = due.subscriber_id
    RETURNING e.project_id, e.event_id, e.consumer, e.subscriber_id, e.kind, e.conversation_id, e.visitor_id,
              e.seq, e.tries, e.created_at, e.event_number
    """,
    done=consumers.CLAIMS.done,
    postpone=consumers.CLAIMS.postpone,
    release=consumers.CLAIMS.release,
    give_up=consumers.CLAIMS.give_up,
    waits=(5, 30, 120, 600, 1800, 3600),
)


class Push(msgspec.Struct, frozen=True):
    """`message`, `body`: the visitor's newest. `sealed`: the browser's address. `key`: the signing pair."""

    project: ProjectId
    conversation: ConversationId
    message: MessageId
    body: str
    visitor: str
    named: bool
    project_name: str
    user: UserId
    language: str
    timezone: str
    preferences: Preferences
    sealed: bytes
    key: bytes
    key_sealed: bytes


async def claim(conn: Connection, *, busy: Sequence[bytes], lease: int, limit: int) -> list[ConsumerEvent]:
    """Claims due rows for `lease` ms, at most `limit`, none of the subscriptions `busy`."""
    rows = await claims.claim(conn, CLAIMS, busy, lease=lease, limit=limit)
    return [ConsumerEvent(*row) for row in rows]


async def any_subscription(conn: Connection) -> bool:
    """Whether there is anybody to push to."""
    found = await conn.fetchval("SELECT true FROM push_subscriptions LIMIT 1")
    return found is True


async def still_due(conn: Connection, row: ConsumerEvent, *, now: int) -> Push | None:
    """None if there is nothing to say any more.

    That is: the browser, its sign-in or the membership has ended; the conversation is solved, spam or gone,
    belongs to a colleague or to the assistant; the agent has read the message, or it has been answered.
    """
    found = await conn.fetchrow(
        """
        SELECT m.id, m.body, coalesce(v.given_name, v.name), v.id, p.name, u.id, u.language, u.timezone,
               coalesce(n.unassigned, true), coalesce(n.shown, 'name'), n.quiet_from, n.quiet_until,
               coalesce(n.quiet_days, '{}'), n.muted_until, s.sealed, k.id, k.sealed
        FROM push_subscriptions s
        JOIN sessions z ON z.id = s.session_id AND z.expires_at > $4
        JOIN push_keys k ON k.id = s.key_id
        JOIN users u ON u.id = s.user_id AND u.state = 'active'
        JOIN memberships b ON b.project_id = $1 AND b.user_id = s.user_id
        JOIN projects p ON p.id = b.project_id AND p.deleted_at IS NULL
        JOIN conversations c ON c.project_id = b.project_id AND c.id = $2
        JOIN visitors v ON v.project_id = c.project_id AND v.id = c.visitor_id
        JOIN messages m ON m.project_id = c.project_id AND m.conversation_id = c.id
        LEFT JOIN notification_preferences n ON n.user_id = s.user_id
        WHERE s.id = $3 AND c.ended_at IS NULL AND c.deleted_at IS NULL
          AND c.status <> 'solved' AND c.status <> 'spam'
          AND c.restriction IS NULL AND c.shown_seq IS NULL AND c.owner IS DISTINCT FROM 'assistant'
          AND (c.assignee_id = s.user_id OR (c.assignee_id IS NULL AND coalesce(n.unassigned, true)))
          AND m.seq >= $5 AND m.sender_party = 'visitor' AND m.redacted_at IS NULL
          AND NOT EXISTS (
            SELECT FROM reads r WHERE r.project_id = c.project_id AND r.conversation_id = c.id
              AND r.reader_id = s.user_id AND r.seq >= m.seq
          )
          AND NOT EXISTS (
            SELECT FROM messages a WHERE a.project_id = c.project_id AND a.conversation_id = c.id
              AND a.seq > m.seq AND a.sender_party = 'agent' AND a.kind <> ALL($6)
          )
        ORDER BY m.seq DESC LIMIT 1
        """,
        row.project,
        row.conversation,
        row.subscriber,
        now,
        row.seq,
        HIDDEN_FROM_VISITORS,
    )
    if found is None or row.conversation is None:
        return None
    message, body, name, visitor, project, user, language, timezone, *rest = found
    return Push(
        row.project,
        row.conversation,
        message,
        body,
        visitor_name(name, visitor),
        name is not None,
        project,
        user,
        language,
        timezone,
        preferences_table.read((rest[0], rest[1], rest[2], rest[3], rest[4], rest[5])),
        *rest[6:],
    )
