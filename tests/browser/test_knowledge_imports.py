"""Imports in the settings: a file becomes an article, progress is shown page by page, a refusal says why."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage
from tests.browser.knowledge import DELIVERY, add_import, at_knowledge, text_of
from tests.browser.settings import Settings
from tests.people import add_agent

SITE = "https://shop.example"
PARAGRAPH: Final = "<p>We send every parcel within two days, and tell you by mail when it has left.</p>"
PAGE: Final = """<!doctype html><html lang="en"><head><title>{title}</title></head><body><main><article>
<h1>{title}</h1>{text}</article></main></body></html>"""


class _HelpCentre(BaseHTTPRequestHandler):
    """Two pages, and a sitemap that names a third one."""

    def do_GET(self) -> None:
        base = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
        if self.path == "/sitemap.xml":
            places = "".join(f"<url><loc>{base}/{name}</loc></url>" for name in ("post", "refunds", "gone"))
            head = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
            return self._send(200, "application/xml", f"{head}{places}</urlset>")
        title = {"/post": "By post", "/refunds": "Refunds"}.get(self.path)
        if title is None:
            return self._send(404, "text/html", "gone")
        return self._send(200, "text/html", PAGE.format(title=title, text=PARAGRAPH * 3))

    def _send(self, status: int, media_type: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@pytest.fixture
def help_centre() -> Iterator[str]:
    """The address of a customer's site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _HelpCentre) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def choose(page: Settings, name: str, text: str) -> None:
    page.page.get_by_label("A file").check()
    picker = page.page.locator("input[type=file]")
    picker.set_input_files({"name": name, "mimeType": "text/plain", "buffer": text.encode()})


@pytest.mark.smoke
def test_a_file_becomes_a_published_article(stage: Stage) -> None:
    page = at_knowledge(stage, "knowledge-import")
    choose(page, "delivery.md", f"# Delivery\n\n{DELIVERY}")
    page.fill("Category", "Shipping")
    page.page.get_by_role("switch", name="Publish at once").check()
    page.press("Start the import")
    page.expect_toast("The import has started.")
    row = page.item("delivery.md")
    expect(row).to_contain_text("New: 1 · changed: 0 · unchanged: 0 · refused: 0")
    row.get_by_role("link", name="Open the article").click()
    card = page.card("Delivery")
    expect(card.locator(".card-head")).to_contain_text("Published")
    expect(text_of(page)).to_have_value(f"{DELIVERY}".strip())


@pytest.mark.smoke
def test_an_address_that_cannot_be_fetched_says_why(stage: Stage) -> None:
    page = at_knowledge(stage, "knowledge-import")
    page.press("Start the import")
    expect(page.page.get_by_label("Address", exact=True)).to_be_focused()
    expect(page.page.locator(".setting-error")).to_contain_text("begins with https://")
    page.fill("Address", "http://10.0.0.1/delivery")
    page.press("Start the import")
    row = page.item("http://10.0.0.1/delivery")
    expect(row).to_contain_text("refused: 1")
    expect(row.locator(".import-pages")).to_contain_text("inside a private network")


def test_a_file_that_cannot_be_imported_is_refused_before_it_is_sent(stage: Stage) -> None:
    page = at_knowledge(stage, "knowledge-import")
    choose(page, "prices.xlsx", "x")
    page.press("Start the import")
    error = page.page.locator(".setting-error")
    expect(error).to_contain_text("ends in .md, .html, .txt or .pdf")
    choose(page, "empty.md", "")
    expect(error).to_contain_text("The file is empty.")


@pytest.mark.smoke
def test_the_pages_of_a_sitemap_become_articles_and_later_stay_as_they_are(
    stage: Stage, help_centre: str
) -> None:
    page = at_knowledge(stage, "knowledge-import")
    outcomes = ("New: 2 · changed: 0 · unchanged: 0 · refused: 1", "changed: 0 · unchanged: 2 · refused: 1")
    for number, outcome in enumerate(outcomes):
        page.page.get_by_label("A sitemap").check()
        page.fill("Address", f"{help_centre}/sitemap.xml")
        page.press("Start the import")
        rows = page.item("sitemap.xml")
        expect(rows).to_have_count(number + 1)
        expect(rows.first).to_contain_text(outcome)
        expect(rows.first).to_contain_text("Done")
        expect(rows.first.locator(".import-pages")).to_contain_text("The page does not exist (404).")
    page.page.get_by_role("link", name="Articles", exact=True).click()
    expect(page.page.locator(".article-row")).to_have_count(2)
    expect(page.item("By post")).to_contain_text("imported from an address")


@pytest.mark.smoke
def test_progress_is_shown_page_by_page_and_an_import_is_cancelled(stage: Stage) -> None:
    pages = [(f"{SITE}/{n}", "waiting", "") for n in range(4)]
    made = add_import(stage, f"{SITE}/sitemap.xml", tuple(pages))
    page = at_knowledge(stage, "knowledge-import")
    row = page.item("sitemap.xml")
    expect(row.locator("progress")).to_have_attribute("value", "0")
    page.press(f"Pages of the import of {SITE}/sitemap.xml")
    listed = row.locator(".import-pages li")
    expect(listed).to_have_count(4)
    for number, outcome, code in ((1, "created", ""), (2, "refused", "status_404"), (3, "refused", "edited")):
        stage.stack.sql(
            "UPDATE article_import_pages SET outcome = $3, code = $4"
            " WHERE project_id = $1 AND import_id = $2 AND number = $5",
            stage.project_id,
            made,
            outcome,
            code,
            number,
        )
        expect(row).to_contain_text(f"{number} of 4 pages")
    expect(listed.nth(0)).to_contain_text("New")
    expect(listed.nth(1)).to_contain_text("The page does not exist (404).")
    expect(listed.nth(2)).to_contain_text("edited here since")
    page.press(f"Cancel the import of {SITE}/sitemap.xml")
    page.expect_toast("Cancelled. Articles that it made stay.")
    expect(row).to_contain_text("Cancelled")
    expect(row.locator("progress")).to_have_count(0)


def test_agents_do_not_import(stage: Stage) -> None:
    email = add_agent(stage.stack, stage.project, name="Lan", role="agent")
    page = at_knowledge(stage, "knowledge-import", email=email)
    expect(page.page.get_by_text("Only project managers can see this page.")).to_be_visible()
    expect(page.page.locator("form")).to_have_count(0)
