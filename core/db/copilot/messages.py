"""Table `copilot_messages`: what was asked and answered in a session, numbered without a gap."""

from collections.abc import Sequence

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId


class CopilotMessage(msgspec.Struct, frozen=True):
    """`turn` of a question: the one that answers it; None while it waits."""

    number: int
    id: bytes
    ref: bytes | None
    turn: bytes | None
    role: str
    intent: str
    state: str
    text: str
    about: bytes | None
    into: str
    tone: str
    draft: bytes | None
    at: int


async def by_number(
    conn: Connection, project: ProjectId, session: bytes, number: int
) -> CopilotMessage | None:
    row = await conn.fetchrow(
        """
        SELECT m.number, m.id, m.ref, m.turn_id, m.role, m.intent, m.state, m.text, m.about, m.into_language,
               m.tone, m.draft_id, m.at
        FROM copilot_messages m WHERE m.project_id = $1 AND m.session_id = $2 AND m.number = $3
        """,
        project,
        session,
        number,
    )
    return None if row is None else CopilotMessage(*row)


async def before(
    conn: Connection, project: ProjectId, session: bytes, *, number: int | None, limit: int
) -> list[CopilotMessage]:
    """The last `limit` messages before `number` (None: of all), oldest first.

    Numbers are dense: a list by them has no gap, whatever the times are.
    """
    rows = await conn.fetch(
        """
        SELECT m.number, m.id, m.ref, m.turn_id, m.role, m.intent, m.state, m.text, m.about, m.into_language,
               m.tone, m.draft_id, m.at
        FROM copilot_messages m
        WHERE m.project_id = $1 AND m.session_id = $2 AND ($3::integer IS NULL OR m.number < $3)
        ORDER BY m.number DESC LIMIT $4
        """,
        project,
        session,
        number,
        limit,
    )
    return [CopilotMessage(*row) for row in reversed(rows)]


async def after(
    conn: Connection, project: ProjectId, session: bytes, *, number: int, limit: int
) -> Sequence[CopilotMessage]:
    """The first `limit` messages after `number`."""
    rows = await conn.fetch(
        """
        SELECT m.number, m.id, m.ref, m.turn_id, m.role, m.intent, m.state, m.text, m.about, m.into_language,
               m.tone, m.draft_id, m.at
        FROM copilot_messages m WHERE m.project_id = $1 AND m.session_id = $2 AND m.number > $3
        ORDER BY m.number LIMIT $4
        """,
        project,
        session,
        number,
        limit,
    )
    return [CopilotMessage(*row) for row in rows]


async def add_answer(
    conn: Connection,
    project: ProjectId,
    session: bytes,
    *,
    id: bytes,
    turn: bytes,
    intent: str,
    state: str,
    text: str,
    question: int,
    draft: bytes | None,
    now: int,
) -> int:
    """The copilot's answer to `question`; returns its number. The caller holds the session."""
    number: int = await conn.fetchval(
        "UPDATE copilot_sessions SET last_number = last_number + 1, changed_at = $3 "
        "WHERE project_id = $1 AND id = $2 RETURNING last_number",
        project,
        session,
        now,
    )
    await conn.execute(
        """
        INSERT INTO copilot_messages (project_id, session_id, number, id, turn_id, role, intent, state, text,
                                      about, into_language, tone, draft_id, at)
        SELECT q.project_id, q.session_id, $3, $4, $5, 'copilot', $6, $7, $8, q.about, q.into_language,
               q.tone, $10, $11
        FROM copilot_messages q WHERE q.project_id = $1 AND q.session_id = $2 AND q.number = $9
        """,
        project,
        session,
        number,
        id,
        turn,
        intent,
        state,
        text,
        question,
        draft,
        now,
    )
    return number
