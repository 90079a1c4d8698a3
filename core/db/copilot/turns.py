"""Table `copilot_turns`: the turns of agents' sessions, of which a session has one running at most.

A worker has a running turn while its lease lasts. Every write of a turn first holds the session (`hold`),
which says whether the turn is still ours.
"""

from typing import Literal

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId

Outcome = Literal["completed", "stopped", "failed"]


class Claimed(msgspec.Struct, frozen=True):
    """A running turn that belongs to us. `attempt` 1: no worker had it before. `number`: of the question."""

    project: ProjectId
    id: bytes
    session: bytes
    user: UserId
    number: int
    attempt: int
    shown: bool
    intent: str
    created_at: int


class Spent(msgspec.Struct, frozen=True):
    """What a call of a model has cost. `estimated`: its server did not count tokens.

    `provider` and `model` "": not known, because there was no answer.
    """

    provider: str
    model: str
    prompt: int
    answer: int
    cost: int
    estimated: bool


async def claim(conn: Connection, *, lease: int, limit: int) -> list[Claimed]:
    """Running turns that no worker has, for `lease` ms: new ones, and those of workers that died."""
    rows = await conn.fetch(
        """
        WITH due AS MATERIALIZED (
            SELECT project_id, id FROM copilot_turns
            WHERE state = 'running' AND lease_until <= now()
            ORDER BY lease_until LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE copilot_turns t SET attempt = t.attempt + 1, lease_until = now() + $1 * interval '1 ms'
            FROM due WHERE t.project_id = due.project_id AND t.id = due.id
            RETURNING t.project_id, t.id, t.session_id, t.number, t.attempt, t.shown, t.intent, t.created_at
        )
        SELECT t.project_id, t.id, t.session_id, s.user_id, t.number, t.attempt, t.shown, t.intent,
               t.created_at
        FROM claimed t JOIN copilot_sessions s ON s.project_id = t.project_id AND s.id = t.session_id
        """,
        lease,
        limit,
    )
    return [Claimed(*row) for row in rows]


async def renew(conn: Connection, turn: Claimed, *, lease: int) -> bool:
    """Extends the lease, to `lease` ms from now. False: not ours any more, or its session was deleted."""
    ours = await conn.fetchval(
        """
        UPDATE copilot_turns SET lease_until = now() + $4 * interval '1 ms'
        WHERE project_id = $1 AND id = $2 AND attempt = $3 AND state = 'running' RETURNING true
        """,
        turn.project,
        turn.id,
        turn.attempt,
        lease,
    )
    return ours is True


async def hold(conn: Connection, turn: Claimed) -> bool:
    """Whether the turn may write, until the transaction ends. Locks its session, then the turn."""
    found = await conn.fetchval(
        "SELECT true FROM copilot_sessions WHERE project_id = $1 AND id = $2 FOR NO KEY UPDATE",
        turn.project,
        turn.session,
    )
    if found is None:
        return False
    ours = await conn.fetchval(
        "SELECT true FROM copilot_turns WHERE project_id = $1 AND id = $2 AND attempt = $3 "
        "AND state = 'running' FOR NO KEY UPDATE",
        turn.project,
        turn.id,
        turn.attempt,
    )
    return ours is True


async def decide(conn: Connection, turn: Claimed, intent: str) -> bool:
    """Keeps what the question was taken for, for a worker that takes over. False: not ours."""
    ours = await conn.fetchval(
        "UPDATE copilot_turns SET intent = $4 WHERE project_id = $1 AND id = $2 AND attempt = $3 "
        "AND state = 'running' RETURNING true",
        turn.project,
        turn.id,
        turn.attempt,
        intent,
    )
    return ours is True


async def mark_shown(conn: Connection, turn: Claimed) -> bool:
    """The agent is about to see the first words of it. False: not ours."""
    ours = await conn.fetchval(
        "UPDATE copilot_turns SET shown = true WHERE project_id = $1 AND id = $2 AND attempt = $3 "
        "AND state = 'running' RETURNING true",
        turn.project,
        turn.id,
        turn.attempt,
    )
    return ours is True


async def spend(conn: Connection, turn: Claimed, spent: Spent) -> None:
    """Adds what a call has cost, also after the end of the turn."""
    await conn.execute(
        """
        UPDATE copilot_turns
        SET prompt_tokens = prompt_tokens + $3, answer_tokens = answer_tokens + $4, cost = cost + $5,
            provider = coalesce(nullif($6, ''), provider), model = coalesce(nullif($7, ''), model),
            estimated = estimated OR $8
        WHERE project_id = $1 AND id = $2
        """,
        turn.project,
        turn.id,
        spent.prompt,
        spent.answer,
        spent.cost,
        spent.provider,
        spent.model,
        spent.estimated,
    )


async def end(conn: Connection, turn: Claimed, outcome: Outcome, *, error: str, now: int) -> bool:
    """Ends it, and the state of its question. The caller holds it. False: it was not ours."""
    ours = await conn.fetchval(
        """
        UPDATE copilot_turns SET state = $4, error = $5, ended_at = $6
        WHERE project_id = $1 AND id = $2 AND attempt = $3 AND state = 'running' RETURNING true
        """,
        turn.project,
        turn.id,
        turn.attempt,
        outcome,
        error,
        now,
    )
    if ours is not True:
        return False
    await conn.execute(
        "UPDATE copilot_messages SET state = $4 WHERE project_id = $1 AND session_id = $2 AND number = $3",
        turn.project,
        turn.session,
        turn.number,
        "done" if outcome == "completed" else outcome,
    )
    return True


async def begin_next(conn: Connection, turn: Claimed, *, next_turn: bytes, now: int) -> bool:
    """The oldest question that waits in the session gets the next turn. The caller holds the session."""
    number = await conn.fetchval(
        """
        UPDATE copilot_messages SET state = 'running', turn_id = $3
        WHERE project_id = $1 AND session_id = $2 AND number = (
            SELECT min(m.number) FROM copilot_messages m
            WHERE m.project_id = $1 AND m.session_id = $2 AND m.state = 'waiting'
        )
        RETURNING number
        """,
        turn.project,
        turn.session,
        next_turn,
    )
    if number is None:
        return False
    await conn.execute(
        "INSERT INTO copilot_turns (project_id, id, session_id, number, lease_until, created_at) "
        "VALUES ($1, $2, $3, $4, now(), $5)",
        turn.project,
        next_turn,
        turn.session,
        number,
        now,
    )
    return True


async def release(conn: Connection, turn: Claimed) -> None:
    """This worker stops: another one may claim it at once."""
    await conn.execute(
        "UPDATE copilot_turns SET lease_until = now() "
        "WHERE project_id = $1 AND id = $2 AND attempt = $3 AND state = 'running'",
        turn.project,
        turn.id,
        turn.attempt,
    )
