"""Table `article_vectors`: the meaning of each chunk, searched where Postgres has pgvector."""

from collections.abc import Sequence
from typing import Final

from core.db.connection import Connection
from core.ids import ProjectId
from core.knowledge.embedding import padded

COMPARED: Final = 1_000  # chunks of a project whose vectors are all compared: 30 ms

Place = tuple[bytes, int]
"""An article, and the number of its chunk."""


async def searchable(conn: Connection) -> bool:
    """Whether the database has pgvector, and so the index."""
    found: bool = await conn.fetchval("SELECT to_regclass('article_vectors_by_nearness') IS NOT NULL")
    return found


async def nearest(
    conn: Connection,
    project: ProjectId,
    vector: Sequence[float],
    *,
    languages: Sequence[str],
    limit: int,
) -> list[Place]:
    """The chunks of published articles that mean the most similar; none without pgvector.

    Exact in a small project. In a larger one by the index, which misses a few, and more of them where other
    projects have most of the installation's articles.
    """
    if not await searchable(conn):
        return []
    count = await conn.fetchval(
        "SELECT chunks FROM article_words WHERE project_id = $1 AND word = ''", project
    )
    look = _compare_all if (count or 0) <= COMPARED else _by_index
    return await look(conn, project, padded(vector), list(languages), limit)


async def _compare_all(
    conn: Connection, project: ProjectId, vector: list[float], languages: list[str], limit: int
) -> list[Place]:
    rows = await conn.fetch(
        """
        WITH every AS MATERIALIZED (
            SELECT v.article_id, v.number, v.vector::vector(1536) <=> $2::real[]::vector(1536) AS distance
            FROM article_vectors v JOIN article_chunks c
              ON c.project_id = v.project_id AND c.article_id = v.article_id AND c.number = v.number
            WHERE v.project_id = $1 AND (cardinality($3::text[]) = 0 OR c.language = ANY($3))
        )
        SELECT article_id, number FROM every ORDER BY distance, article_id, number LIMIT $4
        """,
        project,
        vector,
        languages,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def _by_index(
    conn: Connection, project: ProjectId, vector: list[float], languages: list[str], limit: int
) -> list[Place]:
    """The index gives them nearly in their order."""
    rows = await conn.fetch(
        """
        WITH near AS MATERIALIZED (
            SELECT v.article_id, v.number, v.vector::vector(1536) <=> $2::real[]::vector(1536) AS distance
            FROM article_vectors v
            WHERE v.project_id = $1 AND (cardinality($3::text[]) = 0 OR EXISTS (
                SELECT FROM article_chunks c
                WHERE c.project_id = $1 AND c.article_id = v.article_id AND c.number = v.number
                  AND c.language = ANY($3)
            ))
            ORDER BY v.vector::vector(1536) <=> $2::real[]::vector(1536) LIMIT $4
        )
        SELECT article_id, number FROM near ORDER BY distance, article_id, number
        """,
        project,
        vector,
        languages,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def add(
    conn: Connection, project: ProjectId, article: bytes, *, model: str, found: Sequence[Sequence[float]]
) -> None:
    """The vectors of an article's chunks, in the chunks' order; those of another model are replaced."""
    for number, vector in enumerate(found, start=1):
        await conn.execute(
            """
            INSERT INTO article_vectors (project_id, article_id, number, model, vector)
            VALUES ($1, $2, $3, $4, $5::real[])
            ON CONFLICT (project_id, article_id, number) DO UPDATE
            SET model = excluded.model, vector = excluded.vector
            """,
            project,
            article,
            number,
            model,
            padded(vector),
        )
