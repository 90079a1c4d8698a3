"""The JSON schemas of an article's versions, and of the difference between two."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.api.http.fields import PAGE, At, Cursor, Person

Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class ArticleVersion(msgspec.Struct, frozen=True, kw_only=True):
    """An article as it was saved; `number` counts from 1. `length`: of the content, in code points.

    `made_by`: null for an import, or if that account was deleted.
    """

    number: int
    title: str
    language: str
    category: str
    url: str
    length: int
    published: bool
    made_at: At
    made_by: Person | None


class ArticleVersionPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first. `next_cursor`: send it as `cursor`; null on the last page."""

    items: list[ArticleVersion]
    next_cursor: str | None


class ArticleVersionQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50


class ArticleVersionDetails(ArticleVersion, frozen=True, kw_only=True):
    """A version with its content, in Markdown, and the summary that its preparation made, or empty."""

    content: str
    summary: str


class ArticleDiffQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`newer` 0: the newest version. `older` 0: the version before `newer`."""

    older: Number = 0
    newer: Number = 0


class ArticleFieldDiff(msgspec.Struct, frozen=True, kw_only=True):
    """A field besides the content that differs."""

    field: Literal["title", "language", "category", "url"]
    older: str
    newer: str


class ArticleDiffPart(msgspec.Struct, frozen=True, kw_only=True):
    """A run of lines, in the order of the text. `older_line` and `newer_line`: where it begins, from 1.

    `op` skipped: `count` equal lines that are left out, `lines` is empty.
    """

    op: Literal["same", "skipped", "removed", "added"]
    older_line: int
    newer_line: int
    count: int
    lines: list[str]


class ArticleDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from version `older` to version `newer`. `added` and `removed`: numbers of lines.

    `coarse`: too many lines differ to be compared one by one; they are shown as removed and added.
    """

    older: int
    newer: int
    fields: list[ArticleFieldDiff]
    parts: list[ArticleDiffPart]
    added: int
    removed: int
    coarse: bool
