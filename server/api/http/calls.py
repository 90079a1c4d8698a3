"""What a route is handed: the request's facts after admission, one type per access rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from core.db.connection import Connection
from core.db.identity.sign_in import Caller
from core.db.ops.audit import Actor, Result
from core.ids import ProjectId, VisitorId
from core.model import Project, Role
from server.api.services import audit_context
from server.api.services.audit_context import AGENT, AuditContext
from server.api.services.services import Services

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
    ADMIN = "global_admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Anybody's request. `now` in ms since the epoch."""

    services: Services
    now: int
    audit_context: AuditContext

    @property
    def address(self) -> str:
        """The client's."""
        return self.audit_context.address

    @property
    def agent(self) -> str:
        """The client's User-Agent, as it says itself."""
        return self.audit_context.agent[:AGENT]

    async def audit(
        self,
        conn: Connection,
        *,
        result: Result = "ok",
        action: str | None = None,
        entity: str | None = None,
        entity_id: bytes | None = None,
        project: ProjectId | None = None,
        actor: Actor | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> None:
        """Writes the entry of this request within the transaction of what it does: both happen or neither.

        What is not given is as the route's `audit=` declares, the thing that the path names, who was
        admitted. `changes` is {field: new value} or {field: {"from": old, "to": new}}; fields that are not
        declared are dropped. An entry other than `ok` replaces the wrapper's own when the handler goes on to
        refuse; commit it first.
        """
        entry = self.audit_context.entry(
            result,
            action=action,
            entity=entity,
            entity_id=entity_id,
            project=project,
            actor=actor,
            changes=changes,
        )
        await audit_context.write(conn, self.audit_context, entry, now=self.now)


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
    """Of a member of `project`; on routes with a `scope` also of an API key, which acts as an agent.

    Then `user` carries the key's id and name, and `session` is empty.
    """

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
    Access.ADMIN: UserCall,
}
