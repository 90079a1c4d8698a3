"""The inbox: conversations of a project as one agent sees them, and changes that an agent makes to them."""

from core.bus import rooms
from core.commands import AssignConversation, ChangeStatus, DeleteConversation, MarkRead
from core.db.chat import conversations as table
from core.db.chat import waiting as waiting_table
from core.db.chat.conversations import EVERYTHING
from core.ids import ConversationId, UserId
from core.model import Listed, Spot
from core.signals import Typed
from server.api.chat import filters, presence, views
from server.api.chat.execute import carry_out
from server.api.chat.schemas import (
    Assignment,
    Conversation,
    ConversationPage,
    ConversationQuery,
    ReadMark,
    StatusChange,
    TypingState,
    UnreadCounts,
)
from server.api.http import cursors
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("conversations", "The inbox: conversations, their status, assignment and read marks.")
ALL = "projects/{project}/conversations"
ONE = ALL + "/{conversation}"


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN, scope="conversations:read")
async def list_conversations(call: MemberCall, query: ConversationQuery) -> ConversationPage:
    """List conversations, those with the latest message first, or those that wait the longest.

    Keyset pagination: a conversation that gets a message while you page moves to the front and is not on a
    later page.
    """
    after = None if query.cursor is None else cursors.read(query.cursor)
    where = filters.of_query(query, me=call.user.user, visitor=query.visitor)
    if query.muted and where != EVERYTHING:
        raise ApiError("invalid", "Send `muted` without other filters.")
    waiting = query.sort == "waiting"
    if waiting and (query.muted or query.visitor or query.status not in {None, "open", "unsolved"}):
        raise ApiError("invalid", "Send `sort=waiting` with `status=open` or without, and without `visitor`.")
    async with call.services.database.connection() as conn:
        if waiting:
            rows = await waiting_table.page(
                conn,
                call.project,
                reader=call.user.user,
                where=where,
                after=None if after is None else (after.last_message_at, after.conversation),
                limit=query.limit + 1,
            )
        elif query.muted:
            rows = await table.muted(
                conn, call.project, reader=call.user.user, after=after, limit=query.limit + 1
            )
        else:
            rows = await table.page(
                conn,
                call.project,
                reader=call.user.user,
                where=where,
                after=after,
                limit=query.limit + 1,
            )
    kept = rows[: query.limit]
    cursor = None
    if len(rows) > query.limit:
        last = kept[-1]
        at = last.waiting_since if waiting else last.conversation.last_message_at
        cursor = cursors.write(Spot(at or 0, last.conversation.id))
    return ConversationPage(items=await _with_visits(call, kept), next_cursor=cursor)


@routes.add("GET", ALL + "/unread", access=Access.AGENT, limit=OFTEN, scope="conversations:read")
async def count_unread(call: MemberCall) -> UnreadCounts:
    """Count all conversations with messages that you have not read, by view."""
    async with call.services.database.connection() as conn:
        return views.unread(await table.unread(conn, call.project, reader=call.user.user))


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN, scope="conversations:read")
async def get_conversation(call: MemberCall, conversation: ConversationId) -> Conversation:
    """Get a conversation, with your own read mark."""
    return await _shown(call, conversation)


@routes.add(
    "PUT",
    ONE + "/status",
    access=Access.AGENT,
    limit=SOMETIMES,
    scope="conversations:write",
    problems=("closed",),
    audit=AuditRule("conversation.status_changed", entity="conversation", fields=("status",)),
)
async def change_status(call: MemberCall, conversation: ConversationId, body: StatusChange) -> Conversation:
    """Set the status of a conversation.

    Setting the current status changes nothing and publishes nothing. 409 `closed`: the conversation has
    ended, its visitor has a newer one.
    """
    await carry_out(
        call,
        ChangeStatus(call.project, call.user.user, conversation, body.status, call.now, call.user.full_name),
    )
    return await _shown(call, conversation)


@routes.add(
    "PUT",
    ONE + "/assignee",
    access=Access.AGENT,
    limit=SOMETIMES,
    scope="conversations:write",
    problems=("closed",),
    audit=AuditRule("conversation.assigned", entity="conversation", fields=("assignee_id",)),
)
async def assign_conversation(
    call: MemberCall, conversation: ConversationId, body: Assignment
) -> Conversation:
    """Assign a conversation to a member, or unassign it.

    409 `closed`: the conversation has ended, its visitor has a newer one.
    """
    assignee = None if body.assignee_id is None else UserId(body.assignee_id.bytes)
    await carry_out(
        call,
        AssignConversation(
            call.project, call.user.user, conversation, assignee, call.now, call.user.full_name
        ),
    )
    return await _shown(call, conversation)


@routes.add(
    "DELETE",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("conversation.deleted", entity="conversation"),
)
async def delete_conversation(call: MemberCall, conversation: ConversationId) -> None:
    """Delete a conversation with its messages.

    This cannot be undone. It disappears from all screens at once, the visitor's included; its rows are
    removed within minutes. The visitor and the notes about the visitor stay. A text that the visitor sends
    meanwhile starts a new conversation.
    """
    await carry_out(
        call,
        DeleteConversation(call.project, call.user.user, conversation, call.now, call.user.full_name),
    )


@routes.add("POST", ONE + "/read", access=Access.AGENT, limit=OFTEN, status=204, scope="conversations:write")
async def mark_read(call: MemberCall, conversation: ConversationId, body: ReadMark) -> None:
    """Mark messages as read up to `seq`.

    A read mark never moves back.
    """
    await carry_out(call, _read_mark(call, conversation, seq=body.seq))


@routes.add(
    "POST",
    ONE + "/typing",
    access=Access.AGENT,
    limit=OFTEN,
    status=204,
    unkeyed="it stores nothing",
)
async def type_in_conversation(call: MemberCall, conversation: ConversationId, body: TypingState) -> None:
    """Show the visitor that you are typing or have stopped typing.

    The state expires after 6 s unless you repeat it.
    """
    async with call.services.database.connection() as conn:
        found = await table.by_id(conn, call.project, conversation)
    if found is None:
        raise ApiError("not_found")
    typed = Typed(
        call.project, conversation, found.visitor, "agent", call.user.user, call.user.full_name, body.on
    )
    await rooms.publish_signals(call.services.redis, [typed])


def _read_mark(call: MemberCall, conversation: ConversationId, *, seq: int) -> MarkRead:
    return MarkRead(call.project, conversation, "agent", call.user.user, call.user.full_name, seq, call.now)


async def _shown(call: MemberCall, conversation: ConversationId) -> Conversation:
    async with call.services.database.connection() as conn:
        row = await table.listed(conn, call.project, conversation, reader=call.user.user)
    if row is None:
        raise ApiError("not_found")
    (shown,) = await _with_visits(call, [row])
    return shown


async def _with_visits(call: MemberCall, rows: list[Listed]) -> list[Conversation]:
    found = await presence.here(call.services, call.project, [row.conversation.visitor for row in rows])
    return [
        views.conversation(row, online=visit.online, url=visit.url, title=visit.title)
        for row, visit in zip(rows, found, strict=True)
    ]
