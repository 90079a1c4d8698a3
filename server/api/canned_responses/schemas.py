"""The JSON schemas of canned responses."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.api.http.fields import NAME, NO_NUL, At, Person

PAGE = 500  # items in one answer: an agent loads them all

Shortcut = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{1,50}\Z",
        description="unique in the project, whether in upper or lower case",
    ),
]
# The limit of a message: a response is sent as one.
Content = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=5_000,
        pattern=NO_NUL,
        description="may contain variables like {{visitor.name|there}}",
    ),
]
Category = Annotated[str, Meta(max_length=50, pattern=NAME, description="empty for none")]


class CannedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`uses`: how often agents have put it into a reply. `changed_by`: null if that account was deleted."""

    id: UUID
    shortcut: str
    content: str
    category: str
    version: int
    uses: int
    changed_at: At
    changed_by: Person | None


class CannedResponsePage(msgspec.Struct, frozen=True, kw_only=True):
    """In the order of the shortcuts, ignoring case. `next`: send it as `after`; null on the last page."""

    items: list[CannedResponse]
    next: str | None


class CannedResponseQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`after`: `next` of the previous page."""

    after: Annotated[str, Meta(max_length=50, pattern=NO_NUL)] = ""
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = PAGE


class NewCannedResponse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    shortcut: Shortcut
    content: Content
    category: Category = ""


class CannedResponseChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Omitted fields stay unchanged. `version`: of the response as you loaded it."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    shortcut: Shortcut | UnsetType = UNSET
    content: Content | UnsetType = UNSET
    category: Category | UnsetType = UNSET
