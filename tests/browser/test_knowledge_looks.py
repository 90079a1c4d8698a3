"""The knowledge pages in every theme and size: no serious violation of axe; screenshots for review."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Stage
from tests.browser.knowledge import DELIVERY, add_article, add_gap, add_import, at_knowledge, text_of
from tests.browser.settings import Settings
from tests.browser.site import Site
from tests.browser.test_looks import PICTURES, Look, each_look
from tests.running import Running
from tests.stack import Stack

LONG = (
    DELIVERY
    + """
### Abroad

1. Pay the *customs* yourself
2. Keep the [receipt](https://shop.example/receipts)

> Plants do not travel well in winter.

| Country | Days |
|---|---|
| Norway | 5 |
| Vietnam | 9 |

```
PARCEL-2026-0001
```
"""
)


@dataclass(frozen=True)
class Library:
    """A project with articles of every state, and its manager there."""

    stage: Stage
    page: Settings
    article: str


@pytest.fixture(scope="module")
def library(browser: Browser, shared_stack: Stack, site: Site, server: Running) -> Iterator[Library]:
    """Published, changed and drafted articles, one that is being prepared and one that could not be."""
    PICTURES.mkdir(exist_ok=True)
    stage = Stage(browser, shared_stack, site, server)
    page = at_knowledge(stage)
    sql, project = shared_stack.sql, stage.project_id
    add_article(stage, "Giao hàng mất bao lâu?", language="vi", category="Giao hàng", published=True, days=3)
    article = add_article(
        stage,
        "How long does delivery take?",
        LONG,
        category="Shipping",
        published=True,
        earlier=("Two days.\n", LONG.replace("three", "two").replace("- by bicycle\n", "")),
    )
    sql(
        "UPDATE articles SET helpful = 12, unhelpful = 3, published = 2 WHERE project_id = $1 AND id = $2",
        project,
        article,
    )
    add_article(stage, "Returns and refunds, and what you have to send us when a pot arrives broken", days=9)
    queued = add_article(stage, "Care of calatheas", category="Care", published=True, days=1)
    failed = add_article(stage, "Opening hours", published=True, days=2)
    for made, state, stage_, error in ((queued, "queued", "summary", ""), (failed, "failed", "vectors", "x")):
        sql(
            "UPDATE article_preparations SET state = $3, stage = $4, error = $5,"
            " due_at = now() + interval '1 day' WHERE project_id = $1 AND article_id = $2",
            project,
            made,
            state,
            stage_,
            error,
        )
    for question, asked in (("Do you deliver to Norway?", 7), ("Có giao hàng ra đảo Phú Quốc không ạ?", 1)):
        add_gap(stage, question, asked=asked)
    site = "https://shop.example/help"
    codes = ("", "", "status_404", "edited", "no_text")
    outcomes = ("created", "unchanged", "refused", "refused", "refused")
    pages = tuple((f"{site}/{n}", *one) for n, one in enumerate(zip(outcomes, codes, strict=True)))
    add_import(stage, f"{site}/sitemap.xml", (*pages, *((f"{site}/{n}", "waiting", "") for n in range(5, 9))))
    yield Library(stage, page, str(article))
    stage.close()


@each_look
@pytest.mark.smoke
def test_the_articles_look_right_and_are_accessible(library: Library, look: Look) -> None:
    page, faults = library.page, []
    path = f"projects/{library.stage.project_id}/settings"
    look.apply(page.page)
    page.visit(f"{path}/knowledge")
    expect(page.page.locator(".article-row")).to_have_count(5)
    faults += look.faults(page.page, "knowledge-list")
    page.visit(f"{path}/knowledge/{library.article}")
    expect(text_of(page)).to_be_visible()
    faults += look.faults(page.page, "knowledge-editor")
    tab = page.page.get_by_role("tab", name="Preview")
    if tab.count():
        tab.click()
        tab.scroll_into_view_if_needed()
        page.page.get_by_role("region", name="Preview").scroll_into_view_if_needed()
        faults += look.faults(page.page, "knowledge-preview")
    page.press("Compare version 3")
    expect(page.page.locator(".diff-parts")).to_be_visible()
    page.card("Versions").scroll_into_view_if_needed()
    faults += look.faults(page.page, "knowledge-versions")
    page.visit(f"{path}/knowledge-gaps")
    expect(page.item("Norway")).to_be_visible()
    faults += look.faults(page.page, "knowledge-gaps")
    page.visit(f"{path}/knowledge-import")
    expect(page.item("sitemap.xml")).to_be_visible()
    faults += look.faults(page.page, "knowledge-import")
    page.page.get_by_role("button", name="Pages of the import").click()
    expect(page.page.locator(".import-pages li")).to_have_count(9)
    page.card("Imports").scroll_into_view_if_needed()
    faults += look.faults(page.page, "knowledge-imported")
    page.visit(f"{path}/knowledge-settings")
    expect(page.card("Address of the help page")).to_be_visible()
    faults += look.faults(page.page, "knowledge-settings")
    assert not faults, "\n".join(faults)


@each_look
def test_the_first_page_and_a_conflict_look_right_and_are_accessible(stage: Stage, look: Look) -> None:
    stage.allow_errors("409")
    page = at_knowledge(stage)
    look.apply(page.page)
    expect(page.card("Nothing written yet")).to_be_visible()
    faults = look.faults(page.page, "knowledge-empty")
    made = add_article(stage, "Delivery", LONG)
    page.visit(f"projects/{stage.project_id}/settings/knowledge/{made}")
    text_of(page).fill("Within two days.")
    other = at_knowledge(stage, f"knowledge/{made}")
    text_of(other).fill(LONG.replace("three", "four"))
    other.press("Save")
    notice = page.page.get_by_role("alert").filter(has_text="saved a newer version")
    expect(notice.locator(".diff-parts")).to_be_visible()
    notice.scroll_into_view_if_needed()
    faults += look.faults(page.page, "knowledge-conflict")
    assert not faults, "\n".join(faults)
