"""The JSON schemas of knowledge gaps: what visitors asked that no article covers."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.db.knowledge.gaps import State
from server.api.http.fields import PAGE, At, Cursor


class GapExample(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation in which it was asked, and when."""

    conversation_id: UUID
    at: At


class KnowledgeGap(msgspec.Struct, frozen=True, kw_only=True):
    """Questions in the same words, whatever their order.

    `question`: as it was asked last, without addresses and long numbers. `language`: of the visitor who asked
    last; may be empty. `asked`: how often. `article_id`: what was written about it. `examples`: at most 5
    conversations, the last ones first.
    """

    id: UUID
    question: str
    language: str
    asked: int
    state: State
    article_id: UUID | None
    first_at: At
    last_at: At
    examples: list[GapExample]


class KnowledgeGapPage(msgspec.Struct, frozen=True, kw_only=True):
    """Those that were asked last first. `open`, `written`, `dismissed`: how many there are.

    `next_cursor`: null on the last page.
    """

    items: list[KnowledgeGap]
    open: int
    written: int
    dismissed: int
    next_cursor: str | None


class KnowledgeGapQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    state: State | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50


class WrittenGap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`article_id`: the article that was written about it; it may be a draft."""

    article_id: UUID
