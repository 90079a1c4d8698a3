"""The JSON schemas of imports of articles."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.db.knowledge.articles import MAX_LANGUAGE
from core.db.knowledge.imports import Kind, Outcome, State
from core.knowledge.limits import MAX_URL
from server.api.http.fields import NAME, NO_NUL, PAGE, At, Cursor, Person
from server.api.knowledge.schemas import Category

ImportLanguage = Annotated[
    str,
    Meta(
        max_length=MAX_LANGUAGE,
        pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?\Z",
        description="a tag such as `en` or `pt-BR`; empty: what each page says, or what its text looks like",
    ),
]
RefetchDays = Annotated[int, Meta(ge=1, le=365)]


class ArticleImport(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` schedule: articles that were due to be fetched again. `source`: the address, or the file's name.

    `state` running: a worker works on it. `error`: why it failed, or what was left out, a code; may be empty.
    `waiting` to `refused`: how many pages have that outcome. `created_by`: null for the schedule, or if that
    account was deleted.
    """

    id: UUID
    kind: Kind
    source: str
    category: str
    language: str
    publish: bool
    refetch_days: int | None
    state: State
    error: str
    waiting: int
    created: int
    changed: int
    unchanged: int
    refused: int
    created_at: At
    ended_at: At | None
    created_by: Person | None


class ArticleImportPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first. `next_cursor`: null on the last page."""

    items: list[ArticleImport]
    next_cursor: str | None


class ArticleImportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50


class ImportedPage(msgspec.Struct, frozen=True, kw_only=True):
    """`code`: why it was refused, such as `status_404`, `edited`, `no_text`. `article`: what it became."""

    number: int
    source: str
    outcome: Outcome
    code: str
    article: UUID | None


class ImportedPages(msgspec.Struct, frozen=True, kw_only=True):
    """In the order in which they were found. `next_cursor`: null on the last page."""

    items: list[ImportedPage]
    next_cursor: str | None


class ImportedPagesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 100


class NewArticleImport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`kind` sitemap: up to 500 pages of one host. `publish`: publish what was imported.

    `refetch_days`: fetch the pages again after so many days, and so on; null for never.
    """

    kind: Literal["address", "sitemap"]
    url: Annotated[str, Meta(min_length=1, max_length=MAX_URL, pattern=NO_NUL)]
    category: Category = ""
    language: ImportLanguage = ""
    publish: bool = False
    refetch_days: RefetchDays | None = None


class ArticleFileQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name`: of the file, with its ending: a title where the file has none itself."""

    name: Annotated[str, Meta(min_length=1, max_length=200, pattern=NAME)] = "file"
    category: Category = ""
    language: ImportLanguage = ""
    publish: bool = False
