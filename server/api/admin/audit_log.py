"""The audit log of a project for managers, paginated or as CSV; the installation's for administrators."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from core import ids
from core.db.connection import Connection
from core.db.ops import audit as table
from core.db.ops.audit import Row, Wanted
from server.api.http import cursors, fields, spreadsheet
from server.api.http.calls import Access, MemberCall, UserCall
from server.api.http.fields import NO_NUL, PAGE, At, Cursor
from server.api.http.routes import Routes
from server.api.http.streams import Stream
from server.api.services.rate_limiter import SOMETIMES, Limit
from server.api.services.services import Services

routes = Routes("audit", "The audit log of a project or of the installation: who did what, and when.")

EXPORTS: Final = Limit(10)
ROWS: Final = 50_000  # of one CSV
BATCH_SIZE: Final = (
    1_000  # rows per query, so that no database connection is held while a client reads slowly
)
COLUMNS: Final = (
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "action",
    "entity",
    "entity_id",
    "result",
    "address",
    "agent",
    "changes",
)
Spot = tuple[int, bytes]
Reader = Callable[[Connection, Wanted, Spot | None, int], Awaitable[list[Row]]]

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=NO_NUL)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=cursors.LATEST // 1000, description="ms since the epoch")]


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`actor`: an id or a part of a name. `action`: a prefix. `from` is inclusive, `to` is exclusive."""

    actor: Word | None = None
    action: Word | None = None
    entity: Word | None = None
    result: Literal["ok", "denied", "failed"] | None = None
    from_: Moment | None = msgspec.field(default=None, name="from")
    to: Moment | None = None


class AuditQuery(AuditFilter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    cursor: Cursor | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE)] = 50


class AuditActor(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: as it was at that time."""

    kind: Literal["user", "system", "api_key", "nobody"]
    id: UUID | None
    name: str


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`changes`: {field: new value} or {field: {"from": old, "to": new}}."""

    id: UUID
    at: At
    actor: AuditActor
    action: str
    entity: str
    entity_id: UUID | None
    result: Literal["ok", "denied", "failed"]
    address: str
    agent: str
    changes: dict[str, Any]


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `next_cursor`: null on the last page."""

    items: list[AuditEntry]
    next_cursor: str | None


@routes.add("GET", "projects/{project}/audit", access=Access.MANAGER, limit=SOMETIMES)
async def list_audit(call: MemberCall, query: AuditQuery) -> AuditPage:
    """List the project's audit log, refused actions included, the newest first."""
    return await _page(call.services, query, _of(call.project))


@routes.add("GET", "projects/{project}/audit.csv", access=Access.MANAGER, limit=EXPORTS)
async def export_audit(call: MemberCall, query: AuditFilter) -> Stream:
    """Export the project's audit log as CSV, at most 50,000 rows.

    Narrow it with `from` and `to`. The file is UTF-8 with a byte order mark. An apostrophe is added where a
    spreadsheet would begin a formula: at the start of a cell, and after characters that separate cells in
    other locales.
    """
    return await _csv(call.services, query, _of(call.project))


@routes.add("GET", "admin/audit", access=Access.ADMIN, limit=SOMETIMES)
async def list_installation_audit(call: UserCall, query: AuditQuery) -> AuditPage:
    """List the installation's audit log, the newest first.

    It contains entries without a project: sign-ins, accounts, deleted projects, and attempts of non-members.
    """
    return await _page(call.services, query, _of_the_installation)


@routes.add("GET", "admin/audit.csv", access=Access.ADMIN, limit=EXPORTS)
async def export_installation_audit(call: UserCall, query: AuditFilter) -> Stream:
    """Export the installation's audit log as CSV, at most 50,000 rows.

    Filters and format are the same as in a project's export.
    """
    return await _csv(call.services, query, _of_the_installation)


async def _of_the_installation(conn: Connection, wanted: Wanted, after: Spot | None, limit: int) -> list[Row]:
    return await table.installation_page(conn, wanted=wanted, after=after, limit=limit)


def _of(project: ids.ProjectId) -> Reader:
    async def read(conn: Connection, wanted: Wanted, after: Spot | None, limit: int) -> list[Row]:
        return await table.page(conn, project, wanted=wanted, after=after, limit=limit)

    return read


async def _page(services: Services, query: AuditQuery, read: Reader) -> AuditPage:
    after = None if query.cursor is None else cursors.unpack(query.cursor)
    rows = await services.read_pool.read(lambda conn: read(conn, _wanted(query), after, query.limit + 1))
    kept = rows[: query.limit]
    more = len(rows) > query.limit
    return AuditPage(
        items=[_entry(row) for row in kept],
        next_cursor=cursors.pack(kept[-1].at, kept[-1].id) if more else None,
    )


async def _csv(services: Services, query: AuditFilter, read: Reader) -> Stream:
    wanted = _wanted(query)
    first = await services.read_pool.read(lambda conn: read(conn, wanted, None, BATCH_SIZE))

    async def lines() -> AsyncGenerator[bytes, None]:
        yield spreadsheet.BOM + spreadsheet.lines([COLUMNS])
        rows, left = first, ROWS
        while rows:
            yield spreadsheet.lines([_cells(row) for row in rows])
            left -= len(rows)
            last = (rows[-1].at, rows[-1].id)
            short = len(rows) < BATCH_SIZE
            rows = (
                [] if short or left <= 0 else await _more(services, wanted, read, last, min(left, BATCH_SIZE))
            )

    return Stream(chunks=lines(), media_type=spreadsheet.MEDIA_TYPE, filename="audit.csv")


async def _more(services: Services, wanted: Wanted, read: Reader, after: Spot, limit: int) -> list[Row]:
    return await services.read_pool.read(lambda conn: read(conn, wanted, after, limit))


def _wanted(query: AuditFilter) -> Wanted:
    return Wanted(
        actor=query.actor,
        action=query.action,
        entity=query.entity,
        result=query.result,
        since=query.from_,
        until=query.to,
    )


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(
        id=UUID(bytes=row.id),
        at=row.at,
        actor=AuditActor(kind=row.actor.kind, id=fields.optional_uid(row.actor.id), name=row.actor.name),
        action=row.action,
        entity=row.entity,
        entity_id=fields.optional_uid(row.entity_id),
        result=row.result,
        address=row.address,
        agent=row.agent,
        changes=row.changes,
    )


def _cells(row: Row) -> list[str]:
    return [
        datetime.fromtimestamp(row.at / 1000, UTC).isoformat(timespec="milliseconds"),
        row.actor.kind,
        ids.text(row.actor.id) if row.actor.id else "",
        row.actor.name,
        row.action,
        row.entity,
        ids.text(row.entity_id) if row.entity_id else "",
        row.result,
        row.address,
        row.agent,
        msgspec.json.encode(row.changes).decode() if row.changes else "",
    ]
