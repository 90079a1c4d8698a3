"""Muted and blocked visitors: agents mute, block and release them. Visitors do not notice."""

from core.commands import ChangeVisitor
from core.db.chat import restrictions as table
from core.ids import VisitorId
from server.api.chat import views
from server.api.chat.execute import carry_out
from server.api.chat.schemas import (
    NewRestriction,
    RestrictedVisitor,
    RestrictedVisitorPage,
    RestrictionQuery,
    VisitorRestriction,
)
from server.api.chat.visitors import ONE, touched
from server.api.http import cursors, fields
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("restrictions", "Muted and blocked visitors.")


@routes.add(
    "GET", "projects/{project}/restrictions", access=Access.AGENT, limit=OFTEN, scope="conversations:read"
)
async def list_restrictions(call: MemberCall, query: RestrictionQuery) -> RestrictedVisitorPage:
    """List muted and blocked visitors, the latest first."""
    before = None if query.cursor is None else cursors.unpack(query.cursor)
    async with call.services.database.connection() as conn:
        found = await table.page(conn, call.project, before=before, limit=query.limit + 1)
    shown = found[: query.limit]
    cursor = cursors.pack(shown[-1].at, shown[-1].visitor) if len(found) > query.limit else None
    return RestrictedVisitorPage(items=[_listed(one) for one in shown], next_cursor=cursor)


@routes.add(
    "PUT",
    ONE + "/restriction",
    access=Access.AGENT,
    limit=SOMETIMES,
    scope="conversations:write",
    problems=("too_many",),
    audit=AuditRule("visitor.restricted", entity="visitor", fields=("kind", "reason")),
)
async def restrict_visitor(call: MemberCall, visitor: VisitorId, body: NewRestriction) -> VisitorRestriction:
    """Mute or block a visitor, who does not notice.

    Muted: messages are stored, notify no agent, and the conversation is only in the list of muted ones.
    Blocked: no agent sees what the visitor writes from now on. It is kept, and appears if you lift the block.
    """
    async with call.services.database.connection() as conn:
        full = await table.count(conn, call.project) >= table.MAX_PER_PROJECT
        if full and await table.by_visitor(conn, call.project, visitor) is None:
            raise ApiError("too_many", f"The limit is {table.MAX_PER_PROJECT:,} muted and blocked visitors.")
    await carry_out(
        call,
        ChangeVisitor(
            call.project, call.user.user, visitor, call.now, restriction=body.kind, reason=body.reason
        ),
    )
    await touched(call, visitor)
    async with call.services.database.connection() as conn:
        found = await table.by_visitor(conn, call.project, visitor)
    if found is None:
        raise ApiError("not_found")  # lifted in between
    return views.restriction(found)


@routes.add(
    "DELETE",
    ONE + "/restriction",
    access=Access.AGENT,
    limit=SOMETIMES,
    status=204,
    scope="conversations:write",
    audit=AuditRule("visitor.released", entity="visitor"),
)
async def release_visitor(call: MemberCall, visitor: VisitorId) -> None:
    """Unmute or unblock a visitor.

    The messages that were withheld appear, and the conversation is in the inbox again.
    """
    await carry_out(call, ChangeVisitor(call.project, call.user.user, visitor, call.now, restriction=""))
    await touched(call, visitor)


def _listed(found: table.Restricted) -> RestrictedVisitor:
    return RestrictedVisitor(
        id=fields.uid(found.visitor),
        name=found.name,
        conversation_id=None if found.conversation is None else fields.uid(found.conversation),
        restriction=views.restriction(found),
    )
