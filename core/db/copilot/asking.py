"""What a question to the copilot needs and writes: session, messages, turn. Only core.apply uses it."""

from collections.abc import Sequence

import msgspec

from core.db.columns import columns
from core.db.connection import Connection
from core.ids import ProjectId, Ref, UserId

SessionKey = tuple[ProjectId, bytes]


class AskedSession(msgspec.Struct):
    """A locked session, while a batch adds questions. `busy`: a turn of it runs. `waiting`: questions."""

    project: ProjectId
    id: bytes
    user: UserId
    last_number: int
    busy: bool = False
    waiting: int = 0


class StoredQuestion(msgspec.Struct, frozen=True):
    """A question that came before under the same `ref`. From `text` on: what was asked."""

    id: bytes
    number: int
    at: int
    waiting: bool
    text: str
    intent: str
    about: bytes | None
    into_language: str
    tone: str
    draft: bytes | None


class NewQuestion(msgspec.Struct, frozen=True):
    project: ProjectId
    session: bytes
    number: int
    id: bytes
    ref: Ref
    turn: bytes | None
    intent: str
    state: str
    text: str
    about: bytes | None
    into_language: str
    tone: str
    draft: bytes | None
    at: int


class NewTurn(msgspec.Struct, frozen=True):
    project: ProjectId
    id: bytes
    session: bytes
    number: int
    at: int


async def lock(conn: Connection, sessions: Sequence[SessionKey]) -> list[AskedSession]:
    """Those that exist, locked until the transaction ends; each with its state after the lock."""
    rows = await conn.fetch(
        """
        SELECT s.project_id, s.id, s.user_id, s.last_number
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
        JOIN copilot_sessions s ON s.project_id = asked.project_id AND s.id = asked.id
        JOIN projects p ON p.id = s.project_id AND p.deleted_at IS NULL
        ORDER BY s.project_id, s.id FOR NO KEY UPDATE OF s
        """,
        [project for project, _ in sessions],
        [session for _, session in sessions],
    )
    found = {(row[0], row[1]): AskedSession(*row) for row in rows}
    states = await conn.fetch(
        """
        SELECT asked.project_id, asked.id,
               EXISTS (SELECT FROM copilot_turns t WHERE t.project_id = asked.project_id
                       AND t.session_id = asked.id AND t.state = 'running'),
               (SELECT count(*) FROM copilot_messages m WHERE m.project_id = asked.project_id
                AND m.session_id = asked.id AND m.state = 'waiting')
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (project_id, id)
        """,
        [project for project, _ in found],
        [session for _, session in found],
    )
    for project, session, busy, waiting in states:
        one = found[project, session]
        one.busy, one.waiting = busy, waiting
    return list(found.values())


async def questions(
    conn: Connection, asked: Sequence[tuple[ProjectId, bytes, Ref]]
) -> dict[tuple[ProjectId, bytes, Ref], StoredQuestion]:
    """Those that are stored already. After the locks of their sessions."""
    rows = await conn.fetch(
        """
        SELECT m.project_id, m.session_id, m.ref, m.id, m.number, m.at, m.state = 'waiting',
               m.text, m.intent, m.about, m.into_language, m.tone, m.draft_id
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS asked (project_id, session_id, ref)
        JOIN copilot_messages m ON m.project_id = asked.project_id AND m.session_id = asked.session_id
                               AND m.ref = asked.ref
        """,
        [project for project, _, _ in asked],
        [session for _, session, _ in asked],
        [ref for _, _, ref in asked],
    )
    return {(row[0], row[1], row[2]): StoredQuestion(*row[3:]) for row in rows}


async def save(conn: Connection, questions: Sequence[NewQuestion], turns: Sequence[NewTurn]) -> None:
    """In the transaction that holds the sessions."""
    if not questions:
        return
    await conn.execute(
        """
        INSERT INTO copilot_messages (project_id, session_id, number, id, ref, turn_id, role, intent, state,
                                      text, about, into_language, tone, draft_id, at)
        SELECT n.project_id, n.session_id, n.number, n.id, n.ref, n.turn_id, 'agent', n.intent, n.state,
               n.text, n.about, n.into_language, n.tone, n.draft_id, n.at
        FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[],
                    $8::text[], $9::text[], $10::uuid[], $11::text[], $12::text[], $13::uuid[],
                    $14::timestamptz[])
             AS n (project_id, session_id, number, id, ref, turn_id, intent, state, text, about,
                   into_language, tone, draft_id, at)
        """,
        *columns(questions, NewQuestion),
    )
    await conn.execute(
        """
        UPDATE copilot_sessions s
        SET last_number = n.number, changed_at = n.at,
            title = CASE WHEN s.title = '' THEN left(n.text, 80) ELSE s.title END
        FROM (
            SELECT DISTINCT ON (q.project_id, q.session_id) q.project_id, q.session_id, q.number, q.text, q.at
            FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::timestamptz[])
                 AS q (project_id, session_id, number, text, at)
            ORDER BY q.project_id, q.session_id, q.number DESC
        ) AS n
        WHERE s.project_id = n.project_id AND s.id = n.session_id
        """,
        [one.project for one in questions],
        [one.session for one in questions],
        [one.number for one in questions],
        ["" if one.about else one.text for one in questions],  # a customer's words are no title
        [one.at for one in questions],
    )
    if turns:
        await conn.execute(
            """
            INSERT INTO copilot_turns (project_id, id, session_id, number, lease_until, created_at)
            SELECT n.project_id, n.id, n.session_id, n.number, now(), n.at
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::timestamptz[])
                 AS n (project_id, id, session_id, number, at)
            """,
            *columns(turns, NewTurn),
        )
