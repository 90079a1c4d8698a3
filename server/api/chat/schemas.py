"""JSON schemas of conversations, messages, visitors. Bodies forbid unknown fields; times are in ms."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from core.content import TYPES, Value
from core.model import KINDS, PARTIES, Status
from server.api.http.fields import NO_NUL, PAGE, At, FormField, Person

# The same limit as on the wire (protocol/limits.py): a text sent by REST must fit into a frame.
BODY = 5_000  # code points

# Not enums: a later release may answer with other values.
Kind = Annotated[
    str,
    msgspec.Meta(max_length=32, description=f"{', '.join(KINDS)}; there may be others: show their body"),
]
Party = Annotated[str, msgspec.Meta(max_length=32, description=f"{', '.join(PARTIES)}; there may be others")]
Content = Annotated[
    Value,
    msgspec.Meta(
        description=f"what a structured message adds to its body; `type`: {', '.join(TYPES)}, or another"
    ),
]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ref`: your idempotency key, new for each text: a repetition returns the first result."""

    ref: UUID
    body: Annotated[str, msgspec.Meta(min_length=1, max_length=BODY, pattern=NO_NUL)]
    kind: Literal["text", "note"] = "text"


class StatusChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    status: Status


class Assignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`assignee_id`: null to unassign."""

    assignee_id: UUID | None


class ReadMark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`seq`: you have read everything up to this message."""

    seq: Seq


class TypingState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    on: bool


class ConversationQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    status: Status | None = None
    assignee: Literal["me", "none", "any"] | None = None
    unread: bool = False
    cursor: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE)] = 50


class MessageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`before_seq`: older messages. `after_seq`: newer ones. Not both; without either, the newest page."""

    before_seq: Seq | None = None
    after_seq: Seq | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE)] = 50


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As MessageQuery, for a visitor."""

    before_seq: Seq | None = None
    after_seq: Seq | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 50


class VisitorOnline(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor of a conversation in the inbox. `email`: as reported by the site's page, unverified."""

    id: UUID
    name: str
    online: bool
    url: str
    title: str
    email: str = ""


class Author(msgspec.Struct, frozen=True, kw_only=True):
    party: Party
    id: UUID
    name: str


class LastMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The message that `snippet` is taken from."""

    kind: Kind
    author: Author


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """`read_seq` and `unread` are the caller's own; `visitor_read_seq` is the visitor's."""

    id: UUID
    visitor: VisitorOnline
    status: Status
    assignee: Person | None
    last_seq: int
    last_change: Annotated[int, msgspec.Meta(description="counts what altered it without a new message")]
    snippet: str
    last_message_at: At
    created_at: At
    read_seq: int
    unread: int
    visitor_read_seq: int
    last_message: LastMessage | None = None


class ConversationPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `next_cursor`: null on the last page."""

    items: list[Conversation]
    next_cursor: str | None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """`seq` is dense within its conversation: a gap is a message that you have not received."""

    seq: int
    id: UUID
    ref: UUID | None
    author: Author
    at: At
    kind: Kind
    body: str
    meta: dict[str, str | int | bool | None]
    content: Content | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of `status`, or of `assignee` if `assigned`. It happened after the message `seq`."""

    id: UUID
    seq: int
    at: At
    by: Author
    status: Status | None
    assigned: bool
    assignee: Person | None


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Ascending by `seq`. `has_more`: there are more messages in the requested direction.

    `changes`: changes of the conversation's status or assignee between these messages, or after the last.
    """

    items: list[Message]
    has_more: bool
    changes: list[Change] = []


class UnreadCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many conversations have messages that you have not read.

    `waiting`: open or pending, and yours or unassigned. `complete`: false if only the 5,000 open and pending
    conversations with the latest messages were counted.
    """

    open: int
    mine: int
    unassigned: int
    pending: int
    waiting: int
    complete: bool


class SeenPage(msgspec.Struct, frozen=True, kw_only=True):
    url: str
    title: str
    at: At


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a visitor. `url` to `trail` are kept as long as the visit (3 days).

    `facts`: reported by the site's page (`Parley.identify`), unverified; `name` may come from there.
    """

    id: UUID
    name: str
    language: str
    browser: str
    online: bool
    url: str
    title: str
    referrer: str
    first_url: str
    first_seen_at: At | None
    trail: list[SeenPage]
    created_at: At | None
    facts: dict[str, str | int | bool | None] = {}


class PreChat(msgspec.Struct, frozen=True, kw_only=True):
    """The form that the widget shows before the first message."""

    template: UUID
    name: str
    description: str
    fields: list[FormField]


class WidgetSettings(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    version: int
    messages_per_minute: int
    agents_online: int
    pre_chat: PreChat | None = None


class OwnConversation(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor's own conversation."""

    id: UUID
    status: Status
    assignee_name: str | None
    last_seq: int
    last_change: Annotated[int, msgspec.Meta(description="counts what altered it without a new message")]
    agent_read_seq: int
    read_seq: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """`conversation`: null if the visitor has none yet."""

    conversation: OwnConversation | None
    items: list[Message]
    has_more: bool
