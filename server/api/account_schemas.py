"""The JSON of accounts, in and out: registering, second step, passwords, profile, sign-ins."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.api.schemas import NO_NUL, At

LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z]{2,4})?\Z"
NAME = r"^[^\x00-\x1f\x7f]*\Z"

Email = Annotated[str, Meta(min_length=3, max_length=320, pattern=NO_NUL)]
# Longer than a password may be: what is too long is told by the rules for passwords, in words.
Password = Annotated[str, Meta(max_length=1024, pattern=NO_NUL)]
Token = Annotated[str, Meta(min_length=1, max_length=1024, pattern=NO_NUL)]
FullName = Annotated[str, Meta(min_length=1, max_length=100, pattern=NAME)]
Language = Annotated[str, Meta(min_length=2, max_length=12, pattern=LANGUAGE)]
TimeZone = Annotated[str, Meta(min_length=1, max_length=64, pattern=NO_NUL)]


class Registration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`invitation`: the token of a mailed invitation to this address."""

    email: Email
    password: Password
    full_name: FullName
    language: Language = "en"
    invitation: Token | None = None


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """`sign_in`: the invitation has shown that the mailbox is yours. Else a mail says how to go on."""

    next: Literal["check_mail", "sign_in"]


class MailedToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands behind `#` in a mailed link."""

    token: Token


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`token`: what stands behind `#` in a mailed link. `password`: where the route says so."""

    token: Token
    password: Password | None = None


class Mailbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: Email


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Says nothing, on purpose."""


class SecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """The password was right. `partial_token` goes with the code, within `expires_in` seconds."""

    partial_token: str
    expires_in: int


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`end_two_factor`: neither the app nor a recovery code is at hand."""

    token: Token
    password: Password
    end_two_factor: bool = False


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID Connect provider that people may sign in with."""

    id: str
    name: str


class SignInOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`mail` directory: no SMTP server is set, mails are files. `registration` invited: not without one."""

    providers: list[Provider]
    mail: Literal["smtp", "directory"]
    registration: Literal["open", "invited"]


class ProfileChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays. `timezone` is an IANA name."""

    full_name: FullName | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    timezone: TimeZone | UnsetType = UNSET


class NewAvatar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`image` in base64, at most 48,000 bytes when decoded, of the kind that `media_type` says."""

    media_type: Literal["image/png", "image/jpeg", "image/webp"]
    image: Annotated[str, Meta(min_length=1, max_length=64_000, pattern=r"^[A-Za-z0-9+/]+={0,2}\Z")]


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`current_password` null: there is none yet."""

    new_password: Password
    current_password: Password | None = None


class OwnSession(msgspec.Struct, frozen=True, kw_only=True):
    """One of your sign-ins. `current`: the one that asks. `device` names browser and system."""

    id: UUID
    current: bool
    device: str
    address: str
    created_at: At
    last_used_at: At


class EmailChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    new_email: Email
    password: Password


class OwnPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """null only where no password was ever set."""

    password: Password | None = None


class Farewell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`email` is your own, typed, so that nobody deletes an account by accident."""

    email: Email
    password: Password | None = None
