"""One example per schema, as real values: what does not fit its own schema does not import."""

from typing import Any
from uuid import UUID

import msgspec

from server.api import account_examples, audit, identity_examples, tenancy_examples
from server.api import schemas as s

AT = 1_763_715_600_000
PROJECT = UUID("01936b2e-8c00-7a00-8000-000000000001")
USER = UUID("01936b2e-8c00-7a00-8000-000000000002")
VISITOR = UUID("01936b2e-8c00-7a00-8000-00000000a1b2")
CONVERSATION = UUID("01936b2e-8c00-7a00-8000-000000000003")
MESSAGE = UUID("01936b2e-8c00-7a00-8000-000000000004")
REF = UUID("01936b2e-8c00-7a00-8000-000000000005")

_user = s.User(
    id=USER,
    email="mai@shop.example",
    full_name="Mai Tran",
    language="vi",
    timezone="Asia/Ho_Chi_Minh",
    avatar_url="/api/v1/avatars/01936b2e-8c00-7a00-8000-000000000007",
    is_admin=False,
    has_password=True,
    two_factor=False,
    pending_email=None,
    created_at=AT,
)
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
    assignee=s.Person(id=USER, full_name="Mai Tran"),
    last_seq=7,
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
    facts={"name": "Jonas Weber", "email": "jonas@example.com", "plan": "pro"},
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
_audit = audit.AuditEntry(
    id=REF,
    at=AT,
    actor=audit.AuditActor(kind="user", id=USER, name="Mai Tran"),
    action="member.role_changed",
    entity="member",
    entity_id=USER,
    result="ok",
    address="192.0.2.7",
    agent="Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    changes={"role": {"from": "agent", "to": "manager"}},
)

ALL: tuple[msgspec.Struct, ...] = (
    *account_examples.ALL,
    *identity_examples.ALL,
    *tenancy_examples.ALL,
    s.Credentials(email="mai@shop.example", password="correct horse battery staple"),  # noqa: S106
    s.Reply(ref=REF, body="Hello! How can I help?"),
    s.StatusChange(status="solved"),
    s.Assignment(assignee_id=USER),
    s.ReadMark(seq=7),
    s.TypingState(on=True),
    _user,
    s.SignedIn(access_token="eyJhbGciOiJIUzI1NiJ9.e30.c2ln", expires_in=900, user=_user),  # noqa: S106
    s.MyProject(id=PROJECT, name="Shop", role="agent"),
    s.Project(
        id=PROJECT,
        name="Shop",
        domains=["shop.example", "*.shop.example"],
        history_mode="forever",
        version=3,
        role="agent",
    ),
    s.Member(user_id=USER, full_name="Mai Tran", email="mai@shop.example", role="agent", joined_at=AT),
    s.SocketTicket(ticket="eyJhbGciOiJIUzI1NiJ9.e30.c2ln", expires_in=60),
    _conversation,
    s.ConversationPage(items=[_conversation], next_cursor=None),
    _message,
    _change,
    s.MessagePage(items=[_message], has_more=True, changes=[_change]),
    s.UnreadCounts(open=12, mine=3, unassigned=5, pending=1, waiting=9, complete=True),
    _visitor,
    s.WidgetSettings(id=PROJECT, name="Shop", version=3, messages_per_minute=20, agents_online=2),
    s.History(
        conversation=s.OwnConversation(
            id=CONVERSATION,
            status="open",
            assignee_name="Mai Tran",
            last_seq=7,
            agent_read_seq=7,
            read_seq=6,
        ),
        items=[_message],
        has_more=False,
    ),
    audit.AuditPage(items=[_audit], next_cursor=None),
    s.Readiness(
        ready=True, checks={"postgres": s.Check(ok=True), "worker": s.Check(ok=True, detail="1 alive")}
    ),
)

_BY_TYPE: dict[type, Any] = {
    type(value): msgspec.to_builtins(msgspec.convert(msgspec.to_builtins(value), type(value)))
    for value in ALL
}


def example(schema: type[msgspec.Struct]) -> Any:
    """The example of `schema`; raises TypeError for one without: every route has them."""
    if schema not in _BY_TYPE:
        raise TypeError(
            f"{schema.__module__}.{schema.__name__} has no example: add one to server/api/examples.py"
        )
    return _BY_TYPE[schema]
