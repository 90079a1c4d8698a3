"""Tables `articles` and `article_versions`, as imports write them: found again, compared, scheduled.

A caller who writes holds the project's lock.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from core.db.connection import Connection
from core.db.knowledge.articles import Source
from core.ids import ProjectId


class Known(msgspec.Struct, frozen=True):
    """An article that was imported before. `hash`: of its text then; `newest`: of its newest version's."""

    id: bytes
    version: int
    published: int | None
    category: str
    language: str
    url: str
    hash: bytes | None
    newest: bytes

    @property
    def edited(self) -> bool:
        """Whether a person has changed its text since."""
        return self.hash != self.newest


class Scheduled(msgspec.Struct, frozen=True):
    """An article whose time to be fetched again has come."""

    project: ProjectId
    article: bytes
    url: str


def hashed(title: str, content: str) -> bytes:
    """Of a text, to notice changes."""
    return hashlib.sha256(f"{title}\0{content}".encode()).digest()


async def known(
    conn: Connection, project: ProjectId, *, article: bytes | None, source: Source, url: str, title: str
) -> Known | None:
    """That article; else the one of this address; else, of a file, the one with this title."""
    row = await conn.fetchrow(
        """
        SELECT a.id, a.version, a.published, a.category, a.language, a.url, a.source_hash, v.title, v.content
        FROM articles a JOIN article_versions v
          ON v.project_id = a.project_id AND v.article_id = a.id AND v.number = a.version
        WHERE a.project_id = $1 AND a.removed_at IS NULL AND CASE
            WHEN $2::uuid IS NOT NULL THEN a.id = $2
            WHEN $3 = 'address' THEN a.url = $4
            ELSE a.source = 'file' AND a.title = $5 END
        ORDER BY a.created_at LIMIT 1
        """,
        project,
        article,
        source,
        url,
        title,
    )
    if row is None:
        return None
    return Known(
        id=row[0],
        version=row[1],
        published=row[2],
        category=row[3],
        language=row[4],
        url=row[5],
        hash=row[6],
        newest=hashed(row[7], row[8]),
    )


async def keep_hash(
    conn: Connection, project: ProjectId, article: bytes, given: bytes, *, source: Source
) -> None:
    """What was imported last."""
    await conn.execute(
        "UPDATE articles SET source_hash = $3, source = $4 WHERE project_id = $1 AND id = $2",
        project,
        article,
        given,
        source,
    )


async def schedule(
    conn: Connection, project: ProjectId, article: bytes, *, days: int | None, at: int | None
) -> None:
    """When it is fetched again; never for None."""
    await conn.execute(
        "UPDATE articles SET refetch_days = $3, refetch_at = $4 WHERE project_id = $1 AND id = $2",
        project,
        article,
        days,
        at,
    )


async def take_scheduled(conn: Connection, *, now: int, limit: int) -> Sequence[Scheduled]:
    """Articles to be fetched again now, each with its next time set."""
    rows = await conn.fetch(
        """
        WITH due AS MATERIALIZED (
            SELECT project_id, id FROM articles
            WHERE refetch_at IS NOT NULL AND refetch_at <= $1 AND removed_at IS NULL
            ORDER BY refetch_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        UPDATE articles a SET refetch_at = CASE
            WHEN a.url <> '' AND a.refetch_days IS NOT NULL THEN $1 + make_interval(days => a.refetch_days)
            END
        FROM due WHERE a.project_id = due.project_id AND a.id = due.id
        RETURNING a.project_id, a.id, a.url
        """,
        now,
        limit,
    )
    return [Scheduled(*row) for row in rows if row[2]]
