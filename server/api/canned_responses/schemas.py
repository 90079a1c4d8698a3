"""The JSON schemas of canned responses."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.api.http.fields import NAME, NO_NUL, At, Person

PAGE = 500  # items in one answer: an agent loads them all

SHORTCUT = r"^[A-Za-z0-9_-]{1,50}\Z"
CONTENT = 5_000  # code points; the limit of a message: a response is sent as one
CATEGORY = 50  # code points

Shortcut = Annotated[
    str,
    Meta(
        pattern=SHORTCUT,
        description="unique in the project, whether in upper or lower case",
    ),
]
Content = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=CONTENT,
        pattern=NO_NUL,
        description="may contain variables like {{visitor.name|there}}",
    ),
]
Category = Annotated[str, Meta(max_length=CATEGORY, pattern=NAME, description="empty for none")]


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
    """In the order of the shortcuts, ignoring case. `next_cursor`: null on the last page."""

    items: list[CannedResponse]
    next_cursor: str | None


class CannedResponseQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    cursor: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] = ""
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


class ExportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`separator`: the one that the reader's spreadsheet expects."""

    separator: Literal["comma", "semicolon", "tab"] = "comma"


Field = Literal["shortcut", "content", "category"]


class ImportLine(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a line; `line` counts from 1, the header included.

    `fields`: what changes. `code` and `detail`: why the line is refused, a stable word and a sentence.
    """

    line: int
    shortcut: str
    outcome: Literal["created", "changed", "refused"]
    fields: list[Field] = []
    code: str = ""
    detail: str = ""


class CannedResponseImport(msgspec.Struct, frozen=True, kw_only=True):
    """What importing a file will do. `lines`: the first 500 that are refused, change or create something.

    `plan`: send it with the same file to import it. `ignored_columns`: names that the import does not know.
    """

    created: int
    changed: int
    unchanged: int
    refused: int
    lines: list[ImportLine]
    ignored_columns: list[str]
    plan: str


class ImportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`plan`: of the preview of the same file; without it the import is `stale`."""

    plan: Annotated[str, Meta(pattern=r"^[0-9a-f]{0,64}\Z")] = ""


class CannedResponsesImported(msgspec.Struct, frozen=True, kw_only=True):
    """How many responses were created and changed, and how many were the same already."""

    created: int
    changed: int
    unchanged: int
