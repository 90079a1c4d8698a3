"""Versions of an article: list, read, compare, restore, publish."""

from typing import Final

import trio
from msgspec.structs import asdict

from core.db.connection import Connection
from core.db.knowledge import publishing, versions
from core.db.knowledge.versions import Version
from core.signals import Resource
from server.api.http import cursors
from server.api.http.calls import Access, MemberCall
from server.api.http.routes import Routes
from server.api.knowledge import articles, diff, views
from server.api.knowledge.schemas import Article, ArticleAction
from server.api.knowledge.version_schemas import (
    ArticleDiff,
    ArticleDiffPart,
    ArticleDiffQuery,
    ArticleFieldDiff,
    ArticleVersionDetails,
    ArticleVersionPage,
    ArticleVersionQuery,
)
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, RARELY, SOMETIMES

routes = Routes("article_versions", "Versions of articles, and which one is published.")
ALL: Final = articles.ONE + "/versions"
ONE: Final = ALL + "/{number:number}"
FIELDS: Final = ("title", "language", "category", "url")
COMPARING: Final = trio.CapacityLimiter(1)  # at a time in this process, whose event loop serves everyone


@routes.add(
    "POST",
    articles.ONE + "/publish",
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("article.published", "article", fields=("title", "version"), security=True),
    scope="project:write",
)
async def publish_article(call: MemberCall, article: bytes, body: ArticleAction) -> Article:
    """Publish the newest version of an article: visitors and the assistant see it.

    A worker then prepares it for searches; `preparation` says how far. To publish a version that is published
    already prepares it again. 409 `stale`: the article was changed after the `version` that you send.
    """
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        head = await articles.current(conn, call.project, article, body.version)
        await publishing.publish(conn, call.project, article, head.version, now=call.now)
        await call.audit(conn, changes={"title": head.title, "version": head.version})
        after = await articles.found(conn, call.project, article)
    await lists.publish(call, Resource.ARTICLES, article, after.version)
    return views.article(after)


@routes.add(
    "POST",
    articles.ONE + "/unpublish",
    access=Access.MANAGER,
    limit=SOMETIMES,
    audit=AuditRule("article.unpublished", "article", fields=("title",), security=True),
    scope="project:write",
)
async def unpublish_article(call: MemberCall, article: bytes) -> Article:
    """Make an article a draft: visitors and the assistant no longer see it. Its versions stay."""
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        head = await articles.found(conn, call.project, article)
        if head.published is None:
            return views.article(head)
        await publishing.unpublish(conn, call.project, article)
        await call.audit(conn, changes={"title": head.title})
        after = await articles.found(conn, call.project, article)
    await lists.publish(call, Resource.ARTICLES, article, after.version)
    return views.article(after)


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def list_article_versions(
    call: MemberCall, article: bytes, query: ArticleVersionQuery
) -> ArticleVersionPage:
    """List the versions of an article, the newest first, without their content."""
    before = cursors.read_number(query.cursor)
    async with call.services.database.connection() as conn:
        head = await articles.found(conn, call.project, article)
        found = await versions.page(conn, call.project, article, before=before, limit=query.limit + 1)
    shown = found[: query.limit]
    return ArticleVersionPage(
        items=[views.version(one, published=head.published) for one in shown],
        next_cursor=str(shown[-1].number) if len(found) > query.limit else None,
    )


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def get_article_version(call: MemberCall, article: bytes, number: int) -> ArticleVersionDetails:
    """Get a version of an article with its content."""
    async with call.services.database.connection() as conn:
        head = await articles.found(conn, call.project, article)
        found = await articles.version(conn, call.project, article, number)
    return views.version_details(found, published=head.published)


@routes.add("GET", articles.ONE + "/diff", access=Access.AGENT, limit=RARELY, scope="project:read")
async def compare_article_versions(call: MemberCall, article: bytes, query: ArticleDiffQuery) -> ArticleDiff:
    """Compare two versions of an article by lines; without a query the newest with the one before it.

    Three equal lines are shown before and after each difference, others are `skipped`.
    """
    async with call.services.database.connection() as conn:
        head = await articles.found(conn, call.project, article)
        newer = await articles.version(conn, call.project, article, query.newer or head.version)
        older = await _older(call, conn, article, newer, query.older)
    compared = await trio.to_thread.run_sync(diff.between, older.content, newer.content, limiter=COMPARING)
    return ArticleDiff(
        older=older.head.number,
        newer=newer.head.number,
        fields=[
            ArticleFieldDiff(field=name, older=getattr(older.head, name), newer=getattr(newer.head, name))
            for name in FIELDS
            if getattr(older.head, name) != getattr(newer.head, name)
        ],
        parts=[ArticleDiffPart(**asdict(part)) for part in compared.parts],
        added=compared.added,
        removed=compared.removed,
        coarse=compared.coarse,
    )


@routes.add(
    "POST",
    ONE + "/restore",
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("article.restored", "article", fields=(*articles.LOGGED, "restored"), security=True),
    scope="project:write",
)
async def restore_article_version(
    call: MemberCall, article: bytes, number: int, body: ArticleAction
) -> Article:
    """Restore a version: its text becomes the newest version. What is published stays.

    409 `stale`: the article was changed after the `version` that you send. A version with the newest's text
    makes no other one and is not logged.
    """
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        head = await articles.current(conn, call.project, article, body.version)
        wanted = await articles.version(conn, call.project, article, number)
        before = await articles.version(conn, call.project, article, head.version)
        if wanted.text == before.text:
            return views.article(head)
        after = await articles.save(call, conn, article, before.text, wanted.text, restored=number)
    await lists.publish(call, Resource.ARTICLES, article, after.version)
    return views.article(after)


async def _older(call: MemberCall, conn: Connection, article: bytes, newer: Version, wanted: int) -> Version:
    """The version `wanted`; 0: the one before `newer`, or `newer` itself if there is none."""
    if wanted:
        return await articles.version(conn, call.project, article, wanted)
    before = await versions.page(conn, call.project, article, before=newer.head.number, limit=1)
    if not before:
        return newer
    return await articles.version(conn, call.project, article, before[0].number)
