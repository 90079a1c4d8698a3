"""The JSON schemas of projects, members, invitations and API keys."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.identity.api_keys import Scope
from server.api.http.fields import NO_NUL, At, Email, Person, Role

AttachedBy = Annotated[
    Literal["everyone", "agents", "nobody"], Meta(description="who may attach files to messages")
]


class MyProject(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    role: Role


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """`require_verified`: what pages say about visitors without a signature is ignored.

    `ask_consent`: widgets store nothing and open no connection before their visitor acts.
    """

    id: UUID
    name: str
    domains: list[str]
    history_mode: Literal["forever", "limit_to_active"]
    reopen_on_reply: Annotated[bool, Meta(description="an agent's reply reopens a solved conversation")]
    version: int
    role: Role
    require_verified: bool = False
    ask_consent: bool = False
    attachments: AttachedBy = "everyone"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    user_id: UUID
    full_name: str
    email: str
    role: Role
    joined_at: At


class SocketTicket(msgspec.Struct, frozen=True, kw_only=True):
    """Send it in the first frame of a websocket, once, within `expires_in` seconds."""

    ticket: str
    expires_in: int


NAME = r"^[^\x00-\x1f\x7f]*\Z"

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=NAME)]
Domain = Annotated[str, Meta(min_length=1, max_length=260, description="host, host:port or *.host")]
Domains = Annotated[list[Domain], Meta(min_length=1, max_length=50)]


class NewProject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`domains`: the sites that may show the project's widget."""

    name: Name
    domains: Domains


class ProjectChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Omitted fields stay unchanged. `version`: of the project as you loaded it."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    name: Name | UnsetType = UNSET
    domains: Domains | UnsetType = UNSET
    history_mode: Literal["forever", "limit_to_active"] | UnsetType = UNSET
    require_verified: bool | UnsetType = UNSET
    ask_consent: bool | UnsetType = UNSET
    reopen_on_reply: bool | UnsetType = UNSET
    attachments: AttachedBy | UnsetType = UNSET


class ProjectName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The project's name, typed in to prevent accidental deletion."""

    name: Annotated[str, Meta(max_length=200)]


class RoleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: Role


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: Email
    role: Role


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that was neither accepted nor revoked. `invited_by`: null if that account was deleted."""

    id: UUID
    email: str
    role: Role
    invited_by: Person | None
    created_at: At
    expires_at: At
    expired: bool


class OpenInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as its recipient sees it. `account_exists`: true: sign in; false: register."""

    project_name: str
    email: str
    role: Role
    inviter: str | None
    expires_at: At
    account_exists: bool


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """`host`: a host name as in the project's domains. `at`: when it last asked."""

    host: str
    at: At


class Sites(msgspec.Struct, frozen=True, kw_only=True):
    """Where the widget was loaded, and which sites were refused; the latest first."""

    seen: list[Site]
    refused: list[Site]


class NewAddressBlock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`network`: an address, or a range in CIDR notation. `expires_at`: null for never."""

    network: Annotated[str, Meta(min_length=1, max_length=64, pattern=NO_NUL)]
    reason: Annotated[str, Meta(max_length=200, pattern=NAME)] = ""
    expires_at: Annotated[int, Meta(ge=0, le=2**43)] | None = None


class AddressBlock(msgspec.Struct, frozen=True, kw_only=True):
    """`created_by`: null if that account was deleted."""

    id: UUID
    network: str
    reason: str
    created_at: At
    created_by: Person | None
    expires_at: At | None


class NewApiKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=10)]


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """`hint`: the beginning of the key. `last_used_at` is accurate to a minute."""

    id: UUID
    name: str
    hint: str
    scopes: list[Scope]
    created_by: Person | None
    created_at: At
    last_used_at: At | None


class MadeApiKey(ApiKey, frozen=True, kw_only=True):
    """A new API key, with the `key` itself, which cannot be read again."""

    key: str
