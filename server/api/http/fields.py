"""Fields that several schemas share: types, limits, and what a person types made canonical."""

from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core import emails, names
from server.api.http.problems import unfit

PAGE = 100  # items of one answer at most
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z]{2,4})?\Z"
NAME = r"^[^\x00-\x1f\x7f]*\Z"
# Postgres' text cannot hold NUL, so it ends here and not in a failed statement.
NO_NUL = r"^[^\x00]*\Z"
DECOY: Final = "@decoy.invalid"  # of accounts that are made in order to take as long, and are undone
OURS: Final = ("@parley.invalid", DECOY)  # the system's and those of deleted users

At = Annotated[int, Meta(description="ms since the epoch")]
Role = Literal["agent", "manager"]
Email = Annotated[str, Meta(min_length=3, max_length=320, pattern=NO_NUL)]
# Longer than a password may be: what is too long is told by the rules for passwords, in words.
Password = Annotated[str, Meta(max_length=1024, pattern=NO_NUL)]
Token = Annotated[str, Meta(min_length=1, max_length=1024, pattern=NO_NUL)]
FullName = Annotated[str, Meta(min_length=1, max_length=100, pattern=NAME)]
Language = Annotated[str, Meta(min_length=2, max_length=12, pattern=LANGUAGE)]
TimeZone = Annotated[str, Meta(min_length=1, max_length=64, pattern=NO_NUL)]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    full_name: str


class MailedToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands behind `#` in a mailed link."""

    token: Token


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Says nothing, on purpose."""


def uid(value: bytes) -> UUID:
    """An id as JSON writes it."""
    return UUID(bytes=value)


def email(field: str, given: str) -> str:
    """An address as we keep it; raises ApiError `invalid`."""
    try:
        return emails.normalise(given)
    except ValueError:
        raise unfit(field, "not_an_email", "This is not an e-mail address.") from None


def mailbox(field: str, given: str) -> str:
    """The same for an address that a mail is to go to: not one of ours that nobody can have."""
    kept = email(field, given)
    if kept.endswith(OURS):
        raise unfit(field, "not_an_email", "This is not an e-mail address.")
    return kept


def name(field: str, given: str) -> str:
    """A person's name as it is shown; raises ApiError `invalid` where nothing of it can be seen."""
    kept = names.clean(given)
    if not names.is_visible(kept):
        raise unfit(field, "required", "Enter your name.")
    return kept
