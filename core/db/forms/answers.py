"""Table `form_answers`: the filled forms; their values are in their messages. Only core.apply writes it."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from core.content import FormField, Value
from core.db.chat.load import RefKey
from core.db.connection import Connection
from core.forms import fields as form_fields
from core.ids import ConversationId, MessageId, ProjectId, VisitorId
from core.model import Party, visitor_name

AnswerKey = tuple[ProjectId, MessageId]


class Answer(msgspec.Struct):
    """A filled form, while a batch changes it. `party`, `sender`: the author of its message. Times in ms."""

    project: ProjectId
    conversation: ConversationId
    id: MessageId
    seq: int
    template: bytes
    request: MessageId | None
    fields: tuple[FormField, ...]
    version: int
    removed_at: int | None
    party: Party
    sender: bytes
    content: Value | None
    body: str = ""
    new: bool = False
    changed: bool = False
    altered_by: int = 0  # the number of the conversation's change that altered it in this batch; 0: none


class LockedAnswer(msgspec.Struct, frozen=True):
    """An answer whose conversation is locked. `content`: of its message."""

    seq: int
    content: Value | None


class ListedAnswer(msgspec.Struct, frozen=True):
    """A filled form in the list of its template's. `visitor_name`: as it is displayed."""

    id: MessageId
    conversation: ConversationId
    visitor: VisitorId
    visitor_name: str
    party: Party
    sender: bytes
    sender_name: str
    at: int
    request: MessageId | None
    version: int
    content: Value | None


async def load(conn: Connection, answers: Iterable[AnswerKey], refs: Iterable[RefKey]) -> list[Answer]:
    """These answers, and those that were stored under these refs, with the content of their messages."""
    asked, given = list(answers), list(refs)
    rows = await conn.fetch(
        """
        WITH wanted AS (
            SELECT asked.project_id, asked.id FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
            UNION
            SELECT m.project_id, m.id
            FROM unnest($3::uuid[], $4::uuid[], $5::uuid[]) AS given (project_id, sender_id, ref)
            JOIN messages m ON m.project_id = given.project_id AND m.sender_id = given.sender_id
                 AND m.ref = given.ref
        )
        SELECT a.project_id, a.conversation_id, a.id, a.seq, a.template_id, a.request_id, a.fields, a.version,
               a.removed_at, m.sender_party, m.sender_id, m.content
        FROM wanted
        JOIN form_answers a ON a.project_id = wanted.project_id AND a.id = wanted.id
        JOIN messages m ON m.project_id = a.project_id AND m.conversation_id = a.conversation_id
             AND m.seq = a.seq
        """,
        [project for project, _ in asked],
        [answer for _, answer in asked],
        [project for project, _, _ in given],
        [sender for _, sender, _ in given],
        [ref for _, _, ref in given],
    )
    return [_answer(row) for row in rows]


async def save(conn: Connection, answers: Sequence[Answer]) -> None:
    """The new ones, and the changed ones with their messages."""
    if new := [one for one in answers if one.new]:
        await conn.execute(
            """
            INSERT INTO form_answers (project_id, conversation_id, id, seq, template_id, request_id, fields,
                                      version, removed_at)
            SELECT n.project_id, n.conversation_id, n.id, n.seq, n.template_id, n.request_id, n.fields::jsonb,
                   n.version, n.removed_at
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::uuid[], $7::text[],
                        $8::integer[], $9::timestamptz[])
                 AS n (project_id, conversation_id, id, seq, template_id, request_id, fields, version,
                       removed_at)
            """,
            [one.project for one in new],
            [one.conversation for one in new],
            [one.id for one in new],
            [one.seq for one in new],
            [one.template for one in new],
            [one.request for one in new],
            [form_fields.as_text(one.fields) for one in new],
            [one.version for one in new],
            [one.removed_at for one in new],
        )
    if changed := [one for one in answers if one.changed]:
        await conn.execute(
            """
            WITH messages_now AS (
                UPDATE messages m SET body = n.body, content = n.content
                FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::jsonb[])
                     AS n (project_id, conversation_id, seq, body, content)
                WHERE m.project_id = n.project_id AND m.conversation_id = n.conversation_id AND m.seq = n.seq
            )
            UPDATE form_answers a SET version = n.version, removed_at = n.removed_at
            FROM unnest($1::uuid[], $6::uuid[], $7::integer[], $8::timestamptz[])
                 AS n (project_id, id, version, removed_at)
            WHERE a.project_id = n.project_id AND a.id = n.id
            """,
            [one.project for one in changed],
            [one.conversation for one in changed],
            [one.seq for one in changed],
            [one.body for one in changed],
            [one.content for one in changed],
            [one.id for one in changed],
            [one.version for one in changed],
            [one.removed_at for one in changed],
        )


async def locked(
    conn: Connection, project: ProjectId, conversation: ConversationId, answer: MessageId
) -> LockedAnswer | None:
    """An answer. Its conversation is locked until the transaction ends, as by core.apply."""
    # Two statements: after waiting for the lock, the first one would still show the message as it was before.
    await conn.fetchval(
        "SELECT true FROM conversations WHERE project_id = $1 AND id = $2 FOR NO KEY UPDATE",
        project,
        conversation,
    )
    row = await conn.fetchrow(
        """
        SELECT m.seq, m.content FROM form_answers a
        JOIN messages m ON m.project_id = a.project_id AND m.conversation_id = a.conversation_id
             AND m.seq = a.seq
        WHERE a.project_id = $1 AND a.conversation_id = $2 AND a.id = $3
        """,
        project,
        conversation,
        answer,
    )
    return None if row is None else LockedAnswer(*row)


_PAGE: Final = """
SELECT a.id, a.conversation_id, c.visitor_id, v.name, m.sender_party, m.sender_id, m.sender_name, m.at,
       a.request_id, a.version, m.content
FROM form_answers a
JOIN messages m ON m.project_id = a.project_id AND m.conversation_id = a.conversation_id AND m.seq = a.seq
JOIN conversations c ON c.project_id = a.project_id AND c.id = a.conversation_id
JOIN visitors v ON v.project_id = c.project_id AND v.id = c.visitor_id
WHERE a.project_id = $1 AND a.template_id = $2 AND a.removed_at IS NULL
  AND ($3::uuid IS NULL OR a.id < $3)
ORDER BY a.id DESC LIMIT $4
"""


async def page(
    conn: Connection, project: ProjectId, template: bytes, *, after: MessageId | None, limit: int
) -> list[ListedAnswer]:
    """The filled forms of a template, the newest first, after the one with the id `after`."""
    return [_listed(row) for row in await conn.fetch(_PAGE, project, template, after, limit)]


def _answer(row: Any) -> Answer:
    project, conversation, id, seq, template, request, stored, *rest = row
    return Answer(project, conversation, id, seq, template, request, form_fields.read(stored), *rest)


def _listed(row: Any) -> ListedAnswer:
    id, conversation, visitor, name, party, *rest = row
    shown = visitor_name(name, visitor)
    sender, sender_name, *more = rest
    return ListedAnswer(
        id,
        conversation,
        visitor,
        shown,
        party,
        sender,
        shown if party == "visitor" else sender_name,
        *more,
    )
