"""The JSON of second factors, providers and administration, in and out."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.api.http.fields import NO_NUL, At, Password, Token


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID Connect provider that people may sign in with."""

    id: str
    name: str


class SignInOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`mail` directory: no SMTP server is set, mails are files. `registration` invited: not without one."""

    providers: list[Provider]
    mail: Literal["smtp", "directory"]
    registration: Literal["open", "invited"]


Code = Annotated[str, Meta(min_length=6, max_length=20, pattern=NO_NUL)]


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once. `secret` is for typing, `uri` for a tap on the phone; `qr_svg` (one path) says it too."""

    secret: str
    uri: str
    qr_svg: str


class OwnCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Six digits from the app."""

    code: Code


class PasswordAndCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code`: from the app, or a recovery code. `password` null only where none was ever set."""

    code: Code
    password: Password | None = None


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once. Each is good for one sign-in without the app."""

    recovery_codes: list[str]


class SecondStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`partial_token`: the answer to the first step. `code`: as the route says."""

    partial_token: Token
    code: Code


class ProviderUrl(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send the person. It is good for ten minutes, in this browser."""

    url: str


class Return(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With what the provider sent the person back; `iss` if it was there.

    `provider`: the last part of the address, where the person came back to one of the provider's own.
    """

    code: Annotated[str, Meta(min_length=1, max_length=4096, pattern=NO_NUL)]
    state: Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]
    iss: Annotated[str, Meta(max_length=300)] | None = None
    provider: Annotated[str, Meta(max_length=30)] | None = None


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """The identity is yours now."""

    linked: bool = True  # a literal would be an enum of one boolean, which generators of clients drop


class OwnIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who you are at a provider. `provider` is the id it has here, or its issuer when it was taken away."""

    id: UUID
    provider: str
    email: str
    created_at: At
