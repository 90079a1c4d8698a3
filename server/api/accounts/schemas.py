"""The JSON of accounts, in and out: registering, second step, passwords, profile, sign-ins."""

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
    """`sign_in`: the invitation has shown that the mailbox is yours. Else a mail says how to go on."""

    next: Literal["check_mail", "sign_in"]


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`token`: what stands behind `#` in a mailed link. `password`: where the route says so."""

    token: Token
    password: Password | None = None


class Mailbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: Email


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`end_two_factor`: neither the app nor a recovery code is at hand."""

    token: Token
    password: Password
    end_two_factor: bool = False


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


class Farewell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`email` is your own, typed, so that nobody deletes an account by accident."""

    email: Email
    password: Password | None = None
