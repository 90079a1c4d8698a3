"""Articles of a project: agents read them, managers write them."""

from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import asdict, replace

from core import ids
from core.db.connection import Connection
from core.db.knowledge import articles as table
from core.db.knowledge import publishing, versions
from core.db.knowledge.versions import Text, Version
from core.ids import ProjectId
from core.knowledge import languages
from core.knowledge.limits import MAX_CONTENT
from core.signals import Resource
from server.api.http import cursors, preconditions, requests
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.http.uploads import Upload, UploadRule
from server.api.knowledge import texts, views
from server.api.knowledge.schemas import (
    Article,
    ArticleChange,
    ArticleCounts,
    ArticleDetails,
    ArticleGroup,
    ArticlePage,
    ArticleQuery,
    NewArticle,
)
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes(
    "articles", "Articles: what a project knows. Visitors read them, the assistant answers by them."
)
ALL: Final = "projects/{project}/articles"
ONE: Final = ALL + "/{article}"
LOGGED: Final = ("title", "language", "category", "url", "version")
FRAME: Final = 16 * 1024  # bytes of a body besides its content
LARGEST: Final = 12 * MAX_CONTENT + FRAME  # bytes: JSON may write a code point as two escapes of six bytes
NEW: Final = UploadRule(media_types=(requests.JSON,), max_bytes=LARGEST, schema=NewArticle)
CHANGED: Final = UploadRule(media_types=(requests.JSON,), max_bytes=LARGEST, schema=ArticleChange)


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def list_articles(call: MemberCall, query: ArticleQuery) -> ArticlePage:
    """List the articles, the last changed first, without their content."""
    after = None if query.cursor is None else table.Spot(*cursors.unpack(query.cursor))
    wanted = table.Wanted(
        state=query.state,
        category=query.category,
        language=None if query.language is None else languages.normalised(query.language),
        text=query.text,
    )
    found = await call.services.database.read(
        lambda conn: table.page(conn, call.project, wanted, after=after, limit=query.limit + 1)
    )
    shown = found[: query.limit]
    return ArticlePage(
        items=[views.article(one) for one in shown],
        next_cursor=cursors.pack(shown[-1].changed_at, shown[-1].id) if len(found) > query.limit else None,
    )


@routes.add(
    "GET", "projects/{project}/article-counts", access=Access.AGENT, limit=OFTEN, scope="project:read"
)
async def count_articles(call: MemberCall) -> ArticleCounts:
    """Count the articles of each state, category and language; at most 500 categories and languages."""
    async with call.services.database.connection() as conn:
        states = await table.states(conn, call.project)
        categories = await table.categories(conn, call.project)
        languages = await table.languages(conn, call.project)
    return ArticleCounts(
        draft=states.get("draft", 0),
        published=states.get("published", 0),
        changed=states.get("changed", 0),
        limit=table.MAX_PER_PROJECT,
        categories=[ArticleGroup(name=one.name, articles=one.articles) for one in categories],
        languages=[ArticleGroup(name=one.name, articles=one.articles) for one in languages],
    )


@routes.add(
    "POST",
    ALL,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=201,
    upload=NEW,
    problems=("too_many",),
    audit=AuditRule("article.created", "article", fields=LOGGED, security=True),
    unkeyed="its text may be larger than what is kept of a request",
    scope="project:write",
)
async def create_article(call: MemberCall, body: Upload) -> Article:
    """Create an article, as a draft. At most 200,000 characters of Markdown, and 10,000 articles.

    422 with the code `not_a_url` at `url`: it is no absolute address of http or https.
    """
    given = await requests.read_upload(body, NewArticle)
    text, made = texts.checked(Text(**asdict(given))), ids.make(call.now)
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        if await table.count(conn, call.project) >= table.MAX_PER_PROJECT:
            raise ApiError("too_many", f"The limit is {table.MAX_PER_PROJECT:,} articles. Delete one first.")
        await versions.create(conn, call.project, made, text, by=call.member, now=call.now)
        await call.audit(conn, entity_id=made, changes=asdict(text) | {"version": 1})
        after = await found(conn, call.project, made)
    await lists.publish(call, Resource.ARTICLES, made, after.version)
    return views.article(after)


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def get_article(call: MemberCall, article: bytes) -> ArticleDetails:
    """Get an article with the content of its newest version."""
    async with call.services.database.connection() as conn:
        head = await found(conn, call.project, article)
        newest = await version(conn, call.project, article, head.version)
        shown = newest
        if head.published not in {None, head.version}:
            shown = await version(conn, call.project, article, head.published or 0)
    return views.article_details(head, newest.content, shown.summary)


@routes.add(
    "PATCH",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    upload=CHANGED,
    problems=("stale",),
    audit=AuditRule("article.changed", "article", fields=LOGGED, security=True),
    scope="project:write",
)
async def change_article(call: MemberCall, article: bytes, body: Upload) -> Article:
    """Change an article: this makes a version. What is published stays until you publish the new one.

    409 `stale`: it was changed after the `version` that you send; load it again. A request that changes
    nothing makes no version and is not logged. The latest 200 versions are kept, and the published one.
    """
    given = await requests.read_upload(body, ArticleChange)
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        head = await current(conn, call.project, article, given.version)
        before = (await version(conn, call.project, article, head.version)).text
        wanted = {
            name: value for name, value in asdict(given).items() if name != "version" and value is not UNSET
        }
        text = texts.checked(replace(before, **wanted))
        if text == before:
            return views.article(head)
        after = await save(call, conn, article, before, text)
    await lists.publish(call, Resource.ARTICLES, article, after.version)
    return views.article(after)


@routes.add(
    "DELETE",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("article.deleted", "article", fields=("title",), security=True),
    guarded=True,
    scope="project:write",
)
async def delete_article(call: MemberCall, article: bytes) -> None:
    """Delete an article. Answers that cite it keep its title and address."""
    expected = preconditions.expected_version()
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        head = await found(conn, call.project, article)
        if expected not in {None, head.version}:
            raise ApiError("stale")
        await publishing.remove(conn, call.project, article, now=call.now)
        await call.audit(conn, changes={"title": head.title})
    await lists.publish(call, Resource.ARTICLES, article, None)


async def save(
    call: MemberCall,
    conn: Connection,
    article: bytes,
    before: Text,
    text: Text,
    *,
    restored: int | None = None,
) -> table.Article:
    """Makes the next version of an article, and audits it. The caller holds the project's lock.

    `restored`: the version whose text it has.
    """
    number = await versions.save(conn, call.project, article, text, by=call.member, now=call.now)
    was, is_now = asdict(before), asdict(text)
    changes: dict[str, Any] = {
        name: {"from": was[name], "to": is_now[name]} for name in was if was[name] != is_now[name]
    }
    await call.audit(
        conn, changes={"title": text.title} | changes | {"version": number, "restored": restored}
    )
    return await found(conn, call.project, article)


async def found(conn: Connection, project: ProjectId, article: bytes) -> table.Article:
    """Raises ApiError `not_found`."""
    one = await table.by_id(conn, project, article)
    if one is None:
        raise ApiError("not_found")
    return one


async def current(conn: Connection, project: ProjectId, article: bytes, newest: int) -> table.Article:
    """The article, if `newest` is still its newest version; raises ApiError `stale` or `not_found`."""
    one = await found(conn, project, article)
    if one.version != newest:
        raise ApiError("stale")
    return one


async def version(conn: Connection, project: ProjectId, article: bytes, number: int) -> Version:
    """Raises ApiError `not_found`."""
    one = await versions.by_number(conn, project, article, number)
    if one is None:
        raise ApiError("not_found")
    return one
