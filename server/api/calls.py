"""What a route is handed: the request's facts after admission, one type per access rule."""

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from core.db.access import Caller
from core.ids import ProjectId, VisitorId
from core.model import Project, Role
from server.api.services import Services

T = TypeVar("T")


class Access(Enum):
    """Who may call a route; declared next to it, enforced in access.py, walked by a test."""

    PUBLIC = "public"
    PAGE = "page"  # a page of the project's domains, by Origin
    VISITOR = "visitor"  # such a page, with a visitor key
    COOKIE = "cookie"  # our own pages only: the refresh cookie speaks here, so other sites must not
    SIGNED_IN = "signed_in"
    AGENT = "project_agent"
    MANAGER = "project_manager"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Anybody's request. `now` in ms since the epoch; `address` is the client's."""

    services: Services
    now: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCall(Call):
    """From a page that may use `project`."""

    project: Project


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorCall(PageCall):
    visitor: VisitorId


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieCall(Call):
    """`token` is the refresh cookie, unchecked; None without one."""

    token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCall(Call):
    """Of a living sign-in."""

    user: Caller
    session: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCall(UserCall):
    """Of a member of `project`."""

    project: ProjectId
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """A value with a status other than the route's own, or with headers."""

    value: T
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


CALLS: dict[Access, type[Call]] = {
    Access.PUBLIC: Call,
    Access.PAGE: PageCall,
    Access.VISITOR: VisitorCall,
    Access.COOKIE: CookieCall,
    Access.SIGNED_IN: UserCall,
    Access.AGENT: MemberCall,
    Access.MANAGER: MemberCall,
}
