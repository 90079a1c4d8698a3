"""Page object for the knowledge pages, and articles as they are stored."""

from uuid import UUID

from playwright.sync_api import Locator, expect

from core import ids
from tests.browser.conftest import Stage
from tests.browser.settings import Settings, at_settings

DELIVERY = "## How long\n\nParcels arrive within **three days**.\n\n- by post\n- by bicycle\n"


def at_knowledge(stage: Stage, page: str = "knowledge", *, email: str = "") -> Settings:
    """A signed-in manager at one of the knowledge pages."""
    return at_settings(stage, f"projects/{stage.project_id}/settings/{page}", email=email)


def open_article(page: Settings, title: str) -> None:
    """Follow the link to an article of the list."""
    page.page.get_by_role("link", name=title, exact=True).click()
    expect(page.card(title)).to_be_visible()


def text_of(page: Settings) -> Locator:
    """The text field of the editor."""
    return page.page.locator(".markup textarea")


def write(page: Settings, title: str, content: str, **fields: str) -> None:
    """Fill in the form of an article."""
    page.fill("Title", title)
    for label, value in fields.items():
        page.fill(label.title(), value)
    text_of(page).fill(content)


def add_article(
    stage: Stage,
    title: str,
    content: str = DELIVERY,
    *,
    language: str = "en",
    category: str = "",
    published: bool = False,
    earlier: tuple[str, ...] = (),
    days: int = 0,
) -> UUID:
    """An article as the API and the worker leave it. `earlier`: the texts of its versions before."""
    made, sql, project = UUID(bytes=ids.make()), stage.stack.sql, stage.project_id
    texts = (*earlier, content)
    author = sql("SELECT id FROM users WHERE email = $1", stage.email)[0]["id"]
    sql(
        "INSERT INTO articles (project_id, id, title, language, category, folded, version, published,"
        " published_at, created_at, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, lower($3), $6,"
        " $7, CASE WHEN $7::int IS NULL THEN NULL ELSE now() END, now() - $8 * interval '1 day',"
        " now() - $8 * interval '1 day', $9)",
        project,
        made,
        title,
        language,
        category,
        len(texts),
        len(texts) if published else None,
        days,
        author,
    )
    for number, text in enumerate(texts, 1):
        sql(
            "INSERT INTO article_versions (project_id, article_id, number, title, language, category,"
            " content, made_at, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, now(), $8)",
            project,
            made,
            number,
            title,
            language,
            category,
            text,
            author,
        )
    if published:
        sql(
            "INSERT INTO article_preparations (project_id, article_id, version, state, due_at, prepared_at)"
            " VALUES ($1, $2, $3, 'done', now(), now())",
            project,
            made,
            len(texts),
        )
    return made


def add_gap(
    stage: Stage, question: str, *, asked: int = 1, state: str = "open", language: str = "en"
) -> UUID:
    """A gap as the worker counts it."""
    made = UUID(bytes=ids.make())
    stage.stack.sql(
        "INSERT INTO knowledge_gaps (project_id, id, key, question, language, asked, state, first_at,"
        " last_at) VALUES ($1, $2, $3, $3, $4, $5, $6, now() - interval '3 days',"
        " now() - interval '2 hours')",
        stage.project_id,
        made,
        question,
        language,
        asked,
        state,
    )
    return made


def ask_in(stage: Stage, gap: UUID, conversation: UUID) -> None:
    """The question was asked in this conversation too."""
    stage.stack.sql(
        "INSERT INTO knowledge_gap_questions (project_id, gap_id, turn_id, conversation_id, at)"
        " VALUES ($1, $2, $3, $4, now() - interval '2 hours')",
        stage.project_id,
        gap,
        UUID(bytes=ids.make()),
        conversation,
    )


def add_import(
    stage: Stage,
    source: str,
    pages: tuple[tuple[str, str, str], ...],
    *,
    kind: str = "sitemap",
    tries: int = 1,
) -> UUID:
    """An import that a worker holds. `pages`: address, outcome and code of each."""
    made, sql, project = UUID(bytes=ids.make()), stage.stack.sql, stage.project_id
    sql(
        "INSERT INTO article_imports (project_id, id, kind, source, tries, due_at, created_at, created_by)"
        " SELECT $1, $2, $3, $4, $5, now() + interval '1 day', now(), id FROM users WHERE email = $6",
        project,
        made,
        kind,
        source,
        tries,
        stage.email,
    )
    for number, (address, outcome, code) in enumerate(pages, 1):
        sql(
            "INSERT INTO article_import_pages (project_id, import_id, number, source, outcome, code)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            project,
            made,
            number,
            address,
            outcome,
            code,
        )
    return made
