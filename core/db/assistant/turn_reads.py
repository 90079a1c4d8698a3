"""Tables `assistant_turns` and `assistant_steps`, as managers read them: what the assistant did."""

from typing import Literal

import msgspec

from core.db.connection import Connection
from core.ids import ConversationId, ProjectId

State = Literal["running", "completed", "interrupted", "failed"]


class Turn(msgspec.Struct, frozen=True):
    """A turn. Times in ms; `cost` in millionths; `workflow` 0: it answered by the project's prompt alone."""

    id: bytes
    conversation: ConversationId
    state: State
    error: str
    workflow: int
    attempt: int
    provider: str
    model: str
    prompt_tokens: int
    answer_tokens: int
    estimated: bool
    cost: int
    first_ms: int | None
    stopped_by: str
    message_seq: int | None
    intent: str
    created_at: int
    ended_at: int | None


class Step(msgspec.Struct, frozen=True):
    """What happened at one node. `sent` and `received`: JSON, cut."""

    number: int
    node: str
    kind: str
    outcome: str
    sent: str
    received: str
    ms: int
    prompt_tokens: int
    answer_tokens: int
    at: int


async def page(
    conn: Connection,
    project: ProjectId,
    *,
    state: State | None,
    conversation: ConversationId | None,
    before: tuple[int, bytes] | None,
    limit: int,
) -> list[Turn]:
    """The newest first, before `created_at` and id of the last one of the page before.

    Those of deleted conversations are left out.
    """
    at, last = before or (None, None)
    rows = await conn.fetch(
        """
        SELECT t.id, t.conversation_id, t.state, t.error, t.workflow, t.attempt, t.provider, t.model,
               t.prompt_tokens, t.answer_tokens, t.estimated, t.cost, t.first_ms, t.stopped_by,
               t.message_seq, t.intent, t.created_at, t.ended_at
        FROM assistant_turns t
        JOIN conversations c ON c.project_id = t.project_id AND c.id = t.conversation_id
        WHERE t.project_id = $1 AND c.deleted_at IS NULL AND ($2::text IS NULL OR t.state = $2)
          AND ($3::uuid IS NULL OR t.conversation_id = $3)
          AND ($4::timestamptz IS NULL OR t.created_at < $4 OR t.created_at = $4 AND t.id < $5::uuid)
        ORDER BY t.created_at DESC, t.id DESC LIMIT $6
        """,
        project,
        state,
        conversation,
        at,
        last,
        limit,
    )
    return [Turn(*row) for row in rows]


async def by_id(conn: Connection, project: ProjectId, turn: bytes) -> Turn | None:
    """None: there is none, or its conversation was deleted."""
    row = await conn.fetchrow(
        """
        SELECT t.id, t.conversation_id, t.state, t.error, t.workflow, t.attempt, t.provider, t.model,
               t.prompt_tokens, t.answer_tokens, t.estimated, t.cost, t.first_ms, t.stopped_by,
               t.message_seq, t.intent, t.created_at, t.ended_at
        FROM assistant_turns t
        JOIN conversations c ON c.project_id = t.project_id AND c.id = t.conversation_id
        WHERE t.project_id = $1 AND t.id = $2 AND c.deleted_at IS NULL
        """,
        project,
        turn,
    )
    return None if row is None else Turn(*row)


async def steps(conn: Connection, project: ProjectId, turn: bytes) -> list[Step]:
    """Of one turn, in their order."""
    rows = await conn.fetch(
        """
        SELECT number, node, kind, outcome, sent, received, ms, prompt_tokens, answer_tokens, at
        FROM assistant_steps WHERE project_id = $1 AND turn_id = $2 ORDER BY number
        """,
        project,
        turn,
    )
    return [Step(*row) for row in rows]
