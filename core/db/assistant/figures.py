"""Figures of the assistant: turns, tokens and cost of each day, and how the conversations went on."""

import datetime as dt
from typing import Final

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId

MAX_ENDS: Final = 50  # nodes


class Day(msgspec.Struct, frozen=True):
    """One day in UTC. `turns` counts all that began then; `cost` in millionths."""

    day: dt.date
    turns: int
    failed: int
    interrupted: int
    prompt_tokens: int
    answer_tokens: int
    cost: int


class Outcomes(msgspec.Struct, frozen=True):
    """Of conversations. `handed_over`: how many a person answers now, by the reason for it."""

    resolved: int
    handed_over: dict[str, int]


async def days(conn: Connection, project: ProjectId, *, since: int) -> list[Day]:
    """Days on which a turn began, the first first. `since` in ms."""
    rows = await conn.fetch(
        """
        SELECT (created_at AT TIME ZONE 'UTC')::date, count(*), count(*) FILTER (WHERE state = 'failed'),
               count(*) FILTER (WHERE state = 'interrupted'), sum(prompt_tokens)::bigint,
               sum(answer_tokens)::bigint, sum(cost)::bigint
        FROM assistant_turns WHERE project_id = $1 AND created_at >= $2
        GROUP BY 1 ORDER BY 1
        """,
        project,
        since,
    )
    return [Day(*row) for row in rows]


async def first_ms(conn: Connection, project: ProjectId, *, since: int) -> tuple[int | None, int | None]:
    """Milliseconds to the first token: the median, and what 95 % of the turns stay within."""
    row = await conn.fetchrow(
        """
        SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY first_ms),
               percentile_disc(0.95) WITHIN GROUP (ORDER BY first_ms)
        FROM assistant_turns WHERE project_id = $1 AND created_at >= $2 AND first_ms IS NOT NULL
        """,
        project,
        since,
    )
    return row[0], row[1]


async def outcomes(conn: Connection, project: ProjectId, *, since: int) -> Outcomes:
    """Of the conversations in which a turn began since then, as they are now."""
    rows = await conn.fetch(
        """
        SELECT c.owner_reason, count(*) FILTER (WHERE c.owner = 'person'),
               count(*) FILTER (WHERE c.owner = 'assistant' AND c.status = 'solved')
        FROM conversations c
        WHERE c.project_id = $1 AND c.deleted_at IS NULL AND EXISTS (
            SELECT FROM assistant_turns t
            WHERE t.project_id = c.project_id AND t.conversation_id = c.id AND t.created_at >= $2)
        GROUP BY c.owner_reason ORDER BY 2 DESC, 1
        """,
        project,
        since,
    )
    return Outcomes(sum(row[2] for row in rows), {row[0]: row[1] for row in rows if row[0] and row[1]})


async def ends(conn: Connection, project: ProjectId, *, since: int) -> list[tuple[str, int]]:
    """The node of the last step of each conversation, and how many stand there; the most first."""
    rows = await conn.fetch(
        """
        SELECT last.node, count(*)
        FROM (SELECT DISTINCT ON (t.conversation_id) t.project_id, t.id
              FROM assistant_turns t WHERE t.project_id = $1 AND t.created_at >= $2
              ORDER BY t.conversation_id, t.created_at DESC, t.id DESC) turn
        CROSS JOIN LATERAL (
            SELECT s.node FROM assistant_steps s
            WHERE s.project_id = turn.project_id AND s.turn_id = turn.id
            ORDER BY s.number DESC LIMIT 1) last
        GROUP BY last.node ORDER BY 2 DESC, 1 LIMIT $3
        """,
        project,
        since,
        MAX_ENDS,
    )
    return [(row[0], row[1]) for row in rows]
