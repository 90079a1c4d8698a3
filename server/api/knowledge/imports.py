"""Imports of articles: managers queue an address, a sitemap or a file; a worker does it, page by page."""

from typing import Any, Final
from urllib.parse import urldefrag

from core import ids
from core.db.connection import Connection
from core.db.knowledge import imports as table
from core.db.knowledge.imports import MAX_FILE, MAX_OPEN, Import, NewImport
from core.ids import ProjectId
from core.knowledge import languages
from core.knowledge.files import MEDIA_TYPES, named
from core.signals import Resource
from core.text import names
from server.api.http import cursors, fields
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.http.uploads import Upload, UploadRule
from server.api.knowledge import texts
from server.api.knowledge.import_schemas import (
    ArticleFileQuery,
    ArticleImport,
    ArticleImportPage,
    ArticleImportQuery,
    ImportedPage,
    ImportedPages,
    ImportedPagesQuery,
    NewArticleImport,
)
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES, Limit

routes = Routes("article_imports", "Imports of articles from addresses, sitemaps and files.")
ALL: Final = "projects/{project}/article-imports"
ONE: Final = ALL + "/{imported}"
QUEUED: Final = Limit(30)
FILE: Final = UploadRule(media_types=tuple(MEDIA_TYPES), max_bytes=MAX_FILE, seconds=120.0)
LOGGED: Final = ("kind", "source", "category", "publish", "refetch_days")


@routes.add("GET", ALL, access=Access.MANAGER, limit=OFTEN, scope="project:read")
async def list_article_imports(call: MemberCall, query: ArticleImportQuery) -> ArticleImportPage:
    """List the imports, the newest first. Those that ended are kept for 30 days."""
    after = None if query.cursor is None else cursors.unpack(query.cursor)
    found = await call.services.database.read(
        lambda conn: table.page(conn, call.project, after=after, limit=query.limit + 1)
    )
    shown = found[: query.limit]
    return ArticleImportPage(
        items=[_shown(one) for one in shown],
        next_cursor=cursors.pack(shown[-1].created_at, shown[-1].id) if len(found) > query.limit else None,
    )


@routes.add(
    "POST",
    ALL,
    access=Access.MANAGER,
    limit=QUEUED,
    status=201,
    problems=("too_many",),
    audit=AuditRule("article_import.created", "article_import", fields=LOGGED, security=True),
    scope="project:write",
)
async def create_article_import(call: MemberCall, body: NewArticleImport) -> ArticleImport:
    """Import articles from an address, or from the addresses of a sitemap, at most 500.

    A worker fetches each page and stores its main part as Markdown. A page that was imported before becomes
    the next version of its article if it has changed; an article that was edited here since is left as it is,
    and its page is `refused` with the code `edited`. At most 20 imports wait or run at a time. 422 with the
    code `not_a_url` at `url`: it is no absolute address of http or https.
    """
    url = urldefrag(body.url.strip()).url
    if not texts.is_web_address(url):
        raise unfit("url", "not_a_url", "Enter an address that begins with https:// or http://.")
    texts.check_length(url)
    new = NewImport(
        kind=body.kind,
        source=url,
        category=names.clean(body.category),
        language=_language(body.language),
        publish=body.publish,
        refetch_days=body.refetch_days,
    )
    return await _queue(call, new)


@routes.add(
    "POST",
    ALL + "/files",
    access=Access.MANAGER,
    limit=QUEUED,
    status=201,
    upload=FILE,
    problems=("too_many",),
    audit=AuditRule("article_import.created", "article_import", fields=LOGGED, security=True),
    unkeyed="a file that is imported again does not make another article",
    scope="project:write",
)
async def import_article_file(call: MemberCall, body: Upload, query: ArticleFileQuery) -> ArticleImport:
    """Import an article from a file of Markdown, HTML, plain text or PDF, at most 10 MB.

    Its title is what it says itself, else its name. A file with the title of an article that came from a file
    becomes the next version of that one.
    """
    name = names.clean(query.name)
    if not names.is_visible(name):
        raise unfit("name", "required", "Send the name of the file.")
    data = await body.whole()
    if not data:
        raise unfit("file", "empty", "The file is empty.")
    new = NewImport(
        kind="file",
        source=named(name, body.media_type),
        body=data,
        category=names.clean(query.category),
        language=_language(query.language),
        publish=query.publish,
    )
    return await _queue(call, new)


@routes.add("GET", ONE, access=Access.MANAGER, limit=OFTEN, scope="project:read")
async def get_article_import(call: MemberCall, imported: bytes) -> ArticleImport:
    """Get an import, and how far it is."""
    async with call.services.database.connection() as conn:
        return _shown(await _found(conn, call.project, imported))


@routes.add("GET", ONE + "/pages", access=Access.MANAGER, limit=OFTEN, scope="project:read")
async def list_imported_pages(call: MemberCall, imported: bytes, query: ImportedPagesQuery) -> ImportedPages:
    """List what became of each page of an import."""
    after = cursors.read_number(query.cursor) or 0
    async with call.services.database.connection() as conn:
        await _found(conn, call.project, imported)
        found = await table.pages(conn, call.project, imported, after=after, limit=query.limit + 1)
    shown = found[: query.limit]
    return ImportedPages(
        items=[
            ImportedPage(
                number=one.number,
                source=one.source,
                outcome=one.outcome,
                code=one.code,
                article=None if one.article is None else fields.uid(one.article),
            )
            for one in shown
        ],
        next_cursor=str(shown[-1].number) if len(found) > query.limit else None,
    )


@routes.add(
    "POST",
    ONE + "/cancel",
    access=Access.MANAGER,
    limit=SOMETIMES,
    audit=AuditRule("article_import.cancelled", "article_import", fields=("source",), security=True),
    scope="project:write",
)
async def cancel_article_import(call: MemberCall, imported: bytes) -> ArticleImport:
    """Cancel an import that waits or runs: it ends after its present page. Articles that it made stay.

    One that has ended is answered as it is.
    """
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await _found(conn, call.project, imported)
        if not await table.cancel(conn, call.project, imported, now=call.now):
            return _shown(before)
        await call.audit(conn, changes={"source": before.source})
        after = await _found(conn, call.project, imported)
    await lists.publish(call, Resource.ARTICLE_IMPORTS, imported, None)
    return _shown(after)


async def _queue(call: MemberCall, new: NewImport) -> ArticleImport:
    """Raises ApiError `too_many`."""
    made = ids.make(call.now)
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        if await table.count_open(conn, call.project) >= MAX_OPEN:
            raise ApiError(
                "too_many", f"{MAX_OPEN} imports are under way. Wait until one ends, or cancel one."
            )
        await table.add(conn, call.project, made, new, by=call.member, now=call.now)
        changes: dict[str, Any] = {name: getattr(new, name) for name in LOGGED}
        await call.audit(conn, entity_id=made, changes=changes)
        after = await _found(conn, call.project, made)
    await lists.publish(call, Resource.ARTICLE_IMPORTS, made, None)
    return _shown(after)


async def _found(conn: Connection, project: ProjectId, given: bytes) -> Import:
    """Raises ApiError `not_found`."""
    found = await table.by_id(conn, project, given)
    if found is None:
        raise ApiError("not_found")
    return found


def _language(given: str) -> str:
    return languages.normalised(given) if given else ""


def _shown(found: Import) -> ArticleImport:
    return ArticleImport(
        id=fields.uid(found.id),
        kind=found.kind,
        source=found.source,
        category=found.category,
        language=found.language,
        publish=found.publish,
        refetch_days=found.refetch_days,
        state=found.state,
        error=found.error,
        waiting=found.waiting,
        created=found.created,
        changed=found.changed,
        unchanged=found.unchanged,
        refused=found.refused,
        created_at=found.created_at,
        ended_at=found.ended_at,
        created_by=fields.person(found.by, found.by_name),
    )
