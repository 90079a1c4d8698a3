"""The filled forms of a template: a page at a time, or as CSV."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from core import content, ids
from core.content import FormAnswer, FormField
from core.db.forms import answers as table
from core.db.forms import templates
from core.db.forms.answers import ListedAnswer
from core.db.forms.templates import Template
from core.forms import texts
from core.ids import MessageId
from server.api.chat.schemas import Author
from server.api.forms.schemas import (
    FormAnswerItem,
    FormAnswerPage,
    FormAnswerQuery,
    FormAnswerValue,
    FormVisitor,
)
from server.api.http import cursors, fields, spreadsheet
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.http.streams import Stream
from server.api.services.rate_limiter import SOMETIMES, Limit

routes = Routes("form_answers", "The answers to a form.")
ALL: Final = "projects/{project}/form-templates/{template}/answers"

EXPORTS: Final = Limit(10)
ROWS: Final = 50_000  # of one CSV
BATCH_SIZE: Final = 500  # rows per query, so that no database connection is held while a client reads slowly
HEAD: Final = ("at", "conversation", "visitor", "visitor_name", "author", "author_name", "edited_at")
OTHER: Final = "other"  # the last column: values of fields that the template has no more, as JSON


@routes.add("GET", ALL, access=Access.AGENT, limit=SOMETIMES, scope="conversations:read")
async def list_form_answers(call: MemberCall, template: bytes, query: FormAnswerQuery) -> FormAnswerPage:
    """List the answers to a form, the newest first; also to a deleted one. Removed answers are left out."""
    after = None if query.cursor is None else MessageId(cursors.unpack(query.cursor)[1])
    await _found(call, template)
    rows = await _rows(call, template, after=after, limit=query.limit + 1)
    kept = rows[: query.limit]
    more = len(rows) > query.limit
    return FormAnswerPage(
        items=[_item(row) for row in kept],
        next_cursor=cursors.pack(kept[-1].at, kept[-1].id) if more else None,
    )


@routes.add("GET", ALL + ".csv", access=Access.AGENT, limit=EXPORTS, scope="conversations:read")
async def export_form_answers(call: MemberCall, template: bytes) -> Stream:
    """Export the answers to a form as CSV, the newest first, at most 50,000 rows.

    A column for each field of the form as it is now, by its label; the last column has values of fields that
    it had before, as JSON. Format and protection from formulas are those of the audit log's export.
    """
    found = await _found(call, template)
    first = await _rows(call, template, after=None, limit=BATCH_SIZE)

    async def lines() -> AsyncGenerator[bytes, None]:
        yield spreadsheet.BOM + spreadsheet.lines([[*HEAD, *_labels(found.fields), OTHER]])
        rows, left = first, ROWS
        while rows:
            yield spreadsheet.lines([_cells(row, found.fields) for row in rows])
            left -= len(rows)
            if len(rows) < BATCH_SIZE or left <= 0:
                return
            rows = await _rows(call, template, after=rows[-1].id, limit=min(left, BATCH_SIZE))

    return Stream(chunks=lines(), media_type=spreadsheet.MEDIA_TYPE, filename="answers.csv")


async def _found(call: MemberCall, template: bytes) -> Template:
    found = await call.services.read_pool.read(
        lambda conn: templates.by_id(conn, call.project, template, deleted=True)
    )
    if found is None:
        raise ApiError("not_found")
    return found


async def _rows(
    call: MemberCall, template: bytes, *, after: MessageId | None, limit: int
) -> list[ListedAnswer]:
    return await call.services.read_pool.read(
        lambda conn: table.page(conn, call.project, template, after=after, limit=limit)
    )


def _filled(row: ListedAnswer) -> FormAnswer | None:
    found = content.read(row.content)
    return found if isinstance(found, FormAnswer) else None


def _item(row: ListedAnswer) -> FormAnswerItem:
    filled = _filled(row)
    return FormAnswerItem(
        message=fields.uid(row.id),
        conversation=fields.uid(row.conversation),
        visitor=FormVisitor(id=fields.uid(row.visitor), name=row.visitor_name),
        author=Author(party=row.party, id=fields.uid(row.sender), name=row.sender_name),
        at=row.at,
        request=None if row.request is None else UUID(bytes=row.request),
        values=[
            FormAnswerValue(
                key=one.key,
                label=one.label,
                value=list(one.value) if isinstance(one.value, tuple) else one.value,
            )
            for one in (filled.values if filled else ())
        ],
        version=row.version,
        edited_at=filled.edited_at if filled else None,
    )


def _labels(form: Sequence[FormField]) -> list[str]:
    """The labels of the fields, with the key where two are the same."""
    labels = [field.label for field in form]
    return [
        f"{field.label} ({field.key})" if labels.count(field.label) > 1 else field.label for field in form
    ]


def _cells(row: ListedAnswer, form: Sequence[FormField]) -> list[str]:
    filled = _filled(row)
    values = {one.key: one.value for one in (filled.values if filled else ())}
    known = [_cell(values.pop(field.key, None)) for field in form]
    return [
        _time(row.at),
        ids.text(row.conversation),
        ids.text(row.visitor),
        row.visitor_name,
        row.party,
        row.sender_name,
        _time(filled.edited_at) if filled and filled.edited_at else "",
        *known,
        _other(values),
    ]


def _cell(value: content.FieldValue) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else texts.shown(value)


def _other(values: Mapping[str, content.FieldValue]) -> str:
    given = {key: value for key, value in values.items() if value is not None}
    return msgspec.json.encode(given).decode() if given else ""


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
