"""The JSON schemas of accounts: registration, passwords, profile, sessions."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.api.http.fields import At, Email, FullName, Language, Password, TimeZone, Token


class Registration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`invitation`: the token of a mailed invitation to this address."""

    email: Email
    password: Password
    full_name: FullName
    language: Language = "en"
    invitation: Token | None = None


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """`next`: `sign_in` if the invitation has verified the address; else the next step is in an email."""

    next: Literal["check_mail", "sign_in"]


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`token`: the part after `#` in a mailed link. `password`: if the route needs it."""

    token: Token
    password: Password | None = None


class Mailbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: Email


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`end_two_factor`: true if the user has neither the app nor a recovery code."""

    token: Token
    password: Password
    end_two_factor: bool = False


class ProfileChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Omitted fields stay unchanged. `timezone` is an IANA name.

    `mail_on_assignment`: whether an email tells you that another member assigned you a conversation.
    `mail_on_mention`: whether an email tells you that one mentioned you in a note.
    """

    full_name: FullName | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    timezone: TimeZone | UnsetType = UNSET
    mail_on_assignment: bool | UnsetType = UNSET
    mail_on_mention: bool | UnsetType = UNSET


class NewAvatar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`image`: base64 of at most 48,000 bytes, of the type `media_type`."""

    media_type: Literal["image/png", "image/jpeg", "image/webp"]
    image: Annotated[str, Meta(min_length=1, max_length=64_000, pattern=r"^[A-Za-z0-9+/]+={0,2}\Z")]


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`current_password`: null if the account has no password yet."""

    new_password: Password
    current_password: Password | None = None


class OwnSession(msgspec.Struct, frozen=True, kw_only=True):
    """One of your sessions. `current`: the session of this request. `device` names browser and system."""

    id: UUID
    current: bool
    device: str
    address: str
    created_at: At
    last_used_at: At


class EmailChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    new_email: Email
    password: Password


class CloseAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`email`: the address of your account, typed in to prevent accidental deletion."""

    email: Email
    password: Password | None = None
