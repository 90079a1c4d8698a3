"""The public help page: off unless switched on, without scripts, small, cacheable, and safe to show."""

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from core.db.knowledge import publishing
from core.ids import ProjectId
from server.api.help import markdown
from server.api.help.pages import EACH, ON_PAGE
from tests import published
from tests.integration.api.api_fixture import OURS, Answer, ApiFixture, text
from tests.published import AT

HOSTILE: list[str] = json.loads(
    (Path(__file__).parents[2] / "unit/server/api/hostile_markdown.json").read_text(encoding="utf-8")
)
KIB = 1024
LARGEST = 30 * KIB
TAGS = markdown.TAGS | {
    *("html", "head", "meta", "title", "link", "style", "body", "header", "main", "footer", "nav", "article"),
    *("form", "input", "button", "div", "h1", "time"),
}


class Elements(HTMLParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def links(self) -> list[str]:
        return [
            str(attributes["href"]) for tag, attributes in self.found if tag == "a" and "href" in attributes
        ]


@dataclass
class Help:
    """A project with a help page."""

    api: ApiFixture
    project: ProjectId

    async def add(self, title: str, content: str = "Some text.", **more: Any) -> str:
        async with self.api.context.database.transaction() as conn:
            return text(await published.add(conn, self.project, title, content, **more))

    async def choose(self, **where: bool) -> None:
        async with self.api.context.database.transaction() as conn:
            await published.choose(conn, self.project, **where)

    async def get(self, rest: str = "", **headers: str) -> Answer:
        return await self.api.anonymous().get(f"/help/{text(self.project)}{rest}", **headers)

    async def page(self, rest: str = "", **headers: str) -> str:
        answer = await self.get(rest, **headers)
        assert answer.status == 200, answer.body
        return answer.body.decode()

    async def unpublish(self, article: str) -> None:
        async with self.api.context.database.transaction() as conn:
            await publishing.unpublish(conn, self.project, bytes.fromhex(article.replace("-", "")))

    async def votes(self) -> tuple[int, int]:
        async with self.api.context.database.connection() as conn:
            row = await conn.fetchrow(
                "SELECT sum(helpful), sum(unhelpful) FROM articles WHERE project_id = $1", self.project
            )
        assert row is not None
        return row[0], row[1]


@pytest.fixture
async def shop(api: ApiFixture) -> Help:
    made = Help(api, await api.project("Fern & Clay"))
    await made.choose(help_page=True)
    return made


async def test_it_is_off_until_it_is_switched_on(api: ApiFixture) -> None:
    shop = Help(api, await api.project())
    one = await shop.add("Returns")
    nowhere = await api.anonymous().get("/help/01936b2e-8c00-7a00-8000-000000000041")
    assert nowhere.status == 404 and b"This page was not found" in nowhere.body
    for rest in ("", f"/{one}", f"/{one}/returns", "/sitemap.xml"):
        answer = await shop.get(rest)
        assert (answer.status, answer.body) == (404, nowhere.body), "nothing tells that the project exists"
        assert answer.headers["Cache-Control"] == "no-store"
    await shop.choose(help_page=True)
    assert (await shop.get()).status == 200
    await shop.choose(help_page=False)
    assert (await shop.get(f"/{one}/returns")).status == 404


async def test_the_index_lists_the_articles_by_category(shop: Help) -> None:
    one = await shop.add("Returns & refunds", category="Orders")
    for number in range(EACH + 2):
        await shop.add(f"Plant {number}", category="Plants")
    await shop.add("No category")
    page = await shop.page()
    assert "<title>Fern &amp; Clay help</title>" in page
    assert re.findall(r"<h2[^>]*>([^<]+)</h2>", page) == ["Orders", "Plants", "Other"]
    assert f'href="/help/{text(shop.project)}/{one}/returns-refunds"' in page
    assert f"All {EACH + 2} articles" in page and page.count(">Plant ") == EACH
    listed = await shop.page("?language=en&category=Plants")
    assert listed.count(">Plant ") == EACH + 2
    assert "No category" in await shop.page("?category=")


async def test_the_index_shows_the_articles_of_each_category_that_helped_most(shop: Help) -> None:
    for category in ("Orders", "Plants"):
        for number in range(EACH + 1):
            await shop.add(f"{category} {number}", category=category)
    best = await shop.add("The best of Plants", category="Plants", at=AT - 1)
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE articles SET helpful = 9 WHERE project_id = $1 AND id = $2",
            shop.project,
            bytes.fromhex(best.replace("-", "")),
        )
    found = re.findall(r">((?:Orders|Plants|The best of Plants) ?\d*)</a>", await shop.page())
    orders = [one for one in found if one.startswith("Orders ")]
    plants = [one for one in found if "Plants" in one and one != "Plants"]
    assert len(orders) == len(plants) == EACH and plants[0] == "The best of Plants", found


async def test_a_long_category_has_pages(shop: Help) -> None:
    for number in range(ON_PAGE + 1):
        await shop.add(f"Plant {number:03}", category="Plants")
    first, second = await shop.page("?category=Plants"), await shop.page("?category=Plants&page=2")
    assert ("Plant 000" in first, "Plant 050" in first, "Plant 050" in second) == (True, False, True)
    assert 'rel="next"' in first and 'rel="prev"' in second and 'rel="next"' not in second
    for odd in ("0", "-1", "x", "99999999999999999999", "%D9%A1"):
        assert (await shop.get(f"?category=Plants&page={odd}")).status == 200


async def test_a_search_finds_and_is_not_indexed(shop: Help) -> None:
    await shop.add("Returns", "You may return **everything** within 30 days.")
    await shop.add("Shipping", "Parcels arrive within three days.")
    page = await shop.page("?query=how+to+return&utm_source=x")
    assert "1 article about “how to return”" in page and "You may return everything" in page
    assert '<meta name="robots" content="noindex">' in page and "Shipping" not in page
    assert "No article was found about “&lt;b&gt;xylophone”" in await shop.page("?query=<b>xylophone")
    assert (await shop.get("?query=" + "x" * 5_000)).status == 200
    assert (await shop.get("?query=%00%27%3B--")).status == 200


async def test_an_article_has_its_address_and_says_it(shop: Help) -> None:
    one = await shop.add("Đổi trả & hoàn tiền", "Trong **30 ngày**.", language="vi", category="Đơn hàng")
    place = f"/{one}/doi-tra-hoan-tien"
    for earlier in (f"/{one}", f"/{one}/an-earlier-title", f"/{one}/a/b/../c"):
        moved = await shop.get(earlier)
        assert (moved.status, moved.headers["Location"]) == (301, f"/help/{text(shop.project)}{place}")
    page = await shop.page(place)
    assert '<html lang="vi">' in page and "<strong>30 ngày</strong>" in page
    assert f'<link rel="canonical" href="{OURS}/help/{text(shop.project)}{place}">' in page
    assert '<meta property="og:title" content="Đổi trả &amp; hoàn tiền">' in page
    assert '<meta name="description" content="Trong 30 ngày.">' in page
    assert "Bài viết có hữu ích không?" in page
    await shop.unpublish(one)
    gone = await shop.get(place)
    assert gone.status == 404 and f'href="/help/{text(shop.project)}"'.encode() in gone.body


async def test_readers_get_their_language_and_can_choose_another(shop: Help) -> None:
    await shop.add("Returns")
    await shop.add("More")
    await shop.add("Đổi trả", language="vi-VN")
    english, vietnamese = await shop.get(), await shop.get(**{"Accept-Language": "vi,en;q=0.5"})
    late = await shop.get(**{"Accept-Language": "x," * 10_000 + "vi"})  # no browser sends so many
    assert b"Returns" in late.body
    assert b"Returns" in english.body and "Đổi trả" in vietnamese.body.decode()
    assert "Accept-Language" in english.headers["Vary"]
    page = await shop.page("?language=vi", **{"Accept-Language": "en"})
    assert "Đổi trả" in page and 'hreflang="en"' in page and ">English</a>" in page
    assert 'hreflang="vi" aria-current="true">' in page and 'hreflang="en">' in page
    assert "nav a[aria-current]" in page
    assert f'<link rel="canonical" href="{OURS}/help/{text(shop.project)}?language=vi">' in page
    assert "Returns" in await shop.page("?language=xx")


async def test_the_sitemap_lists_what_is_published(shop: Help) -> None:
    one, other = await shop.add("Returns"), await shop.add("Draft")
    await shop.unpublish(other)
    answer = await shop.get("/sitemap.xml")
    assert answer.headers["Content-Type"] == "application/xml"
    places = re.findall(r"<loc>([^<]+)</loc>", answer.body.decode())
    assert places == [
        f"{OURS}/help/{text(shop.project)}",
        f"{OURS}/help/{text(shop.project)}/{one}/returns",
    ]
    robots = await shop.api.anonymous().get("/robots.txt")
    assert robots.status == 200 and b"Disallow: /api/" in robots.body


async def test_a_page_is_cached_for_a_minute_and_revalidated(shop: Help) -> None:
    one = await shop.add("Returns")
    for rest in ("", f"/{one}/returns", "/sitemap.xml"):
        answer = await shop.get(rest)
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        again = await shop.get(rest, **{"If-None-Match": answer.headers["ETag"]})
        assert (again.status, again.body) == (304, b"")
    packed = await shop.get(f"/{one}/returns", **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and len(packed.body) < 3 * KIB
    assert {"Accept-Language", "Accept-Encoding"} <= set((await shop.get()).headers["Vary"].split(", "))


async def test_an_answer_by_a_form_counts_once_for_a_network(shop: Help) -> None:
    one = await shop.add("Returns")
    path = f"/help/{text(shop.project)}/{one}/feedback"
    reader = shop.api.anonymous()
    done = await reader.post(f"{path}/yes", headers={"Origin": OURS, "Sec-Fetch-Site": "same-origin"})
    place = f"/help/{text(shop.project)}/{one}/returns"
    assert (done.status, done.headers["Location"]) == (303, f"{place}?thanks=1#feedback")
    thanks = await shop.get(f"/{one}/returns?thanks=1")
    assert b"Thank you for your answer." in thanks.body and thanks.headers["Cache-Control"] == "no-store"
    await reader.post(f"{path}/yes")
    assert await shop.votes() == (1, 0)
    await reader.post(f"{path}/no")
    assert await shop.votes() == (0, 1)
    for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await reader.post(f"{path}/yes", headers=foreign)).status == 403
    assert (await reader.post(f"{path}/maybe")).status == 404
    await shop.choose(help_page=False)
    assert (await reader.post(f"{path}/yes")).status == 404
    assert await shop.votes() == (0, 1)


async def test_pages_are_small_and_run_nothing(shop: Help) -> None:
    content = "A sentence of an article that explains something to its readers. " * 20
    for category in range(12):
        for number in range(8):
            await shop.add(f"How do I do thing {number} of {category}?", content, category=f"Area {category}")
    one = await shop.add("Returns", f"{content}\n\n## More\n\n{content}", category="Area 1")
    for rest in ("", "?category=Area+1", "?query=thing", f"/{one}/returns"):
        answer = await shop.get(rest)
        assert len(answer.body) <= LARGEST, f"{rest}: {len(answer.body)} bytes"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-") and "script" not in policy
        assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for tag, attributes in Elements(answer.body).found:
            assert tag in TAGS
            assert not {name for name in attributes if name.startswith("on") or name == "style"}


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_titles_texts_categories_and_addresses_stay_text(shop: Help, hostile: str) -> None:
    hostile = hostile.replace("\0", "")
    line = " ".join(hostile.split())
    one = await shop.add(line[:200], hostile, category=line[:50], url=hostile[:2000])
    places = [f"/help/{text(shop.project)}/{one}", f"/help/{text(shop.project)}"]
    place = (await shop.api.anonymous().get(places[0])).headers["Location"]
    reader = shop.api.anonymous()
    searched = await reader.call("GET", places[1], query_string={"query": hostile, "language": hostile})
    listed = await reader.call("GET", places[1], query_string={"category": line[:50], "page": hostile})
    assert (searched.status, listed.status) == (200, 200)
    bodies = [(await reader.get(one)).body for one in (place, places[1])]
    for body in (*bodies, searched.body, listed.body):
        page = Elements(body)
        for tag, attributes in page.found:
            assert tag in TAGS
            assert not {name for name in attributes if name.startswith("on")}
        for href in page.links():
            assert re.match(r"https?://|/help/", href), href


async def test_another_projects_article_is_not_shown(shop: Help) -> None:
    other = Help(shop.api, await shop.api.project("Other"))
    theirs = await other.add("Secret")
    for rest in (f"/{theirs}", f"/{theirs}/secret"):
        assert (await shop.get(rest)).status == 404
    assert "Secret" not in await shop.page() and "Secret" not in await shop.page("?query=secret")
