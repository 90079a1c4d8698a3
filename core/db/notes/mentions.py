"""Table `mentions`: who was mentioned where, and whether they have seen it."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from core.db import consumers
from core.db.columns import columns
from core.db.connection import Connection
from core.ids import ConversationId, ProjectId, UserId, VisitorId
from core.model import visitor_name

MAX_PER_MEMBER: Final = 200  # of one member in one project; older ones are deleted
TEXT: Final = 200  # characters of the note that a mention shows


class NewMention(msgspec.Struct, frozen=True):
    """In a note about the visitor, or in the message `seq` of a conversation.

    `author_name`: of an author without a row of their own.
    """

    project: ProjectId
    user: UserId
    id: bytes
    at: int
    author: bytes
    author_name: str
    visitor: VisitorId
    note: bytes | None
    conversation: ConversationId | None
    seq: int | None


class Mention(msgspec.Struct, frozen=True):
    """As the mentioned member sees it. `text`: the beginning of the note.

    `conversation`: of the message; for a note about the visitor, the visitor's latest one.
    """

    id: bytes
    at: int
    author: bytes
    author_name: str
    visitor: VisitorId
    visitor_name: str
    note: bytes | None
    conversation: ConversationId | None
    seq: int | None
    text: str
    read: bool


async def add(conn: Connection, rows: Sequence[NewMention]) -> None:
    """Adds mentions of members by others, with the rows of their mails. A repeated one changes nothing.

    A member who is being removed is skipped: waiting for that could be a deadlock, because the removal waits
    for conversations that the caller may have locked.
    """
    await conn.execute(
        """
        WITH wanted AS (
            SELECT n.project_id, n.user_id, n.id, n.at, n.author_id, n.author_name, n.visitor_id, n.note_id,
                   n.conversation_id, n.seq
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::uuid[], $6::text[],
                        $7::uuid[], $8::uuid[], $9::uuid[], $10::bigint[])
                 AS n (project_id, user_id, id, at, author_id, author_name, visitor_id, note_id,
                       conversation_id, seq)
            JOIN memberships m ON m.project_id = n.project_id AND m.user_id = n.user_id
            WHERE n.user_id <> n.author_id
            FOR KEY SHARE OF m SKIP LOCKED
        ), made AS (
            INSERT INTO mentions (project_id, user_id, id, at, author_id, author_name, visitor_id, note_id,
                                  conversation_id, seq)
            SELECT w.project_id, w.user_id, w.id, w.at, w.author_id,
                   CASE WHEN u.id IS NULL THEN w.author_name ELSE '' END, w.visitor_id, w.note_id,
                   w.conversation_id, w.seq
            FROM wanted w LEFT JOIN users u ON u.id = w.author_id
            ON CONFLICT DO NOTHING
            RETURNING project_id, user_id, id, at, visitor_id, conversation_id, seq
        )
        INSERT INTO consumer_events (project_id, event_id, consumer, subscriber_id, kind, conversation_id,
                                     visitor_id, seq, due_at, created_at)
        SELECT a.project_id, a.id, $11, a.user_id, 'mentioned', a.conversation_id, a.visitor_id, a.seq,
               now() + $12::bigint * interval '1 ms', a.at
        FROM made a
        WHERE (SELECT u.state = 'active' AND u.mail_on_mention FROM users u WHERE u.id = a.user_id)
        ON CONFLICT DO NOTHING
        """,
        *columns(rows, NewMention),
        consumers.MENTION_MAIL,
        consumers.MAIL_DELAY,
    )
    await _trim(conn, rows)


async def _trim(conn: Connection, rows: Sequence[NewMention]) -> None:
    await conn.execute(
        """
        DELETE FROM mentions m USING unnest($1::uuid[], $2::uuid[]) AS n (project_id, user_id)
        WHERE m.project_id = n.project_id AND m.user_id = n.user_id
          AND m.id < (SELECT k.id FROM mentions k WHERE k.project_id = n.project_id AND k.user_id = n.user_id
                      ORDER BY k.id DESC OFFSET $3 LIMIT 1)
        """,
        [row.project for row in rows],
        [row.user for row in rows],
        MAX_PER_MEMBER - 1,
    )


async def withdraw(
    conn: Connection, project: ProjectId, visitor: VisitorId, note: bytes, *, keep: Sequence[UserId]
) -> list[UserId]:
    """Deletes the mentions in a note of all but `keep`; returns of whom."""
    rows = await conn.fetch(
        """
        DELETE FROM mentions WHERE project_id = $1 AND visitor_id = $2 AND note_id = $3
          AND user_id <> ALL($4::uuid[])
        RETURNING user_id
        """,
        project,
        visitor,
        note,
        keep,
    )
    return [row[0] for row in rows]


async def of_member(conn: Connection, project: ProjectId, user: UserId, *, limit: int) -> list[Mention]:
    """The latest mentions of a member, the newest first."""
    rows = await conn.fetch(
        """
        SELECT m.id, m.at, m.author_id, coalesce(u.full_name, m.author_name), m.visitor_id, v.name, m.note_id,
               coalesce(m.conversation_id,
                        (SELECT c.id FROM conversations c
                         WHERE c.project_id = m.project_id AND c.visitor_id = m.visitor_id
                         ORDER BY c.id DESC LIMIT 1)),
               m.seq, left(coalesce(n.text, g.body, ''), $4), m.read_at IS NOT NULL
        FROM mentions m
        JOIN visitors v ON v.project_id = m.project_id AND v.id = m.visitor_id
        LEFT JOIN users u ON u.id = m.author_id
        LEFT JOIN visitor_notes n ON n.project_id = m.project_id AND n.visitor_id = m.visitor_id
             AND n.id = m.note_id
        LEFT JOIN messages g ON g.project_id = m.project_id AND g.conversation_id = m.conversation_id
             AND g.seq = m.seq
        WHERE m.project_id = $1 AND m.user_id = $2
        ORDER BY m.id DESC LIMIT $3
        """,
        project,
        user,
        limit,
        TEXT,
    )
    return [_mention(row) for row in rows]


async def unread(conn: Connection, project: ProjectId, user: UserId) -> int:
    """How many mentions the member has not read."""
    found: int = await conn.fetchval(
        "SELECT count(*) FROM mentions WHERE project_id = $1 AND user_id = $2 AND read_at IS NULL",
        project,
        user,
    )
    return found


async def mark_read(
    conn: Connection, project: ProjectId, user: UserId, mentions: Sequence[bytes] | None, *, now: int
) -> bool:
    """Marks those, or all (None), as read; whether any was unread."""
    status = await conn.execute(
        """
        UPDATE mentions SET read_at = $4
        WHERE project_id = $1 AND user_id = $2 AND read_at IS NULL
          AND ($3::uuid[] IS NULL OR id = ANY($3::uuid[]))
        """,
        project,
        user,
        mentions,
        now,
    )
    return bool(status != "UPDATE 0")


class DueMention(msgspec.Struct, frozen=True):
    """`email`, `full_name`, `language`, `timezone`: of the mentioned member. `author`: who mentioned them."""

    email: str
    full_name: str
    language: str
    timezone: str
    author: str
    project: str
    visitor: str
    conversation: ConversationId | None


async def still_due(conn: Connection, project: ProjectId, user: bytes, mention: bytes) -> DueMention | None:
    """None if there is nothing to mail any more, or the member has turned these mails off.

    That is: the mention was read, or is gone with its note, its conversation or the membership; the member
    cannot sign in.
    """
    row = await conn.fetchrow(
        """
        SELECT u.email, u.full_name, u.language, u.timezone, coalesce(a.full_name, m.author_name), p.name,
               v.name, m.visitor_id,
               coalesce(m.conversation_id,
                        (SELECT c.id FROM conversations c
                         WHERE c.project_id = m.project_id AND c.visitor_id = m.visitor_id
                         ORDER BY c.id DESC LIMIT 1))
        FROM mentions m
        JOIN projects p ON p.id = m.project_id
        JOIN visitors v ON v.project_id = m.project_id AND v.id = m.visitor_id
        JOIN users u ON u.id = m.user_id
        LEFT JOIN users a ON a.id = m.author_id
        WHERE m.project_id = $1 AND m.user_id = $2 AND m.id = $3 AND m.read_at IS NULL
          AND p.deleted_at IS NULL AND u.state = 'active' AND u.mail_on_mention
        """,
        project,
        user,
        mention,
    )
    if row is None:
        return None
    email, full_name, language, timezone, author, shop, name, visitor, conversation = row
    named = visitor_name(name, visitor)
    return DueMention(email, full_name, language, timezone, author, shop, named, conversation)


def _mention(row: Any) -> Mention:
    id, at, author, author_name, visitor, name, note, conversation, seq, text, read = row
    named = visitor_name(name, visitor)
    return Mention(id, at, author, author_name, visitor, named, note, conversation, seq, text, read)
