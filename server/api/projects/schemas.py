"""The JSON of projects, members, invitations and API keys, in and out."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.identity.api_keys import Scope
from server.api.http.fields import At, Email, Person, Role


class MyProject(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    role: Role


class Project(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    domains: list[str]
    history_mode: Literal["forever", "limit_to_active"]
    version: int
    role: Role


class Member(msgspec.Struct, frozen=True, kw_only=True):
    user_id: UUID
    full_name: str
    email: str
    role: Role
    joined_at: At


class SocketTicket(msgspec.Struct, frozen=True, kw_only=True):
    """Goes into the first frame of a socket, once, within `expires_in` seconds."""

    ticket: str
    expires_in: int


NAME = r"^[^\x00-\x1f\x7f]*\Z"

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=NAME)]
Domain = Annotated[str, Meta(min_length=1, max_length=260, description="host, host:port or *.host")]
Domains = Annotated[list[Domain], Meta(min_length=1, max_length=50)]


class NewProject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`domains`: which web pages may show its widget."""

    name: Name
    domains: Domains


class ProjectChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is. `version` is that of the project you have seen."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    name: Name | UnsetType = UNSET
    domains: Domains | UnsetType = UNSET
    history_mode: Literal["forever", "limit_to_active"] | UnsetType = UNSET


class ProjectName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Typed by a person who means it."""

    name: Annotated[str, Meta(max_length=200)]


class RoleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: Role


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: Email
    role: Role


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """Neither accepted nor revoked. `invited_by` null: the account was deleted."""

    id: UUID
    email: str
    role: Role
    invited_by: Person | None
    created_at: At
    expires_at: At
    expired: bool


class OpenInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of a mailed invitation sees. `account_exists`: sign in; else register."""

    project_name: str
    email: str
    role: Role
    inviter: str | None
    expires_at: At
    account_exists: bool


class NewApiKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=10)]


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """`hint`: how the key begins. `last_used_at` is right to the minute."""

    id: UUID
    name: str
    hint: str
    scopes: list[Scope]
    created_by: Person | None
    created_at: At
    last_used_at: At | None


class MadeApiKey(ApiKey, frozen=True, kw_only=True):
    """With the `key` itself, which nobody can read again."""

    key: str
