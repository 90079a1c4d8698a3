"""The JSON of the REST interface, in and out. Bodies forbid unknown fields; times are ms since the epoch."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from server.api.http.fields import NO_NUL, PAGE, At, Person

# What the wire allows too (protocol/limits.py): a text that came by REST must fit into a frame.
BODY = 5_000  # code points

Status = Literal["open", "pending", "solved", "spam"]
# Open to readers: a later release may answer with others.
Kind = Annotated[
    str,
    msgspec.Meta(
        max_length=32,
        description="text, note, system, form_request, form_answer or attachment; show the body of any other",
    ),
]
Party = Annotated[
    str, msgspec.Meta(max_length=32, description="visitor, agent or system; there may be others")
]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ref` is yours, new for each text: a repetition returns the first result."""

    ref: UUID
    body: Annotated[str, msgspec.Meta(min_length=1, max_length=BODY, pattern=NO_NUL)]
    kind: Literal["text", "note"] = "text"


class StatusChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    status: Status


class Assignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`assignee_id` null: nobody."""

    assignee_id: UUID | None


class ReadMark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """I have seen everything up to `seq`."""

    seq: Seq


class TypingState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    on: bool


class ConversationQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor` is `next_cursor` of the page before."""

    status: Status | None = None
    assignee: Literal["me", "none", "any"] | None = None
    unread: bool = False
    cursor: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE)] = 50


class MessageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Newest page without bounds; older ones with `before_seq`; newer ones with `after_seq`; not both."""

    before_seq: Seq | None = None
    after_seq: Seq | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE)] = 50


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As MessageQuery, for a visitor."""

    before_seq: Seq | None = None
    after_seq: Seq | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 50


class VisitorOnline(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor of a row of the inbox. `email`: as the site's page says, unverified."""

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
    """Whose words `snippet` is."""

    kind: Kind
    author: Author


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """`read_seq` and `unread` are the caller's own; `visitor_read_seq` is the visitor's."""

    id: UUID
    visitor: VisitorOnline
    status: Status
    assignee: Person | None
    last_seq: int
    snippet: str
    last_message_at: At
    created_at: At
    read_seq: int
    unread: int
    visitor_read_seq: int
    last_message: LastMessage | None = None


class ConversationPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `next_cursor` null: there are no more."""

    items: list[Conversation]
    next_cursor: str | None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """`seq` is dense within its conversation: a hole is something you have not seen."""

    seq: int
    id: UUID
    ref: UUID | None
    author: Author
    at: At
    kind: Kind
    body: str
    meta: dict[str, str | int | bool | None]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of `status`, or of the `assignee` where `assigned`. It stands after the message `seq`."""

    id: UUID
    seq: int
    at: At
    by: Author
    status: Status | None
    assigned: bool
    assignee: Person | None


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Ascending by `seq`. `has_more`: in the direction that was asked for.

    `changes`: who changed the conversation's status or assignee between these messages, or after the last.
    """

    items: list[Message]
    has_more: bool
    changes: list[Change] = []


class UnreadCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many conversations you have not read to the end.

    `waiting`: open or pending, and yours or unassigned. `complete` false: only the 5,000 open and pending
    conversations with the latest messages were looked at.
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
    """What is known of a visitor; `url` to `trail` last as long as the visit does (3 days).

    `facts`: what the site's page says of them (`Parley.identify`), unverified; `name` may come from there.
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


class WidgetSettings(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    version: int
    messages_per_minute: int
    agents_online: int


class OwnConversation(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor's own conversation."""

    id: UUID
    status: Status
    assignee_name: str | None
    last_seq: int
    agent_read_seq: int
    read_seq: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """`conversation` null: nothing was written yet."""

    conversation: OwnConversation | None
    items: list[Message]
    has_more: bool
