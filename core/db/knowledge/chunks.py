"""Tables `article_chunks` and `article_words`: the parts of published articles, and how common each word is.

A word counts once for each chunk that has it. The counts of a project are changed by one transaction at a
time: each begins with the row of the word "", and holds it until its end.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId
from core.knowledge import words
from core.knowledge.chunks import Chunk
from core.text.folding import fold

ABOVE: Final = "^"  # before words of title and headings, as they stand once more among a chunk's words
TWICE: Final = "^^"  # before those that occur at least twice
OFTEN: Final = "^^^"  # four times


class Kept(msgspec.Struct, frozen=True):
    """A chunk of an article."""

    number: int
    version: int
    heading: str
    content: str


async def replace(
    conn: Connection,
    project: ProjectId,
    article: bytes,
    version: int,
    *,
    title: str,
    language: str,
    chunks: Sequence[Chunk],
) -> None:
    """The chunks of a version instead of an earlier one's. In the caller's transaction."""
    await forget(conn, project, article)
    above = [fold(f"{title}\n{one.heading}") for one in chunks]
    whole = [f"{top}\n{fold(one.content)}" for top, one in zip(above, chunks, strict=True)]
    key = words.key(project)
    neighbours = [
        [*words.pairs(text, language), *(ABOVE + pair for pair in words.pairs(top, language))]
        for text, top in zip(whole, above, strict=True)
    ]
    await conn.execute(
        """
        WITH made AS (
            INSERT INTO article_chunks (project_id, article_id, number, version, language, heading, content,
                                        length, words)
            SELECT $1, $2, n.number, $3, $4, n.heading, n.content, n.length,
                   array_to_tsvector(string_to_array(n.pairs, chr(10)) || ARRAY(
                        SELECT $13 || l.word FROM unnest(v.whole) AS l (word)
                        UNION ALL
                        SELECT $13 || '^' || l.word FROM unnest(v.above) AS l (word)
                        UNION ALL
                        SELECT $13 || '^^' || l.word FROM unnest(v.whole) AS l (word, positions)
                        WHERE cardinality(l.positions) >= 2
                        UNION ALL
                        SELECT $13 || '^^^' || l.word FROM unnest(v.whole) AS l (word, positions)
                        WHERE cardinality(l.positions) >= 4
                   ))
            FROM unnest($6::integer[], $7::text[], $8::text[], $9::integer[], $10::text[], $11::text[],
                        $12::text[]) AS n (number, heading, content, length, above, whole, pairs)
            CROSS JOIN LATERAL (
                SELECT to_tsvector($5::text::regconfig, n.above) AS above,
                       to_tsvector($5::text::regconfig, n.whole) AS whole
            ) v
            RETURNING words
        )
        INSERT INTO article_words AS w (project_id, word, chunks)
        SELECT $1, right(l.word, -6), count(*)
        FROM made m CROSS JOIN unnest(tsvector_to_array(m.words)) AS l (word)
        WHERE NOT starts_with(l.word, $13 || '^')
        GROUP BY l.word
        ON CONFLICT (project_id, word) DO UPDATE SET chunks = w.chunks + excluded.chunks
        """,
        project,
        article,
        version,
        words.primary(language),
        words.configuration(language),
        list(range(1, len(chunks) + 1)),
        [one.heading for one in chunks],
        [one.content for one in chunks],
        [words.count(one) for one in whole],
        [words.spaced(one) for one in above],
        [words.spaced(one) for one in whole],
        ["\n".join(key + one for one in some) for some in neighbours],
        key,
    )
    await _count(conn, project, len(chunks))


async def forget(conn: Connection, project: ProjectId, article: bytes) -> None:
    """Deletes an article's chunks. In the caller's transaction."""
    await _count(conn, project, 0)
    changed = await conn.fetch(
        """
        WITH gone AS (
            DELETE FROM article_chunks WHERE project_id = $1 AND article_id = $2 RETURNING words
        ), counted AS (
            SELECT '' AS word, count(*) AS chunks FROM gone
            UNION ALL
            SELECT right(l.word, -6), count(*)
            FROM gone g CROSS JOIN unnest(tsvector_to_array(g.words)) AS l (word)
            WHERE NOT starts_with(l.word, $3 || '^')
            GROUP BY l.word
        )
        UPDATE article_words w SET chunks = w.chunks - c.chunks FROM counted c
        WHERE w.project_id = $1 AND w.word = c.word
        RETURNING w.word, w.chunks
        """,
        project,
        article,
        words.key(project),
    )
    await conn.execute(
        "DELETE FROM article_words WHERE project_id = $1 AND word = ANY($2::text[]) AND chunks <= 0",
        project,
        [word for word, chunks in changed if word and chunks <= 0],
    )


async def by_article(conn: Connection, project: ProjectId, article: bytes, *, limit: int) -> list[Kept]:
    """The first chunks of a published article, in the order of its text."""
    rows = await conn.fetch(
        """
        SELECT c.number, c.version, c.heading, c.content
        FROM article_chunks c JOIN articles a ON a.project_id = c.project_id AND a.id = c.article_id
        WHERE c.project_id = $1 AND c.article_id = $2 AND a.published IS NOT NULL AND a.removed_at IS NULL
          AND (c.version = a.published OR EXISTS (
              SELECT FROM article_preparations p
              WHERE p.project_id = $1 AND p.article_id = $2 AND p.state = 'queued'
          ))
        ORDER BY c.number LIMIT $3
        """,
        project,
        article,
        limit,
    )
    return [Kept(*row) for row in rows]


async def _count(conn: Connection, project: ProjectId, more: int) -> None:
    """Counts chunks, and makes other writers of the project's counts wait."""
    await conn.execute(
        """
        INSERT INTO article_words AS w (project_id, word, chunks) VALUES ($1, '', $2)
        ON CONFLICT (project_id, word) DO UPDATE SET chunks = w.chunks + excluded.chunks
        """,
        project,
        more,
    )
