"""Examples: conversations, messages, visitors and the widget."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.chat import bulk_schemas as bulk
from server.api.chat import schemas as s
from server.api.chat import widget_schemas as w
from server.api.identity.examples import AT, PERSON, PROJECT, USER

VISITOR: Final = UUID("01936b2e-8c00-7a00-8000-00000000a1b2")
CONVERSATION: Final = UUID("01936b2e-8c00-7a00-8000-000000000003")
MESSAGE: Final = UUID("01936b2e-8c00-7a00-8000-000000000004")
REF: Final = UUID("01936b2e-8c00-7a00-8000-000000000005")

_message = s.Message(
    seq=7,
    id=MESSAGE,
    ref=REF,
    author=s.Author(party="agent", id=USER, name="Mai Tran"),
    at=AT,
    kind="text",
    body="Hello! How can I help?",
    meta={},
)
_conversation = s.Conversation(
    id=CONVERSATION,
    visitor=s.VisitorOnline(
        id=VISITOR,
        name="Visitor #00a1b2",
        online=True,
        url="https://shop.example/cart",
        title="Your cart",
    ),
    status="open",
    assignee=PERSON,
    last_seq=7,
    last_change=2,
    snippet="Hello! How can I help?",
    last_message_at=AT,
    created_at=AT - 60_000,
    read_seq=7,
    unread=0,
    visitor_read_seq=6,
)
_visitor = s.Visitor(
    id=VISITOR,
    name="Jonas Weber",
    language="vi",
    browser="Firefox 145",
    online=True,
    url="https://shop.example/cart",
    title="Your cart",
    referrer="https://search.example/",
    first_url="https://shop.example/",
    first_seen_at=AT - 90_000,
    trail=[s.SeenPage(url="https://shop.example/cart", title="Your cart", at=AT - 30_000)],
    created_at=AT - 60_000,
    facts={"plan": "pro"},
    external_id="1042",
    verified={"name": "Jonas Weber", "email": "jonas@example.com"},
    verified_at=AT - 90_000,
)
_change = s.Change(
    id=REF,
    seq=7,
    at=AT,
    by=s.Author(party="agent", id=USER, name="Mai Tran"),
    status="solved",
    assigned=False,
    assignee=None,
)

_restriction = s.VisitorRestriction(kind="blocked", reason="Insults", at=AT, by=PERSON)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    s.VisitorChange(name="Jonas, the regular"),
    s.NewRestriction(kind="blocked", reason="Insults"),
    _restriction,
    s.RestrictedVisitorPage(
        items=[
            s.RestrictedVisitor(
                id=VISITOR, name="Visitor #00a1b2", conversation_id=CONVERSATION, restriction=_restriction
            )
        ],
        next_cursor=None,
    ),
    s.PastConversationPage(
        items=[
            s.PastConversation(
                id=CONVERSATION,
                status="solved",
                snippet="Hello! How can I help?",
                last_message_at=AT,
                created_at=AT - 60_000,
                ended=True,
                assignee_name="Mai Tran",
            )
        ],
        next_cursor=None,
    ),
    s.Reply(ref=REF, body="Hello! How can I help?"),
    s.EditedText(body="Hello! How may I help?", version=0),
    s.StatusChange(status="solved"),
    s.Assignment(assignee_id=USER),
    s.ReadMark(seq=7),
    s.TypingState(on=True),
    bulk.BulkChange(items=[bulk.BulkItem(id=CONVERSATION)], status="solved"),
    bulk.BulkResults(results=[bulk.BulkResult(id=CONVERSATION, result="changed")]),
    _conversation,
    s.ConversationPage(items=[_conversation], next_cursor=None),
    _message,
    _change,
    s.MessagePage(items=[_message], has_more=True, changes=[_change]),
    s.UnreadCounts(open=12, mine=3, unassigned=5, pending=1, waiting=9, complete=True),
    _visitor,
    w.WidgetSettings(id=PROJECT, name="Shop", version=3, messages_per_minute=20, agents_online=2),
    w.History(
        conversation=w.OwnConversation(
            id=CONVERSATION,
            status="open",
            assignee_name="Mai Tran",
            last_seq=7,
            last_change=2,
            agent_read_seq=7,
            read_seq=6,
        ),
        items=[_message],
        has_more=False,
    ),
)
