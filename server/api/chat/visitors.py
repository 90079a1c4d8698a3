"""One visitor, for the panel beside a conversation: what is known, the name, the conversations."""

from typing import Final

from core import ids
from core.commands import ChangeVisitor
from core.db.chat import conversations, restrictions
from core.db.chat import visitors as table
from core.ids import ConversationId, VisitorId
from core.model import visitor_name
from core.signals import Resource, ResourceChanged
from core.text import names
from server.api.chat import presence, views
from server.api.chat.execute import carry_out
from server.api.chat.schemas import (
    PastConversationPage,
    PastConversationQuery,
    SeenPage,
    Visitor,
    VisitorChange,
)
from server.api.http import cursors, fields
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("visitors", "What is known about a visitor.")
ONE: Final = "projects/{project}/visitors/{visitor}"


@routes.add(
    "GET",
    ONE,
    access=Access.AGENT,
    limit=OFTEN,
    scope="conversations:read",
)
async def get_visitor(call: MemberCall, visitor: VisitorId) -> Visitor:
    """Get a visitor.

    Name and language are stored; the current page and the trail are kept as long as the visit.
    """
    async with call.services.database.connection() as conn:
        row = await table.by_id(conn, call.project, visitor)
        restricted = await restrictions.by_visitor(conn, call.project, visitor)
    seen = await presence.visit(call.services, call.project, visitor)
    if row is None and not seen.first_seen_at:
        raise ApiError("not_found")
    return Visitor(
        id=fields.uid(visitor),
        name=row.name if row else visitor_name(None, visitor),
        language=seen.language or (row.language if row else ""),
        browser=seen.browser,
        online=seen.online,
        url=seen.url,
        title=seen.title,
        referrer=seen.referrer,
        first_url=seen.first_url,
        first_seen_at=seen.first_seen_at or None,
        trail=[SeenPage(url=step.url, title=step.title, at=step.at) for step in seen.trail],
        created_at=row.created_at if row else None,
        facts=row.facts if row else {},
        external_id=row.external_id if row else None,
        verified=row.verified if row else None,
        verified_at=row.verified_at if row else None,
        given_name=row.given_name if row else "",
        restriction=None if restricted is None else views.restriction(restricted),
    )


@routes.add(
    "PATCH",
    ONE,
    access=Access.AGENT,
    limit=SOMETIMES,
    scope="conversations:write",
    audit=AuditRule("visitor.renamed", entity="visitor", fields=("name",)),
)
async def rename_visitor(call: MemberCall, visitor: VisitorId, body: VisitorChange) -> Visitor:
    """Rename a visitor for all agents.

    The visitor does not see that name. It replaces the one that the site's page reports, also later ones.
    """
    name = names.clean(body.name)
    if body.name and not names.is_visible(name):
        raise unfit("name", "required", "Enter a name, or nothing at all.")
    await carry_out(call, ChangeVisitor(call.project, call.user.user, visitor, call.now, name=name))
    await touched(call, visitor)
    return await get_visitor(call, visitor)


@routes.add("GET", ONE + "/conversations", access=Access.AGENT, limit=OFTEN, scope="conversations:read")
async def list_conversations_of_visitor(
    call: MemberCall, visitor: VisitorId, query: PastConversationQuery
) -> PastConversationPage:
    """List a visitor's conversations, the latest first."""
    found = cursors.read_id(query.cursor)
    before = None if found is None else ConversationId(found)
    async with call.services.database.connection() as conn:
        rows = await conversations.all_of_visitor(
            conn, call.project, visitor, before=before, limit=query.limit + 1
        )
        if not rows and await table.by_id(conn, call.project, visitor) is None:
            raise ApiError("not_found")
    shown = rows[: query.limit]
    return PastConversationPage(
        items=[views.past_conversation(row) for row in shown],
        next_cursor=ids.text(shown[-1].id) if len(rows) > query.limit else None,
    )


async def touched(call: MemberCall, visitor: VisitorId) -> None:
    """Open dashboards load the visitor again, and gateways who is muted or blocked."""
    await live_updates.publish(call.services, [ResourceChanged(call.project, Resource.VISITORS, visitor)])
