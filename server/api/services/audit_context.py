"""The audit entry of a route: declared next to it, completed by admission, handler and wrapper."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.db.connection import Connection
from core.db.ops import audit
from core.db.ops.audit import NOBODY, Actor, Entry, Result
from core.ids import ProjectId


@dataclass(frozen=True, slots=True)
class AuditRule:
    """The action of a route, the kind of its entity, and the fields that may be logged.

    `security`: the handler writes the entry itself (`call.audit`), in the transaction of its change; the
    wrapper writes refusals as for every other route. `refused` names the action of a refusal
    (`session.refused`). `installation`: the entry belongs to no project, for example a project's deletion.
    """

    action: str
    entity: str
    fields: tuple[str, ...] = ()
    security: bool = False
    refused: str = ""
    installation: bool = False


@dataclass(slots=True, kw_only=True)
class AuditContext:
    """One request, as it will be logged. Admission sets the actor as soon as the caller is identified."""

    what: AuditRule | None
    address: str
    agent: str
    entity_id: bytes | None = None  # from the path
    actor: Actor = NOBODY
    project: ProjectId | None = None  # set once the caller is known to belong to it
    body: Any = None
    written: list[Result] = field(default_factory=list)  # entries that the handler wrote itself
    replayed: bool = False  # the request only gets an earlier one's answer: nothing is logged
    items: list[Entry] | None = None  # of a route that acts on many: written instead of the route's own entry

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
        """The row; defaults are those of the AuditRule. Raises LookupError when the route has none."""
        what, who = self.what, actor or self.actor
        about = entity or (what.entity if what else "")
        if entity_id is None:
            themselves = who.id if about == "user" else None
            entity_id = self.entity_id or themselves
        if what is None and (action is None or entity is None):
            raise LookupError("a route without `audit=` must pass action and entity")
        return Entry(
            project=None if what is not None and what.installation else (project or self.project),
            actor=who,
            action=action or (what.action if what else ""),
            entity=about,
            entity_id=entity_id,
            result=result,
            address=self.address,
            agent=self.agent,
            changes={name: value for name, value in (changes or {}).items() if what and name in what.fields},
        )


async def write(conn: Connection, context: AuditContext, entry: Entry, *, now: int) -> None:
    """Write an entry in the handler's transaction: if it fails, so does the transaction."""
    await audit.add(conn, entry, now=now)
    context.written.append(entry.result)
