"""Fields that several schemas share: types, limits, and normalisation of what a person types."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core import content
from core.content import FIELD_TYPES
from core.forms.fields import MAX_LABEL, MAX_OPTIONS
from core.ids import UserId
from core.text import emails, names
from server.api.http.problems import unfit

PAGE = 100  # items in one answer at most
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z]{2,4})?\Z"
NAME = r"^[^\x00-\x1f\x7f]*\Z"
# Postgres's text cannot hold NUL: refused here instead of in a failed statement.
NO_NUL = r"^[^\x00]*\Z"
UUID_TEXT = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

At = Annotated[int, Meta(description="ms since the epoch")]
Cursor = Annotated[str, Meta(max_length=100)]
"""`next_cursor` of the page before: every list that has pages takes it as `cursor`."""
Role = Literal["agent", "manager"]
Email = Annotated[str, Meta(min_length=3, max_length=320, pattern=NO_NUL)]
# Longer than the limit for passwords, so that the password rules report a password that is too long.
Password = Annotated[str, Meta(max_length=1024, pattern=NO_NUL)]
Token = Annotated[str, Meta(min_length=1, max_length=1024, pattern=NO_NUL)]
FullName = Annotated[str, Meta(min_length=1, max_length=100, pattern=NAME)]
Language = Annotated[str, Meta(min_length=2, max_length=12, pattern=LANGUAGE)]
TimeZone = Annotated[str, Meta(min_length=1, max_length=64, pattern=NO_NUL)]


FormFieldType = Annotated[
    str,
    Meta(max_length=32, description=f"{', '.join(FIELD_TYPES)}; there may be others"),
]


class FormField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field of a form. `required` of a boolean: it must be true. `options`: of a select, a multiselect."""

    key: Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}\Z", description="unique in its form")]
    label: Annotated[str, Meta(min_length=1, max_length=MAX_LABEL, pattern=NAME)]
    type: FormFieldType
    required: bool = False
    options: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=MAX_LABEL, pattern=NAME)]],
        Meta(max_length=MAX_OPTIONS),
    ] = []


class Person(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    full_name: str


class MailedToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`token`: the part after `#` in a mailed link."""

    token: Token


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Empty on purpose: the response must not reveal anything."""


def form_fields(given: Sequence[content.FormField]) -> list[FormField]:
    """The fields of a form as in JSON."""
    return [
        FormField(
            key=one.key, label=one.label, type=one.type, required=one.required, options=list(one.options)
        )
        for one in given
    ]


def uid(value: bytes) -> UUID:
    """An id as in JSON."""
    return UUID(bytes=value)


def optional_uid(value: bytes | None) -> UUID | None:
    return None if value is None else UUID(bytes=value)


def person(user: UserId | None, name: str | None) -> Person | None:
    """None: no member did it, or the account was deleted."""
    return None if user is None or name is None else Person(id=uid(user), full_name=name)


def email(field: str, given: str) -> str:
    """A normalised email address; raises ApiError `invalid`."""
    try:
        return emails.normalise(given)
    except ValueError:
        raise unfit(field, "not_an_email", "Enter a valid email address.") from None


def mailbox(field: str, given: str) -> str:
    """The same for the recipient of an email: refuses RESERVED addresses as well."""
    kept = email(field, given)
    if kept.endswith(emails.RESERVED):
        raise unfit(field, "not_an_email", "Enter a valid email address.")
    return kept


def name(field: str, given: str) -> str:
    """A person's normalised name; raises ApiError `invalid` if it has no visible character."""
    kept = names.clean(given)
    if not names.is_visible(kept):
        raise unfit(field, "required", "Enter your name.")
    return kept
