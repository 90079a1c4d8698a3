"""Signals: ephemeral, sent through Redis without Postgres, may be lost. Also: the payload of a room.

Extended like events: add positions at the end; a new meaning gets a new type (from FIRST_SIGNAL on).
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from core import events
from core.copilot.signals import CopilotSignal
from core.errors import UNREADABLE
from core.events import Event
from core.ids import ConversationId, MessageId, ProjectId, SocketId, UserId, VisitorId


class Typed(msgspec.Struct, array_like=True, tag=32, frozen=True):
    """A party started or stopped typing. `visitor` owns the conversation; `party` says who types."""

    project: ProjectId
    conversation: ConversationId
    visitor: VisitorId
    party: str  # visitor or agent
    who: bytes
    name: str
    on: bool
    form: bytes = b""  # the request that a visitor is filling; a release before 0.3 shows them typing


class PageSeen(msgspec.Struct, array_like=True, tag=33, frozen=True):
    """The page a visitor is on. `at` in ms since the epoch."""

    project: ProjectId
    visitor: VisitorId
    url: str
    title: str
    at: int


class PresenceChanged(msgspec.Struct, array_like=True, tag=34, frozen=True):
    """Visitors of one project that came (True) or left (False), coalesced."""

    project: ProjectId
    visitors: list[tuple[VisitorId, bool]]


class AgentsChanged(msgspec.Struct, array_like=True, tag=35, frozen=True):
    """How many agents of the project are online now."""

    project: ProjectId
    online: int


class SocketsClosed(msgspec.Struct, array_like=True, tag=36, frozen=True):
    """These sockets of a visitor must close (the oldest of too many); their node closes them with `code`."""

    project: ProjectId
    sockets: list[SocketId]
    code: int


class SessionEnded(msgspec.Struct, array_like=True, tag=37, frozen=True):
    """An agent's session ended: all its sockets close. `session` None: all sockets of the user."""

    project: ProjectId
    user: UserId
    session: bytes | None = None


class RoleChanged(msgspec.Struct, array_like=True, tag=38, frozen=True):
    """A member's role changed; sockets that were opened before must reconnect."""

    project: ProjectId
    user: UserId
    role: str


class ProjectChanged(msgspec.Struct, array_like=True, tag=39, frozen=True):
    """A project's settings changed; published to every process, with sockets of it or without."""

    project: ProjectId


class ProjectDeleted(msgspec.Struct, array_like=True, tag=40, frozen=True):
    """A project was deleted: its sockets close, and workers remove its rows; published to every process."""

    project: ProjectId


class Resource(StrEnum):
    """What agents load over REST and keep on screen, by its tag in the OpenAPI document."""

    PROJECT = "projects"  # its settings
    MEMBERS = "members"
    INVITATIONS = "invitations"
    API_KEYS = "api_keys"
    CANNED_RESPONSES = "canned_responses"
    IDENTITY_SECRETS = "identity_secrets"
    VISITORS = "visitors"  # their names and restrictions
    RESTRICTIONS = "restrictions"  # what muted visitors write
    ADDRESS_BLOCKS = "address_blocks"
    VISITOR_NOTES = "visitor_notes"  # `id`: the visitor
    MENTIONS = "mentions"  # `id`: the mentioned member
    CONVERSATIONS = "conversations"  # one was deleted
    SAVED_VIEWS = "saved_views"  # of the member whose id it is
    WEBHOOKS = "webhooks"
    FORM_TEMPLATES = "form_templates"
    COPILOT = "copilot"  # `id`: a member whose sessions changed, or a draft; None: the preferences
    ASSISTANT = "assistant"  # its settings, and the draft of its workflow
    ARTICLES = "articles"
    ARTICLE_IMPORTS = "article_imports"
    KNOWLEDGE_GAPS = "knowledge_gaps"
    KNOWLEDGE_SETTINGS = "knowledge_settings"
    SITES = "sites"  # one loaded the widget for the first time, or was refused
    NOTIFICATIONS = "notifications"  # the preferences of the member whose id it is
    APPEARANCE = "appearance"


class ResourceChanged(msgspec.Struct, array_like=True, tag=41, frozen=True):
    """A resource of the project changed: agents who show it fetch it again.

    `id` None: the whole of it. `version`: of a resource that has one.
    """

    project: ProjectId
    resource: str  # a Resource; a later release has others
    id: bytes | None = None
    version: int | None = None


class Delivered(msgspec.Struct, array_like=True, tag=44, frozen=True):
    """Visitors' sockets got everything up to a `seq` of their conversations, coalesced."""

    project: ProjectId
    reached: list[tuple[ConversationId, VisitorId, int]]


class TurnStarted(msgspec.Struct, array_like=True, tag=45, frozen=True):
    """The assistant answers in a conversation. `name`: the assistant's. `intent`: what the visitor wants; "":
    not known yet, or not asked for. It is published again when it is known."""

    project: ProjectId
    conversation: ConversationId
    visitor: VisitorId
    turn: bytes
    name: str
    intent: str = ""


class TurnToken(msgspec.Struct, array_like=True, tag=46, frozen=True):
    """The next part of its text: the `n`th, after `offset` code points."""

    project: ProjectId
    conversation: ConversationId
    visitor: VisitorId
    turn: bytes
    n: int
    offset: int
    text: str


class TurnStatus(msgspec.Struct, array_like=True, tag=47, frozen=True):
    """What it does before it writes; an open word."""

    project: ProjectId
    conversation: ConversationId
    visitor: VisitorId
    turn: bytes
    stage: str


class TurnEnded(msgspec.Struct, array_like=True, tag=48, frozen=True):
    """The turn is over, and its message, if it has one, is committed."""

    project: ProjectId
    conversation: ConversationId
    visitor: VisitorId
    turn: bytes
    message: MessageId | None
    seq: int


class TurnStopped(msgspec.Struct, array_like=True, tag=49, frozen=True):
    """A person ended the turn. `message`: what it had said; None: that is not kept."""

    project: ProjectId
    conversation: ConversationId
    visitor: VisitorId
    turn: bytes
    by: str
    message: MessageId | None


class TurnFailed(msgspec.Struct, array_like=True, tag=50, frozen=True):
    """The turn failed with a code."""

    project: ProjectId
    conversation: ConversationId
    visitor: VisitorId
    turn: bytes
    code: str
    retryable: bool


class TurnCalled(msgspec.Struct, array_like=True, tag=51, frozen=True):
    """A person or a message concerns the running turn of a conversation: its worker looks at once.

    It looks every second anyway.
    """

    project: ProjectId
    conversation: ConversationId


class ConsumersCalled(msgspec.Struct, array_like=True, tag=52, frozen=True):
    """Events of a project have become rows of consumers: workers claim them now, not at the next poll."""

    project: ProjectId


class CopilotCalled(msgspec.Struct, array_like=True, tag=60, frozen=True):
    """Something concerns a session: a question was stored, or its turn is to stop. Workers look at once.

    They look every second anyway.
    """

    project: ProjectId
    session: bytes


TurnSignal = TurnStarted | TurnToken | TurnStatus | TurnEnded | TurnStopped | TurnFailed
News = ProjectChanged | ProjectDeleted | TurnCalled | ConsumersCalled | CopilotCalled
"""Published to every server and worker."""

OtherSignal = (
    Typed
    | PageSeen
    | PresenceChanged
    | AgentsChanged
    | SocketsClosed
    | SessionEnded
    | RoleChanged
    | ResourceChanged
    | Delivered
    | News
)
"""What is no part of a stream."""

Signal = OtherSignal | TurnSignal | CopilotSignal

RoomItem = Event | Signal

encode = msgspec.msgpack.Encoder().encode
decode_batch = msgspec.msgpack.Decoder(list[RoomItem]).decode
_decode_item = msgspec.msgpack.Decoder(RoomItem).decode
_split = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode


class LaterEvent(msgspec.Struct, frozen=True):
    """An event that this release cannot read. `visitor` owns the conversation, if known."""

    project: ProjectId
    visitor: VisitorId | None


class _ItemHead(msgspec.Struct, array_like=True, frozen=True):
    """The first fields of every item, in every release."""

    type: int
    project: ProjectId


_decode_place = msgspec.msgpack.Decoder(_ItemHead).decode


def read(payload: bytes) -> tuple[Sequence[RoomItem], Sequence[LaterEvent]]:
    """The items of a room's payload, in order, and the events in it that only a later release can read.

    Signals of a later release are left out. Raises one of UNREADABLE for bytes that are not a payload.
    """
    try:
        return decode_batch(payload), ()
    except UNREADABLE:
        return _one_by_one(_split(payload))


def _one_by_one(payload: Sequence[msgspec.Raw]) -> tuple[list[RoomItem], list[LaterEvent]]:
    items: list[RoomItem] = []
    later: list[LaterEvent] = []
    for raw in payload:
        try:
            items.append(_decode_item(raw))
        except UNREADABLE:
            if (event := _later(raw)) is not None:
                later.append(event)
    return items, later


def _later(raw: msgspec.Raw) -> LaterEvent | None:
    try:
        head = events.decode_head(raw)
    except UNREADABLE:
        return _unplaced(raw)
    return None if head.type >= events.FIRST_SIGNAL else LaterEvent(head.project, head.visitor)


def _unplaced(raw: msgspec.Raw) -> LaterEvent | None:
    """An event that does not begin like an event of a conversation: only its project is known."""
    try:
        place = _decode_place(raw)
    except UNREADABLE:
        return None
    return None if place.type >= events.FIRST_SIGNAL else LaterEvent(place.project, None)


def batch(items: list[bytes]) -> bytes:
    """A room's payload: one msgpack array of already encoded items, at most 2^32 - 1."""
    count = len(items)
    head = bytes([0x90 | count]) if count < 16 else b"\xdd" + count.to_bytes(4, "big")
    return head + b"".join(items)
