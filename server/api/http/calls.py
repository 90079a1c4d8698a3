"""The context that a route handler gets: the request after admission, one type per access rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from core.action_context import MailingContext
from core.db.connection import Connection
from core.db.identity.sign_in import Caller
from core.db.ops.audit import AGENT, Actor, Result
from core.ids import ProjectId, UserId, VisitorId
from core.model import Project, Role
from server.api.services import audit_context
from server.api.services.audit_context import AuditContext
from server.api.services.services import Services

T_co = TypeVar("T_co", covariant=True)


class Access(Enum):
    """Who may call a route; declared next to it, enforced in access.py, checked for all routes by a test."""

    PUBLIC = "public"
    PAGE = "page"  # a page of the project's domains, by Origin
    VISITOR = "visitor"  # such a page, with a visitor key
    COOKIE = "cookie"  # our own pages only: the refresh cookie authenticates, so other sites must be refused
    SIGNED_IN = "signed_in"
    AGENT = "project_agent"
    MANAGER = "project_manager"
    ADMIN = "global_admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request of any caller. `now` in ms since the epoch."""

    services: Services
    now: int
    audit_context: AuditContext

    @property
    def address(self) -> str:
        """The client's address."""
        return self.audit_context.address

    @property
    def agent(self) -> str:
        """The client's User-Agent, at most AGENT characters, unverified."""
        return self.audit_context.agent[:AGENT]

    @property
    def by(self) -> MailingContext:
        """Who calls, for the domain functions of core.accounts and core.projects."""
        return MailingContext(
            actor=self.audit_context.actor,
            now=self.now,
            sealer=self.services.sealer,
            origin=self.services.settings.origin,
            address=self.audit_context.address,
            agent=self.audit_context.agent,
        )

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
        """Write the audit entry of this request in the transaction of its change: both happen or neither.

        Defaults: action and entity from the route's `audit=`, the entity's id from the path, the admitted
        caller as actor. `changes` is {field: new value} or {field: {"from": old, "to": new}}; undeclared
        fields are dropped. An entry other than `ok` replaces the one that the wrapper would write when the
        handler then refuses the request; commit it first.
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
    """A request from a page that may use `project`."""

    project: Project


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorCall(PageCall):
    visitor: VisitorId


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieCall(Call):
    """A request from our own pages. `token` is the refresh cookie, unchecked; None without one."""

    token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCall(Call):
    """A request of a signed-in user."""

    user: Caller
    session: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCall(UserCall):
    """A request of a member of `project`; with a `scope` also of an API key, in the role that it needs.

    For an API key `user` has the key's id and name, and `session` is empty.
    """

    project: ProjectId
    role: Role

    @property
    def member(self) -> UserId | None:
        """The person, for rows that say who changed them; None for an API key, which is no person."""
        return self.user.user if self.session else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T_co]):
    """A result with headers, or with a status other than the route's default."""

    value: T_co
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
