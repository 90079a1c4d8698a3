"""Knowledge gaps: managers see what no article covers, and say what became of it."""

from typing import Final

from core.db.connection import Connection
from core.db.knowledge import articles
from core.db.knowledge import gaps as table
from core.db.knowledge.gaps import Example, Gap, State
from core.signals import Resource
from server.api.http import cursors, fields
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.knowledge.gap_schemas import (
    GapExample,
    KnowledgeGap,
    KnowledgeGapPage,
    KnowledgeGapQuery,
    WrittenGap,
)
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("knowledge_gaps", "What visitors asked that no article covers.")
ALL: Final = "projects/{project}/knowledge-gaps"
ONE: Final = ALL + "/{gap}"
EXAMPLES: Final = 5  # conversations of one gap


@routes.add("GET", ALL, access=Access.MANAGER, limit=OFTEN, scope="conversations:read")
async def list_knowledge_gaps(call: MemberCall, query: KnowledgeGapQuery) -> KnowledgeGapPage:
    """List what the assistant could not answer from the articles, what was asked last first.

    A project keeps its latest 2,000.
    """
    after = None if query.cursor is None else table.Spot(*cursors.unpack(query.cursor))
    async with call.services.database.connection() as conn:
        found = await table.page(conn, call.project, state=query.state, after=after, limit=query.limit + 1)
        shown = found[: query.limit]
        examples = await table.examples(conn, call.project, [one.id for one in shown], limit=EXAMPLES)
        counts = await table.counts(conn, call.project)
    return KnowledgeGapPage(
        items=[_shown(one, examples.get(one.id, [])) for one in shown],
        open=counts.get("open", 0),
        written=counts.get("written", 0),
        dismissed=counts.get("dismissed", 0),
        next_cursor=cursors.pack(shown[-1].last_at, shown[-1].id) if len(found) > query.limit else None,
    )


@routes.add(
    "POST",
    ONE + "/dismiss",
    access=Access.MANAGER,
    limit=SOMETIMES,
    audit=AuditRule("knowledge_gap.dismissed", "knowledge_gap", security=True),
    scope="project:write",
)
async def dismiss_knowledge_gap(call: MemberCall, gap: bytes) -> KnowledgeGap:
    """Dismiss a gap: no article is to be written. The same questions are counted, but do not open it."""
    return await _decide(call, gap, "dismissed", None)


@routes.add(
    "POST",
    ONE + "/reopen",
    access=Access.MANAGER,
    limit=SOMETIMES,
    audit=AuditRule("knowledge_gap.reopened", "knowledge_gap", security=True),
    scope="project:write",
)
async def reopen_knowledge_gap(call: MemberCall, gap: bytes) -> KnowledgeGap:
    """Open a gap again that was dismissed, or about which an article was written."""
    return await _decide(call, gap, "open", None)


@routes.add(
    "POST",
    ONE + "/written",
    access=Access.MANAGER,
    limit=SOMETIMES,
    audit=AuditRule("knowledge_gap.written", "knowledge_gap", fields=("article_id",), security=True),
    scope="project:write",
)
async def mark_knowledge_gap_written(call: MemberCall, gap: bytes, body: WrittenGap) -> KnowledgeGap:
    """Say which article was written about a gap.

    Once that article is published, a further question that it does not answer opens the gap again. 422 with
    the code `unknown` at `article_id`: the project has no such article.
    """
    return await _decide(call, gap, "written", body.article_id.bytes)


async def _decide(call: MemberCall, gap: bytes, state: State, article: bytes | None) -> KnowledgeGap:
    """A request that changes nothing is not logged."""
    async with call.services.database.transaction() as conn:
        before = await _found(conn, call, gap)
        if article is not None and await articles.by_id(conn, call.project, article) is None:
            raise unfit("article_id", "unknown", "The project has no such article.")
        changed = (before.state, before.article) != (state, article)
        if changed:
            await table.decide(conn, call.project, gap, state, article=article)
            named = {} if article is None else {"article_id": str(fields.uid(article))}
            await call.audit(conn, entity_id=gap, changes=named)
        after = await _found(conn, call, gap)
        examples = await table.examples(conn, call.project, [gap], limit=EXAMPLES)
    if changed:
        await lists.publish(call, Resource.KNOWLEDGE_GAPS, gap)
    return _shown(after, examples.get(gap, []))


async def _found(conn: Connection, call: MemberCall, gap: bytes) -> Gap:
    found = await table.by_id(conn, call.project, gap)
    if found is None:
        raise ApiError("not_found")
    return found


def _shown(gap: Gap, examples: list[Example]) -> KnowledgeGap:
    return KnowledgeGap(
        id=fields.uid(gap.id),
        question=gap.question,
        language=gap.language,
        asked=gap.asked,
        state=gap.state,
        article_id=None if gap.article is None else fields.uid(gap.article),
        first_at=gap.first_at,
        last_at=gap.last_at,
        examples=[GapExample(conversation_id=fields.uid(one.conversation), at=one.at) for one in examples],
    )
