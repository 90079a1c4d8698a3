"""Canned responses of a project: agents read them, managers write them."""

from typing import Final

from msgspec import UNSET

from core import ids
from core.db.canned_responses import responses as table
from core.db.connection import Connection
from core.ids import ProjectId
from core.signals import Resource
from core.text import names
from server.api.canned_responses.schemas import (
    CannedResponse,
    CannedResponseChange,
    CannedResponsePage,
    CannedResponseQuery,
    NewCannedResponse,
)
from server.api.http import fields, preconditions
from server.api.http.calls import Access, MemberCall
from server.api.http.fields import Person
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("canned_responses", "Canned responses: texts that agents reuse.")
ALL: Final = "projects/{project}/canned-responses"
ONE: Final = ALL + "/{response}"
LOGGED: Final = ("shortcut", "content", "category")


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN, scope="project:read")
async def list_canned_responses(call: MemberCall, query: CannedResponseQuery) -> CannedResponsePage:
    """List the canned responses, by shortcut."""
    found = await call.services.database.read(
        lambda conn: table.page(conn, call.project, after=query.cursor, limit=query.limit + 1)
    )
    shown = found[: query.limit]
    return CannedResponsePage(
        items=[_shown(one) for one in shown],
        next_cursor=shown[-1].shortcut if len(found) > query.limit else None,
    )


@routes.add(
    "POST",
    ALL,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=201,
    problems=("too_many",),
    audit=AuditRule("canned_response.created", "canned_response", fields=LOGGED, security=True),
    scope="project:write",
)
async def create_canned_response(call: MemberCall, body: NewCannedResponse) -> CannedResponse:
    """Create a canned response.

    422 with the code `taken` at `shortcut`: another response has the same shortcut, ignoring case.
    """
    made, given = ids.make(call.now), _clean(body.shortcut, body.content, body.category)
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        if await table.count(conn, call.project) >= table.MAX_PER_PROJECT:
            raise ApiError(
                "too_many", f"The limit is {table.MAX_PER_PROJECT:,} canned responses. Delete one first."
            )
        await _require_free(conn, call.project, given["shortcut"], response=made)
        await table.add(conn, call.project, made, **given, by=call.member, now=call.now)
        await call.audit(conn, entity_id=made, changes=given)
        after = await _found(conn, call.project, made)
    await lists.publish(call, Resource.CANNED_RESPONSES, made, after.version)
    return _shown(after)


@routes.add(
    "PATCH",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    problems=("stale",),
    audit=AuditRule("canned_response.changed", "canned_response", fields=LOGGED, security=True),
    scope="project:write",
)
async def change_canned_response(
    call: MemberCall, response: bytes, body: CannedResponseChange
) -> CannedResponse:
    """Change a canned response.

    409 `stale`: it was changed after the `version` that you send; load it again. 422 with the code `taken` at
    `shortcut`: another response has the same shortcut, ignoring case. A request that changes nothing keeps
    the version and is not logged.
    """
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        before = await _found(conn, call.project, response)
        if before.version != body.version:
            raise ApiError("stale")
        given = _clean(
            before.shortcut if body.shortcut is UNSET else body.shortcut,
            before.content if body.content is UNSET else body.content,
            before.category if body.category is UNSET else body.category,
        )
        changes = {
            name: {"from": getattr(before, name), "to": value}
            for name, value in given.items()
            if getattr(before, name) != value
        }
        if not changes:
            return _shown(before)
        await _require_free(conn, call.project, given["shortcut"], response=response)
        await table.change(conn, call.project, response, **given, by=call.member, now=call.now)
        await call.audit(conn, changes={"shortcut": given["shortcut"]} | changes)
        after = await _found(conn, call.project, response)
    await lists.publish(call, Resource.CANNED_RESPONSES, response, after.version)
    return _shown(after)


@routes.add(
    "DELETE",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("canned_response.deleted", "canned_response", fields=("shortcut",), security=True),
    guarded=True,
    scope="project:write",
)
async def delete_canned_response(call: MemberCall, response: bytes) -> None:
    """Delete a canned response."""
    expected = preconditions.expected_version()
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        if expected not in {None, (await _found(conn, call.project, response)).version}:
            raise ApiError("stale")
        shortcut = await table.remove(conn, call.project, response)
        if shortcut is None:
            raise ApiError("not_found")
        await call.audit(conn, changes={"shortcut": shortcut})
    await lists.publish(call, Resource.CANNED_RESPONSES, response, None)


@routes.add(
    "POST",
    ONE + "/uses",
    access=Access.AGENT,
    limit=OFTEN,
    status=204,
    unkeyed="a statistic",
    scope="project:read",
)
async def use_canned_response(call: MemberCall, response: bytes) -> None:
    """Count a use of a canned response: call it when you insert one into a reply."""
    async with call.services.database.connection() as conn:
        if not await table.use(conn, call.project, response):
            raise ApiError("not_found")


async def _require_free(conn: Connection, project: ProjectId, shortcut: str, *, response: bytes) -> None:
    if await table.taken(conn, project, shortcut, by_other_than=response):
        raise unfit("shortcut", "taken", f"Another canned response has the shortcut {shortcut}.")


async def _found(conn: Connection, project: ProjectId, response: bytes) -> table.CannedResponse:
    found = await table.by_id(conn, project, response)
    if found is None:
        raise ApiError("not_found")
    return found


def _clean(shortcut: str, content: str, category: str) -> dict[str, str]:
    if not names.is_visible(content):
        raise unfit("content", "required", "Enter the text of the response.")
    return {"shortcut": shortcut, "content": content, "category": names.clean(category)}


def _shown(found: table.CannedResponse) -> CannedResponse:
    person = None
    if found.changed_by is not None and found.changed_by_name is not None:
        person = Person(id=fields.uid(found.changed_by), full_name=found.changed_by_name)
    return CannedResponse(
        id=fields.uid(found.id),
        shortcut=found.shortcut,
        content=found.content,
        category=found.category,
        version=found.version,
        uses=found.uses,
        changed_at=found.changed_at,
        changed_by=person,
    )
