"""Details of one visitor, for the panel beside a conversation."""

from core.db.chat import visitors as table
from core.ids import VisitorId
from core.model import visitor_name
from server.api.chat import presence
from server.api.chat.schemas import SeenPage, Visitor
from server.api.http import fields
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services.rate_limiter import OFTEN

routes = Routes("visitors", "What is known about a visitor.")


@routes.add(
    "GET",
    "projects/{project}/visitors/{visitor}",
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
    )
