"""Stores a set in a project, asks its questions, and says how good the answers were and how late."""

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from bench.knowledge.question_set import Article, Question
from core import ids
from core.db.knowledge import chunks, publishing, search, versions
from core.ids import ProjectId
from core.knowledge import chunks as cutting

BATCH: Final = 50  # articles of one transaction
LIMIT: Final = 40  # chunks that are asked for, of which the articles count
FIRST: Final = 5  # articles that a question is answered from


class Quality(msgspec.Struct, frozen=True):
    """`recall`: the share of questions whose article is among the first five; `mrr`: the mean of 1/rank."""

    questions: int
    recall: float
    mrr: float
    missed: list[tuple[str, str, list[str]]]  # question, its article, the titles found


class Times(msgspec.Struct, frozen=True):
    """In ms."""

    searches: int
    median: float
    p95: float
    slowest: float


async def new_project(conn: Any) -> ProjectId:
    made = ProjectId(ids.make())
    await conn.execute(
        "INSERT INTO projects (id, name, domains) VALUES ($1, 'Benchmark of retrieval', '{bench.invalid}')",
        made,
    )
    return made


async def store(
    conn: Any, project: ProjectId, articles: Iterable[Article], *, language: str
) -> dict[bytes, str]:
    """Published and prepared; returns which of the set each is."""
    made: dict[bytes, str] = {}
    waiting = list(articles)
    for at in range(0, len(waiting), BATCH):
        async with conn.transaction():
            for one in waiting[at : at + BATCH]:
                article = ids.make()
                made[article] = one.id
                text = versions.Text(title=one.title[:200], language=language, content=one.content)
                await versions.create(conn, project, article, text, by=None, now=ids.now())
                await publishing.publish(conn, project, article, 1, now=ids.now())
                await chunks.replace(
                    conn,
                    project,
                    article,
                    1,
                    title=text.title,
                    language=language,
                    chunks=cutting.chunks(one.content),
                )
    return made


async def quality(
    conn: Any, project: ProjectId, asked: Sequence[Question], known: dict[bytes, str], *, language: str
) -> Quality:
    """Asks each question once."""
    hits, reciprocal = 0, 0.0
    missed: list[tuple[str, str, list[str]]] = []
    for one in asked:
        found = await search.search(conn, project, one.question, languages=[language], limit=LIMIT)
        order = list(dict.fromkeys(known.get(each.article, "") for each in found))
        rank = order.index(one.article) + 1 if one.article in order else 0
        reciprocal += 1 / rank if rank else 0.0
        if 0 < rank <= FIRST:
            hits += 1
        else:
            titles = list(dict.fromkeys(each.title for each in found))
            missed.append((one.question, one.article, titles[:3]))
    return Quality(len(asked), hits / len(asked), reciprocal / len(asked), missed)


async def times(
    conn: Any, project: ProjectId, asked: Sequence[tuple[str, str]], *, rounds: int, limit: int = 8
) -> Times:
    """How long a search takes. `asked`: language and question."""
    taken: list[float] = []
    for _ in range(rounds):
        for language, question in asked:
            begun = time.perf_counter()
            await search.search(conn, project, question, languages=[language], limit=limit)
            taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return Times(len(taken), taken[len(taken) // 2], taken[int(len(taken) * 0.95)], taken[-1])
