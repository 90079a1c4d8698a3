"""Table `audit_log`: who did what, or tried to. Rows are added, expire after a time, and never change."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from core import ids
from core.db.connection import Connection
from core.ids import ProjectId
from core.text import redaction

ADDRESS: Final = 64  # characters of a client's address
AGENT: Final = 300  # characters of a User-Agent

ActorKind = Literal["user", "system", "api_key", "nobody"]
Result = Literal["ok", "denied", "failed"]


class Actor(msgspec.Struct, frozen=True):
    """Who acted; the name is stored as it was then."""

    kind: ActorKind
    id: bytes | None = None
    name: str = ""


NOBODY: Final = Actor("nobody")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `project` None: it concerns no project, or one that the actor is not a member of.

    `longest`: characters kept of each text in `changes`.
    """

    project: ProjectId | None
    actor: Actor
    action: str
    entity: str
    entity_id: bytes | None
    result: Result
    address: str
    agent: str
    changes: dict[str, Any]
    longest: int = redaction.MAX_LENGTH


async def add(conn: Connection, entry: Entry, *, now: int, entry_id: bytes | None = None) -> None:
    """Adds an entry in the caller's transaction, so that no change is committed without it. `now` in ms.

    What looks like a secret is redacted here, so that no caller can forget it. If the project was deleted
    meanwhile, the entry goes to the installation's log. With an `entry_id` a retry is harmless.
    """
    await conn.execute(
        """
        INSERT INTO audit_log (id, project_id, at, actor_kind, actor_id, actor_name, action, entity,
                               entity_id, result, address, agent, changes)
        VALUES ($1, (SELECT id FROM projects WHERE id = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (id) DO NOTHING
        """,
        entry_id or ids.make(now),
        entry.project,
        now,
        entry.actor.kind,
        entry.actor.id,
        entry.actor.name,
        entry.action,
        entry.entity,
        entry.entity_id,
        entry.result,
        redaction.text(entry.address)[:ADDRESS],
        redaction.text(entry.agent)[:AGENT],
        redaction.kept(entry.changes, fields=entry.changes, longest=entry.longest),
    )


class Row(msgspec.Struct, frozen=True):
    """One stored entry; `at` in ms."""

    id: bytes
    at: int
    actor: Actor
    action: str
    entity: str
    entity_id: bytes | None
    result: Result
    address: str
    agent: str
    changes: dict[str, Any]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of a log; None: no filter. `actor`: an id or a part of a name; `action`: a prefix."""

    actor: str | None = None
    action: str | None = None
    entity: str | None = None
    result: Result | None = None
    since: int | None = None  # ms
    until: int | None = None  # ms, exclusive


async def page(
    conn: Connection, project: ProjectId, *, wanted: Wanted, after: tuple[int, bytes] | None, limit: int
) -> list[Row]:
    """A project's entries, the newest first, after the (time, id) where the previous page ended."""
    rows = await conn.fetch(
        """
        SELECT id, at, actor_kind, actor_id, actor_name,
               action, entity, entity_id, result, address, agent, changes
        FROM audit_log
        WHERE project_id = $1
          AND ($2::text IS NULL OR actor_id::text = lower($2) OR strpos(lower(actor_name), lower($2)) > 0)
          AND ($3::text IS NULL OR starts_with(action, $3))
          AND ($4::text IS NULL OR entity = $4)
          AND ($5::text IS NULL OR result = $5)
          AND ($6::timestamptz IS NULL OR at >= $6)
          AND ($7::timestamptz IS NULL OR at < $7)
          AND ($8::timestamptz IS NULL OR (at, id) < ($8, $9::uuid))
        ORDER BY at DESC, id DESC
        LIMIT $10
        """,
        project,
        *_places(wanted, after),
        limit,
    )
    return _rows(rows)


async def installation_page(
    conn: Connection, *, wanted: Wanted, after: tuple[int, bytes] | None, limit: int
) -> list[Row]:
    """Likewise the entries without a project, for admins."""
    rows = await conn.fetch(
        """
        SELECT id, at, actor_kind, actor_id, actor_name,
               action, entity, entity_id, result, address, agent, changes
        FROM audit_log
        WHERE project_id IS NULL
          AND ($1::text IS NULL OR actor_id::text = lower($1) OR strpos(lower(actor_name), lower($1)) > 0)
          AND ($2::text IS NULL OR starts_with(action, $2))
          AND ($3::text IS NULL OR entity = $3)
          AND ($4::text IS NULL OR result = $4)
          AND ($5::timestamptz IS NULL OR at >= $5)
          AND ($6::timestamptz IS NULL OR at < $6)
          AND ($7::timestamptz IS NULL OR (at, id) < ($7, $8::uuid))
        ORDER BY at DESC, id DESC
        LIMIT $9
        """,
        *_places(wanted, after),
        limit,
    )
    return _rows(rows)


async def remove_old(conn: Connection, *, before: int) -> int:
    """Deletes at most 1,000 entries older than `before`, of all logs; returns how many."""
    gone: int = await conn.fetchval(
        "WITH gone AS (DELETE FROM audit_log WHERE id IN "
        "(SELECT id FROM audit_log WHERE at < $1 LIMIT 1000) RETURNING 1) SELECT count(*) FROM gone",
        before,
    )
    return gone


def _places(wanted: Wanted, after: tuple[int, bytes] | None) -> list[Any]:
    asked = [wanted.actor, wanted.action, wanted.entity, wanted.result, wanted.since, wanted.until]
    return [*asked, *(after or (None, None))]


def _rows(rows: Sequence[Any]) -> list[Row]:
    return [Row(row[0], row[1], Actor(row[2], row[3], row[4]), *row[5:]) for row in rows]
