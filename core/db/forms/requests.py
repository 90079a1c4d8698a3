"""Table `form_requests`: the state of the forms that were sent. Only core.apply writes it."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from core.content import FormField
from core.db.chat.load import ConversationKey
from core.db.connection import Connection
from core.forms import fields as form_fields
from core.ids import ConversationId, MessageId, ProjectId

RequestKey = tuple[ProjectId, MessageId]


class Request(msgspec.Struct):
    """A form that was sent, while a batch changes it. `expires_at` in ms."""

    project: ProjectId
    conversation: ConversationId
    id: MessageId
    seq: int
    template: bytes
    name: str
    fields: tuple[FormField, ...]
    state: str
    expires_at: int | None
    answer: MessageId | None
    new: bool = False
    changed: bool = False
    altered_by: int = 0  # the number of the conversation's change that altered it in this batch; 0: none


class RequestState(msgspec.Struct, frozen=True):
    """What a history says about a form that was sent. `withheld`: its answer is, so agents see it open."""

    state: str
    expires_at: int | None
    answer: MessageId | None
    withheld: bool


class Due(msgspec.Struct, frozen=True):
    """An open form whose time is over."""

    project: ProjectId
    conversation: ConversationId
    id: MessageId


async def load(
    conn: Connection, requests: Iterable[RequestKey], open_in: Iterable[ConversationKey]
) -> list[Request]:
    """These requests, and the open ones of these conversations."""
    asked, talks = list(requests), list(open_in)
    rows = await conn.fetch(
        """
        SELECT r.project_id, r.conversation_id, r.id, r.seq, r.template_id, r.name, r.fields, r.state,
               r.expires_at, r.answer_id
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
        JOIN form_requests r ON r.project_id = asked.project_id AND r.id = asked.id
        UNION ALL
        SELECT r.project_id, r.conversation_id, r.id, r.seq, r.template_id, r.name, r.fields, r.state,
               r.expires_at, r.answer_id
        FROM unnest($3::uuid[], $4::uuid[]) AS asked (project_id, conversation_id)
        JOIN form_requests r ON r.project_id = asked.project_id AND r.conversation_id = asked.conversation_id
        WHERE r.state = 'open'
        """,
        [project for project, _ in asked],
        [request for _, request in asked],
        [project for project, _ in talks],
        [talk for _, talk in talks],
    )
    return [_request(row) for row in rows]


async def save(conn: Connection, requests: Sequence[Request]) -> None:
    """The new and the changed ones; closed ones first, because a conversation has one open form."""
    if changed := [one for one in requests if one.changed and not one.new]:
        await conn.execute(
            """
            UPDATE form_requests r SET state = n.state, answer_id = n.answer_id
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[])
                 AS n (project_id, id, state, answer_id)
            WHERE r.project_id = n.project_id AND r.id = n.id
            """,
            [one.project for one in changed],
            [one.id for one in changed],
            [one.state for one in changed],
            [one.answer for one in changed],
        )
    if new := [one for one in requests if one.new]:
        await conn.execute(
            """
            INSERT INTO form_requests (project_id, conversation_id, id, seq, template_id, name, fields,
                                       state, expires_at, answer_id)
            SELECT n.project_id, n.conversation_id, n.id, n.seq, n.template_id, n.name, n.fields::jsonb,
                   n.state, n.expires_at, n.answer_id
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::text[], $7::text[],
                        $8::text[], $9::timestamptz[], $10::uuid[])
                 AS n (project_id, conversation_id, id, seq, template_id, name, fields, state, expires_at,
                       answer_id)
            """,
            [one.project for one in new],
            [one.conversation for one in new],
            [one.id for one in new],
            [one.seq for one in new],
            [one.template for one in new],
            [one.name for one in new],
            [form_fields.as_text(one.fields) for one in new],
            [one.state for one in new],
            [one.expires_at for one in new],
            [one.answer for one in new],
        )


async def states(
    conn: Connection, project: ProjectId, requests: Sequence[MessageId]
) -> dict[MessageId, RequestState]:
    """What a history says about these messages."""
    rows = await conn.fetch(
        """
        SELECT r.id, r.state, r.expires_at, r.answer_id,
               EXISTS (SELECT FROM conversations c
                       JOIN form_answers f ON f.project_id = c.project_id AND f.id = r.answer_id
                       WHERE c.project_id = r.project_id AND c.id = r.conversation_id AND f.seq > c.shown_seq)
        FROM form_requests r
        WHERE r.project_id = $1 AND r.id = ANY($2::uuid[])
        """,
        project,
        requests,
    )
    return {row[0]: RequestState(*row[1:]) for row in rows}


async def due(conn: Connection, *, now: int, limit: int) -> list[Due]:
    """Open forms whose time is over, of every project, the longest first."""
    rows = await conn.fetch(
        """
        SELECT r.project_id, r.conversation_id, r.id FROM form_requests r
        JOIN projects p ON p.id = r.project_id AND p.deleted_at IS NULL
        WHERE r.state = 'open' AND r.expires_at <= $1
        ORDER BY r.expires_at LIMIT $2
        """,
        now,
        limit,
    )
    return [Due(*row) for row in rows]


def _request(row: Any) -> Request:
    project, conversation, id, seq, template, name, stored, *rest = row
    return Request(project, conversation, id, seq, template, name, form_fields.read(stored), *rest)
