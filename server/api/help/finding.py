"""Finds articles for a visitor: by a question, or those that helped most."""

from collections.abc import Sequence
from typing import Final

from core.db.connection import Connection
from core.db.knowledge import reading, search
from core.db.knowledge.reading import Excerpt
from core.ids import ProjectId

CHUNKS: Final = 40  # parts of articles: those of one article count once


async def by_query(
    conn: Connection, project: ProjectId, query: str, *, languages: Sequence[str], limit: int
) -> list[Excerpt]:
    """The articles that say most about it; in any language, if none of these says anything."""
    chunks = await search.search(conn, project, query, languages=languages, limit=CHUNKS)
    if not chunks and languages:
        chunks = await search.search(conn, project, query, languages=(), limit=CHUNKS)
    found: dict[bytes, Excerpt] = {}
    for one in chunks:
        found.setdefault(
            one.article, Excerpt(one.article, one.title, one.language, one.category, one.content)
        )
    return list(found.values())[:limit]


async def most_helpful(conn: Connection, project: ProjectId, *, language: str, limit: int) -> list[Excerpt]:
    """By category; in any language, if there are none in this one."""
    found = await reading.best(conn, project, language=language or None, limit=limit)
    if not found and language:
        found = await reading.best(conn, project, language=None, limit=limit)
    return sorted(found, key=lambda one: (one.category == "", one.category))
