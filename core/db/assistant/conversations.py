"""Table `assistant_conversations`: what the assistant keeps of a conversation between two turns."""

from collections.abc import Mapping

import msgspec

from core.assistant.turn import Position
from core.db.chat.load import ConversationKey
from core.db.connection import Connection
from core.ids import ConversationId, ProjectId


class Kept(msgspec.Struct, frozen=True):
    """`position` None: the workflow begins. `summary`: of the messages up to `summary_seq`.

    `handoff_reason` and `brief`: of the last time it handed over, for the team. `article`: what the visitor
    asked from. `uncovered`: answers in a row that no article covered.
    """

    position: Position | None = None
    handoff_reason: str = ""
    brief: str = ""
    summary: str = ""
    summary_seq: int = 0
    article: bytes | None = None
    uncovered: int = 0


class Summary(msgspec.Struct, frozen=True):
    """Of the messages up to `seq`, instead of the one that went up to `since`.

    `brief`: it is also what the team reads about the hand-over.
    """

    text: str
    seq: int
    since: int
    brief: bool


async def kept(conn: Connection, project: ProjectId, conversation: ConversationId) -> Kept:
    """What is kept; empty before its first turn."""
    row = await conn.fetchrow(
        """
        SELECT position, handoff_reason, brief, summary, summary_seq, article_id, uncovered
        FROM assistant_conversations WHERE project_id = $1 AND conversation_id = $2
        """,
        project,
        conversation,
    )
    if row is None:
        return Kept()
    position = None if row[0] is None else msgspec.convert(row[0], Position)
    return Kept(position, *row[1:])


async def move(
    conn: Connection, project: ProjectId, conversation: ConversationId, position: Position | None
) -> None:
    """Where the conversation is now. The caller holds the lock of the conversation."""
    await conn.execute(
        """
        INSERT INTO assistant_conversations (project_id, conversation_id, position) VALUES ($1, $2, $3)
        ON CONFLICT (project_id, conversation_id) DO UPDATE SET position = excluded.position
        """,
        project,
        conversation,
        None if position is None else msgspec.to_builtins(position),
    )


async def count_uncovered(
    conn: Connection, project: ProjectId, conversation: ConversationId, *, uncovered: bool
) -> None:
    """One more answer that no article covers; an answer that one covers begins again at 0."""
    await conn.execute(
        """
        INSERT INTO assistant_conversations AS c (project_id, conversation_id, uncovered)
        VALUES ($1, $2, CASE WHEN $3::boolean THEN 1 ELSE 0 END)
        ON CONFLICT (project_id, conversation_id)
        DO UPDATE SET uncovered = CASE WHEN $3 THEN c.uncovered + 1 ELSE 0 END
        """,
        project,
        conversation,
        uncovered,
    )


async def summarise(
    conn: Connection, project: ProjectId, conversation: ConversationId, made: Summary
) -> bool:
    """Replaces the summary; False if another one came in between."""
    stored = await conn.fetchval(
        """
        UPDATE assistant_conversations
        SET summary = $3, summary_seq = $4, brief = CASE WHEN $6::boolean THEN $3 ELSE brief END
        WHERE project_id = $1 AND conversation_id = $2 AND summary_seq = $5 RETURNING true
        """,
        project,
        conversation,
        made.text,
        made.seq,
        made.since,
        made.brief,
    )
    return stored is True


async def hand_over(
    conn: Connection, project: ProjectId, conversation: ConversationId, *, reason: str, brief: str
) -> None:
    """What the team reads about it."""
    await conn.execute(
        """
        INSERT INTO assistant_conversations (project_id, conversation_id, handoff_reason, brief)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (project_id, conversation_id)
        DO UPDATE SET handoff_reason = excluded.handoff_reason, brief = excluded.brief
        """,
        project,
        conversation,
        reason,
        brief,
    )


async def ask_about(conn: Connection, articles: Mapping[ConversationKey, bytes]) -> None:
    """The article that each conversation is about; one that is not published in its project is ignored.

    The caller holds the locks of the conversations.
    """
    keys = sorted(articles)
    await conn.execute(
        """
        INSERT INTO assistant_conversations (project_id, conversation_id, article_id)
        SELECT n.project_id, n.conversation_id, a.id
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS n (project_id, conversation_id, article_id)
        JOIN articles a ON a.project_id = n.project_id AND a.id = n.article_id
        WHERE a.published IS NOT NULL AND a.removed_at IS NULL
        ON CONFLICT (project_id, conversation_id) DO UPDATE SET article_id = excluded.article_id
        """,
        [project for project, _ in keys],
        [conversation for _, conversation in keys],
        [articles[key] for key in keys],
    )


async def asked_about(
    conn: Connection, project: ProjectId, conversation: ConversationId
) -> tuple[bytes, str] | None:
    """The article that the conversation is about, and its title; None once it is not published any more."""
    row = await conn.fetchrow(
        """
        SELECT a.id, a.title FROM assistant_conversations c
        JOIN articles a ON a.project_id = c.project_id AND a.id = c.article_id
        WHERE c.project_id = $1 AND c.conversation_id = $2
              AND a.published IS NOT NULL AND a.removed_at IS NULL
        """,
        project,
        conversation,
    )
    return None if row is None else (row[0], row[1])
