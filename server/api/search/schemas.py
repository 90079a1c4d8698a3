"""The JSON schemas of searches."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.model import Status
from core.search.query import MAX_QUERY
from server.api.chat.schemas import Author
from server.api.http.fields import NO_NUL, At, Cursor

PAGE = 50  # results in one answer at most


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page of the same `q` and `kind`."""

    q: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_QUERY,
            pattern=NO_NUL,
            description="words or beginnings of words, which must all be there; in quotes: in this order",
        ),
    ]
    kind: Literal["messages", "visitors", "notes"] = "messages"
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 20


class SearchPiece(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a text. `match`: the query found it."""

    text: str
    match: bool = False


class SearchedVisitor(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str


class MessageBefore(msgspec.Struct, frozen=True, kw_only=True):
    """The message before the one that was found."""

    author: str
    text: str


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: that of a message, or `visitor`, or `visitor_note`. `id`: of the message, visitor or note.

    `conversation` and `seq`: where it is said; of visitors and notes about them the latest conversation, and
    null. `at`: when it was written, or when the visitor first came. `text`: one line around the first match,
    in pieces; of a visitor, what is known beside the name. `author`: null if the account was deleted, and of
    a visitor. `name`: of a visitor that was found, in pieces; empty if there is none.
    """

    kind: str
    id: UUID
    at: At
    conversation: UUID
    seq: int | None
    status: Status
    visitor: SearchedVisitor
    author: Author | None
    text: list[SearchPiece]
    before: MessageBefore | None = None
    name: list[SearchPiece] = []


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `next_cursor`: null on the last page."""

    items: list[SearchResult]
    next_cursor: str | None
