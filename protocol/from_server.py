"""Hop 8: the frames a server sends, `[type, …]`; a client ignores unknown types and trailing elements."""

from typing import Final

import msgspec

from protocol import limits
from protocol.codes import TEMPORARY, ErrorCode
from protocol.copilot_frames import (
    OF_COPILOT,
    CopilotAsked,
    CopilotEnd,
    CopilotFailed,
    CopilotStart,
    CopilotStatus,
    CopilotStopped,
    CopilotToken,
    SocialGenerated,
)
from protocol.values import (
    Body,
    Content,
    Details,
    FormChange,
    Id,
    MessageKind,
    Meta,
    Milliseconds,
    Owner,
    Party,
    Person,
    Resource,
    Rid,
    Seq,
    Status,
    Title,
    Token,
    Url,
    VerifiedFacts,
    Word,
)


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Limits that the client should respect, so that no frame is refused."""

    frame: int = limits.VISITOR_FRAME  # bytes
    body: int = limits.BODY  # code points
    messages_per_minute: int = 20


class Greeted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of `welcome`."""

    session: Id  # this connection
    heartbeat_ms: int
    limits: Bounds
    now: Milliseconds
    recovered: bool  # false: events after `have` are missing, fetch the history over HTTP
    agents_online: int
    config_version: int
    visitor: Id | None = None
    key: str | None = None
    conversation: Id | None = None  # the visitor's active conversation, if there is one
    last_seq: Seq = 0
    agent_read_seq: Seq = 0  # how far an agent has read there; 0: unknown
    facts: bool = False  # this server understands `identify`


class Welcome(msgspec.Struct, array_like=True, tag=2, frozen=True):
    rid: Rid
    greeted: Greeted


class Ok(msgspec.Struct, array_like=True, tag=3, frozen=True):
    """`result`: of a `stop`."""

    rid: Rid
    result: Word | None = None


class Error(msgspec.Struct, array_like=True, tag=4, frozen=True):
    """`rid` 0: no request; `ref`: the message that was refused."""

    rid: Rid
    code: int
    message: str
    temporary: bool
    retry_ms: int = 0
    ref: Id | None = None
    details: Details | None = None


def error(
    code: ErrorCode,
    message: str,
    *,
    rid: Rid = 0,
    retry_ms: int = 0,
    ref: Id | None = None,
    details: Details | None = None,
) -> Error:
    """An `error` whose `temporary` agrees with its code."""
    return Error(rid, int(code), message, code in TEMPORARY, retry_ms, ref, details)


class Ping(msgspec.Struct, array_like=True, tag=5, frozen=True):
    token: Token


class Pong(msgspec.Struct, array_like=True, tag=6, frozen=True):
    token: Token


class Drain(msgspec.Struct, array_like=True, tag=7, frozen=True):
    """Reconnect at a random time within this window; this socket works until then."""

    min_ms: int
    max_ms: int


class Queued(msgspec.Struct, array_like=True, tag=11, frozen=True):
    """The command is in Redis. Clients do not show this to people."""

    rid: Rid
    ref: Id


class Stored(msgspec.Struct, array_like=True, tag=12, frozen=True):
    """The message is committed in Postgres. Sent to every tab of the sender."""

    ref: Id
    conversation: Id
    message: Id
    seq: Seq
    at: Milliseconds


class Message(msgspec.Struct, array_like=True, tag=13, frozen=True):
    """One message; the sender's other tabs reconcile by `ref`."""

    conversation: Id
    seq: Seq
    message: Id
    ref: Id | None
    author: Person
    at: Milliseconds
    kind: MessageKind
    body: Body
    meta: Meta
    content: Content | None = None


class AlteredMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message as it is now, unless a held one has a higher `version`; a redacted one has an empty body."""

    seq: Seq
    id: Id
    version: Seq
    body: Body
    content: Content | None
    edited_at: Milliseconds | None = None
    redacted_at: Milliseconds | None = None


class Changes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The changed fields of a conversation; absent ones did not change. `assignee` comes with `assigned`."""

    status: Status | None = None
    assigned: bool = False
    assignee: Id | None = None
    assignee_name: str | None = None
    by_party: Party | None = None  # who changed it; sent to agents
    by: Id | None = None
    by_name: str | None = None
    message: AlteredMessage | None = None  # one that was edited or redacted
    form: FormChange | None = None
    owner: Owner | None = None  # who answers the visitor from now on
    owner_reason: Word | None = None  # sent to agents


class Changed(msgspec.Struct, array_like=True, tag=14, frozen=True):
    """`seq`: the conversation's last message when it changed; a change has no `seq` of its own."""

    conversation: Id
    seq: Seq
    at: Milliseconds
    changes: Changes
    change: Seq | None = (
        None  # its number in the conversation, without a gap; null: this server does not count
    )


class Read(msgspec.Struct, array_like=True, tag=15, frozen=True):
    """`reader` has seen everything up to `seq`; a read mark never moves back."""

    conversation: Id
    seq: Seq
    reader: Person


class Typing(msgspec.Struct, array_like=True, tag=16, frozen=True):
    """Expires after 6 s unless repeated."""

    conversation: Id
    on: bool
    who: Person


class Presence(msgspec.Struct, array_like=True, tag=17, frozen=True):
    """To visitors: how many agents are online. To agents: which visitors came or left, coalesced."""

    agents_online: int | None
    visitors: list[tuple[Id, bool]] = []


class Page(msgspec.Struct, array_like=True, tag=18, frozen=True):
    """To agents: the page a visitor of a watched conversation is on."""

    visitor: Id
    url: Url
    title: Title
    at: Milliseconds


class Delivered(msgspec.Struct, array_like=True, tag=23, frozen=True):
    """To agents who watch the conversation: a socket of its visitor has everything up to `seq`."""

    conversation: Id
    seq: Seq


class Visitor(msgspec.Struct, array_like=True, tag=19, frozen=True):
    """To agents: what is known about a visitor has changed.

    `facts`: what the site's page says, unverified. `verified`: what the site has signed; null: unchanged.
    """

    visitor: Id
    conversation: Id
    name: str
    facts: Meta
    at: Milliseconds
    verified: VerifiedFacts | None = None


class StreamStart(msgspec.Struct, array_like=True, tag=30, frozen=True):
    """The assistant begins to write. Frames of a stream are ephemeral: the final text is the `message` whose
    content names the turn, and it may come before or after the stream's last frame. It is sent again when
    `intent` is known: what the visitor wants.
    """

    conversation: Id
    turn: Id
    author: Person
    intent: Word | None = None


class StreamToken(msgspec.Struct, array_like=True, tag=31, frozen=True):
    """The next part of the text. `n` counts them from 0; `offset`: code points before it."""

    conversation: Id
    turn: Id
    n: Seq
    offset: Seq
    text: Body


class StreamEnd(msgspec.Struct, array_like=True, tag=32, frozen=True):
    """The turn is over, and its message is stored."""

    conversation: Id
    turn: Id
    message: Id | None
    seq: Seq


class StreamStatus(msgspec.Struct, array_like=True, tag=33, frozen=True):
    """What the assistant does before it writes: `thinking`, `searching` or `writing`."""

    conversation: Id
    turn: Id
    stage: Word


class StreamStopped(msgspec.Struct, array_like=True, tag=34, frozen=True):
    """A person ended the turn. `message`: what was said until then; null: nothing is kept of it."""

    conversation: Id
    turn: Id
    by: Party
    message: Id | None


class StreamFailed(msgspec.Struct, array_like=True, tag=35, frozen=True):
    """The turn has failed; what the visitor reads instead is a message."""

    conversation: Id
    turn: Id
    code: Word
    retryable: bool


class Resync(msgspec.Struct, array_like=True, tag=40, frozen=True):
    """The server may have missed events: the client compares its state with the server's again."""


class Touched(msgspec.Struct, array_like=True, tag=41, frozen=True):
    """To agents: a REST resource has changed, fetch it again. `id` null: all of its kind."""

    resource: Resource
    id: Id | None
    version: int | None


ServerFrame = (
    Welcome
    | Ok
    | Error
    | Ping
    | Pong
    | Drain
    | Queued
    | Stored
    | Message
    | Changed
    | Read
    | Typing
    | Presence
    | Page
    | Visitor
    | Delivered
    | StreamStart
    | StreamToken
    | StreamEnd
    | StreamStatus
    | StreamStopped
    | StreamFailed
    | Resync
    | Touched
    | CopilotAsked
    | CopilotStart
    | CopilotStatus
    | CopilotToken
    | CopilotEnd
    | SocialGenerated
    | CopilotStopped
    | CopilotFailed
)

TO_AGENTS: Final = (Page, Visitor, Delivered, Touched, *OF_COPILOT)
"""Frames that are never sent to visitors: the widget's decoder leaves them out."""

OF_ASSISTANT: Final = (StreamStart, StreamToken, StreamEnd, StreamStatus, StreamStopped, StreamFailed)
"""Frames of the assistant's streams: the widget loads them with the part that shows its answers."""
