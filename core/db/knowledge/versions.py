"""Table `article_versions`, and the row of `articles` with it: what an article said, each time it was saved.

A caller who writes holds the project's lock (core.db.projects.projects.locked), so that numbers are dense and
the limit of articles holds.
"""

from typing import Final

import msgspec

from core.db.connection import Connection
from core.db.knowledge.articles import Source
from core.ids import ProjectId, UserId
from core.text.folding import fold

MAX_VERSIONS: Final = 200  # of an article; older ones go, except the published one


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """What an author writes. `content`: Markdown. `category` and `url` may be empty."""

    title: str
    language: str
    category: str = ""
    url: str = ""
    content: str

    @property
    def folded(self) -> str:
        """As a list is searched."""
        return fold(f"{self.title}\n{self.url}")


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a new article comes from. `hash`: of the text as it was imported. `refetch_at` in ms."""

    source: Source = "written"
    hash: bytes | None = None
    refetch_days: int | None = None
    refetch_at: int | None = None


WRITTEN: Final = Origin()


class Head(msgspec.Struct, frozen=True):
    """A version without its content. `made_by_name` None: made by an import, or the account was deleted."""

    number: int
    title: str
    language: str
    category: str
    url: str
    length: int  # of the content, in code points
    made_at: int
    made_by: UserId | None
    made_by_name: str | None


class Version(msgspec.Struct, frozen=True):
    """`summary`: empty until it was prepared."""

    head: Head
    content: str
    summary: str

    @property
    def text(self) -> Text:
        """What its author wrote."""
        return Text(
            title=self.head.title,
            language=self.head.language,
            category=self.head.category,
            url=self.head.url,
            content=self.content,
        )


async def create(
    conn: Connection,
    project: ProjectId,
    article: bytes,
    text: Text,
    *,
    origin: Origin = WRITTEN,
    by: UserId | None,
    now: int,
) -> None:
    """Adds an article as a draft, with its first version."""
    await conn.execute(
        """
        INSERT INTO articles (project_id, id, title, language, category, url, source, source_hash,
                              refetch_days, refetch_at, created_at, changed_at, changed_by, folded)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13)
        """,
        project,
        article,
        text.title,
        text.language,
        text.category,
        text.url,
        origin.source,
        origin.hash,
        origin.refetch_days,
        origin.refetch_at,
        now,
        by,
        text.folded,
    )
    await _add(conn, project, article, text, number=1, by=by, now=now)


async def save(
    conn: Connection, project: ProjectId, article: bytes, text: Text, *, by: UserId | None, now: int
) -> int:
    """Adds the next version of an article that exists, deletes those beyond MAX_VERSIONS; returns its number.

    What is published stays published.
    """
    number: int = await conn.fetchval(
        """
        UPDATE articles
        SET title = $3, language = $4, category = $5, url = $6, changed_at = $7, changed_by = $8,
            folded = $9, version = version + 1
        WHERE project_id = $1 AND id = $2 AND removed_at IS NULL
        RETURNING version
        """,
        project,
        article,
        text.title,
        text.language,
        text.category,
        text.url,
        now,
        by,
        text.folded,
    )
    await _add(conn, project, article, text, number=number, by=by, now=now)
    await conn.execute(
        """
        DELETE FROM article_versions WHERE project_id = $1 AND article_id = $2 AND number <= $3
          AND number NOT IN (
            SELECT a.published FROM articles a
            WHERE a.project_id = $1 AND a.id = $2 AND a.published IS NOT NULL
          )
        """,
        project,
        article,
        number - MAX_VERSIONS,
    )
    return number


async def _add(
    conn: Connection,
    project: ProjectId,
    article: bytes,
    text: Text,
    *,
    number: int,
    by: UserId | None,
    now: int,
) -> None:
    await conn.execute(
        """
        INSERT INTO article_versions (project_id, article_id, number, title, language, category, url, content,
                                      made_at, made_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        project,
        article,
        number,
        text.title,
        text.language,
        text.category,
        text.url,
        text.content,
        now,
        by,
    )


async def page(
    conn: Connection, project: ProjectId, article: bytes, *, before: int | None, limit: int
) -> list[Head]:
    """Up to `limit` versions, the newest first, before the number `before`."""
    rows = await conn.fetch(
        """
        SELECT v.number, v.title, v.language, v.category, v.url, char_length(v.content), v.made_at, v.made_by,
               u.full_name
        FROM article_versions v LEFT JOIN users u ON u.id = v.made_by AND u.state <> 'deleted'
        WHERE v.project_id = $1 AND v.article_id = $2 AND ($3::integer IS NULL OR v.number < $3)
        ORDER BY v.number DESC LIMIT $4
        """,
        project,
        article,
        before,
        limit,
    )
    return [Head(*row) for row in rows]


async def by_number(conn: Connection, project: ProjectId, article: bytes, number: int) -> Version | None:
    """Also of an article that was removed: an answer may cite it."""
    row = await conn.fetchrow(
        """
        SELECT v.number, v.title, v.language, v.category, v.url, char_length(v.content), v.made_at, v.made_by,
               u.full_name, v.content, v.summary
        FROM article_versions v LEFT JOIN users u ON u.id = v.made_by AND u.state <> 'deleted'
        WHERE v.project_id = $1 AND v.article_id = $2 AND v.number = $3
        """,
        project,
        article,
        number,
    )
    return None if row is None else Version(Head(*row[:9]), row[9], row[10])
