"""JSON schemas of conversations, messages, visitors. Bodies forbid unknown fields; times are in ms."""

from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from core.content import MAX_MENTIONS, TYPES, Value
from core.model import KINDS, PARTIES, Owner, Status
from server.api.http.fields import NAME, NO_NUL, PAGE, UUID_TEXT, At, Cursor, Person

# The same limit as on the wire (protocol/limits.py): a text sent by REST must fit into a frame.
BODY = 5_000  # code points

# Not enums: a later release may answer with other values.
Kind = Annotated[str, msgspec.Meta(max_length=32, description=f"{', '.join(KINDS)}; else show the body")]
Party = Annotated[str, msgspec.Meta(max_length=32, description=f"{', '.join(PARTIES)}; there may be others")]
Content = Annotated[
    Value,
    msgspec.Meta(description=f"what a message adds to its body; `type`: {', '.join(TYPES)}, or another"),
]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ref`: your idempotency key, new for each text: a repetition returns the first result.

    `mentions`: the members that a note names, by their ids; they are notified.
    """

    ref: UUID
    body: Annotated[str, msgspec.Meta(min_length=1, max_length=BODY, pattern=NO_NUL)]
    kind: Literal["text", "note"] = "text"
    mentions: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=MAX_MENTIONS)] = ()


class EditedText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`version`: of the message that you have loaded."""

    body: Annotated[str, msgspec.Meta(min_length=1, max_length=BODY, pattern=NO_NUL)]
    version: Seq


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


UNSOLVED: Final = ("open", "pending")
ListedStatus = Annotated[
    Literal["open", "pending", "solved", "spam", "unsolved"],
    msgspec.Meta(description="`unsolved`: open or pending"),
]
ListedAssignee = Annotated[
    str,
    msgspec.Meta(
        pattern=rf"^(me|none|someone|any|{UUID_TEXT})\Z",
        description="me, none, someone, any, or the id of a member",
    ),
]


Sort = Literal["newest", "waiting"]


class ConversationQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All conditions must hold. `has_note`: there are notes about the visitor.

    `unread`: by you, among the 5,000 with the latest messages. `cursor`: `next_cursor` of the previous page.
    """

    status: ListedStatus | None = None
    assignee: ListedAssignee | None = None
    unread: bool = False
    sort: Annotated[
        Sort,
        msgspec.Meta(
            description="`waiting`: open ones whose visitor waits for an answer, the longest first; among the"
            " 2,000 whose last message is the oldest"
        ),
    ] = "newest"
    muted: Annotated[
        bool,
        msgspec.Meta(description="those of muted visitors, which no other list has; without other filters"),
    ] = False
    visitor: (
        Annotated[
            str,
            msgspec.Meta(
                min_length=1,
                max_length=100,
                pattern=NO_NUL,
                description="a part of the visitor's name or email address; the latest 5,000 are searched",
            ),
        ]
        | None
    ) = None
    has_form: bool = False
    has_note: bool = False
    cursor: Cursor | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE)] = 50


class MessageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`before_seq`: older messages. `after_seq`: newer ones. `after_change`: those altered since.

    One of them at most; without any, the newest page.
    """

    before_seq: Seq | None = None
    after_seq: Seq | None = None
    after_change: Seq | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE)] = 50


RestrictionKind = Literal["muted", "blocked"]


class VisitorOnline(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor of a conversation in the inbox.

    `verified`: the site has signed who it is, and `email` too; else `email` is what its page says.
    """

    id: UUID
    name: str
    online: bool
    url: str
    title: str
    email: str = ""
    verified: bool = False
    restriction: RestrictionKind | None = None


class Author(msgspec.Struct, frozen=True, kw_only=True):
    party: Party
    id: UUID
    name: str


class LastMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The message that `snippet` is taken from. `redacted`: there is no text any more."""

    kind: Kind
    author: Author
    redacted: bool = False


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """`read_seq` and `unread` are the caller's own; `visitor_read_seq` is the visitor's.

    `withheld`: the visitor is blocked, or wrote from a blocked address; later messages are not shown.
    `has_note`: there are notes about the visitor.
    """

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
    withheld: bool = False
    has_form: Annotated[bool, msgspec.Meta(description="a message is a form, or the answer to one")] = False
    has_note: Annotated[bool, msgspec.Meta(description="there are notes about the visitor")] = False
    ended: Annotated[
        bool, msgspec.Meta(description="the visitor has a newer one; it takes no more messages or changes")
    ] = False
    owner: Annotated[
        Owner | None,
        msgspec.Meta(description="who answers the visitor; null: the assistant never did here"),
    ] = None
    owner_reason: Annotated[str | None, msgspec.Meta(description="why; other words may come")] = None
    waiting_since: Annotated[
        At | None,
        msgspec.Meta(description="since when the visitor waits for an answer; null: not at all, or not open"),
    ] = None


class ConversationPage(msgspec.Struct, frozen=True, kw_only=True):
    """In the order that was asked for. `next_cursor`: null on the last page."""

    items: list[Conversation]
    next_cursor: str | None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """`seq` is dense within its conversation: a gap is a message that you have not received.

    `version`: the number of the conversation's change that altered the message last, 0 if none did. A form's
    state and a corrected answer alter their messages too.
    `redacted_at`: then the body is empty.
    """

    seq: int
    id: UUID
    ref: UUID | None
    author: Author
    at: At
    kind: Kind
    body: str
    meta: dict[str, str | int | bool | None]
    content: Content | None = None
    version: int = 0
    edited_at: At | None = None
    redacted_at: At | None = None


class ChangedOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers from then on, and why: an open word."""

    to: Owner
    reason: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of `status`, of `assignee` if `assigned`, or of `owner`, after the message `seq`."""

    id: UUID
    seq: int
    at: At
    by: Author
    status: Status | None
    assigned: bool
    assignee: Person | None
    owner: ChangedOwner | None = None


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Ascending by `seq`, or by `version` after a change. `has_more`: there are more in that direction.

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


class VisitorRestriction(msgspec.Struct, frozen=True, kw_only=True):
    """`by`: null if an API key did it, or that account was deleted."""

    kind: RestrictionKind
    reason: str
    at: At
    by: Person | None


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a visitor. `url` to `trail` are kept as long as the visit (3 days).

    `facts`: reported by the site's page (`Parley.identify`), unverified. `external_id` and `verified`: signed
    by the site, null for an anonymous visitor. `given_name`: by an agent; empty for none. `name` is the given
    one, else the verified one, else it comes from `facts`.
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
    external_id: str | None = None
    verified: dict[str, str | int | bool | None] | None = None
    verified_at: At | None = None
    given_name: str = ""
    restriction: VisitorRestriction | None = None


class VisitorChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name`: empty for the one that the site's page reports, or the generated one."""

    name: Annotated[str, msgspec.Meta(max_length=50, pattern=NAME)]


class NewRestriction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: RestrictionKind
    reason: Annotated[str, msgspec.Meta(max_length=200, pattern=NAME)] = ""


class RestrictionQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    cursor: Cursor | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE)] = 50


class RestrictedVisitor(msgspec.Struct, frozen=True, kw_only=True):
    """`conversation_id`: the latest one; null if it was deleted."""

    id: UUID
    name: str
    conversation_id: UUID | None
    restriction: VisitorRestriction


class RestrictedVisitorPage(msgspec.Struct, frozen=True, kw_only=True):
    """The latest first. `next_cursor`: null on the last page."""

    items: list[RestrictedVisitor]
    next_cursor: str | None


class PastConversation(msgspec.Struct, frozen=True, kw_only=True):
    """`ended`: the visitor's next message starts, or has started, another one."""

    id: UUID
    status: Status
    snippet: str
    last_message_at: At
    created_at: At
    ended: bool
    assignee_name: str | None


class PastConversationPage(msgspec.Struct, frozen=True, kw_only=True):
    """The latest first. `next_cursor`: null on the last page."""

    items: list[PastConversation]
    next_cursor: str | None


class PastConversationQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    cursor: Cursor | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 10
