"""The JSON schemas of health and administration."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.api.http.fields import NO_NUL, PAGE, At, Cursor, Email
from server.api.services.readiness import Check


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """`ready`: true only when every check is ok."""

    ready: bool
    checks: dict[str, Check]


UserState = Literal["active", "deactivated", "suspended", "deleted"]


class AdminQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`query`: part of a name or an address. `cursor`: `next_cursor` of the previous page."""

    query: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] = ""
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50


class AdminUserQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As AdminQuery. `state`: only accounts in this state."""

    query: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] = ""
    state: UserState | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50


class AdminUser(msgspec.Struct, frozen=True, kw_only=True):
    """`projects`: the number of projects the user is a member of."""

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
    """Newest first. `next_cursor`: null on the last page."""

    items: list[AdminUser]
    next_cursor: str | None


class NamedProject(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str


class Suspended(msgspec.Struct, frozen=True, kw_only=True):
    """`without_manager`: projects that are left without an active manager."""

    without_manager: list[NamedProject]


class AdminProject(msgspec.Struct, frozen=True, kw_only=True):
    """The size of a project, without its messages. `managers`: counts only those who can sign in."""

    id: UUID
    name: str
    members: int
    managers: int
    conversations: int
    created_at: At


class AdminProjectPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `next_cursor`: null on the last page."""

    items: list[AdminProject]
    next_cursor: str | None


class MailStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`mode`: `directory` if emails are written to files. `waiting`: queued emails. `dead`: dead letters,
    which could not be sent.
    """

    mode: Literal["smtp", "directory"]
    waiting: int
    dead: int


class SystemStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`checks`: as at /readyz. `counts`: numbers of users, projects, conversations and sessions."""

    checks: dict[str, Check]
    versions: dict[str, str]
    counts: dict[str, int]
    mail: MailStatus


class Recipient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    recipient: Email
