"""Messages of a conversation: pages by `seq` or change, an agent's reply, edits and redactions."""

from core import content, ids, rules
from core.commands import EditMessage, PostMessage, RedactMessage
from core.content import Mentioned, Mentions
from core.db.chat import changes, conversations, messages
from core.db.connection import Connection
from core.ids import ConversationId, MessageId, ProjectId, Ref, UserId
from core.model import Author, Editor
from core.model import Message as Row
from core.notes.mentions import named, touched, users_of
from server.api.chat import form_states, views
from server.api.chat.execute import carry_out, post
from server.api.chat.schemas import (
    EditedText,
    Message,
    MessagePage,
    MessageQuery,
    Reply,
)
from server.api.chat.widget_schemas import HistoryQuery
from server.api.http.calls import Access, Answer, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN

routes = Routes("messages", "Reading and writing the messages of a conversation.")
ALL = "projects/{project}/conversations/{conversation}/messages"
ONE = ALL + "/{message}"
LOGGED = ("text", "author", "seq", "conversation_id")


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN, scope="conversations:read")
async def list_messages(call: MemberCall, conversation: ConversationId, query: MessageQuery) -> MessagePage:
    """List messages, ascending by `seq`: the newest page, or the page before or after a `seq`.

    The page includes the changes of status and assignee between its messages. A page after a `seq` includes
    the changes since that message, even if no message follows. With `after_change` you get the messages that
    were altered after that change of the conversation (edited, redacted, forms with another state, corrected
    answers), by their `version`; go on with the last one's `version`.
    """
    require_one_position(query)
    async with call.services.database.connection() as conn:
        rows = await _rows(conn, call.project, conversation, query)
        if not rows and await conversations.by_id(conn, call.project, conversation) is None:
            raise ApiError("not_found")
        items, has_more = views.page(rows, limit=query.limit, newest=is_newest(query))
        items = await form_states.added(conn, call.project, items, now=call.now)
        if query.after_change is not None:
            return MessagePage(items=items, has_more=has_more)
        first, last = _span(query, [item.seq for item in items], has_more=has_more)
        found = await changes.between(conn, call.project, conversation, first=first, last=last)
    return MessagePage(items=items, has_more=has_more, changes=[views.change(one) for one in found])


@routes.add(
    "POST",
    ALL,
    access=Access.AGENT,
    limit=OFTEN,
    status=201,
    also=(200,),
    problems=("conflict", "closed"),
    scope="messages:write",
)
async def reply(call: MemberCall, conversation: ConversationId, body: Reply) -> Answer[Message]:
    """Send a message to the visitor, or a note to the other agents.

    201: stored now. 200: the same `ref` was stored before; the response is the first result. 409: the `ref`
    was used for another text, or (`closed`) the conversation has ended. A solved one has ended for its
    visitor if the project limits the history: reopen it first, or let replies reopen. Notes are never shown
    to visitors. The members that a note mentions get a notification. 422 with the code `not_a_member` at
    `mentions`: one of them is not a member of the project.
    """
    mentions = await _mentions(call, body)
    answer = await post(
        call,
        PostMessage(
            project=call.project,
            author=Author("agent", call.user.user, call.user.full_name),
            ref=Ref(body.ref.bytes),
            message=MessageId(ids.make(call.now)),
            conversation=conversation,
            kind=body.kind,
            body=body.body,
            meta={},
            at=call.now,
            content=content.packed(Mentions(mentions) if mentions else None),
        ),
    )
    if mentions and answer.status is None:
        await live_updates.publish(
            call.services,
            touched(call.project, [user for user in users_of(mentions) if user != call.user.user]),
        )
    return answer


@routes.add(
    "PATCH",
    ONE,
    access=Access.AGENT,
    limit=OFTEN,
    problems=("stale",),
    scope="messages:write",
    audit=AuditRule("message.edited", "message", fields=LOGGED, security=True),
)
async def edit_message(
    call: MemberCall, conversation: ConversationId, message: MessageId, body: EditedText
) -> Message:
    """Replace the text of a message: your own, or any one if you are a manager.

    Only texts and notes that a person wrote can be edited. 409 `stale`: it was edited or redacted after the
    `version` that you send; load it again. Sending the text that it has changes nothing. The audit log keeps
    the old text.
    """
    if not body.body.strip():
        raise unfit("body", "required", "Enter a text, or remove the message.")
    await carry_out(
        call,
        EditMessage(call.project, conversation, message, _editor(call), body.body, body.version, call.now),
    )
    return await _shown(call, conversation, message)


@routes.add(
    "DELETE",
    ONE,
    access=Access.AGENT,
    limit=OFTEN,
    scope="messages:write",
    audit=AuditRule("message.redacted", "message", fields=LOGGED, security=True),
)
async def redact_message(call: MemberCall, conversation: ConversationId, message: MessageId) -> Message:
    """Remove what a message says: your own text or note, or any message if you are a manager.

    The message keeps its `seq` and its author, and its body becomes empty, everywhere. The audit log keeps
    the old text. Repeating it changes nothing.
    """
    await carry_out(call, RedactMessage(call.project, conversation, message, _editor(call), call.now))
    return await _shown(call, conversation, message)


def require_one_position(query: MessageQuery | HistoryQuery) -> None:
    """Raises ApiError for a query that names two pages."""
    named = [query.before_seq, query.after_seq, query.after_change]
    if len([one for one in named if one is not None]) > 1:
        raise ApiError("invalid", "Send one of `before_seq`, `after_seq` and `after_change`.")


def is_newest(query: MessageQuery | HistoryQuery) -> bool:
    """Whether the page ends, and does not begin, at the position of the query."""
    return query.after_seq is None and query.after_change is None


async def _rows(
    conn: Connection, project: ProjectId, conversation: ConversationId, query: MessageQuery
) -> list[Row]:
    """One more than the page holds, if there are more."""
    limit = query.limit + 1
    if query.after_change is not None:
        return await messages.altered(
            conn, project, conversation, change=query.after_change, limit=limit, for_visitor=False
        )
    if query.after_seq is not None:
        return await messages.after(
            conn, project, conversation, seq=query.after_seq, limit=limit, for_visitor=False
        )
    return await messages.before(
        conn, project, conversation, seq=query.before_seq, limit=limit, for_visitor=False
    )


def _editor(call: MemberCall) -> Editor:
    author = Author("agent", call.user.user, call.user.full_name)
    return Editor(
        author,
        manages=call.role == "manager",
        api_key=call.by.actor.kind == "api_key",
        address=call.address,
        agent=call.agent,
    )


async def _shown(call: MemberCall, conversation: ConversationId, message: MessageId) -> Message:
    async with call.services.database.connection() as conn:
        row = await messages.by_id(conn, call.project, conversation, message)
    if row is None:
        raise ApiError("not_found")  # erased in between
    return views.message(row)


async def _mentions(call: MemberCall, body: Reply) -> tuple[Mentioned, ...]:
    """The members that a note mentions. Not a reply: visitors get its content."""
    if not body.mentions:
        return ()
    if rules.visible_to_visitor(body.kind):
        raise unfit("mentions", "not_a_note", "Only notes can mention members.")
    async with call.services.database.connection() as conn:
        return await named(conn, call.project, [UserId(user.bytes) for user in body.mentions])


def _span(query: MessageQuery, seqs: list[int], *, has_more: bool) -> tuple[int, int | None]:
    """The range of `seq` after which a page's changes happened; None as its end: up to the latest."""
    if query.after_seq is not None:
        return query.after_seq, seqs[-1] if has_more else None
    first = seqs[0] if seqs and has_more else 0
    return first, None if query.before_seq is None else query.before_seq - 1
