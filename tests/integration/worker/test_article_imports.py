"""Imports of addresses, sitemaps and files by the stage `knowledge`, from a real web server."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from core import ids
from core.db.knowledge import imports, versions
from core.db.knowledge.imports import Import, NewImport, Page
from core.db.projects import projects
from tests.integration.worker.knowledge_project import Knowing
from tests.integration.worker.page_server import Site, article, site
from tests.stack import Stack
from worker.knowledge.imports import fetching, sitemaps, storing

LOOPBACK = "127.0.0.0/8"
RETURNS = "You can return an item within thirty days. The refund goes to the card that you paid with."


class Importing(Knowing):
    """A project that imports from a site on loopback."""

    def queue(self, **given: Any) -> bytes:
        made = ids.make()
        self.run(
            lambda conn: imports.add(conn, self.project, made, NewImport(**given), by=None, now=ids.now())
        )
        return made

    def imported(self, made: bytes) -> Import:
        found: Import = self.run(lambda conn: imports.by_id(conn, self.project, made))
        return found

    def pages(self, made: bytes) -> list[Page]:
        found: list[Page] = self.run(
            lambda conn: imports.pages(conn, self.project, made, after=0, limit=1_000)
        )
        return found

    def finish(self, *made: bytes, networks: str = LOOPBACK, **given: Any) -> Import:
        """Works until they have ended; returns the first."""

        def ended() -> bool:
            rows = self.stack.sql(
                "SELECT count(*) FROM article_imports WHERE state = 'queued' AND id = ANY($1::uuid[])",
                [UUID(bytes=one) for one in made],
            )
            return bool(rows[0][0] == 0)

        self.work(ended, outbound_networks=networks, **given)
        return self.imported(made[0])

    def articles(self) -> list[dict[str, Any]]:
        rows = self.stack.sql(
            "SELECT a.id, a.title, a.language, a.category, a.url, a.version, a.published, a.source, "
            "a.refetch_days, a.refetch_at, v.content FROM articles a JOIN article_versions v "
            "ON v.project_id = a.project_id AND v.article_id = a.id AND v.number = a.version "
            "WHERE a.project_id = $1 ORDER BY a.created_at, a.id",
            UUID(bytes=self.project),
        )
        return [dict(row) for row in rows]


@pytest.fixture
def importing(stack: Stack) -> Importing:
    return Importing(stack)


@pytest.fixture
def shop() -> Iterator[Site]:
    with site() as made:
        yield made


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "BEFORE_RETRY", 0.0)


def test_a_page_becomes_an_article_without_what_is_around_it(importing: Importing, shop: Site) -> None:
    url = shop.add("/returns", article("Returns", RETURNS, "<b>Sizes</b> are exchanged free of charge."))
    made = importing.queue(kind="address", source=url, category="Shop", refetch_days=7)
    done = importing.finish(made)
    assert (done.state, done.created, done.waiting, done.error) == ("done", 1, 0, "")
    (one,) = importing.articles()
    assert (one["title"], one["language"], one["category"], one["url"]) == ("Returns", "en", "Shop", url)
    assert (one["version"], one["published"], one["source"], one["refetch_days"]) == (1, None, "address", 7)
    assert RETURNS in one["content"] and "**Sizes**" in one["content"]
    assert "Cart" not in one["content"] and "Copyright" not in one["content"]


def test_an_import_that_publishes_is_prepared_and_found(importing: Importing, shop: Site) -> None:
    text = (
        "Bạn có thể đổi trả sản phẩm trong vòng ba mươi ngày kể từ khi nhận hàng tại cửa hàng của chúng tôi."
    )
    url = shop.add("/doi-tra", article("Đổi trả", text, lang="vi"))
    made = importing.queue(kind="address", source=url, publish=True)
    importing.finish(made)
    (one,) = importing.articles()
    importing.work(lambda: importing.preparation(one["id"].bytes)["state"] == "done")
    assert [one.title for one in importing.found("doi tra san pham", "vi")] == ["Đổi trả"]


def test_the_same_address_is_not_imported_twice(importing: Importing, shop: Site) -> None:
    url = shop.add("/returns", article("Returns", RETURNS))
    importing.finish(importing.queue(kind="address", source=url, publish=True))
    again = importing.finish(importing.queue(kind="address", source=url, publish=True))
    assert (again.created, again.unchanged) == (0, 1)
    shop.add("/returns", article("Returns", RETURNS, "Vouchers are not paid out in money."))
    changed = importing.finish(importing.queue(kind="address", source=url, publish=True))
    assert (changed.changed, changed.unchanged) == (1, 0)
    (one,) = importing.articles()
    assert (one["version"], one["published"]) == (2, 2) and "Vouchers" in one["content"]


def test_what_a_person_edited_is_not_overwritten(importing: Importing, shop: Site) -> None:
    url = shop.add("/returns", article("Returns", RETURNS))
    importing.finish(importing.queue(kind="address", source=url))
    (one,) = importing.articles()

    async def edit(conn: Any) -> None:
        text = versions.Text(title="Returns", language="en", url=url, content="Edited by hand.")
        async with conn.transaction():
            await projects.locked(conn, importing.project)
            await versions.save(conn, importing.project, one["id"].bytes, text, by=None, now=ids.now())

    importing.run(edit)
    same = importing.finish(importing.queue(kind="address", source=url))
    assert same.unchanged == 1
    shop.add("/returns", article("Returns", "Only twenty days remain for returning what you have bought."))
    made = importing.queue(kind="address", source=url)
    assert importing.finish(made).refused == 1
    assert importing.pages(made)[0].code == "edited"
    assert importing.articles()[0]["content"] == "Edited by hand."


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/missing", "status_404"),
        ("/broken", "status_503"),
        ("/picture", "unsupported"),
        ("/empty", "no_text"),
    ],
)
def test_a_page_that_is_no_article_is_refused_with_a_reason(
    importing: Importing, shop: Site, path: str, code: str
) -> None:
    shop.add("/broken", b"", status=503)
    shop.add("/picture", b"\x89PNG", kind="image/png")
    shop.add("/empty", b"<html><body></body></html>")
    made = importing.queue(kind="address", source=shop.origin + path)
    assert importing.finish(made).refused == 1
    assert importing.pages(made)[0].code == code
    assert shop.asked == [path] * (2 if path == "/broken" else 1)


def test_an_address_that_is_not_public_is_refused(importing: Importing, shop: Site) -> None:
    url = shop.add("/returns", article("Returns", RETURNS))
    made = importing.queue(kind="address", source=url)
    importing.finish(made, networks="10.0.0.0/8")
    assert importing.pages(made)[0].code == "address_refused" and shop.asked == []


@pytest.mark.soak
def test_a_redirect_into_a_network_that_is_not_public_is_refused(importing: Importing, shop: Site) -> None:
    shop.moved["/out"] = "http://169.254.169.254/latest/meta-data/"
    made = importing.queue(kind="address", source=shop.origin + "/out")
    importing.finish(made)
    assert importing.pages(made)[0].code == "address_refused"


def test_a_sitemap_brings_its_pages_with_progress(importing: Importing, shop: Site) -> None:
    pages = [shop.add(f"/p{n}", article(f"Page {n}", f"Text number {n}. {RETURNS}")) for n in range(5)]
    inner = shop.sitemap("/pages.xml", *pages[:3], pages[0], "http://other.example/x", "ftp://x/y")
    other = shop.sitemap("/more.xml", *pages[3:], shop.origin + "/missing")
    made = importing.queue(kind="sitemap", source=shop.sitemap("/sitemap.xml", inner, other, index=True))
    done = importing.finish(made)
    assert (done.state, done.created, done.refused) == ("done", 5, 1)
    assert [(page.number, page.outcome) for page in importing.pages(made)] == [
        *((number, "created") for number in range(1, 6)),
        (6, "refused"),
    ]
    assert {one["title"] for one in importing.articles()} == {f"Page {n}" for n in range(5)}


@pytest.mark.soak
def test_a_sitemap_is_bounded(importing: Importing, shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MAX_PAGES", 3)
    url = shop.sitemap("/sitemap.xml", *(shop.origin + f"/m{n}" for n in range(9)))
    made = importing.queue(kind="sitemap", source=url)
    done = importing.finish(made)
    assert (done.refused, done.error) == (3, "too_many_pages")


def test_an_address_that_the_database_cannot_hold_stops_no_other(importing: Importing, shop: Site) -> None:
    path = "/" + "".join(chr(0x20000 + 37 * n) for n in range(700))
    shop.add(quote(path), article("Long", RETURNS))
    fine = shop.add("/fine", article("Fine", RETURNS))
    source = shop.sitemap("/sitemap.xml", shop.origin + path, fine)
    done = importing.finish(importing.queue(kind="sitemap", source=source))
    assert (done.state, done.created) == ("done", 1)


def test_sitemaps_that_name_each_other_end(importing: Importing, shop: Site) -> None:
    names = [f"{shop.origin}/s{n}.xml" for n in range(40)]
    for n in range(40):
        shop.sitemap(f"/s{n}.xml", *names, index=True)
    made = importing.queue(kind="sitemap", source=names[0])
    done = importing.finish(made)
    assert (done.state, done.error) == ("done", "too_many_sitemaps")
    assert len(shop.asked) == sitemaps.MAX_SITEMAPS


@pytest.mark.parametrize(("body", "code"), [(b"<html>no sitemap", "unreadable"), (None, "status_404")])
def test_what_is_no_sitemap_fails_the_import(
    importing: Importing, shop: Site, body: bytes | None, code: str
) -> None:
    if body is not None:
        shop.add("/sitemap.xml", body)
    done = importing.finish(importing.queue(kind="sitemap", source=shop.origin + "/sitemap.xml"))
    assert (done.state, done.error) == ("failed", code)


def test_a_cancelled_import_ends_after_its_page(
    importing: Importing, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [shop.add(f"/p{n}", article(f"Page {n}", f"Text number {n}. {RETURNS}")) for n in range(6)]
    made = importing.queue(kind="sitemap", source=shop.sitemap("/sitemap.xml", *pages))
    fetch = fetching.PageFetcher.page

    async def cancelling(self: Any, url: str) -> Any:
        if url == pages[2]:
            rows = "UPDATE article_imports SET state = 'cancelled', ended_at = now() WHERE id = $1"
            importing.stack.sql(rows, UUID(bytes=made))
        return await fetch(self, url)

    monkeypatch.setattr(fetching.PageFetcher, "page", cancelling)
    done = importing.finish(made)
    assert (done.state, done.created, done.waiting) == ("cancelled", 2, 4)
    assert len(importing.articles()) == 2


@pytest.mark.parametrize("fault", [RuntimeError("unforeseen"), "refused by asyncpg"], ids=["ours", "asyncpg"])
def test_a_page_that_fails_unforeseen_is_refused_and_the_others_go_on(
    importing: Importing, shop: Site, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    pages = [shop.add(f"/p{n}", article(f"Page {n}", f"Text number {n}. {RETURNS}")) for n in range(4)]
    made = importing.queue(kind="sitemap", source=shop.sitemap("/sitemap.xml", *pages))
    store = storing.store

    async def failing(conn: Any, due: Any, document: Any, **given: Any) -> Any:
        if given["url"] == pages[1]:
            if isinstance(fault, Exception):
                raise fault
            await conn.fetchval("SELECT $1::integer", "no integer")
        return await store(conn, due, document, **given)

    monkeypatch.setattr(storing, "store", failing)
    done = importing.finish(made)
    assert (done.state, done.created, done.refused, done.waiting) == ("done", 3, 1, 0)
    assert [(one.outcome, one.code) for one in importing.pages(made)] == [
        ("created", ""),
        ("refused", "internal"),
        ("created", ""),
        ("created", ""),
    ]
    assert sorted(shop.asked) == sorted(set(shop.asked)), "nothing is fetched twice"


@pytest.mark.soak
def test_a_worker_that_stops_leaves_the_rest_to_another(
    importing: Importing, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [shop.add(f"/p{n}", article(f"Page {n}", f"Text number {n}. {RETURNS}")) for n in range(6)]
    made = importing.queue(kind="sitemap", source=shop.sitemap("/sitemap.xml", *pages))
    importing.work(lambda: len(shop.asked) >= 3, outbound_networks=LOOPBACK)
    between = importing.imported(made)
    assert between.state == "queued" and between.created < 6
    assert importing.finish(made).created == 6
    assert len(importing.articles()) == 6


@pytest.mark.soak
def test_an_import_that_ended_its_workers_is_given_up(importing: Importing, shop: Site) -> None:
    made = importing.queue(kind="address", source=shop.origin + "/x")
    importing.stack.sql("UPDATE article_imports SET tries = 9 WHERE id = $1", UUID(bytes=made))
    done = importing.finish(made)
    assert (done.state, done.error) == ("failed", "crashed")


@pytest.mark.parametrize(
    ("name", "body", "title", "language"),
    [
        ("returns.md", f"# Returns\n\n{RETURNS}\n".encode(), "Returns", "en"),
        ("x.md", f'---\ntitle: "Đổi trả"\nlang: vi\n---\n\n{RETURNS}'.encode(), "Đổi trả", "vi"),
        ("doi_tra.txt", "Đổi trả trong ba mươi ngày, hoàn tiền vào thẻ của bạn.".encode(), "doi tra", "vi"),
        ("r.html", article("Returns", RETURNS), "Returns", "en"),
    ],
)
def test_a_file_becomes_an_article(
    importing: Importing, name: str, body: bytes, title: str, language: str
) -> None:
    made = importing.queue(kind="file", source=name, body=body)
    assert importing.finish(made).created == 1
    (one,) = importing.articles()
    assert (one["title"], one["language"], one["url"], one["source"]) == (title, language, "", "file")
    assert not one["content"].startswith("# Returns")
    rows = importing.stack.sql("SELECT body FROM article_imports WHERE id = $1", UUID(bytes=made))
    assert rows[0][0] is None, "the file is not kept"


@pytest.mark.soak
def test_a_file_of_the_same_title_is_the_next_version(importing: Importing) -> None:
    for text, outcome in ((RETURNS, "created"), (RETURNS, "unchanged"), (RETURNS + " Soon.", "changed")):
        made = importing.queue(kind="file", source="returns.md", body=f"# Returns\n\n{text}".encode())
        importing.finish(made)
        assert importing.pages(made)[0].outcome == outcome
    assert importing.articles()[0]["version"] == 2


def test_an_article_is_fetched_again_on_its_schedule(importing: Importing, shop: Site) -> None:
    url = shop.add("/returns", article("Returns", RETURNS))
    importing.finish(importing.queue(kind="address", source=url, publish=True, refetch_days=7))
    shop.add("/returns", article("Returns", RETURNS, "Vouchers are not paid out in money."))
    importing.stack.sql("UPDATE articles SET refetch_at = now() - interval '1 minute' WHERE url = $1", url)
    importing.work(
        lambda: importing.stack.sql("SELECT version FROM articles WHERE url = $1", url)[0][0] == 2,
        outbound_networks=LOOPBACK,
    )
    (one,) = importing.articles()
    assert (one["published"], one["refetch_days"]) == (2, 7)
    assert one["refetch_at"].timestamp() * 1_000 > ids.now() + 6 * 86_400_000
    listed = importing.run(lambda conn: imports.page(conn, importing.project, after=None, limit=10))
    assert [(one.kind, one.by) for one in listed] == [("schedule", None), ("address", None)]


@pytest.mark.soak
def test_old_imports_are_deleted(importing: Importing, shop: Site) -> None:
    made = importing.queue(kind="address", source=shop.origin + "/x")
    importing.finish(made)
    waiting = importing.queue(kind="address", source=shop.origin + "/y")
    assert importing.run(lambda conn: imports.remove_old(conn, before=ids.now() + 1)) >= 1
    assert importing.imported(made) is None and importing.imported(waiting) is not None
