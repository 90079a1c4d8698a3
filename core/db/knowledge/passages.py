"""What the assistant reads of published articles: parts of the one a visitor asks from, and found ones."""

from collections.abc import Sequence
from typing import Final

from core.assistant.passages import MAX_PASSAGES, MAX_QUERY, Passage
from core.db.connection import Connection
from core.db.knowledge import chunks, search, versions
from core.ids import ProjectId
from core.knowledge import questions

LOOKED_AT: Final = 3 * MAX_PASSAGES  # chunks among which those are that say enough
MAX_PINNED: Final = 4  # of the article that a visitor asks from
MAX_UNLIKE: Final = 3  # chunks that are given although they share no words with the question
MAX_OF_ONE: Final = 2  # chunks of one article that were found: five articles say more than one


async def any_published(conn: Connection, project: ProjectId) -> bool:
    """Whether there is an article that can be searched."""
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM article_words WHERE project_id = $1 AND word = '' AND chunks > 0)",
        project,
    )
    return found


async def about(
    conn: Connection,
    project: ProjectId,
    question: str,
    *,
    article: bytes | None = None,
    embedding: Sequence[float] | None = None,
    least: float = questions.GOOD_ENOUGH,
) -> tuple[Passage, ...]:
    """At most MAX_PASSAGES: of `article`, which the visitor asks from, then those about the question.

    A chunk with less than `least` of the question's words says nothing about it, however high it ranks. With
    an embedding the first ones may say it in other words: then the model has to judge.
    """
    chosen = await _of_article(conn, project, article) if article is not None else []
    found = await search.search(
        conn, project, question[-MAX_QUERY:], languages=(), limit=LOOKED_AT, embedding=embedding
    )
    kept: dict[bytes, int] = {}
    for rank, one in enumerate(found):
        unlike = embedding is not None and rank < MAX_UNLIKE
        of_it = kept.get(one.article, 0)
        if of_it < MAX_OF_ONE and (unlike or _coverage(question, one) >= least):
            kept[one.article] = of_it + 1
            chosen.append(Passage(one.article, one.version, one.title, one.url, one.heading, one.content))
    return tuple(dict.fromkeys(chosen))[:MAX_PASSAGES]


def _coverage(question: str, one: search.Found) -> float:
    return questions.coverage(question[-MAX_QUERY:], (one.title, one.heading, one.content))


async def _of_article(conn: Connection, project: ProjectId, article: bytes) -> list[Passage]:
    kept = await chunks.by_article(conn, project, article, limit=MAX_PINNED)
    version = await versions.by_number(conn, project, article, kept[0].version) if kept else None
    if version is None:
        return []
    head = version.head
    return [Passage(article, one.version, head.title, head.url, one.heading, one.content) for one in kept]
