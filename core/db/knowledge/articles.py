"""Table `articles`: one row for each article, with what its newest version says about it."""

from typing import Final, Literal, NamedTuple

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId
from core.text.folding import fold

MAX_PER_PROJECT: Final = 10_000  # of one project
MAX_TITLE: Final = 200  # code points
MAX_LANGUAGE: Final = 20
MAX_CATEGORY: Final = 50
MAX_GROUPS: Final = 500  # categories in one answer, and languages

State = Literal["draft", "published", "changed"]
Source = Literal["written", "address", "file"]


class Article(msgspec.Struct, frozen=True):
    """`state` changed: there is a newer version than the published one. `changed_by_name` None: an import, or
    the account was deleted. `preparation`, `stage` and `error`: of the published version, as in
    `article_preparations`; empty while nothing is published. Times in ms."""

    id: bytes
    title: str
    language: str
    category: str  # may be empty
    url: str  # may be empty
    state: State
    version: int
    published: int | None
    published_at: int | None
    source: Source
    helpful: int
    unhelpful: int
    changed_at: int
    changed_by: UserId | None
    changed_by_name: str | None
    preparation: str
    stage: str
    error: str
    prepared_at: int | None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a list shows; None or empty: everything. `text`: a part of the title or the address,
    whatever its case and accents."""

    state: State | None = None
    category: str | None = None
    language: str | None = None
    text: str = ""


class Spot(NamedTuple):
    """Where a page ended: the time in ms, and the id."""

    at: int
    article: bytes


class Group(NamedTuple):
    """How many articles have a category, or a language."""

    name: str
    articles: int


async def page(
    conn: Connection, project: ProjectId, wanted: Wanted, *, after: Spot | None, limit: int
) -> list[Article]:
    """Up to `limit` articles, the last changed first, after `after`."""
    rows = await conn.fetch(
        """
        SELECT a.id, a.title, a.language, a.category, a.url,
               CASE WHEN a.published IS NULL THEN 'draft' WHEN a.published = a.version THEN 'published'
                    ELSE 'changed' END,
               a.version, a.published, a.published_at, a.source, a.helpful, a.unhelpful, a.changed_at,
               a.changed_by, u.full_name, coalesce(p.state, ''), coalesce(p.stage, ''), coalesce(p.error, ''),
               p.prepared_at
        FROM articles a
        LEFT JOIN users u ON u.id = a.changed_by AND u.state <> 'deleted'
        LEFT JOIN article_preparations p ON p.project_id = a.project_id AND p.article_id = a.id
        WHERE a.project_id = $1 AND a.removed_at IS NULL
          AND ($2::timestamptz IS NULL OR (a.changed_at, a.id) < ($2, $3::uuid))
          AND ($4::text IS NULL OR $4 = CASE WHEN a.published IS NULL THEN 'draft'
                                             WHEN a.published = a.version THEN 'published'
                                             ELSE 'changed' END)
          AND ($5::text IS NULL OR a.category = $5)
          AND ($6::text IS NULL OR a.language = $6)
          AND strpos(a.folded, $7) > 0
        ORDER BY a.changed_at DESC, a.id DESC LIMIT $8
        """,
        project,
        None if after is None else after.at,
        None if after is None else after.article,
        wanted.state,
        wanted.category,
        wanted.language,
        fold(wanted.text),
        limit,
    )
    return [Article(*row) for row in rows]


async def by_id(conn: Connection, project: ProjectId, article: bytes) -> Article | None:
    row = await conn.fetchrow(
        """
        SELECT a.id, a.title, a.language, a.category, a.url,
               CASE WHEN a.published IS NULL THEN 'draft' WHEN a.published = a.version THEN 'published'
                    ELSE 'changed' END,
               a.version, a.published, a.published_at, a.source, a.helpful, a.unhelpful, a.changed_at,
               a.changed_by, u.full_name, coalesce(p.state, ''), coalesce(p.stage, ''), coalesce(p.error, ''),
               p.prepared_at
        FROM articles a
        LEFT JOIN users u ON u.id = a.changed_by AND u.state <> 'deleted'
        LEFT JOIN article_preparations p ON p.project_id = a.project_id AND p.article_id = a.id
        WHERE a.project_id = $1 AND a.id = $2 AND a.removed_at IS NULL
        """,
        project,
        article,
    )
    return None if row is None else Article(*row)


async def count(conn: Connection, project: ProjectId) -> int:
    found: int = await conn.fetchval(
        "SELECT count(*) FROM articles WHERE project_id = $1 AND removed_at IS NULL", project
    )
    return found


async def states(conn: Connection, project: ProjectId) -> dict[str, int]:
    """How many articles there are of each state that occurs."""
    rows = await conn.fetch(
        """
        SELECT CASE WHEN published IS NULL THEN 'draft' WHEN published = version THEN 'published'
                    ELSE 'changed' END, count(*)
        FROM articles WHERE project_id = $1 AND removed_at IS NULL GROUP BY 1
        """,
        project,
    )
    return {row[0]: row[1] for row in rows}


async def categories(conn: Connection, project: ProjectId) -> list[Group]:
    """By name; an article without one is in none."""
    rows = await conn.fetch(
        """
        SELECT category, count(*) FROM articles
        WHERE project_id = $1 AND removed_at IS NULL AND category <> ''
        GROUP BY category ORDER BY category LIMIT $2
        """,
        project,
        MAX_GROUPS,
    )
    return [Group(*row) for row in rows]


async def languages(conn: Connection, project: ProjectId) -> list[Group]:
    rows = await conn.fetch(
        """
        SELECT language, count(*) FROM articles WHERE project_id = $1 AND removed_at IS NULL
        GROUP BY language ORDER BY count(*) DESC, language LIMIT $2
        """,
        project,
        MAX_GROUPS,
    )
    return [Group(*row) for row in rows]
