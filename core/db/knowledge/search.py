"""Finds the chunks of published articles that say most about a question: by words, and by vectors.

Those of another version than the published one only while that one waits for its preparation: an article
that was changed would else not be found for that time. When the preparation has failed, none is found.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from core.db.connection import Connection
from core.db.knowledge import chunks, vectors
from core.db.knowledge.vectors import Place
from core.ids import ProjectId
from core.knowledge import ranking, words
from core.knowledge.ranking import Term

MAX_HITS: Final = 3_000  # chunks of one word that are looked at
MAX_LOOKS: Final = 5_000  # of all words; those that more have say too little to be looked for
MAX_UNKNOWN: Final = 6  # words that may be misspelt
MIN_TERMS: Final = 3
CANDIDATES: Final = 60
SAYS: Final = (("", 1.0), (chunks.ABOVE, 0.5), (chunks.TWICE, 0.6), (chunks.OFTEN, 0.6))
"""What a word counts once, and how much more if it stands in the title or a heading, or occurs more often.

With the inverse document frequency and the length of the chunk that is BM25, as far as an index alone can
tell it: positions and lengths of hundreds of chunks would have to be read for every question.
"""
PAIR_SAYS: Final = SAYS[:2]
LITTLE: Final = 0.4  # what a general word counts
NEIGHBOURS: Final = 0.7  # and a pair, beside its words
TYPICAL: Final = 60.0  # words of a chunk
SHARE: Final = 0.3  # of the length in the score: longer chunks have more words by chance


class Found(msgspec.Struct, frozen=True):
    """A chunk. `title`, `url`, `language` and `category`: of the version that it is a part of."""

    article: bytes
    version: int
    title: str
    url: str
    language: str
    category: str
    heading: str
    content: str
    score: float


async def search(
    conn: Connection,
    project: ProjectId,
    query: str,
    *,
    languages: Sequence[str],
    limit: int,
    embedding: Sequence[float] | None = None,
) -> list[Found]:
    """Up to `limit` chunks, the best first. `languages`: of the articles; none: of any language.

    `embedding`: of the question, by the model that made the project's vectors.
    """
    spoken = list(dict.fromkeys(words.primary(one) for one in languages))
    folded = words.question(query)
    terms = await _terms(conn, project, folded, spoken or await _languages(conn, project))
    lists = [await _by_words(conn, project, terms, spoken)]
    if embedding is not None:
        lists.append(await vectors.nearest(conn, project, embedding, languages=spoken, limit=CANDIDATES))
    scores = list(ranking.fused(*lists).items())[: max(limit, 0)]
    return await _read(conn, project, scores)


async def _terms(conn: Connection, project: ProjectId, folded: str, languages: Sequence[str]) -> list[Term]:
    """The words of the question that say most, and in place of an unknown one those that are like it."""
    configurations = {words.configuration(one) for one in languages} | {words.SIMPLE}
    neighbours = [pair for one in languages for pair in words.pairs(folded, one)]
    rows = await conn.fetch(
        """
        WITH asked AS (
            SELECT l.word FROM unnest($2::text[]) AS c (configuration)
            CROSS JOIN unnest(tsvector_to_array(to_tsvector(c.configuration::regconfig, $3)))
                       AS l (word)
            UNION SELECT p.word FROM unnest($4::text[]) AS p (word)
            UNION SELECT '' AS word
        )
        SELECT a.word, coalesce(w.chunks, 0)
        FROM asked a LEFT JOIN article_words w ON w.project_id = $1 AND w.word = a.word
        """,
        project,
        sorted(configurations),
        words.spaced(folded),
        list(dict.fromkeys(neighbours)),
    )
    counts = {row[0]: row[1] for row in rows}
    every = counts.pop("", 0)
    known = [Term(word, _weight(word, count, every)) for word, count in counts.items() if count > 0]
    unknown = _misspelt([word for word, count in counts.items() if count <= 0])
    almost = await _almost(conn, project, unknown, counts, every=every) if unknown else []
    best = sorted({*known, *almost}, key=lambda term: -term.weight)[: words.MAX_TERMS]
    return _within(best, counts)


def _misspelt(unknown: Sequence[str]) -> list[str]:
    """Words that no chunk has, and pairs with one of them."""
    alone = [word for word in unknown if " " not in word and ranking.may_be_misspelt(word)]
    pairs = [word for word in unknown if " " in word and set(word.split(" ")) & set(alone)]
    return [*alone, *pairs][:MAX_UNKNOWN]


def _within(terms: Sequence[Term], counts: dict[str, int]) -> list[Term]:
    """The rarest first, until there are MAX_LOOKS chunks to look at; three in any case."""
    looks = 0
    for number, term in enumerate(terms):
        looks += counts[term.word]
        if looks > MAX_LOOKS and number >= MIN_TERMS:
            return list(terms[:number])
    return list(terms)


async def _almost(
    conn: Connection, project: ProjectId, unknown: Sequence[str], counts: dict[str, int], *, every: int
) -> list[Term]:
    """What the unknown words may mean; how many chunks have those is added to `counts`."""
    rows = await conn.fetch(
        """
        SELECT a.word, s.word, s.chunks
        FROM unnest($2::text[]) AS a (word) CROSS JOIN LATERAL (
            SELECT w.word, w.chunks FROM article_words w
            WHERE w.project_id = $1 AND w.word % a.word
            ORDER BY similarity(w.word, a.word) DESC LIMIT 10
        ) s
        """,
        project,
        list(unknown),
    )
    found: dict[str, float] = {}
    for word in unknown:
        near = {row[1]: row[2] for row in rows if row[0] == word}
        for one in ranking.like(word, list(near)):
            found[one] = ranking.ALMOST * _weight(one, near[one], every)
            counts[one] = near[one]
    return [Term(*pair) for pair in found.items()]


async def _by_words(
    conn: Connection, project: ProjectId, terms: Sequence[Term], languages: Sequence[str]
) -> list[Place]:
    key = words.key(project)
    asked = [
        (_quoted(key + mark + term.word), term.weight * factor)
        for term in terms
        for mark, factor in (PAIR_SAYS if " " in term.word else SAYS)
    ]
    rows = await conn.fetch(
        """
        SELECT h.article_id, h.number
        FROM unnest($2::text[], $3::float8[]) AS a (word, weight) CROSS JOIN LATERAL (
            SELECT c.article_id, c.number, c.length FROM article_chunks c
            WHERE c.project_id = $1 AND c.words @@ a.word::tsquery
              AND (cardinality($4::text[]) = 0 OR c.language = ANY($4))
            LIMIT $5
        ) h
        GROUP BY h.article_id, h.number, h.length
        ORDER BY sum(a.weight) / (1 - $6::float8 + $6::float8 * h.length / $7::float8) DESC,
                 h.article_id, h.number
        LIMIT $8
        """,
        project,
        [word for word, _ in asked],
        [weight for _, weight in asked],
        list(languages),
        MAX_HITS,
        SHARE,
        TYPICAL,
        CANDIDATES,
    )
    return [(row[0], row[1]) for row in rows]


async def _read(conn: Connection, project: ProjectId, scores: Sequence[tuple[Place, float]]) -> list[Found]:
    rows: Sequence[Any] = await conn.fetch(
        """
        SELECT c.article_id, c.version, v.title, v.url, v.language, v.category, c.heading, c.content, n.score
        FROM unnest($2::uuid[], $3::integer[], $4::float8[]) AS n (article_id, number, score)
        JOIN article_chunks c
          ON c.project_id = $1 AND c.article_id = n.article_id AND c.number = n.number
        JOIN articles a ON a.project_id = $1 AND a.id = c.article_id
        JOIN article_versions v
          ON v.project_id = $1 AND v.article_id = c.article_id AND v.number = c.version
        WHERE a.published IS NOT NULL AND a.removed_at IS NULL
          AND (c.version = a.published OR EXISTS (
              SELECT FROM article_preparations p
              WHERE p.project_id = $1 AND p.article_id = c.article_id AND p.state = 'queued'
          ))
        ORDER BY n.score DESC
        """,
        project,
        [place[0] for place, _ in scores],
        [place[1] for place, _ in scores],
        [score for _, score in scores],
    )
    return [Found(*row) for row in rows]


async def _languages(conn: Connection, project: ProjectId) -> list[str]:
    """Of the published articles."""
    rows = await conn.fetch(
        "SELECT DISTINCT language FROM articles "
        "WHERE project_id = $1 AND published IS NOT NULL AND removed_at IS NULL",
        project,
    )
    return [words.primary(row[0]) for row in rows]


def _weight(word: str, chunks: int, every: int) -> float:
    factor = LITTLE if word in words.GENERAL else NEIGHBOURS if " " in word else 1.0
    return factor * ranking.weight(chunks, of=every)


def _quoted(word: str) -> str:
    """As a text search query of one word."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
