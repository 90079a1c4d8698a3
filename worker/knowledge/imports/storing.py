"""Makes an article, or another version of one, of a document that was imported.

A person's text is never overwritten: an article that was edited here after its import is left as it is, and
the import says so. Delete it, or restore the version that was imported, to import it again.
"""

from typing import Final, NamedTuple

from core import ids
from core.db.connection import Connection
from core.db.knowledge import articles, imported, publishing, versions
from core.db.knowledge.articles import MAX_PER_PROJECT, MAX_TITLE, Source
from core.db.knowledge.imported import Known
from core.db.knowledge.imports import Due, Outcome
from core.db.knowledge.versions import Origin, Text
from core.knowledge import languages
from core.text import names
from worker.knowledge.extraction.wire import Extracted

DAYS: Final = 24 * 60 * 60 * 1000  # ms


class Stored(NamedTuple):
    """What became of a page."""

    outcome: Outcome
    code: str = ""
    article: bytes | None = None


async def store(
    conn: Connection, due: Due, document: Extracted, *, url: str, article: bytes | None, now: int
) -> Stored:
    """In a transaction that holds the project's lock. `url`: empty for a file.

    `article`: which of ours it is, if that is known.
    """
    source: Source = "address" if url else "file"
    title = names.clean(document.title)[:MAX_TITLE].strip()
    if not names.is_visible(title):
        title = (url.rstrip("/").rsplit("/", 1)[-1] or url or "Untitled")[:MAX_TITLE]
    given = imported.hashed(title, document.content)
    found = await imported.known(conn, due.project, article=article, source=source, url=url, title=title)
    if found is None:
        if article is not None:
            return Stored("refused", "deleted")
        return await _create(conn, due, document, title=title, url=url, source=source, given=given, now=now)
    if due.kind != "schedule":
        await _schedule(conn, due, found.id, now=now)
    if given == found.hash or given == found.newest:
        await imported.keep_hash(conn, due.project, found.id, given, source=source)
        return Stored("unchanged", article=found.id)
    if found.edited:
        return Stored("refused", "edited", found.id)
    return await _change(conn, due, document, found, title=title, source=source, given=given, now=now)


async def _create(
    conn: Connection,
    due: Due,
    document: Extracted,
    *,
    title: str,
    url: str,
    source: Source,
    given: bytes,
    now: int,
) -> Stored:
    if await articles.count(conn, due.project) >= MAX_PER_PROJECT:
        return Stored("refused", "too_many")
    made = ids.make(now)
    text = Text(
        title=title,
        language=due.language or languages.tag(document.language) or languages.guess(document.content),
        category=due.category,
        url=url,
        content=document.content,
    )
    days = due.refetch_days if url else None
    origin = Origin(
        source=source,
        hash=given,
        refetch_days=days,
        refetch_at=None if days is None else now + days * DAYS,
    )
    await versions.create(conn, due.project, made, text, origin=origin, by=None, now=now)
    if due.publish:
        await publishing.publish(conn, due.project, made, 1, now=now)
    return Stored("created", article=made)


async def _change(
    conn: Connection,
    due: Due,
    document: Extracted,
    found: Known,
    *,
    title: str,
    source: Source,
    given: bytes,
    now: int,
) -> Stored:
    """The next version; it is published if the import says so, or what it replaces was, by a schedule."""
    text = Text(
        title=title,
        language=due.language or found.language,
        category=due.category or found.category,
        url=found.url,
        content=document.content,
    )
    number = await versions.save(conn, due.project, found.id, text, by=None, now=now)
    await imported.keep_hash(conn, due.project, found.id, given, source=source)
    published = found.published == found.version if due.kind == "schedule" else due.publish
    if published:
        await publishing.publish(conn, due.project, found.id, number, now=now)
    return Stored("changed", article=found.id)


async def _schedule(conn: Connection, due: Due, article: bytes, *, now: int) -> None:
    """What the last import says about fetching it again."""
    days = due.refetch_days if due.kind != "file" else None
    at = None if days is None else now + days * DAYS
    await imported.schedule(conn, due.project, article, days=days, at=at)
