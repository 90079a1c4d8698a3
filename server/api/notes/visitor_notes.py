"""Notes about a visitor: every agent reads and writes them, authors edit theirs, managers delete any."""

from typing import Final

from core import ids
from core.db.notes import visitor_notes as table
from core.ids import UserId, VisitorId
from core.notes import visitor_notes
from server.api.http import cursors, fields, preconditions
from server.api.http.calls import Access, MemberCall
from server.api.http.fields import Person
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.notes.schemas import (
    Mentioned,
    NewVisitorNote,
    VisitorNote,
    VisitorNoteChange,
    VisitorNotePage,
    VisitorNoteQuery,
)
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("visitor_notes", "Notes about visitors, for the team. Visitors never see them.")
ALL: Final = "projects/{project}/visitors/{visitor}/notes"
ONE: Final = ALL + "/{note}"
LOGGED: Final = ("visitor",)  # never the text


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN, scope="conversations:read")
async def list_visitor_notes(
    call: MemberCall, visitor: VisitorId, query: VisitorNoteQuery
) -> VisitorNotePage:
    """List the notes about a visitor, the newest first."""
    before = cursors.read_id(query.cursor)
    async with call.services.database.connection() as conn:
        found = await table.page(conn, call.project, visitor, before=before, limit=query.limit + 1)
        total = await table.count(conn, call.project, visitor)
        if not total and not await table.visitor_exists(conn, call.project, visitor):
            raise ApiError("not_found")
    shown = found[: query.limit]
    return VisitorNotePage(
        items=[_shown(note) for note in shown],
        next_cursor=ids.text(shown[-1].id) if len(found) > query.limit else None,
        total=total,
    )


@routes.add(
    "POST",
    ALL,
    access=Access.AGENT,
    limit=SOMETIMES,
    status=201,
    problems=("too_many",),
    audit=AuditRule("visitor_note.created", "visitor_note", fields=LOGGED, security=True),
)
async def create_visitor_note(call: MemberCall, visitor: VisitorId, body: NewVisitorNote) -> VisitorNote:
    """Write a note about a visitor.

    The limit is 200 notes about one visitor. Mentioned members get a notification. 422 with the code
    `not_a_member` at `mentions`: one of them is not a member of the project.
    """
    async with call.services.database.transaction() as conn:
        kept = await visitor_notes.write(
            conn,
            call.by,
            call.project,
            visitor,
            author=call.user.user,
            text=body.text,
            mentioned=[UserId(user.bytes) for user in body.mentions],
        )
    await live_updates.publish(call.services, kept.signals)
    return _shown(kept.note)


@routes.add(
    "PATCH",
    ONE,
    access=Access.AGENT,
    limit=SOMETIMES,
    problems=("stale", "forbidden"),
    audit=AuditRule("visitor_note.changed", "visitor_note", fields=LOGGED, security=True),
)
async def change_visitor_note(
    call: MemberCall, visitor: VisitorId, note: bytes, body: VisitorNoteChange
) -> VisitorNote:
    """Change your own note.

    409 `stale`: it was changed after the `version` that you send; load it again. Members that the note
    mentions anew get a notification. A request that changes nothing keeps the version and is not logged.
    """
    async with call.services.database.transaction() as conn:
        kept = await visitor_notes.change(
            conn,
            call.by,
            call.project,
            visitor,
            note,
            author=call.user.user,
            version=body.version,
            text=body.text,
            mentioned=[UserId(user.bytes) for user in body.mentions],
        )
    await live_updates.publish(call.services, kept.signals)
    return _shown(kept.note)


@routes.add(
    "DELETE",
    ONE,
    access=Access.AGENT,
    limit=SOMETIMES,
    status=204,
    problems=("forbidden",),
    audit=AuditRule("visitor_note.deleted", "visitor_note", fields=(*LOGGED, "author"), security=True),
    guarded=True,
)
async def delete_visitor_note(call: MemberCall, visitor: VisitorId, note: bytes) -> None:
    """Delete a note: your own, or any as a manager."""
    async with call.services.database.transaction() as conn:
        signals = await visitor_notes.delete(
            conn,
            call.by,
            call.project,
            visitor,
            note,
            user=call.user.user,
            manager=call.role == "manager",
            version=preconditions.expected_version(),
        )
    await live_updates.publish(call.services, signals)


def _shown(found: table.VisitorNote) -> VisitorNote:
    author = None
    if found.author is not None and found.author_name is not None:
        author = Person(id=fields.uid(found.author), full_name=found.author_name)
    return VisitorNote(
        id=fields.uid(found.id),
        author=author,
        text=found.text,
        mentions=[Mentioned(user=one.user, name=one.name) for one in found.mentions],
        version=found.version,
        created_at=found.created_at,
        edited_at=found.edited_at,
    )
