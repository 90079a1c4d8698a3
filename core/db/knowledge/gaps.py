"""Tables `knowledge_gaps` and `knowledge_gap_questions`: what visitors asked that no article covers.

Questions of the same words are one gap. A project has at most MAX_PER_PROJECT: open ones that were asked
once go first, then other open ones, then those about which a manager has decided, each time those asked
longest ago. A conversation adds at most MOST_OF_TALK, so that one visitor cannot push out what others asked.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

import msgspec

from core import ids
from core.db.chat.load import ConversationKey
from core.db.connection import Connection
from core.ids import ConversationId, ProjectId
from core.knowledge import questions
from core.text import personal_data

MAX_PER_PROJECT: Final = 2_000  # of one project
MOST_OF_TALK: Final = 20  # questions of a conversation in a day
DAY: Final = 24 * 60 * 60 * 1000  # ms
MAX_EXAMPLES: Final = 20  # conversations that are kept of one gap

State = Literal["open", "written", "dismissed"]


class Gap(msgspec.Struct, frozen=True):
    """`question`: as it was asked last. `asked`: how often. `article`: what was written about it.

    Times in ms.
    """

    id: bytes
    question: str
    language: str  # of the visitor who asked last; may be empty
    asked: int
    state: State
    article: bytes | None
    first_at: int
    last_at: int


class Example(NamedTuple):
    """A conversation in which it was asked."""

    conversation: ConversationId
    at: int


class Spot(NamedTuple):
    """Where a page ended: the time in ms, and the id."""

    at: int
    gap: bytes


async def record(
    conn: Connection,
    project: ProjectId,
    *,
    question: str,
    language: str,
    turn: bytes,
    conversation: ConversationId,
    now: int,
) -> bytes | None:
    """Counts a question; the id of its gap. None for a text without a word, and beyond MOST_OF_TALK.

    A gap about which an article was published is open again: the article does not answer it.
    """
    key = questions.key(question)
    if not key or await _too_many(conn, project, conversation, since=now - DAY):
        return None
    gap: bytes = await conn.fetchval(
        """
        INSERT INTO knowledge_gaps AS g (project_id, id, key, question, language, first_at, last_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (project_id, key) DO UPDATE
        SET asked = g.asked + 1, question = excluded.question, language = excluded.language,
            last_at = greatest(g.last_at, excluded.last_at),
            state = CASE WHEN g.state = 'written' AND EXISTS (
                SELECT FROM articles a WHERE a.project_id = $1 AND a.id = g.article_id
                  AND a.published IS NOT NULL AND a.removed_at IS NULL
            ) THEN 'open' ELSE g.state END
        RETURNING id
        """,
        project,
        ids.make(now),
        key,
        questions.shown(question),
        language,
        now,
    )
    await conn.execute(
        """
        INSERT INTO knowledge_gap_questions (project_id, gap_id, turn_id, conversation_id, at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
        """,
        project,
        gap,
        turn,
        conversation,
        now,
    )
    await _bound(conn, project, gap)
    return gap


async def _too_many(
    conn: Connection, project: ProjectId, conversation: ConversationId, *, since: int
) -> bool:
    found: int = await conn.fetchval(
        """
        SELECT count(*) FROM knowledge_gap_questions
        WHERE project_id = $1 AND conversation_id = $2 AND at > $3
        """,
        project,
        conversation,
        since,
    )
    return found >= MOST_OF_TALK


async def _bound(conn: Connection, project: ProjectId, gap: bytes) -> None:
    await conn.execute(
        """
        DELETE FROM knowledge_gap_questions WHERE project_id = $1 AND gap_id = $2 AND turn_id NOT IN (
            SELECT q.turn_id FROM knowledge_gap_questions q
            WHERE q.project_id = $1 AND q.gap_id = $2 ORDER BY q.at DESC, q.turn_id DESC LIMIT $3
        )
        """,
        project,
        gap,
        MAX_EXAMPLES,
    )
    await conn.execute(
        """
        DELETE FROM knowledge_gaps WHERE project_id = $1 AND id IN (
            SELECT g.id FROM knowledge_gaps g WHERE g.project_id = $1 AND g.id <> $2
            ORDER BY CASE WHEN g.state <> 'open' THEN 2 WHEN g.asked > 1 THEN 1 ELSE 0 END, g.last_at, g.id
            LIMIT greatest(0, (SELECT count(*) FROM knowledge_gaps n WHERE n.project_id = $1) - $3)
            FOR UPDATE SKIP LOCKED
        )
        """,
        project,
        gap,
        MAX_PER_PROJECT,
    )


async def page(
    conn: Connection, project: ProjectId, *, state: State | None, after: Spot | None, limit: int
) -> list[Gap]:
    """Up to `limit`, those that were asked last first. `state` None: all."""
    rows = await conn.fetch(
        """
        SELECT id, question, language, asked, state, article_id, first_at, last_at
        FROM knowledge_gaps
        WHERE project_id = $1 AND ($2::text IS NULL OR state = $2)
          AND ($3::timestamptz IS NULL OR (last_at, id) < ($3, $4::uuid))
        ORDER BY last_at DESC, id DESC LIMIT $5
        """,
        project,
        state,
        None if after is None else after.at,
        None if after is None else after.gap,
        limit,
    )
    return [Gap(*row) for row in rows]


async def by_id(conn: Connection, project: ProjectId, gap: bytes) -> Gap | None:
    """Locks it until the transaction ends."""
    row = await conn.fetchrow(
        """
        SELECT id, question, language, asked, state, article_id, first_at, last_at
        FROM knowledge_gaps WHERE project_id = $1 AND id = $2 FOR NO KEY UPDATE
        """,
        project,
        gap,
    )
    return None if row is None else Gap(*row)


async def examples(
    conn: Connection, project: ProjectId, gaps: Iterable[bytes], *, limit: int
) -> dict[bytes, list[Example]]:
    """Up to `limit` conversations of each gap, the last ones first. Those that were deleted are left out."""
    rows = await conn.fetch(
        """
        SELECT g.id, q.conversation_id, q.at
        FROM unnest($2::uuid[]) AS g (id) CROSS JOIN LATERAL (
            SELECT q.conversation_id, max(q.at) AS at
            FROM knowledge_gap_questions q JOIN conversations c
              ON c.project_id = q.project_id AND c.id = q.conversation_id AND c.deleted_at IS NULL
            WHERE q.project_id = $1 AND q.gap_id = g.id
            GROUP BY q.conversation_id ORDER BY max(q.at) DESC, q.conversation_id LIMIT $3
        ) q
        """,
        project,
        list(gaps),
        limit,
    )
    found: dict[bytes, list[Example]] = {}
    for gap, conversation, at in rows:
        found.setdefault(gap, []).append(Example(conversation, at))
    return found


async def counts(conn: Connection, project: ProjectId) -> dict[str, int]:
    """How many gaps there are of each state that occurs."""
    rows = await conn.fetch(
        "SELECT state, count(*) FROM knowledge_gaps WHERE project_id = $1 GROUP BY state", project
    )
    return {row[0]: row[1] for row in rows}


async def decide(
    conn: Connection, project: ProjectId, gap: bytes, state: State, *, article: bytes | None
) -> None:
    """Sets the state; `article`: what was written about it."""
    await conn.execute(
        "UPDATE knowledge_gaps SET state = $3, article_id = $4 WHERE project_id = $1 AND id = $2",
        project,
        gap,
        state,
        article,
    )


async def forget(conn: Connection, conversations: Iterable[ConversationKey]) -> None:
    """Takes the words of these conversations out.

    What others have asked too stays without a text until it is asked again.
    """
    keys = sorted(set(conversations))
    projects, talks = [project for project, _ in keys], [talk for _, talk in keys]
    rows = await conn.fetch(
        """
        DELETE FROM knowledge_gap_questions q
        USING unnest($1::uuid[], $2::uuid[]) AS n (project_id, conversation_id)
        WHERE q.project_id = n.project_id AND q.conversation_id = n.conversation_id
        RETURNING q.project_id, q.gap_id
        """,
        projects,
        talks,
    )
    if not rows:
        return
    gaps = [row[0] for row in rows], [row[1] for row in rows]
    await conn.execute(
        """
        DELETE FROM knowledge_gaps g USING unnest($1::uuid[], $2::uuid[]) AS n (project_id, id)
        WHERE g.project_id = n.project_id AND g.id = n.id AND NOT EXISTS (
            SELECT FROM knowledge_gap_questions q WHERE q.project_id = g.project_id AND q.gap_id = g.id
        )
        """,
        *gaps,
    )
    await conn.execute(
        """
        UPDATE knowledge_gaps g SET question = $3, language = ''
        FROM unnest($1::uuid[], $2::uuid[]) AS n (project_id, id)
        WHERE g.project_id = n.project_id AND g.id = n.id
        """,
        *gaps,
        personal_data.MASK,
    )
