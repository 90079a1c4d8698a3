"""Routes for the widget: search the published articles, read one, say whether it was helpful."""

from typing import Final

from core.db.connection import Connection
from core.db.knowledge import feedback, reading
from core.db.knowledge.reading import Excerpt
from core.knowledge.words import primary
from server.api.help import finding
from server.api.help.schemas import (
    ArticleFeedback,
    PublicArticle,
    PublicArticleList,
    PublicArticleQuery,
    PublicArticleSnippet,
)
from server.api.help.snippets import snippet
from server.api.http import fields
from server.api.http.calls import Access, Answer, PageCall, VisitorCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services.rate_limiter import OFTEN, RARELY, Limit

routes = Routes("public_articles", "For the widget: what visitors read.")
ALL: Final = "public/projects/{project}/articles"
CACHED: Final = ("Cache-Control", "public, max-age=60")
SEARCHES: Final = Limit(300)  # per network; a visitor who types makes about one a second
SHOWN: Final = 10


@routes.add("GET", ALL, access=Access.PAGE, limit=SEARCHES)
async def find_articles(call: PageCall, query: PublicArticleQuery) -> Answer[PublicArticleList]:
    """Find up to ten published articles: the best matches, or without `query` those that helped most.

    In the visitor's language, or in others if there are none. They may be a minute old. 404 if the project
    does not show articles in its widget.
    """
    project, language, text = call.project.id, primary(query.language), query.query.strip()

    async def find(conn: Connection) -> list[Excerpt] | None:
        if not await reading.is_offered(conn, project):
            return None
        if text:
            spoken = (language,) if language else ()
            return await finding.by_query(conn, project, text, languages=spoken, limit=SHOWN)
        return await finding.most_helpful(conn, project, language=language, limit=SHOWN)

    found = await call.services.read_pool.read(find)
    if found is None:
        raise ApiError("not_found")
    items = [
        PublicArticleSnippet(
            id=fields.uid(one.id),
            title=one.title,
            snippet=snippet(one.text),
            category=one.category,
        )
        for one in found
    ]
    return Answer(value=PublicArticleList(items=items), headers=(CACHED,))


@routes.add("GET", ALL + "/{article}", access=Access.PAGE, limit=OFTEN)
async def read_article(call: PageCall, article: bytes) -> Answer[PublicArticle]:
    """Read a published article. It may be a minute old."""
    project = call.project.id

    async def read(conn: Connection) -> reading.Reading | None:
        if not await reading.is_offered(conn, project):
            return None
        return await reading.published(conn, project, article)

    found = await call.services.read_pool.read(read)
    if found is None:
        raise ApiError("not_found")
    made = PublicArticle(
        id=fields.uid(found.id),
        version=found.version,
        title=found.title,
        language=found.language,
        category=found.category,
        url=found.url,
        content=found.content,
        updated_at=found.at,
    )
    return Answer(value=made, headers=(CACHED,))


@routes.add("POST", ALL + "/{article}/feedback", access=Access.VISITOR, limit=RARELY, status=204)
async def rate_article(call: VisitorCall, article: bytes, body: ArticleFeedback) -> None:
    """Say whether the article was helpful.

    A second answer of the same visitor about the same version replaces the first.
    """
    async with call.services.database.transaction() as conn:
        offered = await reading.is_offered(conn, call.project.id)
        if not offered or not await feedback.vote(
            conn, call.project.id, article, voter=call.visitor, helpful=body.helpful
        ):
            raise ApiError("not_found")
