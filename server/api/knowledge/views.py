"""Articles and their versions, as JSON."""

from typing import Any

from msgspec.structs import asdict

from core.db.knowledge import articles, versions
from server.api.http import fields
from server.api.knowledge.schemas import Article, ArticleDetails, ArticlePreparation
from server.api.knowledge.version_schemas import ArticleVersion, ArticleVersionDetails


def article(found: articles.Article) -> Article:
    return Article(**_article(found))


def article_details(found: articles.Article, content: str, summary: str) -> ArticleDetails:
    return ArticleDetails(**_article(found), content=content, summary=summary)


def version(found: versions.Head, *, published: int | None) -> ArticleVersion:
    return ArticleVersion(**_version(found, published))


def version_details(found: versions.Version, *, published: int | None) -> ArticleVersionDetails:
    head = _version(found.head, published)
    return ArticleVersionDetails(**head, content=found.content, summary=found.summary)


def _article(found: articles.Article) -> dict[str, Any]:
    preparation = None
    if found.preparation:
        preparation = ArticlePreparation(
            state=found.preparation, stage=found.stage, error=found.error, prepared_at=found.prepared_at
        )
    return {
        "id": fields.uid(found.id),
        "title": found.title,
        "language": found.language,
        "category": found.category,
        "url": found.url,
        "state": found.state,
        "version": found.version,
        "published_version": found.published,
        "published_at": found.published_at,
        "source": found.source,
        "helpful": found.helpful,
        "unhelpful": found.unhelpful,
        "preparation": preparation,
        "changed_at": found.changed_at,
        "changed_by": fields.person(found.changed_by, found.changed_by_name),
    }


def _version(found: versions.Head, published: int | None) -> dict[str, Any]:
    made = asdict(found)
    name = made.pop("made_by_name")
    return made | {"published": found.number == published, "made_by": fields.person(found.made_by, name)}
