"""The JSON schemas of signed-in users."""

from typing import Annotated
from uuid import UUID

import msgspec

from server.api.http.fields import NO_NUL, At, Password


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Email addresses are case-insensitive."""

    email: Annotated[str, msgspec.Meta(min_length=3, max_length=320, pattern=NO_NUL)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1024, pattern=NO_NUL)]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """The signed-in user. `pending_email`: a requested new address that is not confirmed yet.

    `recovery_codes_left`: null without a second factor. `mail_on_assignment`: whether an email tells you that
    another member assigned you a conversation, `mail_on_mention` that one mentioned you in a note.
    """

    id: UUID
    email: str
    full_name: str
    language: str
    timezone: str
    avatar_url: str | None
    is_admin: bool
    has_password: bool
    two_factor: bool
    pending_email: str | None
    created_at: At
    mail_on_assignment: bool
    mail_on_mention: bool
    recovery_codes_left: int | None = None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Keep `access_token` in memory; the refresh token is a cookie that scripts cannot read."""

    access_token: str
    expires_in: Annotated[int, msgspec.Meta(description="seconds")]
    user: User


class SecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """The first step succeeded. Send `partial_token` with the code within `expires_in` seconds."""

    partial_token: str
    expires_in: int


class OwnPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`password`: null only for an account without a password."""

    password: Password | None = None
