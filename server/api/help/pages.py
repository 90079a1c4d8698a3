"""The public help page of a project: an index, a search, articles. Off unless the project has switched it on.

Rendered here, without scripts. What may be cached says so for a minute; an article that changes has another
ETag.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final
from xml.sax.saxutils import escape

import trio
from quart import Response, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from core.db.connection import Connection
from core.db.knowledge import feedback, reading, settings
from core.db.knowledge.reading import Excerpt, Reading
from core.db.projects import projects
from core.ids import ProjectId
from core.knowledge.words import primary
from core.model import Project
from core.text import origins
from server.addresses import network
from server.api.help import finding, kept_html, kept_index, markdown, places, rendering, texts
from server.api.help.kept_index import Index
from server.api.help.snippets import snippet
from server.api.http.calls import Access, Call
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services import assets
from server.api.services.rate_limiter import RARELY, Limit

routes = Routes("help", "The public help page.")
PAGES: Final = Limit(300)  # per network
ONE: Final = "/help/{site}/{article}"
RESULTS: Final = 20
LANGUAGES: Final = 20
SHELVES: Final = 40  # categories on the index
EACH: Final = 5  # articles of each category there
ON_INDEX: Final = 80
ON_PAGE: Final = 50  # of a category
MAX_QUERY: Final = 200  # code points
MAX_ACCEPT_LANGUAGE: Final = 200  # characters of the header that are read
MAX_PAGE: Final = 200
ADDRESSES: Final = 10_000
ROBOTS: Final = "User-agent: *\nDisallow: /api/\nDisallow: /app\n"


@routes.add("GET", "/robots.txt", access=Access.PUBLIC, limit=PAGES)
async def robots(call: Call) -> Response:
    """Say what search engines may read."""
    del call
    return Response(
        ROBOTS, content_type="text/plain; charset=utf-8", headers={"Cache-Control": rendering.CACHE}
    )


@routes.add("GET", "/help/{site}", access=Access.PUBLIC, limit=PAGES)
async def help_index(call: Call, site: bytes) -> Response:
    """Open the help page: its articles by category, those of a category, or what a search has found."""
    view = await call.services.read_pool.read(lambda conn: _index(conn, ProjectId(site)))
    if view is None:
        return _missing()
    origin = call.services.settings.origin
    page = rendering.document("index", origin=origin, canonical=f"{origin}{view['path']}", **view)
    return rendering.respond(page, varies=True)


@routes.add("GET", "/help/{site}/sitemap.xml", access=Access.PUBLIC, limit=RARELY)
async def help_sitemap(call: Call, site: bytes) -> Response:
    """List the addresses of the help page for search engines."""
    project = ProjectId(site)

    async def read(conn: Connection) -> list[reading.Page] | None:
        shown = await _project(conn, project)
        return None if shown is None else await reading.pages(conn, project, limit=ADDRESSES)

    found = await call.services.read_pool.read(read)
    if found is None:
        return _missing()
    origin = call.services.settings.origin
    lines = [f"<url><loc>{escape(origin + places.index(project))}</loc></url>"]
    lines += [
        f"<url><loc>{escape(origin + places.article(project, one.id, one.title))}</loc>"
        f"<lastmod>{_date(one.at)}</lastmod></url>"
        for one in found
    ]
    whole = "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *lines,
            "</urlset>\n",
        )
    )
    made = await trio.to_thread.run_sync(assets.made, whole.encode(), "application/xml")
    return rendering.respond(made)


@routes.add("GET", ONE, access=Access.PUBLIC, limit=PAGES)
async def help_article_by_id(call: Call, site: bytes, article: bytes) -> Response:
    """Redirect to the address of the article with its title."""
    return await help_article(call, site, article, "")


@routes.add("GET", ONE + "/{path:slug}", access=Access.PUBLIC, limit=PAGES)
async def help_article(call: Call, site: bytes, article: bytes, slug: str) -> Response:
    """Open an article of the help page. An earlier title in the address redirects to the present one."""
    project = ProjectId(site)

    async def read(conn: Connection) -> tuple[Project, Reading | None, list[str]] | None:
        shown = await _project(conn, project)
        if shown is None:
            return None
        spoken = await reading.languages(conn, project, limit=LANGUAGES)
        return shown, await reading.published(conn, project, article), spoken

    found = await call.services.read_pool.read(read)
    if found is None:
        return _missing()
    shown, one, spoken = found
    if one is None:
        return _missing(home=places.index(project))
    path = places.article(project, article, one.title)
    if slug != places.slug(one.title):
        return Response(b"", 301, headers={"Location": path, "Cache-Control": rendering.CACHE})
    thanks = "thanks" in request.args
    made = partial(_article, shown, one, spoken, origin=call.services.settings.origin, thanks=thanks)
    page = await trio.to_thread.run_sync(made, limiter=call.services.rendering)
    return rendering.respond(page, cache="no-store" if thanks else rendering.CACHE)


@routes.add("POST", ONE + "/feedback/{word:answer}", access=Access.PUBLIC, limit=RARELY)
async def rate_help_article(call: Call, site: bytes, article: bytes, answer: str) -> Response:
    """Say whether the article was helpful, by a form; one answer counts for a network."""
    _own_form_only(call)
    project = ProjectId(site)
    async with call.services.database.transaction() as conn:
        shown = await _project(conn, project) if answer in {"yes", "no"} else None
        one = None if shown is None else await reading.published(conn, project, article)
        if one is None:
            return _missing()
        voter = f"network {network(call.address)}".encode()
        await feedback.vote(conn, project, article, voter=voter, helpful=answer == "yes")
    path = places.article(project, article, one.title)
    return Response(b"", 303, headers={"Location": f"{path}?thanks=1#feedback", "Cache-Control": "no-store"})


async def _project(conn: Connection, project: ProjectId) -> Project | None:
    """The project, if it has a help page."""
    found = await projects.by_id(conn, project)
    if found is None or not (await settings.by_project(conn, project)).help_page:
        return None
    return found


def _article(shown: Project, one: Reading, spoken: list[str], *, origin: str, thanks: bool) -> assets.Asset:
    """The page of an article. Rendering takes CPU: call it in a thread."""
    own, base = texts.of(one.language), primary(one.language)
    return rendering.document(
        "article",
        project=shown,
        heading=own.title.format(name=shown.name),
        texts=own,
        language=one.language,
        base=base,
        chosen=base,
        languages=spoken,
        query="",
        article=one,
        content=kept_html.html(one.content),
        description=snippet(one.summary or one.content),
        canonical=origin + places.article(shown.id, one.id, one.title),
        source=markdown.safe_href(one.url),
        rel=markdown.LINK_REL,
        date=_date(one.at),
        day=texts.day(one.at, own),
        thanks=thanks,
    )


def _preferred(offered: Sequence[str]) -> str | None:
    """By the browser's languages. It sends a few; each further one costs time for each that is offered."""
    header = request.headers.get("Accept-Language", "")[:MAX_ACCEPT_LANGUAGE]
    return parse_accept_header(header, LanguageAccept).best_match(offered)


async def _index(conn: Connection, project: ProjectId) -> dict[str, object] | None:
    """What the template takes, and the path of the page."""
    shown = await _project(conn, project)
    if shown is None:
        return None
    spoken = await reading.languages(conn, project, limit=LANGUAGES)
    asked = primary(_asked("language", 35))
    base = asked if asked in spoken else _preferred(spoken) or (spoken or ["en"])[0]
    own = texts.of(base)
    query, page = _asked("query", MAX_QUERY).strip(), _page()
    category = _asked("category", 50) if "category" in request.args and not query else None
    shelves, found, more = await _found(conn, project, base, query=query, category=category, page=page)
    said = own.none if not found else own.one_result if len(found) == 1 else own.results
    path = places.index(project, language=asked if asked in spoken else "")
    return {
        "project": shown,
        "heading": own.title.format(name=shown.name),
        "texts": own,
        "language": base,
        "base": base,
        "chosen": asked if asked in spoken else "",
        "languages": spoken,
        "query": query,
        "category": category,
        "page": page,
        "more": more,
        "shelves": shelves,
        "found": [_excerpt(one, category=category) for one in found],
        "said": said.format(count=len(found), query=query),
        "path": path if category is None else places.category(project, category, base, page=page),
    }


async def _found(
    conn: Connection, project: ProjectId, base: str, *, query: str, category: str | None, page: int
) -> tuple[list[reading.Shelf], list[Excerpt], bool]:
    """The categories, the articles, and whether the category has more of them."""
    if query:
        return [], await finding.by_query(conn, project, query, languages=(base,), limit=RESULTS), False
    if category is not None:
        skipped = (page - 1) * ON_PAGE
        found = await reading.of_category(
            conn, project, language=base, category=category, offset=skipped, limit=ON_PAGE + 1
        )
        return [], found[:ON_PAGE], len(found) > ON_PAGE
    whole = await kept_index.indexes.get(project, base, partial(_whole, conn, project, base))
    return whole.shelves, whole.found, False


async def _whole(conn: Connection, project: ProjectId, base: str) -> Index:
    shelves = await reading.shelves(conn, project, language=base, limit=SHELVES)
    each = max(1, min(EACH, ON_INDEX // max(1, len(shelves))))
    names = [one.category for one in shelves]
    return Index(shelves, await reading.contents(conn, project, language=base, categories=names, each=each))


def _excerpt(one: Excerpt, *, category: str | None) -> Excerpt:
    """With plain words of its text in what was searched for, and none in the list of a category."""
    return Excerpt(
        one.id, one.title, one.language, one.category, "" if category is not None else snippet(one.text)
    )


def _asked(name: str, longest: int) -> str:
    """A parameter of the address. Unknown ones, which other sites add to links, do no harm."""
    return request.args.get(name, "")[:longest].replace("\0", "")


def _page() -> int:
    page = request.args.get("page", "")
    return min(max(1, int(page)), MAX_PAGE) if page.isdecimal() and len(page) < 6 else 1


def _missing(*, home: str | None = None) -> Response:
    """The same page for what does not exist and for what is not public."""
    language = _preferred(["en", "vi"]) or "en"
    page = rendering.document("missing", language=language, texts=texts.of(language), home=home)
    return rendering.respond(page, status=404, cache="no-store", varies=True)


def _own_form_only(call: Call) -> None:
    """Refuses forms of other sites: a page elsewhere must not vote with its readers' networks."""
    origin = request.headers.get("Origin")
    foreign = origin is not None and not origins.is_own(
        origin, public=call.services.settings.origin, host=request.headers.get("Host")
    )
    if foreign or request.headers.get("Sec-Fetch-Site") not in {None, "same-origin"}:
        raise ApiError("origin", "Only the help page itself may do this.")


def _date(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
