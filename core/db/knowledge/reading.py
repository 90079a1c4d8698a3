"""What visitors read: the published versions of articles, and where to find them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId

EXCERPT: Final = 600  # code points of a text that lists show a part of


class Excerpt(msgspec.Struct, frozen=True):
    """A published article in a list. `text`: its summary, or how its Markdown begins."""

    id: bytes
    title: str
    language: str
    category: str  # may be empty
    text: str


class Reading(msgspec.Struct, frozen=True):
    """A published article. `content`: Markdown. `at`: when it was published, in ms."""

    id: bytes
    version: int
    title: str
    language: str
    category: str
    url: str
    content: str
    summary: str
    at: int


class Page(NamedTuple):
    """What a list of addresses says about an article. `at` in ms."""

    id: bytes
    title: str
    at: int


class Shelf(NamedTuple):
    """A category, and how many published articles it has."""

    category: str
    articles: int


async def is_offered(conn: Connection, project: ProjectId) -> bool:
    """Whether the widget has articles to show."""
    found: bool = await conn.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM articles a
            WHERE a.project_id = $1 AND a.published IS NOT NULL AND a.removed_at IS NULL
        ) AND NOT EXISTS (SELECT FROM knowledge_settings k WHERE k.project_id = $1 AND NOT k.in_widget)
        """,
        project,
    )
    return found


async def published(conn: Connection, project: ProjectId, article: bytes) -> Reading | None:
    row = await conn.fetchrow(
        """
        SELECT a.id, v.number, v.title, v.language, v.category, v.url, v.content, v.summary, a.published_at
        FROM articles a
        JOIN article_versions v
          ON v.project_id = a.project_id AND v.article_id = a.id AND v.number = a.published
        WHERE a.project_id = $1 AND a.id = $2 AND a.published IS NOT NULL AND a.removed_at IS NULL
        """,
        project,
        article,
    )
    return None if row is None else Reading(*row)


async def best(conn: Connection, project: ProjectId, *, language: str | None, limit: int) -> list[Excerpt]:
    """Those that helped most, then the newest. `language`: its first part, such as `pt`; None: any."""
    rows = await conn.fetch(
        """
        SELECT a.id, v.title, v.language, v.category,
               CASE WHEN v.summary = '' THEN left(v.content, $4) ELSE v.summary END
        FROM articles a
        JOIN article_versions v
          ON v.project_id = a.project_id AND v.article_id = a.id AND v.number = a.published
        WHERE a.project_id = $1 AND a.published IS NOT NULL AND a.removed_at IS NULL
          AND ($2::text IS NULL OR split_part(v.language, '-', 1) = $2)
        ORDER BY a.helpful - a.unhelpful DESC, a.published_at DESC, a.id LIMIT $3
        """,
        project,
        language,
        limit,
        EXCERPT,
    )
    return [Excerpt(*row) for row in rows]


async def of_category(
    conn: Connection, project: ProjectId, *, language: str, category: str, offset: int, limit: int
) -> list[Excerpt]:
    """The articles of a category in a language, by title."""
    rows = await conn.fetch(
        """
        SELECT a.id, v.title, v.language, v.category,
               CASE WHEN v.summary = '' THEN left(v.content, $6) ELSE v.summary END
        FROM articles a
        JOIN article_versions v
          ON v.project_id = a.project_id AND v.article_id = a.id AND v.number = a.published
        WHERE a.project_id = $1 AND a.published IS NOT NULL AND a.removed_at IS NULL
          AND split_part(v.language, '-', 1) = $2 AND v.category = $3
        ORDER BY v.title, a.id OFFSET $4 LIMIT $5
        """,
        project,
        language,
        category,
        offset,
        limit,
        EXCERPT,
    )
    return [Excerpt(*row) for row in rows]


async def contents(
    conn: Connection, project: ProjectId, *, language: str, categories: Sequence[str], each: int
) -> list[Excerpt]:
    """Of each category the `each` articles that helped most, without their texts.

    One pass over the articles, whatever the number of categories.
    """
    rows = await conn.fetch(
        """
        SELECT n.id, n.title, n.language, s.category, ''
        FROM (
            SELECT v.category,
                   array_agg(a.id ORDER BY a.helpful - a.unhelpful DESC, a.published_at DESC, a.id) AS ids,
                   array_agg(v.title ORDER BY a.helpful - a.unhelpful DESC, a.published_at DESC, a.id)
                       AS titles,
                   array_agg(v.language ORDER BY a.helpful - a.unhelpful DESC, a.published_at DESC, a.id)
                       AS languages
            FROM articles a
            JOIN article_versions v
              ON v.project_id = a.project_id AND v.article_id = a.id AND v.number = a.published
            WHERE a.project_id = $1 AND a.published IS NOT NULL AND a.removed_at IS NULL
              AND split_part(v.language, '-', 1) = $2 AND v.category = ANY($3::text[])
            GROUP BY v.category
        ) s CROSS JOIN unnest(s.ids, s.titles, s.languages)
            WITH ORDINALITY AS n (id, title, language, place)
        WHERE n.place <= $4
        ORDER BY s.category, n.place
        """,
        project,
        language,
        list(categories),
        each,
    )
    return [Excerpt(*row) for row in rows]


async def shelves(conn: Connection, project: ProjectId, *, language: str, limit: int) -> list[Shelf]:
    """The categories of a language by name; the empty one is last."""
    rows = await conn.fetch(
        """
        SELECT v.category, count(*)
        FROM articles a
        JOIN article_versions v
          ON v.project_id = a.project_id AND v.article_id = a.id AND v.number = a.published
        WHERE a.project_id = $1 AND a.published IS NOT NULL AND a.removed_at IS NULL
          AND split_part(v.language, '-', 1) = $2
        GROUP BY v.category ORDER BY v.category = '', v.category LIMIT $3
        """,
        project,
        language,
        limit,
    )
    return [Shelf(*row) for row in rows]


async def languages(conn: Connection, project: ProjectId, *, limit: int) -> list[str]:
    """The first parts of the languages of published articles, the one with most articles first."""
    rows = await conn.fetch(
        """
        SELECT split_part(v.language, '-', 1)
        FROM articles a
        JOIN article_versions v
          ON v.project_id = a.project_id AND v.article_id = a.id AND v.number = a.published
        WHERE a.project_id = $1 AND a.published IS NOT NULL AND a.removed_at IS NULL
        GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT $2
        """,
        project,
        limit,
    )
    return [row[0] for row in rows]


async def pages(conn: Connection, project: ProjectId, *, limit: int) -> list[Page]:
    """Every published article, the newest first."""
    rows = await conn.fetch(
        """
        SELECT a.id, v.title, a.published_at
        FROM articles a
        JOIN article_versions v
          ON v.project_id = a.project_id AND v.article_id = a.id AND v.number = a.published
        WHERE a.project_id = $1 AND a.published IS NOT NULL AND a.removed_at IS NULL
        ORDER BY a.published_at DESC, a.id LIMIT $2
        """,
        project,
        limit,
    )
    return [Page(*row) for row in rows]
