"""Copilot sessions: each agent has own ones. Questions are asked on the socket, not here."""

from typing import Final

from core import ids
from core.db.chat import conversations
from core.db.connection import Connection
from core.db.copilot import figures, messages
from core.db.copilot import sessions as table
from core.db.knowledge import articles
from core.ids import ConversationId
from core.signals import Resource
from core.text import names
from server.api.copilot import views
from server.api.copilot.schemas import (
    Acceptance,
    CopilotMessagePage,
    CopilotMessageQuery,
    CopilotSession,
    CopilotSessionChange,
    CopilotSessionPage,
    CopilotSessionQuery,
    NewCopilotSession,
)
from server.api.http import cursors
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("copilot", "Agents' sessions with the copilot, and how it writes.")
ALL: Final = "projects/{project}/copilot/sessions"
ONE: Final = ALL + "/{copilot_session}"


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN)
async def list_copilot_sessions(call: MemberCall, query: CopilotSessionQuery) -> CopilotSessionPage:
    """List your sessions with the copilot."""
    found = await call.services.database.read(
        lambda conn: table.page(
            conn,
            call.project,
            call.user.user,
            conversation=None if query.conversation is None else ConversationId(query.conversation.bytes),
            article=None if query.article is None else query.article.bytes,
            before=None if query.cursor is None else cursors.unpack(query.cursor),
            limit=query.limit + 1,
        )
    )
    shown, more = found[: query.limit], len(found) > query.limit
    return CopilotSessionPage(
        items=[views.session(one) for one in shown],
        next_cursor=cursors.pack(shown[-1].changed_at, shown[-1].id) if more else None,
    )


@routes.add(
    "POST",
    ALL,
    access=Access.AGENT,
    limit=SOMETIMES,
    status=201,
    problems=("too_many",),
    audit=AuditRule("copilot_session.created", "copilot_session"),
)
async def create_copilot_session(call: MemberCall, body: NewCopilotSession) -> CopilotSession:
    """Begin a session with the copilot, based on a conversation, on an article or on nothing.

    422 at `article` or `conversation`: there is none with this id.
    """
    if body.article is not None and body.conversation is not None:
        raise unfit("article", "conflict", "A session is based on an article or on a conversation.")
    made, title = ids.make(call.now), names.clean(body.title)
    async with call.services.database.transaction() as conn:
        if await table.count(conn, call.project, call.user.user) >= table.MAX_SESSIONS:
            raise ApiError("too_many", f"The limit is {table.MAX_SESSIONS:,} sessions. Delete one first.")
        await _require_base(call, conn, body)
        await table.add(
            conn,
            call.project,
            made,
            user=call.user.user,
            article=None if body.article is None else body.article.bytes,
            conversation=None if body.conversation is None else ConversationId(body.conversation.bytes),
            title=title,
            now=call.now,
        )
        after = await _own(call, conn, made)
    call.audit_context.entity_id = made
    await lists.publish(call, Resource.COPILOT, call.user.user)
    return views.session(after)


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN)
async def get_copilot_session(call: MemberCall, copilot_session: bytes) -> CopilotSession:
    """Get one of your sessions."""
    async with call.services.database.connection() as conn:
        return views.session(await _own(call, conn, copilot_session))


@routes.add("PATCH", ONE, access=Access.AGENT, limit=SOMETIMES)
async def rename_copilot_session(
    call: MemberCall, copilot_session: bytes, body: CopilotSessionChange
) -> CopilotSession:
    """Rename one of your sessions."""
    async with call.services.database.transaction() as conn:
        title = names.clean(body.title)
        if not await table.rename(conn, call.project, copilot_session, call.user.user, title=title):
            raise ApiError("not_found")
        after = await _own(call, conn, copilot_session)
    await lists.publish(call, Resource.COPILOT, call.user.user)
    return views.session(after)


@routes.add(
    "DELETE",
    ONE,
    access=Access.AGENT,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("copilot_session.deleted", "copilot_session"),
)
async def delete_copilot_session(call: MemberCall, copilot_session: bytes) -> None:
    """Delete one of your sessions with its messages. A turn that runs ends; drafts of posts stay."""
    async with call.services.database.transaction() as conn:
        if not await table.remove(conn, call.project, copilot_session, call.user.user):
            raise ApiError("not_found")
    await views.forget(call, copilot_session)
    await lists.publish(call, Resource.COPILOT, call.user.user)


@routes.add("GET", ONE + "/messages", access=Access.AGENT, limit=OFTEN)
async def list_copilot_messages(
    call: MemberCall, copilot_session: bytes, query: CopilotMessageQuery
) -> CopilotMessagePage:
    """List the messages of one of your sessions, the newest page first, each page oldest first."""
    async with call.services.database.connection() as conn:
        await _own(call, conn, copilot_session)
        number = cursors.read_number(query.cursor)
        found = await messages.before(
            conn, call.project, copilot_session, number=number, limit=query.limit + 1
        )
    more = len(found) > query.limit
    shown = found[more:]
    return CopilotMessagePage(
        items=[views.message(one) for one in shown],
        next_cursor=str(shown[0].number) if more else None,
    )


@routes.add(
    "POST",
    ONE + "/messages/{copilot_message}/acceptance",
    access=Access.AGENT,
    limit=OFTEN,
    status=204,
    unkeyed="counted once",
)
async def accept_copilot_message(
    call: MemberCall, copilot_session: bytes, copilot_message: bytes, body: Acceptance
) -> None:
    """Count that you used an answer of the copilot: call it when you have sent or posted it."""
    async with call.services.database.transaction() as conn:
        counted = await figures.accept(
            conn,
            call.project,
            copilot_session,
            user=call.user.user,
            message=copilot_message,
            edited=body.edited,
            now=call.now,
        )
    if not counted:
        raise ApiError("not_found")


async def _own(call: MemberCall, conn: Connection, session: bytes) -> table.CopilotSession:
    """The session, if it is the caller's; a colleague's is as if it did not exist."""
    found = await table.by_id(conn, call.project, session)
    if found is None or found.user != call.user.user:
        raise ApiError("not_found")
    return found


async def _require_base(call: MemberCall, conn: Connection, body: NewCopilotSession) -> None:
    if body.article is not None:
        if await articles.by_id(conn, call.project, body.article.bytes) is None:
            raise unfit("article", "unknown", "There is no such article.")
    elif body.conversation is not None:
        conversation = ConversationId(body.conversation.bytes)
        if await conversations.by_id(conn, call.project, conversation) is None:
            raise unfit("conversation", "unknown", "There is no such conversation.")
