"""Import and export of canned responses as CSV: a preview with line numbers, then all lines or none."""

import hashlib
from collections.abc import AsyncGenerator, Sequence
from typing import Final

import msgspec
import trio

from core import ids
from core.db.canned_responses import imports, responses
from core.db.canned_responses.imports import Match, NewResponse
from core.db.connection import Connection
from core.ids import ProjectId
from core.signals import Resource
from server.api.canned_responses import csv_file
from server.api.canned_responses.csv_file import COLUMNS, CsvFile, Unreadable
from server.api.canned_responses.routes import ALL
from server.api.canned_responses.schemas import (
    CannedResponseImport,
    CannedResponsesImported,
    ExportQuery,
    Field,
    ImportLine,
    ImportQuery,
)
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, FieldError, unfit
from server.api.http.routes import Routes
from server.api.http.spreadsheet import BOM, MEDIA_TYPE
from server.api.http.streams import Stream
from server.api.http.uploads import MEGABYTES, Upload, UploadRule
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import Limit

routes = Routes("canned_response_files", "Canned responses as CSV: import and export.")
TRANSFERS: Final = Limit(20)
FILE: Final = UploadRule(media_types=("text/csv",), max_bytes=2 * MEGABYTES)
LINES: Final = 500  # of a preview
MISTAKES: Final = 100  # of a refused import
BATCH_SIZE: Final = 200  # rows per query, so that no database connection is held while a client reads slowly


class Plan(msgspec.Struct, frozen=True):
    """What importing a file does to the responses that are stored now."""

    created: Sequence[NewResponse]
    changed: Sequence[tuple[NewResponse, Match]]
    unchanged: int
    digest: str  # of the file and of the versions that it replaces


@routes.add("GET", ALL + ".csv", access=Access.MANAGER, limit=TRANSFERS, scope="project:read")
async def export_canned_responses(call: MemberCall, query: ExportQuery) -> Stream:
    """Export the canned responses as CSV, with the columns `shortcut`, `content` and `category`.

    The file is UTF-8 with a byte order mark. An apostrophe is added where a spreadsheet would begin a
    formula; the import removes it.
    """

    async def lines() -> AsyncGenerator[bytes, None]:
        yield BOM + csv_file.written([COLUMNS], query.separator)
        rows = await _page(call, "")
        while rows:
            yield csv_file.written(
                [(row.shortcut, row.content, row.category) for row in rows], query.separator
            )
            rows = await _page(call, rows[-1].shortcut)

    return Stream(chunks=lines(), media_type=MEDIA_TYPE, filename="canned-responses.csv")


@routes.add(
    "POST",
    ALL + "/import-preview",
    access=Access.MANAGER,
    limit=TRANSFERS,
    upload=FILE,
    problems=("too_many", "invalid"),
    unkeyed="it reads",
    scope="project:write",
)
async def preview_canned_response_import(call: MemberCall, body: Upload) -> CannedResponseImport:
    """Show what importing a CSV file will do: nothing is changed.

    The first line names the columns: `shortcut`, `content` and optionally `category`, separated by commas,
    semicolons or tabs. At most 5,000 lines and 2 MB, UTF-8 with or without a byte order mark. A line whose
    shortcut exists, ignoring case, changes that response; responses that the file does not name stay. 422 at
    `file`: the file as a whole cannot be read.
    """
    data = await body.whole()
    file = await _read(data)
    async with call.services.database.connection() as conn:
        plan = await _plan(conn, call.project, file, data)
    lines = [
        *(
            ImportLine(
                line=one.line, shortcut=one.shortcut, outcome="refused", code=one.code, detail=one.detail
            )
            for one in file.mistakes
        ),
        *(
            ImportLine(line=row.line, shortcut=row.shortcut, outcome="changed", fields=_fields(match))
            for row, match in plan.changed
        ),
        *(ImportLine(line=row.line, shortcut=row.shortcut, outcome="created") for row in plan.created),
    ]
    return CannedResponseImport(
        created=len(plan.created),
        changed=len(plan.changed),
        unchanged=plan.unchanged,
        refused=len(file.mistakes),
        lines=lines[:LINES],
        ignored_columns=list(file.ignored),
        plan=plan.digest,
    )


@routes.add(
    "POST",
    ALL + "/import",
    access=Access.MANAGER,
    limit=TRANSFERS,
    upload=FILE,
    problems=("too_many", "stale"),
    audit=AuditRule(
        "canned_response.imported", "canned_response", fields=("created", "changed"), security=True
    ),
    unkeyed="the plan of a preview is imported once: to repeat it is `stale`",
    scope="project:write",
)
async def import_canned_responses(
    call: MemberCall, body: Upload, query: ImportQuery
) -> CannedResponsesImported:
    """Import a CSV file of canned responses: all of its lines, or none.

    Send the file of a preview and its `plan`. 409 `stale`: since the preview the responses have changed, or
    the file is another one; look at a new preview. 422: a line is refused; the preview says why.
    """
    data = await body.whole()
    file = await _read(data)
    if file.mistakes:
        raise ApiError(
            "invalid",
            "Some lines are not valid. Nothing was imported.",
            errors=[FieldError(f"line {one.line}", one.code, one.detail) for one in file.mistakes[:MISTAKES]],
        )
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        plan = await _plan(conn, call.project, file, data)
        if plan.digest != query.plan:
            raise ApiError("stale", "The responses have changed since the preview. Look at a new preview.")
        await _carry_out(conn, call, plan)
        counts = {"created": len(plan.created), "changed": len(plan.changed)}
        if plan.created or plan.changed:
            await call.audit(conn, changes=counts)
    if plan.created or plan.changed:
        await lists.publish(call, Resource.CANNED_RESPONSES)
    return CannedResponsesImported(**counts, unchanged=plan.unchanged)


async def _page(call: MemberCall, after: str) -> list[responses.CannedResponse]:
    return await call.services.read_pool.read(
        lambda conn: responses.page(conn, call.project, after=after, limit=BATCH_SIZE)
    )


async def _read(data: bytes) -> CsvFile:
    """In a thread: two megabytes take a tenth of a second, and the event loop serves everyone."""
    try:
        return await trio.to_thread.run_sync(csv_file.read, data)
    except Unreadable as error:
        raise unfit("file", error.code, error.detail) from None


async def _plan(conn: Connection, project: ProjectId, file: CsvFile, data: bytes) -> Plan:
    """Raises ApiError `too_many`."""
    found = {match.line: match for match in await imports.matches(conn, project, file.rows)}
    created = [row for row in file.rows if row.line not in found]
    changed = [(row, found[row.line]) for row in file.rows if row.line in found and _fields(found[row.line])]
    total = await responses.count(conn, project) + len(created)
    if total > responses.MAX_PER_PROJECT:
        raise ApiError(
            "too_many",
            f"With this file there would be {total:,} canned responses. "
            f"The limit is {responses.MAX_PER_PROJECT:,}.",
        )
    digest = hashlib.sha256(data)
    for match in sorted(found.values(), key=lambda one: one.line):
        digest.update(match.id + match.version.to_bytes(4, "big"))
    return Plan(created, changed, len(file.rows) - len(created) - len(changed), digest.hexdigest())


async def _carry_out(conn: Connection, call: MemberCall, plan: Plan) -> None:
    made = [ids.make(call.now) for _ in plan.created]
    await imports.add(conn, call.project, plan.created, made, by=call.member, now=call.now)
    rows = [row for row, _ in plan.changed]
    replaced = [match.id for _, match in plan.changed]
    changed = await imports.change(conn, call.project, rows, replaced, by=call.member, now=call.now)
    if changed != len(rows):  # one was deleted in this moment
        raise ApiError("stale", "The responses have changed since the preview. Look at a new preview.")


def _fields(match: Match) -> list[Field]:
    same: dict[Field, bool] = {
        "shortcut": match.same_shortcut,
        "content": match.same_content,
        "category": match.same_category,
    }
    return [name for name, kept in same.items() if not kept]
