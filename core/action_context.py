"""Who makes a change, when and from where: what a domain function needs beside its connection."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from core.db.connection import Connection
from core.db.ops import audit, mails
from core.db.ops.audit import Actor, Result
from core.identity.encryption import Sealer
from core.ids import ProjectId
from core.mail import AccountChange, AccountChanged, Mail
from core.model import User
from core.text import user_agent


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionContext:
    """Made alike by a request, a command line and a worker's stage. `now` in ms.

    `address` and `agent` are the client's; empty where there is none.
    """

    actor: Actor
    now: int
    address: str = ""
    agent: str = ""

    @property
    def device(self) -> str:
        """The client's browser, for people."""
        return user_agent.described(self.agent[: audit.AGENT])

    def acting(self, user: User) -> Self:
        """The same, by a user who has just been identified."""
        return replace(self, actor=Actor("user", user.id, user.full_name))

    async def audit(
        self,
        conn: Connection,
        action: str,
        entity: str,
        entity_id: bytes,
        *,
        project: ProjectId | None = None,
        changes: Mapping[str, Any] | None = None,
        result: Result = "ok",
    ) -> None:
        """Write an audit entry in the transaction of the change: both happen or neither.

        `changes` is {field: new value} or {field: {"from": old, "to": new}}.
        """
        entry = audit.Entry(
            project=project,
            actor=self.actor,
            action=action,
            entity=entity,
            entity_id=entity_id,
            result=result,
            address=self.address,
            agent=self.agent,
            changes=dict(changes or {}),
        )
        await audit.add(conn, entry, now=self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingContext(ActionContext):
    """For changes that also send a mail. `origin` is the dashboard's, for links in mails."""

    sealer: Sealer
    origin: str

    def link(self, page: str, token: str = "") -> str:
        """A link to a page of the dashboard; the token is in the fragment, which browsers do not send."""
        address = f"{self.origin}/app/{page}"
        return f"{address}#{token}" if token else address

    async def mail(
        self,
        conn: Connection,
        mail: Mail,
        *,
        to: str,
        language: str = "en",
        timezone: str = "UTC",
        project: ProjectId | None = None,
    ) -> None:
        """Queue a mail to an address, in the transaction of the change."""
        await mails.add(
            conn,
            mail=mail,
            recipient=to,
            language=language,
            timezone=timezone,
            sealer=self.sealer,
            now=self.now,
            project=project,
        )

    async def mail_to(self, conn: Connection, mail: Mail, user: User) -> None:
        """Queue a mail to a user's address, in the user's language."""
        await self.mail(conn, mail, to=user.email, language=user.language, timezone=user.timezone)

    async def notify(
        self, conn: Connection, user: User, change: AccountChange, *, provider: str = ""
    ) -> None:
        """Notify the owner by mail that a way into the account changed; from which browser and address."""
        address = self.address[: audit.ADDRESS]
        mail = AccountChanged(change, user.full_name, self.now, self.device, address, provider)
        await self.mail_to(conn, mail, user)
