"""The JSON schemas of notes about visitors, and of mentions."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.content import MAX_MENTIONS
from core.db.notes.mentions import MAX_PER_MEMBER
from core.notes.visitor_notes import MAX_TEXT
from server.api.http.fields import NO_NUL, PAGE, At, Cursor, Person

Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT, pattern=NO_NUL)]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
MentionIds = Annotated[
    tuple[UUID, ...], Meta(max_length=MAX_MENTIONS, description="the ids of the members that the text names")
]


class Mentioned(msgspec.Struct, frozen=True, kw_only=True):
    """A member that a text names. `name`: as it stands in the text, after an "@"."""

    user: UUID
    name: str


class VisitorNote(msgspec.Struct, frozen=True, kw_only=True):
    """`author`: null if the account was deleted. `edited_at`: null if it was never edited."""

    id: UUID
    author: Person | None
    text: str
    mentions: list[Mentioned]
    version: int
    created_at: At
    edited_at: At | None


class VisitorNotePage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `next_cursor`: null on the last page. `total`: of all pages."""

    items: list[VisitorNote]
    next_cursor: str | None
    total: int


class VisitorNoteQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 20


class NewVisitorNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Text
    mentions: MentionIds = ()


class VisitorNoteChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`version`: of the note as you loaded it."""

    version: Version
    text: Text
    mentions: MentionIds = ()


class MentionVisitor(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """You were mentioned, in the note `note` about the visitor or in the message `seq` of the conversation.

    `conversation`: for a note, the visitor's latest one. `text`: the beginning of what was written.
    """

    id: UUID
    at: At
    author: Person
    visitor: MentionVisitor
    note: UUID | None
    conversation: UUID | None
    seq: int | None
    text: str
    read: bool


class MentionList(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `unread`: of all your mentions in the project."""

    items: list[Mention]
    unread: int


class MentionQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=MAX_PER_MEMBER)] = 50


class MentionsRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ids`: omitted for all."""

    ids: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=MAX_PER_MEMBER)] | UnsetType = UNSET
