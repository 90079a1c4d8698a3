"""Table `article_preparations`: the work of preparing published versions, shared by workers.

A claim is a lease, and `tries` numbers it: what a worker writes after another one has taken over, or after a
newer version was published, finds no row and is dropped. A worker locks that row before it writes chunks.
"""

from typing import Final, Literal

import msgspec

from core.db.claims import Claims
from core.db.connection import Connection
from core.ids import ProjectId

Stage = Literal["chunks", "summary", "vectors"]
MAX_SUMMARY: Final = 2_000  # code points

CLAIMS: Final = Claims(
    claim="""
    WITH due AS MATERIALIZED (
        SELECT project_id, article_id FROM article_preparations
        WHERE state = 'queued' AND due_at <= now()
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE article_preparations p SET tries = p.tries + 1, due_at = now() + $1 * interval '1 ms'
    FROM due WHERE p.project_id = due.project_id AND p.article_id = due.article_id
    RETURNING p.project_id, p.article_id, p.version, p.stage, p.tries
    """,
    done="""
    UPDATE article_preparations SET state = 'done', stage = '', error = '', prepared_at = now()
    WHERE project_id = $1 AND article_id = $2 AND version = $3 AND tries = $4 AND state = 'queued'
    RETURNING true
    """,
    postpone="""
    UPDATE article_preparations SET due_at = now() + $1 * interval '1 ms'
    WHERE project_id = $2 AND article_id = $3 AND version = $4 AND tries = $5 AND state = 'queued'
    """,
    release="""
    UPDATE article_preparations SET due_at = now() + $1 * interval '1 ms', tries = tries - 1
    WHERE project_id = $2 AND article_id = $3 AND version = $4 AND tries = $5 AND state = 'queued'
    """,
    give_up="""
    UPDATE article_preparations SET state = 'failed', error = $1
    WHERE project_id = $2 AND article_id = $3 AND version = $4 AND tries = $5 AND state = 'queued'
    """,
    waits=(5, 30, 120, 600, 3600),
)


class Due(msgspec.Struct, frozen=True):
    """A claimed preparation. `stage`: where an earlier attempt had got to; "" for the first."""

    project: ProjectId
    article: bytes
    version: int
    stage: str
    tries: int

    @property
    def key(self) -> tuple[ProjectId, bytes, int, int]:
        """Of the row, as long as the claim holds."""
        return self.project, self.article, self.version, self.tries


class Text(msgspec.Struct, frozen=True):
    """What is prepared."""

    title: str
    language: str
    content: str
    summary: str


async def text(conn: Connection, due: Due) -> Text | None:
    """None: another version is published now, or none."""
    row = await conn.fetchrow(
        """
        SELECT v.title, v.language, v.content, v.summary
        FROM articles a JOIN article_versions v
          ON v.project_id = a.project_id AND v.article_id = a.id AND v.number = a.published
        WHERE a.project_id = $1 AND a.id = $2 AND a.published = $3 AND a.removed_at IS NULL
        """,
        due.project,
        due.article,
        due.version,
    )
    return None if row is None else Text(*row)


async def hold(conn: Connection, due: Due) -> bool:
    """Whether the claim still holds; then nobody else changes it until the transaction ends."""
    found = await conn.fetchval(
        """
        SELECT true FROM article_preparations
        WHERE project_id = $1 AND article_id = $2 AND version = $3 AND tries = $4 AND state = 'queued'
        FOR UPDATE
        """,
        *due.key,
    )
    return found is True


async def enter(conn: Connection, due: Due, stage: Stage) -> bool:
    """Says what is being done now; whether the claim still holds."""
    found = await conn.fetchval(
        """
        UPDATE article_preparations SET stage = $5
        WHERE project_id = $1 AND article_id = $2 AND version = $3 AND tries = $4 AND state = 'queued'
        RETURNING true
        """,
        *due.key,
        stage,
    )
    return found is True


async def summarise(conn: Connection, due: Due, summary: str) -> None:
    """The summary of the version. The caller holds the claim."""
    await conn.execute(
        "UPDATE article_versions SET summary = $4 WHERE project_id = $1 AND article_id = $2 AND number = $3",
        due.project,
        due.article,
        due.version,
        summary[:MAX_SUMMARY],
    )


async def name_model(conn: Connection, due: Due, model: str) -> None:
    """Whose vectors the chunks have now. The caller holds the claim."""
    await conn.execute(
        "UPDATE article_preparations SET model = $3 WHERE project_id = $1 AND article_id = $2",
        due.project,
        due.article,
        model,
    )


async def queue_for_model(conn: Connection, model: str, *, limit: int) -> int:
    """Queues articles that are prepared, but without vectors of this model; returns how many."""
    status = await conn.execute(
        """
        UPDATE article_preparations p SET state = 'queued', stage = 'vectors', tries = 0, due_at = now()
        FROM (
            SELECT project_id, article_id FROM article_preparations
            WHERE state = 'done' AND model <> $1 LIMIT $2 FOR UPDATE SKIP LOCKED
        ) q
        WHERE p.project_id = q.project_id AND p.article_id = q.article_id
        """,
        model,
        limit,
    )
    return int(status.rsplit(" ", 1)[1])
