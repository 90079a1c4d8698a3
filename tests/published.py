"""An article that visitors find, for tests: written, published, and prepared as a worker does it."""

from core import ids
from core.db.connection import Connection
from core.db.knowledge import chunks, publishing, settings, versions
from core.db.knowledge.settings import KnowledgeSettings
from core.db.knowledge.versions import Text
from core.ids import ProjectId
from core.knowledge import chunks as cutting

AT = 1_800_000_000_000


async def add(
    conn: Connection,
    project: ProjectId,
    title: str,
    content: str,
    *,
    language: str = "en",
    category: str = "",
    url: str = "",
    at: int = AT,
) -> bytes:
    """Call it in a transaction; returns the article's id."""
    article = ids.make()
    text = Text(title=title, language=language, category=category, url=url, content=content)
    await versions.create(conn, project, article, text, by=None, now=at)
    await publishing.publish(conn, project, article, 1, now=at)
    parts = cutting.chunks(content)
    await chunks.replace(conn, project, article, 1, title=title, language=language, chunks=parts)
    return article


async def choose(
    conn: Connection, project: ProjectId, *, in_widget: bool = True, help_page: bool = False
) -> None:
    """Where visitors find the articles."""
    await settings.save(
        conn, project, KnowledgeSettings(in_widget=in_widget, help_page=help_page), by=None, now=AT
    )
