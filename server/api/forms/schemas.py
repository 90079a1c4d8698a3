"""The JSON schemas of forms."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.forms.answers import MAX_TEXT
from core.forms.fields import MAX_FIELDS, MAX_KEY, MAX_LABEL, MAX_OPTIONS
from server.api.chat.schemas import Author
from server.api.http.fields import NAME, NO_NUL, PAGE, At, Cursor, FormField

TEMPLATES: int = 200  # in one answer: all of a project
MINUTE: int = 60  # seconds
DAY: int = 24 * 60 * MINUTE

Name = Annotated[
    str,
    Meta(min_length=1, max_length=100, pattern=NAME, description="unique in the project, ignoring case"),
]
Description = Annotated[str, Meta(max_length=500, pattern=NO_NUL)]
Fields = Annotated[list[FormField], Meta(min_length=1, max_length=MAX_FIELDS)]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
# Longer than the limit of a field, so that the rules of the form name the field that is too long.
Text = Annotated[str, Meta(max_length=MAX_TEXT * 2, pattern=NO_NUL)]
Choices = Annotated[
    list[Annotated[str, Meta(max_length=MAX_LABEL, pattern=NO_NUL)]], Meta(max_length=MAX_OPTIONS)
]
Key = Annotated[str, Meta(min_length=1, max_length=MAX_KEY, pattern=NO_NUL)]
Values = Annotated[
    dict[Key, Text | bool | Choices | None],
    Meta(
        max_length=MAX_FIELDS,
        description="by the keys of the fields: text, a boolean, or the chosen options of a multiselect; "
        "numbers in decimal form, dates as YYYY-MM-DD; null or absent: left empty",
    ),
]


class FormTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """`pre_chat`: shown before the first message, if it is enabled. `answers`: at most 10,000 are counted."""

    id: UUID
    name: str
    description: str
    fields: list[FormField]
    enabled: bool
    pre_chat: bool
    version: int
    created_at: At
    updated_at: At
    answers: int


class FormTemplateList(msgspec.Struct, frozen=True, kw_only=True):
    """All templates of the project, the oldest first."""

    items: list[FormTemplate]


class NewFormTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    fields: Fields
    description: Description = ""
    enabled: bool = True
    pre_chat: bool = False


class FormTemplateChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Omitted fields stay unchanged. `version`: of the template as you loaded it."""

    version: Version
    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    fields: Fields | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    pre_chat: bool | UnsetType = UNSET


class SentForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ref`: your idempotency key. `expires_in`: seconds, a minute to 30 days; null: it does not expire."""

    template: UUID
    ref: UUID
    expires_in: Annotated[int, Meta(ge=MINUTE, le=30 * DAY)] | None = None


class FilledForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ref`: your idempotency key, new for each form: a repetition returns the first result."""

    template: UUID
    ref: UUID
    values: Values


class FormCorrection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`values`: all of them. `version`: `content.version` of the answer as you loaded it, 1 if absent."""

    version: Version
    values: Values


class FormAnswerQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50


class FormAnswerValue(msgspec.Struct, frozen=True, kw_only=True):
    """One value, with the label that its field had."""

    key: str
    label: str
    value: str | bool | list[str] | None


class FormVisitor(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str


class FormAnswerItem(msgspec.Struct, frozen=True, kw_only=True):
    """A filled form. `message`: its message; `request`: the message that asked, null without one."""

    message: UUID
    conversation: UUID
    visitor: FormVisitor
    author: Author
    at: At
    request: UUID | None
    values: list[FormAnswerValue]
    version: int
    edited_at: At | None


class FormAnswerPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first. `next_cursor`: null on the last page."""

    items: list[FormAnswerItem]
    next_cursor: str | None
