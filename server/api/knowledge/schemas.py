"""The JSON schemas of articles and of their settings."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.db.knowledge.articles import MAX_CATEGORY, MAX_LANGUAGE, MAX_TITLE, Source, State
from core.knowledge.limits import MAX_CONTENT, MAX_URL
from server.api.http.fields import NAME, NO_NUL, PAGE, At, Cursor, Person

LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*\Z"

Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Title = Annotated[str, Meta(min_length=1, max_length=MAX_TITLE, pattern=NAME)]
ArticleLanguage = Annotated[
    str,
    Meta(
        min_length=2, max_length=MAX_LANGUAGE, pattern=LANGUAGE, description="a tag such as `en` or `pt-BR`"
    ),
]
Category = Annotated[str, Meta(max_length=MAX_CATEGORY, pattern=NAME, description="empty for none")]
Url = Annotated[
    str,
    Meta(max_length=MAX_URL, pattern=NO_NUL, description="where the text stands on the web, or empty"),
]
Content = Annotated[str, Meta(min_length=1, max_length=MAX_CONTENT, pattern=NO_NUL, description="Markdown")]


class ArticlePreparation(msgspec.Struct, frozen=True, kw_only=True):
    """How far a worker has prepared the published version for searches.

    `state`: queued, done, failed. `stage`: what is being done. `error`: why it failed, a code.
    """

    state: str
    stage: str
    error: str
    prepared_at: At | None


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """`version`: the newest; `published_version`: the one that visitors and the assistant see, or null.

    `state` changed: the newest version is not the published one. `source`: written here, or imported from an
    address or a file. `helpful` and `unhelpful`: answers of visitors. `changed_by`: null for an import, or if
    that account was deleted. `preparation`: null while nothing is published.
    """

    id: UUID
    title: str
    language: str
    category: str
    url: str
    state: State
    version: int
    published_version: int | None
    published_at: At | None
    source: Source
    helpful: int
    unhelpful: int
    preparation: ArticlePreparation | None
    changed_at: At
    changed_by: Person | None


class ArticleDetails(Article, frozen=True, kw_only=True):
    """An article with the `content` of its newest version, and the summary of the published one."""

    content: str
    summary: str


class ArticlePage(msgspec.Struct, frozen=True, kw_only=True):
    """The last changed first. `next_cursor`: null on the last page."""

    items: list[Article]
    next_cursor: str | None


class ArticleQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`text`: a part of the title or the address, whatever its case and accents.

    `category`: empty for articles without one.
    """

    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50
    state: State | None = None
    category: Annotated[str, Meta(max_length=MAX_CATEGORY, pattern=NAME)] | None = None
    language: Annotated[str, Meta(max_length=MAX_LANGUAGE, pattern=LANGUAGE)] | None = None
    text: Annotated[str, Meta(max_length=MAX_TITLE, pattern=NO_NUL)] = ""


class ArticleGroup(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    articles: int


class ArticleCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many articles there are of each state, of each category, and of each language."""

    draft: int
    published: int
    changed: int
    limit: int
    categories: list[ArticleGroup]
    languages: list[ArticleGroup]


class NewArticle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: Title
    language: ArticleLanguage
    category: Category = ""
    url: Url = ""
    content: Content


class ArticleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Omitted fields stay unchanged. `version`: of the article as you loaded it."""

    version: Version
    title: Title | UnsetType = UNSET
    language: ArticleLanguage | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    content: Content | UnsetType = UNSET


class ArticleAction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`version`: the newest version of the article, as you loaded it."""

    version: Version


class KnowledgeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`in_widget`: visitors search published articles in the widget. `help_page`: a public page shows them.

    `version` 0: nothing was changed yet.
    """

    in_widget: bool
    help_page: bool
    version: int


class KnowledgeSettingsChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Omitted fields stay unchanged. `version`: of the settings as you loaded them."""

    version: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    in_widget: bool | UnsetType = UNSET
    help_page: bool | UnsetType = UNSET
