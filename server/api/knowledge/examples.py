"""Examples: articles."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from server.api.identity.examples import AT, PERSON
from server.api.knowledge import gap_schemas, import_schemas, schemas, version_schemas

CONTENT: Final = "# Delivery\n\nYour parcel arrives within **three days**.\n"

_article: Final = schemas.Article(
    id=UUID("01936b2e-8c00-7a00-8000-000000000041"),
    title="How long does a delivery take?",
    language="en",
    category="Shipping",
    url="https://shop.example/delivery",
    state="changed",
    version=4,
    published_version=3,
    published_at=AT,
    source="written",
    helpful=31,
    unhelpful=2,
    preparation=schemas.ArticlePreparation(state="done", stage="", error="", prepared_at=AT + 900),
    changed_at=AT + 60_000,
    changed_by=PERSON,
)
_version: Final = version_schemas.ArticleVersion(
    number=3,
    title=_article.title,
    language=_article.language,
    category=_article.category,
    url=_article.url,
    length=len(CONTENT),
    published=True,
    made_at=AT,
    made_by=PERSON,
)
_import: Final = import_schemas.ArticleImport(
    id=UUID("01936b2e-8c00-7a00-8000-000000000042"),
    kind="sitemap",
    source="https://shop.example/sitemap.xml",
    category="Shipping",
    language="",
    publish=True,
    refetch_days=7,
    state="running",
    error="",
    waiting=20,
    created=17,
    changed=2,
    unchanged=0,
    refused=1,
    created_at=AT,
    ended_at=None,
    created_by=PERSON,
)

_gap: Final = gap_schemas.KnowledgeGap(
    id=UUID("01936b2e-8c00-7a00-8000-000000000051"),
    question="Do you ship to Canada?",
    language="en",
    asked=7,
    state="open",
    article_id=None,
    first_at=AT,
    last_at=AT + 86_400_000,
    examples=[
        gap_schemas.GapExample(
            conversation_id=UUID("01936b2e-8c00-7a00-8000-000000000052"), at=AT + 86_400_000
        )
    ],
)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    _article,
    schemas.ArticleDetails(
        **asdict(_article), content=CONTENT, summary="A delivery takes three days at most."
    ),
    schemas.ArticlePage(items=[_article], next_cursor=None),
    schemas.ArticleCounts(
        draft=2,
        published=38,
        changed=1,
        limit=10_000,
        categories=[schemas.ArticleGroup(name="Shipping", articles=12)],
        languages=[schemas.ArticleGroup(name="en", articles=41)],
    ),
    schemas.NewArticle(
        title=_article.title,
        language=_article.language,
        category=_article.category,
        url=_article.url,
        content=CONTENT,
    ),
    schemas.ArticleChange(version=2, content="# Delivery\n\nYour parcel arrives within two days.\n"),
    schemas.ArticleAction(version=2),
    schemas.KnowledgeSettings(in_widget=True, help_page=True, version=1),
    schemas.KnowledgeSettingsChange(version=0, help_page=True),
    _import,
    import_schemas.ArticleImportPage(items=[_import], next_cursor=None),
    import_schemas.NewArticleImport(
        kind="sitemap",
        url="https://shop.example/sitemap.xml",
        category="Shipping",
        publish=True,
        refetch_days=7,
    ),
    import_schemas.ImportedPages(
        items=[
            import_schemas.ImportedPage(
                number=1,
                source="https://shop.example/delivery",
                outcome="created",
                code="",
                article=_article.id,
            )
        ],
        next_cursor=None,
    ),
    _version,
    version_schemas.ArticleVersionPage(items=[_version], next_cursor=None),
    version_schemas.ArticleVersionDetails(
        **asdict(_version), content=CONTENT, summary="A delivery takes three days at most."
    ),
    version_schemas.ArticleDiff(
        older=3,
        newer=4,
        fields=[version_schemas.ArticleFieldDiff(field="category", older="", newer="Shipping")],
        parts=[
            version_schemas.ArticleDiffPart(
                op="same", older_line=1, newer_line=1, count=2, lines=["# Delivery", ""]
            ),
            version_schemas.ArticleDiffPart(
                op="removed",
                older_line=3,
                newer_line=3,
                count=1,
                lines=["Your parcel arrives within **three days**."],
            ),
            version_schemas.ArticleDiffPart(
                op="added",
                older_line=4,
                newer_line=3,
                count=1,
                lines=["Your parcel arrives within **two days**."],
            ),
        ],
        added=1,
        removed=1,
        coarse=False,
    ),
    _gap,
    gap_schemas.KnowledgeGapPage(items=[_gap], open=1, written=4, dismissed=2, next_cursor=None),
    gap_schemas.WrittenGap(article_id=_article.id),
)
