"""Table `assistant_turns`: the turns, of which a conversation has one running at most.

A worker has a running turn while its lease lasts. Every write of a turn first holds the conversation
(`hold`), which says whether the turn may still write: no person has acted, and no other worker has it.
"""

from typing import Literal

import msgspec

from core.db.connection import Connection
from core.ids import ConversationId, ProjectId, VisitorId
from core.model import Restriction

Outcome = Literal["completed", "interrupted", "failed"]


class Claimed(msgspec.Struct, frozen=True):
    """A running turn that belongs to us. `attempt` 1: nobody had it before.

    `owner_version`: the conversation's, when the turn began. `engine`: what was done so far.
    """

    project: ProjectId
    id: bytes
    conversation: ConversationId
    visitor: VisitorId
    owner_version: int
    attempt: int
    restarts: int
    shown: bool
    engine: bytes | None
    workflow: int
    created_at: int


class Place(msgspec.Struct, frozen=True):
    """The conversation of a turn, locked until the transaction ends."""

    visitor: VisitorId
    owner: str | None
    owner_reason: str | None
    owner_version: int
    assigned: bool
    closed: bool  # it has ended, or was deleted
    quiet: bool  # the visitor is muted or blocked
    restriction: Restriction | None


async def place(conn: Connection, project: ProjectId, conversation: ConversationId) -> Place | None:
    """Locks the conversation."""
    row = await conn.fetchrow(
        """
        SELECT visitor_id, owner, owner_reason, owner_version, assignee_id IS NOT NULL,
               ended_at IS NOT NULL OR deleted_at IS NOT NULL,
               shown_seq IS NOT NULL OR restriction IS NOT NULL, restriction
        FROM conversations WHERE project_id = $1 AND id = $2 FOR NO KEY UPDATE
        """,
        project,
        conversation,
    )
    return None if row is None else Place(*row)


async def is_running(conn: Connection, project: ProjectId, conversation: ConversationId) -> bool:
    """Whether the conversation, whose lock the caller holds, has a running turn."""
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM assistant_turns "
        "WHERE project_id = $1 AND conversation_id = $2 AND state = 'running')",
        project,
        conversation,
    )
    return found


async def has_reply(conn: Connection, project: ProjectId, conversation: ConversationId) -> bool:
    """Whether a person of the team has answered in the conversation."""
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM messages WHERE project_id = $1 AND conversation_id = $2 "
        "AND sender_party = 'agent' AND kind = 'text')",
        project,
        conversation,
    )
    return found


async def begin(
    conn: Connection,
    project: ProjectId,
    conversation: ConversationId,
    turn: bytes,
    *,
    owner_version: int,
    now: int,
) -> None:
    """A new turn, which any worker may claim. The caller holds the lock, and none is running."""
    await conn.execute(
        """
        INSERT INTO assistant_turns (project_id, id, conversation_id, owner_version, lease_until, created_at)
        VALUES ($1, $2, $3, $4, now(), $5)
        """,
        project,
        turn,
        conversation,
        owner_version,
        now,
    )


async def hold(conn: Connection, turn: Claimed) -> bool:
    """The fence: whether the turn may write, until the transaction ends. Locks the conversation."""
    found = await conn.fetchrow(
        "SELECT owner, owner_version, ended_at IS NULL AND deleted_at IS NULL AND restriction IS NULL "
        "AND shown_seq IS NULL FROM conversations "
        "WHERE project_id = $1 AND id = $2 FOR NO KEY UPDATE",
        turn.project,
        turn.conversation,
    )
    if found is None or tuple(found) != ("assistant", turn.owner_version, True):
        return False
    return await holds(conn, turn)


async def holds(conn: Connection, turn: Claimed) -> bool:
    """Whether it is ours and the project has the assistant on. After the conversation's lock."""
    ours = await conn.fetchval(
        """
        SELECT a.enabled FROM assistant_turns t
        JOIN assistants a ON a.project_id = t.project_id
        WHERE t.project_id = $1 AND t.id = $2 AND t.attempt = $3 AND t.state = 'running'
        FOR NO KEY UPDATE OF t
        """,
        turn.project,
        turn.id,
        turn.attempt,
    )
    return ours is True


async def keep(
    conn: Connection, turn: Claimed, engine: bytes, *, workflow: int, prompt: int, answer: int, cost: int
) -> None:
    """What was done so far; tokens and cost are added."""
    await conn.execute(
        """
        UPDATE assistant_turns
        SET engine = $4, workflow = $5, prompt_tokens = prompt_tokens + $6,
            answer_tokens = answer_tokens + $7, cost = cost + $8
        WHERE project_id = $1 AND id = $2 AND attempt = $3
        """,
        turn.project,
        turn.id,
        turn.attempt,
        engine,
        workflow,
        prompt,
        answer,
        cost,
    )


async def note_intent(conn: Connection, turn: Claimed, intent: str) -> None:
    """What the visitor wants, as it was decided."""
    await conn.execute(
        "UPDATE assistant_turns SET intent = $4 WHERE project_id = $1 AND id = $2 AND attempt = $3",
        turn.project,
        turn.id,
        turn.attempt,
        intent,
    )


async def intent_before(conn: Connection, turn: Claimed) -> str:
    """The intent of the conversation's turn before; "" without one."""
    found: str | None = await conn.fetchval(
        """
        SELECT intent FROM assistant_turns WHERE project_id = $1 AND conversation_id = $2 AND id < $3
        ORDER BY id DESC LIMIT 1
        """,
        turn.project,
        turn.conversation,
        turn.id,
    )
    return found or ""


async def add_tokens(
    conn: Connection, turn: Claimed, *, prompt: int, answer: int, cost: int, estimated: bool
) -> None:
    """What was spent beside its answers: by a cancelled request, or after its end."""
    await conn.execute(
        """
        UPDATE assistant_turns
        SET prompt_tokens = prompt_tokens + $3, answer_tokens = answer_tokens + $4, cost = cost + $5,
            estimated = estimated OR $6
        WHERE project_id = $1 AND id = $2
        """,
        turn.project,
        turn.id,
        prompt,
        answer,
        cost,
        estimated,
    )


async def answered_by(conn: Connection, turn: Claimed, *, provider: str, model: str, estimated: bool) -> None:
    """Who answered last. `estimated`: a server did not count tokens."""
    await conn.execute(
        """
        UPDATE assistant_turns SET provider = $4, model = $5, estimated = estimated OR $6
        WHERE project_id = $1 AND id = $2 AND attempt = $3
        """,
        turn.project,
        turn.id,
        turn.attempt,
        provider,
        model,
        estimated,
    )


async def mark_shown(conn: Connection, turn: Claimed, *, first_ms: int) -> bool:
    """Before the first token is published; False if the turn is not ours any more."""
    found = await conn.fetchval(
        """
        UPDATE assistant_turns SET shown = true, first_ms = coalesce(first_ms, $4)
        WHERE project_id = $1 AND id = $2 AND attempt = $3 AND state = 'running' RETURNING true
        """,
        turn.project,
        turn.id,
        turn.attempt,
        first_ms,
    )
    return found is True


async def restart(conn: Connection, turn: Claimed) -> None:
    """Begins again, with the messages that came meanwhile: nothing was shown, and no tool ran."""
    await conn.execute(
        """
        UPDATE assistant_turns SET restarts = restarts + 1, engine = NULL
        WHERE project_id = $1 AND id = $2 AND attempt = $3 AND state = 'running'
        """,
        turn.project,
        turn.id,
        turn.attempt,
    )


async def end(
    conn: Connection,
    turn: Claimed,
    outcome: Outcome,
    *,
    error: str,
    stopped_by: str,
    message_seq: int | None,
    now: int,
) -> bool:
    """The turn is over; False if another worker has it."""
    found = await conn.fetchval(
        """
        UPDATE assistant_turns
        SET state = $4, error = $5, stopped_by = $6, message_seq = $7, ended_at = $8, engine = NULL
        WHERE project_id = $1 AND id = $2 AND attempt = $3 AND state = 'running' RETURNING true
        """,
        turn.project,
        turn.id,
        turn.attempt,
        outcome,
        error,
        stopped_by,
        message_seq,
        now,
    )
    return found is True


async def count_since(
    conn: Connection, project: ProjectId, conversation: ConversationId, *, since: int
) -> int:
    """How many turns of a conversation began since then."""
    found: int = await conn.fetchval(
        "SELECT count(*) FROM assistant_turns "
        "WHERE project_id = $1 AND conversation_id = $2 AND created_at >= $3",
        project,
        conversation,
        since,
    )
    return found


async def remove_old(conn: Connection, *, before: int) -> None:
    """Deletes at most 500 that are over and began before then, with their steps."""
    await conn.execute(
        "DELETE FROM assistant_turns WHERE (project_id, id) IN "
        "(SELECT project_id, id FROM assistant_turns WHERE state <> 'running' AND created_at < $1 LIMIT 500)",
        before,
    )
