"""Table `assistant_turns`: which worker has a running turn, and for how long."""

from collections.abc import Sequence

import msgspec

from core.db.assistant.turns import Claimed
from core.db.connection import Connection


class Standing(msgspec.Struct, frozen=True):
    """Whether a turn goes on. `renewed`: its lease. `waiting`: the visitor has written more."""

    ours: bool
    renewed: bool
    current: bool
    waiting: bool
    owner_reason: str | None


async def claim(conn: Connection, *, lease: int, limit: int) -> list[Claimed]:
    """Running turns that no worker has, for `lease` ms: new ones, and those of workers that died."""
    rows = await conn.fetch(
        """
        WITH due AS MATERIALIZED (
            SELECT project_id, id FROM assistant_turns
            WHERE state = 'running' AND lease_until <= now()
            ORDER BY lease_until LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE assistant_turns t SET attempt = t.attempt + 1, lease_until = now() + $1 * interval '1 ms'
            FROM due WHERE t.project_id = due.project_id AND t.id = due.id
            RETURNING t.project_id, t.id, t.conversation_id, t.owner_version, t.attempt, t.restarts, t.shown,
                      t.engine, t.workflow, t.created_at
        )
        SELECT t.project_id, t.id, t.conversation_id, c.visitor_id, t.owner_version, t.attempt, t.restarts,
               t.shown, t.engine, t.workflow, t.created_at
        FROM claimed t JOIN conversations c ON c.project_id = t.project_id AND c.id = t.conversation_id
        """,
        lease,
        limit,
    )
    return [Claimed(*row) for row in rows]


async def renew(conn: Connection, asked: Sequence[Claimed], *, lease: int) -> list[Standing]:
    """Extends the leases that are ours to `lease` ms from now. Of each turn, in order: whether it goes on.

    A turn whose row a transaction has locked is writing: nothing waits for it, and its lease stays as it is.
    """
    rows = await conn.fetch(
        """
        WITH asked AS (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::uuid[])
            WITH ORDINALITY AS one (project_id, id, attempt, owner_version, conversation_id, n)
        ), free AS MATERIALIZED (
            SELECT t.project_id, t.id, asked.n FROM asked
            JOIN assistant_turns t ON t.project_id = asked.project_id AND t.id = asked.id
            WHERE t.attempt = asked.attempt AND t.state = 'running'
            FOR NO KEY UPDATE OF t SKIP LOCKED
        ), renewed AS (
            UPDATE assistant_turns t SET lease_until = now() + $6 * interval '1 ms' FROM free
            WHERE t.project_id = free.project_id AND t.id = free.id RETURNING free.n
        )
        SELECT t.id IS NOT NULL,
               EXISTS (SELECT FROM renewed WHERE renewed.n = asked.n),
               coalesce(c.owner = 'assistant' AND c.owner_version = asked.owner_version AND c.ended_at IS NULL
                        AND c.deleted_at IS NULL AND c.restriction IS NULL AND c.shown_seq IS NULL
                        AND a.enabled, false),
               EXISTS (SELECT FROM assistant_inputs i WHERE i.project_id = asked.project_id
                       AND i.conversation_id = asked.conversation_id AND i.turn_id IS NULL),
               c.owner_reason
        FROM asked
        LEFT JOIN assistant_turns t ON t.project_id = asked.project_id AND t.id = asked.id
            AND t.attempt = asked.attempt AND t.state = 'running'
        LEFT JOIN conversations c ON c.project_id = asked.project_id AND c.id = asked.conversation_id
        LEFT JOIN assistants a ON a.project_id = asked.project_id
        ORDER BY asked.n
        """,
        [turn.project for turn in asked],
        [turn.id for turn in asked],
        [turn.attempt for turn in asked],
        [turn.owner_version for turn in asked],
        [turn.conversation for turn in asked],
        lease,
    )
    return [Standing(*row) for row in rows]


async def release(conn: Connection, turn: Claimed) -> None:
    """Another worker may claim it at once: this one stops."""
    await conn.execute(
        """
        UPDATE assistant_turns SET lease_until = now()
        WHERE project_id = $1 AND id = $2 AND attempt = $3 AND state = 'running'
        """,
        turn.project,
        turn.id,
        turn.attempt,
    )
