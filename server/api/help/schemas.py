"""JSON schemas of articles for the widget."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from server.api.http.fields import NO_NUL, At

MAX_QUERY = 200  # code points


class PublicArticleQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`query`: empty for the articles that helped most. `language`: of the visitor, such as `pt-BR`."""

    query: Annotated[str, Meta(max_length=MAX_QUERY, pattern=NO_NUL)] = ""
    language: Annotated[str, Meta(max_length=35, pattern=NO_NUL)] = ""


class PublicArticleSnippet(msgspec.Struct, frozen=True, kw_only=True):
    """`snippet`: plain text. `category`: may be empty."""

    id: UUID
    title: str
    snippet: str
    category: str


class PublicArticleList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[PublicArticleSnippet]


class PublicArticle(msgspec.Struct, frozen=True, kw_only=True):
    """`content`: Markdown; show it as elements, never as HTML. `url`: where else it stands, or empty."""

    id: UUID
    version: int
    title: str
    language: str
    category: str
    url: str
    content: str
    updated_at: At


class ArticleFeedback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to "Was this helpful?"."""

    helpful: bool
