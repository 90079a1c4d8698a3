"""What visitors and the assistant see of an article: publish a version, unpublish, remove the article.

The caller holds the project's lock. A worker prepares a published version (`article_preparations`); until
then, searches find the chunks of the version that was published before. When that fails, they find none.
"""

from core.db.connection import Connection
from core.db.knowledge import chunks
from core.ids import ProjectId


async def publish(conn: Connection, project: ProjectId, article: bytes, version: int, *, now: int) -> None:
    """Shows this version, and queues its preparation instead of an earlier version's."""
    await conn.execute(
        """
        UPDATE articles SET published = $3, published_at = $4
        WHERE project_id = $1 AND id = $2 AND removed_at IS NULL
        """,
        project,
        article,
        version,
        now,
    )
    await conn.execute(
        """
        INSERT INTO article_preparations (project_id, article_id, version, due_at) VALUES ($1, $2, $3, now())
        ON CONFLICT (project_id, article_id) DO UPDATE
        SET version = excluded.version, due_at = excluded.due_at, state = 'queued', stage = '', error = '',
            tries = 0, prepared_at = NULL
        """,
        project,
        article,
        version,
    )


async def unpublish(conn: Connection, project: ProjectId, article: bytes) -> None:
    """Makes it a draft, which no search finds."""
    await conn.execute(
        "UPDATE articles SET published = NULL WHERE project_id = $1 AND id = $2 AND removed_at IS NULL",
        project,
        article,
    )
    await _forget(conn, project, article)


async def remove(conn: Connection, project: ProjectId, article: bytes, *, now: int) -> None:
    """Removes an article. Of what was ever published, the last version stays a while: answers cite it."""
    await conn.execute(
        "DELETE FROM articles WHERE project_id = $1 AND id = $2 AND published_at IS NULL", project, article
    )
    await _forget(conn, project, article)
    await conn.execute(
        """
        DELETE FROM article_versions v USING articles a
        WHERE v.project_id = $1 AND v.article_id = $2 AND a.project_id = $1 AND a.id = $2
          AND v.number <> coalesce(a.published, a.version)
        """,
        project,
        article,
    )
    await conn.execute(
        "DELETE FROM article_votes WHERE project_id = $1 AND article_id = $2", project, article
    )
    await conn.execute(
        """
        UPDATE articles SET removed_at = $3, published = NULL, refetch_at = NULL
        WHERE project_id = $1 AND id = $2 AND removed_at IS NULL
        """,
        project,
        article,
        now,
    )


async def remove_old(conn: Connection, *, before: int) -> None:
    """Deletes at most 500 articles that were removed before then, with what was left of them."""
    await conn.execute(
        "DELETE FROM articles WHERE (project_id, id) IN "
        "(SELECT project_id, id FROM articles WHERE removed_at < $1 LIMIT 500)",
        before,
    )


async def _forget(conn: Connection, project: ProjectId, article: bytes) -> None:
    """The preparation first: a worker that prepares it holds that row while it writes chunks."""
    await conn.execute(
        "DELETE FROM article_preparations WHERE project_id = $1 AND article_id = $2", project, article
    )
    await chunks.forget(conn, project, article)
