"""What a route leaves in the audit log: declared next to it, filled in by admission, handler and wrapper."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from core import redaction
from core.db.connection import Connection
from core.db.ops import audit
from core.db.ops.audit import NOBODY, Actor, Entry, Result
from core.ids import ProjectId

AGENT: Final = 300  # characters of a User-Agent


@dataclass(frozen=True, slots=True)
class AuditRule:
    """The action that a route is, on what kind of thing, and which fields of it may be told.

    `security`: its handler writes the entry itself (`call.audit`), in the transaction of what it does;
    refusals are written by the wrapper as for every other route. `refused` names the action when it did not
    come to pass (`session.refused`). `installation`: the entry belongs to no project, like a deleted one.
    """

    action: str
    entity: str
    fields: tuple[str, ...] = ()
    security: bool = False
    refused: str = ""
    installation: bool = False


@dataclass(slots=True, kw_only=True)
class AuditContext:
    """One request, as the log will tell it. Admission fills in who it is, as soon as that is known."""

    what: AuditRule | None
    address: str
    agent: str
    entity_id: bytes | None = None  # what the path names
    actor: Actor = NOBODY
    project: ProjectId | None = None  # set once the caller is known to belong to it
    body: Any = None
    written: list[Result] = field(default_factory=list)  # entries that the handler wrote itself

    def entry(
        self,
        result: Result,
        *,
        action: str | None = None,
        entity: str | None = None,
        entity_id: bytes | None = None,
        project: ProjectId | None = None,
        changes: Mapping[str, Any] | None = None,
        actor: Actor | None = None,
    ) -> Entry:
        """The row; what is not given is as declared. Raises LookupError when nothing was declared either."""
        what, who = self.what, actor or self.actor
        about = entity or (what.entity if what else "")
        if entity_id is None:
            themselves = who.id if about == "user" else None
            entity_id = self.entity_id or themselves
        if what is None and (action is None or entity is None):
            raise LookupError("a route without `audit=` says action and entity itself")
        return Entry(
            project=None if what is not None and what.installation else (project or self.project),
            actor=who,
            action=action or (what.action if what else ""),
            entity=about,
            entity_id=entity_id,
            result=result,
            address=redaction.text(self.address)[:64],
            agent=redaction.text(self.agent)[:AGENT],
            changes=redaction.kept(changes or {}, fields=what.fields if what else ()),
        )


async def write(conn: Connection, context: AuditContext, entry: Entry, *, now: int) -> None:
    """In the handler's transaction: fails closed."""
    await audit.add(conn, entry, now=now)
    context.written.append(entry.result)
