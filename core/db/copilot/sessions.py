"""Table `copilot_sessions`: agents' sessions with the copilot. Each belongs to the agent who created it."""

from typing import Final

import msgspec

from core.db.connection import Connection
from core.ids import ConversationId, ProjectId, UserId

MAX_SESSIONS: Final = 1_000  # of one member in one project


class CopilotSession(msgspec.Struct, frozen=True):
    """`article` or `conversation`: what it is based on. `last_number`: of its messages. Times in ms.

    `running`: the turn that runs.
    """

    id: bytes
    user: UserId
    article: bytes | None
    conversation: ConversationId | None
    title: str
    summary: str
    summary_number: int
    last_number: int
    created_at: int
    changed_at: int
    running: bytes | None


async def add(
    conn: Connection,
    project: ProjectId,
    session: bytes,
    *,
    user: UserId,
    article: bytes | None,
    conversation: ConversationId | None,
    title: str,
    now: int,
) -> None:
    await conn.execute(
        """
        INSERT INTO copilot_sessions (project_id, id, user_id, article_id, conversation_id, title, created_at,
                                      changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        """,
        project,
        session,
        user,
        article,
        conversation,
        title,
        now,
    )


async def page(
    conn: Connection,
    project: ProjectId,
    user: UserId,
    *,
    conversation: ConversationId | None,
    article: bytes | None,
    before: tuple[int, bytes] | None,
    limit: int,
) -> list[CopilotSession]:
    """The member's, the latest first, after the place `before` (time, id); all, or those of one base."""
    at, last = before or (None, None)
    rows = await conn.fetch(
        """
        SELECT s.id, s.user_id, s.article_id, s.conversation_id, s.title, s.summary, s.summary_number,
               s.last_number, s.created_at, s.changed_at,
               (SELECT t.id FROM copilot_turns t WHERE t.project_id = s.project_id AND t.session_id = s.id
                AND t.state = 'running')
        FROM copilot_sessions s
        WHERE s.project_id = $1 AND s.user_id = $2
          AND ($3::uuid IS NULL OR s.conversation_id = $3)
          AND ($4::uuid IS NULL OR s.article_id = $4)
          AND ($5::timestamptz IS NULL OR (s.changed_at, s.id) < ($5, $6))
        ORDER BY s.changed_at DESC, s.id DESC LIMIT $7
        """,
        project,
        user,
        conversation,
        article,
        at,
        last,
        limit,
    )
    return [CopilotSession(*row) for row in rows]


async def by_id(conn: Connection, project: ProjectId, session: bytes) -> CopilotSession | None:
    row = await conn.fetchrow(
        """
        SELECT s.id, s.user_id, s.article_id, s.conversation_id, s.title, s.summary, s.summary_number,
               s.last_number, s.created_at, s.changed_at,
               (SELECT t.id FROM copilot_turns t WHERE t.project_id = s.project_id AND t.session_id = s.id
                AND t.state = 'running')
        FROM copilot_sessions s WHERE s.project_id = $1 AND s.id = $2
        """,
        project,
        session,
    )
    return None if row is None else CopilotSession(*row)


async def count(conn: Connection, project: ProjectId, user: UserId) -> int:
    found: int = await conn.fetchval(
        "SELECT count(*) FROM copilot_sessions WHERE project_id = $1 AND user_id = $2", project, user
    )
    return found


async def rename(conn: Connection, project: ProjectId, session: bytes, user: UserId, *, title: str) -> bool:
    """Whether it exists and is the member's."""
    status = await conn.execute(
        "UPDATE copilot_sessions SET title = $4 WHERE project_id = $1 AND id = $2 AND user_id = $3",
        project,
        session,
        user,
        title,
    )
    return bool(status == "UPDATE 1")


async def remove(conn: Connection, project: ProjectId, session: bytes, user: UserId) -> bool:
    """Deletes it with its messages and turns; drafts stay. Whether it existed and was the member's."""
    status = await conn.execute(
        "DELETE FROM copilot_sessions WHERE project_id = $1 AND id = $2 AND user_id = $3",
        project,
        session,
        user,
    )
    return bool(status == "DELETE 1")


async def summarise(
    conn: Connection, project: ProjectId, session: bytes, *, text: str, number: int, since: int
) -> bool:
    """Replaces the summary that went up to `since`; False if another one came in between."""
    stored = await conn.fetchval(
        "UPDATE copilot_sessions SET summary = $3, summary_number = $4 "
        "WHERE project_id = $1 AND id = $2 AND summary_number = $5 RETURNING true",
        project,
        session,
        text,
        number,
        since,
    )
    return stored is True
