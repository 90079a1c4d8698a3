"""Messages of a conversation: pages by `seq`, and an agent's reply."""

from core import content, ids, rules
from core.commands import PostMessage
from core.content import Mentioned, Mentions
from core.db.chat import changes, conversations, messages
from core.events import MessagePosted, MessageRepeated
from core.ids import ConversationId, MessageId, Ref, UserId
from core.model import Author
from core.model import Message as Row
from core.notes.mentions import named, touched, users_of
from server.api.chat import views
from server.api.chat.execute import carry_out
from server.api.chat.schemas import Message, MessagePage, MessageQuery, Reply
from server.api.http.calls import Access, Answer, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.services import live_updates
from server.api.services.rate_limiter import OFTEN

routes = Routes("messages", "Reading and writing the messages of a conversation.")
ALL = "projects/{project}/conversations/{conversation}/messages"


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN, scope="conversations:read")
async def list_messages(call: MemberCall, conversation: ConversationId, query: MessageQuery) -> MessagePage:
    """List messages, ascending by `seq`: the newest page, or the page before or after a `seq`.

    The page includes the changes of status and assignee between its messages. A page after a `seq` includes
    the changes since that message, even if no message follows.
    """
    if query.before_seq is not None and query.after_seq is not None:
        raise ApiError("invalid", "Send `before_seq` or `after_seq`, not both.")
    rows: list[Row]
    async with call.services.database.connection() as conn:
        if query.after_seq is not None:
            rows = await messages.after(
                conn,
                call.project,
                conversation,
                seq=query.after_seq,
                limit=query.limit + 1,
                for_visitor=False,
            )
        else:
            rows = await messages.before(
                conn,
                call.project,
                conversation,
                seq=query.before_seq,
                limit=query.limit + 1,
                for_visitor=False,
            )
        if not rows and await conversations.by_id(conn, call.project, conversation) is None:
            raise ApiError("not_found")
        items, has_more = views.page(rows, limit=query.limit, newest=query.after_seq is None)
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
    problems=("conflict",),
    scope="messages:write",
)
async def reply(call: MemberCall, conversation: ConversationId, body: Reply) -> Answer[Message]:
    """Send a message to the visitor, or a note to the other agents.

    201: stored now. 200: the same `ref` was stored before; the response is the first result. 409: the `ref`
    was used for another text. Notes are never shown to visitors. The members that a note mentions get a
    notification. 422 with the code `not_a_member` at `mentions`: one of them is not a member of the project.
    """
    mentions = await _mentions(call, body)
    event = await carry_out(
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
    if mentions and isinstance(event, MessagePosted):
        await live_updates.publish(
            call.services,
            touched(call.project, [user for user in users_of(mentions) if user != call.user.user]),
        )
    match event:
        case MessagePosted():
            return Answer(value=views.posted(event))
        case MessageRepeated():
            return Answer(value=await _stored(call, event.ref), status=200)
        case _:
            raise TypeError(f"a reply became {type(event).__name__}")


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


async def _stored(call: MemberCall, ref: Ref) -> Message:
    async with call.services.database.connection() as conn:
        row = await messages.by_ref(conn, call.project, call.user.user, ref)
    if row is None:
        raise ApiError("not_found")  # erased in between
    return views.message(row)
