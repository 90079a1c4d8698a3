"""Recorded conversations of the assistant, for a replay: turns, messages, questions and answers."""

import itertools
from collections.abc import Sequence
from typing import Final

from core.assistant.replay.comparison import KeptConversation, KeptTurn
from core.assistant.replay.recording import BEFORE_MESSAGES, Step
from core.db.connection import Connection
from core.ids import ConversationId, ProjectId
from core.model import visitor_name

MAX_SCANNED: Final = 5_000  # newest turns of the project, in which conversations are found
MAX_TURNS: Final = 50  # of one conversation, the last ones
MAX_BYTES: Final = 8 * 1024 * 1024  # of questions and answers; the oldest turns are left out

ENDED: Final = ("completed", "failed")  # states of turns; what a person interrupted cannot be compared


async def latest(conn: Connection, project: ProjectId, *, limit: int) -> list[KeptConversation]:
    """The conversations that the assistant answered last, the latest first, each with its turns in order.

    Redacted messages, and those that are withheld from agents, are left out.
    """
    found = await conn.fetch(
        """
        SELECT c.id, c.visitor_id, coalesce(v.given_name, v.name)
        FROM (SELECT newest.project_id, newest.conversation_id, max(newest.created_at) AS at
              FROM (SELECT t.project_id, t.conversation_id, t.created_at FROM assistant_turns t
                    WHERE t.project_id = $1 AND t.state = ANY($4::text[])
                    ORDER BY t.created_at DESC LIMIT $3) newest
              GROUP BY newest.project_id, newest.conversation_id) answered
        JOIN conversations c ON c.project_id = answered.project_id AND c.id = answered.conversation_id
        JOIN visitors v ON v.project_id = c.project_id AND v.id = c.visitor_id
        WHERE c.deleted_at IS NULL
        ORDER BY answered.at DESC, c.id DESC LIMIT $2
        """,
        project,
        limit,
        MAX_SCANNED,
        ENDED,
    )
    places = await _turns(conn, project, [row[0] for row in found])
    turns = [turn for _, turn in places]
    texts, steps = await _texts(conn, project, turns), await _steps(conn, project, turns)
    return [
        KeptConversation(
            id,
            visitor_name(name, visitor),
            [
                KeptTurn(turn, texts.get(turn, ()), steps.get(turn, ()))
                for conversation, turn in places
                if conversation == id
            ],
        )
        for id, visitor, name in found
    ]


async def _turns(
    conn: Connection, project: ProjectId, conversations: Sequence[ConversationId]
) -> list[tuple[ConversationId, bytes]]:
    rows = await conn.fetch(
        """
        SELECT chosen.id, turn.id
        FROM unnest($2::uuid[]) AS chosen (id)
        CROSS JOIN LATERAL (
            SELECT t.id FROM assistant_turns t
            WHERE t.project_id = $1 AND t.conversation_id = chosen.id AND t.state = ANY($4::text[])
            ORDER BY t.id DESC LIMIT $3) turn
        ORDER BY turn.id
        """,
        project,
        conversations,
        MAX_TURNS,
        ENDED,
    )
    return [(row[0], row[1]) for row in rows]


async def _texts(conn: Connection, project: ProjectId, turns: Sequence[bytes]) -> dict[bytes, Sequence[str]]:
    rows = await conn.fetch(
        """
        SELECT i.turn_id, array_agg(m.body ORDER BY m.seq)
        FROM assistant_inputs i
        JOIN conversations c ON c.project_id = i.project_id AND c.id = i.conversation_id
        JOIN messages m ON m.project_id = i.project_id AND m.conversation_id = i.conversation_id
                       AND m.seq = i.seq
        WHERE i.project_id = $1 AND i.turn_id = ANY($2::uuid[]) AND m.redacted_at IS NULL
          AND m.seq <= coalesce(c.shown_seq, m.seq)
        GROUP BY i.turn_id
        """,
        project,
        turns,
    )
    return {row[0]: row[1] for row in rows}


async def _steps(conn: Connection, project: ProjectId, turns: Sequence[bytes]) -> dict[bytes, list[Step]]:
    """Of a question without the messages around it."""
    rows = await conn.fetch(
        """
        SELECT turn_id, kind, outcome,
               CASE WHEN kind = 'ask' THEN split_part(sent, $3, 1) || $3 ELSE sent END,
               received, answer_tokens
        FROM assistant_steps WHERE project_id = $1 AND turn_id = ANY($2::uuid[])
        ORDER BY turn_id, number
        """,
        project,
        await _fitting(conn, project, turns),
        BEFORE_MESSAGES,
    )
    made: dict[bytes, list[Step]] = {}
    for turn, *step in rows:
        made.setdefault(turn, []).append(Step(*step))
    return made


async def _fitting(conn: Connection, project: ProjectId, turns: Sequence[bytes]) -> list[bytes]:
    """The newest ones whose steps have MAX_BYTES together."""
    rows = await conn.fetch(
        """
        SELECT turn_id, sum(octet_length(split_part(sent, $3, 1)) + octet_length(received))::bigint
        FROM assistant_steps WHERE project_id = $1 AND turn_id = ANY($2::uuid[])
        GROUP BY turn_id ORDER BY turn_id DESC
        """,
        project,
        turns,
        BEFORE_MESSAGES,
    )
    total = itertools.accumulate(row[1] for row in rows)
    return [row[0] for row, bytes_ in zip(rows, total, strict=True) if bytes_ <= MAX_BYTES]
