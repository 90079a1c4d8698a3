"""The JSON schemas of second factors and providers."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.api.http.fields import NO_NUL, At, Password, Token


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID Connect provider that users may sign in with."""

    id: str
    name: str


class SignInOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`mail`: `directory` if no SMTP server is set, and emails are written to files.

    `registration`: `invited` if registering needs an invitation.
    """

    providers: list[Provider]
    mail: Literal["smtp", "directory"]
    registration: Literal["open", "invited"]


Code = Annotated[str, Meta(min_length=6, max_length=20, pattern=NO_NUL)]


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once. `secret`: to type in; `uri`: a link for the phone; `qr_svg`: its QR code (one path)."""

    secret: str
    uri: str
    qr_svg: str


class OwnCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code`: six digits from the app."""

    code: Code


class PasswordAndCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code`: from the app, or a recovery code. `password`: null only for an account without a password."""

    code: Code
    password: Password | None = None


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once. Each code is valid for one sign-in without the app."""

    recovery_codes: list[str]


class SecondStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`partial_token`: from the response to the first step. `code`: as described at the route."""

    partial_token: Token
    code: Code


class ProviderUrl(msgspec.Struct, frozen=True, kw_only=True):
    """`url`: the provider's page to open. It is valid for ten minutes, in this browser."""

    url: str


class Return(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the provider's callback; `iss` if it was sent.

    `provider`: the last part of the callback's path, if the provider has a callback address of its own.
    """

    code: Annotated[str, Meta(min_length=1, max_length=4096, pattern=NO_NUL)]
    state: Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]
    iss: Annotated[str, Meta(max_length=300)] | None = None
    provider: Annotated[str, Meta(max_length=30)] | None = None


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """The identity is now linked to your account."""

    linked: bool = True  # a literal would be an enum of one boolean, which generators of clients drop


class OwnIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Your identity at a provider. `provider`: the provider's id, or its issuer if it is not configured."""

    id: UUID
    provider: str
    email: str
    created_at: At
