"""The JSON of second factors, providers and administration, in and out."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.api.account_schemas import Email, Password, Token
from server.api.schemas import NO_NUL, PAGE, At, Check

Code = Annotated[str, Meta(min_length=6, max_length=20, pattern=NO_NUL)]
UserState = Literal["active", "deactivated", "suspended", "deleted"]


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


class AdminQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`query`: part of a name or an address. `cursor`: `next_cursor` of the page before."""

    query: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] = ""
    cursor: Annotated[str, Meta(max_length=100)] | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50


class AdminUserQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As AdminQuery; `state`: only these."""

    query: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] = ""
    state: UserState | None = None
    cursor: Annotated[str, Meta(max_length=100)] | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50


class AdminUser(msgspec.Struct, frozen=True, kw_only=True):
    """`projects`: how many the user is a member of."""

    id: UUID
    email: str
    full_name: str
    state: UserState
    is_admin: bool
    email_verified: bool
    two_factor: bool
    created_at: At
    projects: int


class AdminUserPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `next_cursor` null: there are no more."""

    items: list[AdminUser]
    next_cursor: str | None


class NamedProject(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str


class Suspended(msgspec.Struct, frozen=True, kw_only=True):
    """`without_manager`: projects of the user in which no other manager is active."""

    without_manager: list[NamedProject]


class AdminProject(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers; what is said in a project is its members' business. `managers`: those who can sign in."""

    id: UUID
    name: str
    members: int
    managers: int
    conversations: int
    created_at: At


class AdminProjectPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    items: list[AdminProject]
    next_cursor: str | None


class MailStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`mode` directory: mails are files. `waiting` and `dead` (given up) are numbers of mails."""

    mode: Literal["smtp", "directory"]
    waiting: int
    dead: int


class SystemStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`checks` as at /readyz; `counts` of what there is."""

    checks: dict[str, Check]
    versions: dict[str, str]
    counts: dict[str, int]
    mail: MailStatus


class Recipient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    recipient: Email
