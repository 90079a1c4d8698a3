"""Table `audit_log`: who did what, or tried to. Rows are added and, in time, removed; never changed."""

from typing import Any, Final, Literal

import msgspec

from core import ids
from core.db.connection import Connection
from core.ids import ProjectId

ActorKind = Literal["user", "system", "api_key", "nobody"]
Result = Literal["ok", "denied", "failed"]


class Actor(msgspec.Struct, frozen=True):
    """Who acts; the name is kept as it is now."""

    kind: ActorKind
    id: bytes | None = None
    name: str = ""


NOBODY: Final = Actor("nobody")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `project` None: what concerns no project, or one that the actor does not belong to."""

    project: ProjectId | None
    actor: Actor
    action: str
    entity: str
    entity_id: bytes | None
    result: Result
    address: str
    agent: str
    changes: dict[str, Any]


async def add(conn: Connection, entry: Entry, *, now: int) -> None:
    """In the caller's transaction: then what is done is told, or not done. `now` in ms.

    A project that is gone by now leaves the entry to the installation's log.
    """
    await conn.execute(
        """
        INSERT INTO audit_log (id, project_id, at, actor_kind, actor_id, actor_name, action, entity,
                               entity_id, result, address, agent, changes)
        VALUES ($1, (SELECT id FROM projects WHERE id = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        ids.make(now),
        entry.project,
        now,
        entry.actor.kind,
        entry.actor.id,
        entry.actor.name,
        entry.action,
        entry.entity,
        entry.entity_id,
        entry.result,
        entry.address,
        entry.agent,
        entry.changes,
    )
